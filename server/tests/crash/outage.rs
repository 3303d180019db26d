//! The database goes away from under sign-ins and comes back: its connections ended (PG-01), itself ended at once
//! and started again (PG-02), a connection cut at a COMMIT (PG-03). Whoever is told 503 does not know whether the
//! change stands; whoever is told more, knows; and the server heals by itself.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use app::routes;
use tokio::task::JoinSet;

use crate::{
    invariant, prepare,
    proxy::Proxy,
    record::Record,
    set_out,
    support::{
        Browser, Database, Node,
        cluster::{self, Cluster},
    },
    traveller::Traveller,
};

/// People there are: more than can be through before it is over.
const PEOPLE: usize = 80;
/// Answers between one outage and the next.
const ANSWERS: usize = 20;

/// A server with people on their way, and what they were told.
struct Journey {
    database: Database,
    record: Arc<Record>,
    node: Node,
    travellers: JoinSet<Traveller>,
}

impl Journey {
    /// Sets out; the server reaches the database by `url`.
    async fn start(database: Database, url: &str, seed: &'static str) -> Self {
        let people = prepare(&database, seed, PEOPLE).await;
        let record = Arc::new(Record::of_outage());
        let node = Node::start(url).unwrap();
        let travellers = set_out(&node, Vec::new(), &people, &record);
        record.wait_for_answers(ANSWERS).await;
        Self { database, record, node, travellers }
    }

    /// Goes on until there were so many more answers that were no 503, stops, and checks what is left.
    async fn end(self) {
        let Self { database, record, node, travellers } = self;
        record.wait_for_answers(ANSWERS).await;
        record.end();
        travellers.join_all().await;
        println!("{}", record.summary());
        assert!(record.count_lost() > 0, "nobody noticed: {}", record.summary());
        assert!(record.sessions() > 0, "too few sign-ins to prove anything: {}", record.summary());
        invariant::check(&database, &record).await;
        // Healed: every connection that the server keeps is one that works.
        let router = Node::router(&[&node]);
        for number in 0..32 {
            let answer = Browser::new(router.clone(), [127, 0, 0, 1]).get(routes::SIGN_IN).await;
            assert!(answer.is_ok(), "{}", answer.status);
            let unknown = format!("nobody{number}@strict.example");
            let answer = Browser::new(router.clone(), [127, 0, 0, 1]).enter(&unknown).await;
            assert_eq!(answer.status.as_u16(), 401, "{}", answer.text());
        }
        assert!(!node.log().contains("panicked"), "{}", node.log());
        node.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_01_connections_ended_under_sign_ins() {
    let database = Database::postgres().await;
    let journey = Journey::start(database.clone(), database.url(), "pg_01").await;
    for _ in 0..10 {
        let ended = database.end_connections().await;
        assert!(ended > 0, "the server holds connections");
        journey.record.wait_for_answers(ANSWERS).await;
    }
    journey.end().await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_02_database_ended_at_once_and_started_again_under_sign_ins() {
    let cluster = Cluster::new(cluster::parent(), false).await;
    let database = Database::of(&cluster).await;
    let journey = Journey::start(database.clone(), database.url(), "pg_02").await;
    for _ in 0..3 {
        restart_at_once(&cluster, &database);
        journey.record.wait_for_answers(ANSWERS).await;
    }
    journey.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_03_connections_cut_at_the_commit_under_sign_ins() {
    let database = Database::postgres().await;
    let proxy = Proxy::start(&folder_of(&database)).await;
    let name = database.url().split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let url = format!("postgres://muster@{}/{name}?sslmode=disable", proxy.address);
    let journey = Journey::start(database.clone(), &url, "pg_03").await;
    while proxy.cuts() < 20 {
        journey.record.wait_for_answers(1).await;
    }
    // The check that it has healed needs a way that is not cut any more.
    proxy.stop_cutting();
    journey.end().await;
    database.remove().await;
}

/// The folder of a database's cluster, with the server's socket in it.
fn folder_of(database: &Database) -> PathBuf {
    database.url().rsplit("host=").next().unwrap().into()
}

/// Ends the database's server at once, as a crash would, and starts it again, which recovers from its log.
fn restart_at_once(cluster: &Cluster, database: &Database) {
    let folder = folder_of(database);
    for arguments in [&["-m", "immediate", "stop"][..], &["-w", "-s", "-l", "log", "start"]] {
        let mut command = as_owner_of(&folder.join("data"), &cluster.program("pg_ctl"));
        command.arg("-D").arg("data").args(arguments).current_dir(&folder);
        // The server keeps what it inherits open, so nothing may wait for the end of a pipe.
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "pg_ctl {arguments:?}: {done}");
    }
}

/// A program run as the user whose folder it is: PostgreSQL refuses to run as root.
fn as_owner_of(folder: &Path, program: &Path) -> Command {
    let owner = std::fs::metadata(folder).unwrap();
    if std::fs::metadata("/proc/self").unwrap().uid() == owner.uid() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={}", owner.uid())).arg(format!("--regid={}", owner.gid()));
    command.arg("--clear-groups").arg(program);
    command
}
