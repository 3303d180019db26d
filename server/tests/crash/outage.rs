//! The database goes away from under sign-ins and comes back: its connections ended (PG-01), itself ended at once
//! and started again (PG-02), a connection cut at a COMMIT (PG-03), every connection silent and none closed. Whoever is
//! told 503 does not know whether the change stands; whoever is told more, knows; and the server heals by itself.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use app::routes;
use axum::http::StatusCode;
use server::domain::Role;
use tokio::task::JoinSet;

use crate::{
    invariant, prepare,
    proxy::Proxy,
    record::Record,
    set_out,
    support::{
        Browser, Database, Node, Plan, World, at_once,
        cluster::{self, Cluster},
    },
    traveller::Traveller,
};

/// People there are: more than can be through before it is over.
const PEOPLE: usize = 80;
/// Answers between one outage and the next.
const ANSWERS: usize = 20;
/// How long a request may take where connections are silent, seconds: the patience of the server (three), and a few more.
const IN_TIME: (&str, &str) = ("MUSTER_SERVER__REQUEST_DEADLINE", "10");

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
        Self::start_with(database, url, seed, &[]).await
    }

    /// The same with further settings of the server.
    async fn start_with(database: Database, url: &str, seed: &'static str, settings: &[(&str, &str)]) -> Self {
        let people = prepare(&database, seed, PEOPLE).await;
        let record = Arc::new(Record::of_outage());
        let node = Node::start_with(url, settings).unwrap();
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
    let journey = Journey::start(database.clone(), &proxy.url(&database), "pg_03").await;
    while proxy.cuts() < 20 {
        journey.record.wait_for_answers(1).await;
    }
    // The check that it has healed needs a way that is not cut any more.
    proxy.stop_cutting();
    journey.end().await;
    database.remove().await;
}

/// The commit at which they fall silent stands for nobody: it is never answered as a success, and not made twice.
#[tokio::test(flavor = "multi_thread")]
async fn connections_silent_at_the_commit_are_given_up_under_sign_ins() {
    let database = Database::postgres().await;
    let proxy = Proxy::start(&folder_of(&database)).await;
    proxy.stop_cutting();
    // So few that all who write would soon wait.
    let settings = [IN_TIME, ("MUSTER_DATABASE__CONNECTIONS", "6")];
    let journey = Journey::start_with(database.clone(), &proxy.url(&database), "silent_commit", &settings).await;
    for _ in 0..4 {
        proxy.fall_silent_at_a_commit().await;
        journey.record.wait_for_answers(ANSWERS).await;
    }
    journey.end().await;
    database.remove().await;
}

/// Whatever comes first after the silence is served in time, or refused with 503 and served at the next try.
#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_replaced_within_one_refusal() {
    const ANA: &str = "ana@open.example";
    let database = Database::postgres().await;
    let proxy = Proxy::start(&folder_of(&database)).await;
    proxy.stop_cutting();
    let world = World::running(database.clone(), Plan::of("silent"), 0).await;
    world.open_company("Open").await;
    world.person(ANA, "Open", Role::Member).await;
    let node = Node::start_with(&proxy.url(&database), &[IN_TIME]).unwrap();
    let router = Node::router(&[&node]);
    let mut browser = Browser::new(router.clone(), [127, 0, 0, 1]);
    browser.enter(ANA).await.leads_to(routes::HOME);

    for what in [routes::HOME, routes::SIGN_IN, "/readyz"] {
        // Every kind of connection is there, and more than one of it.
        let before = (0..32).map(|_| {
            let mut browser = browser.clone();
            async move { [browser.get(routes::HOME).await, browser.get("/readyz").await] }
        });
        for answer in at_once(before.collect()).await.into_iter().flatten() {
            assert!(answer.is_ok(), "{what}: {} beforehand", answer.status);
        }
        proxy.fall_silent();
        let mut answer = None;
        for _ in 0..2 {
            let asked = match what {
                routes::SIGN_IN => browser.beside().enter(ANA).await,
                page => browser.get(page).await,
            };
            let refused = asked.status == StatusCode::SERVICE_UNAVAILABLE;
            answer = Some(asked);
            if !refused {
                break;
            }
        }
        let answer = answer.unwrap();
        assert!(answer.is_ok(), "{what}: {}, {}\n{}", answer.status, answer.text(), node.log());
    }
    node.kill();
    world.end().await;
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
