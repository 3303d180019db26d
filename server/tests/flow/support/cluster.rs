//! A throw-away PostgreSQL cluster on a Unix socket, one for the whole test process.
//! The bench makes one too, on a disk and with every flush.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use server::storage::{DatabaseSettings, Store};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio::sync::OnceCell;

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
const TEMPLATE: &str = "muster_template";

/// The cluster. It ends when its watcher's standard input is closed, so at the latest with this process.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    next: AtomicU32,
    _watcher: Child,
}

impl Cluster {
    /// The cluster of this process, started at the first call, with an up-to-date schema to copy.
    pub(crate) async fn get() -> &'static Self {
        CLUSTER.get_or_init(|| Self::new(parent(), false)).await
    }

    /// A cluster in a folder within `parent`, with an up-to-date schema to copy. With `durable`
    /// every commit is flushed to the disk, else none is.
    pub(crate) async fn new(parent: PathBuf, durable: bool) -> Self {
        let cluster = tokio::task::spawn_blocking(move || Self::start(&parent, durable)).await.unwrap();
        cluster.make_template().await;
        cluster
    }

    /// One of PostgreSQL's own programs. The PATH may hold links to some of them: the rest lies beside the real ones.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join("initdb").canonicalize().unwrap().with_file_name(name)
    }

    /// A new database with the schema in it; its address.
    pub(crate) async fn create(&self) -> String {
        self.copy(TEMPLATE).await
    }

    /// A new database with nothing in it; its address.
    pub(crate) async fn create_empty(&self) -> String {
        self.copy("template0").await
    }

    async fn copy(&self, template: &str) -> String {
        let name = format!("test_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.run(format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        self.url(&name)
    }

    /// Removes a database, whoever is connected to it.
    pub(crate) async fn remove(&self, url: &str) {
        let name = url.split('?').next().and_then(|address| address.rsplit('/').next()).unwrap();
        self.run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }

    /// Everything that a database holds, as text.
    pub(crate) fn dump(&self, url: &str) -> Vec<u8> {
        let output = Command::new(self.program("pg_dump")).arg("--dbname").arg(url).output().unwrap();
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://muster@localhost/{database}?host={}", self.folder.display())
    }

    async fn run(&self, statement: String) {
        let mut connection = AnyConnection::connect(&self.url("postgres")).await.unwrap();
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn make_template(&self) {
        sqlx::any::install_default_drivers();
        self.run(format!("CREATE DATABASE {TEMPLATE}")).await;
        let settings = DatabaseSettings::new(self.url(TEMPLATE), 4);
        let store = Store::connect(&settings).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
    }

    fn start(parent: &Path, durable: bool) -> Self {
        let folder = tempfile::Builder::new().prefix("muster-pg-").tempdir_in(parent).unwrap().keep();
        let programs = programs();
        let mut watcher = Command::new("sh")
            .args(["-c", include_str!("cluster.sh"), "cluster.sh"])
            .arg(&folder)
            .arg(&programs)
            .arg(user(&folder))
            .arg(if durable { "on" } else { "off" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C must reach the tests only: the watcher still has to tidy up.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(watcher.stdout.take().unwrap());
        let mut said = String::new();
        output.read_line(&mut said).unwrap();
        if said.trim() != "ready" {
            output.read_to_string(&mut said).unwrap();
            panic!("PostgreSQL did not start:\n{said}");
        }
        Self { folder, programs, next: AtomicU32::new(0), _watcher: watcher }
    }
}

/// Where a cluster that needs no disk lies: with other temporary files, unless that leaves no room for the name of its
/// socket, which is 107 bytes at most (unix(7)).
pub(crate) fn parent() -> PathBuf {
    let folder = std::env::temp_dir();
    if folder.as_os_str().len() < 64 { folder } else { "/tmp".into() }
}

/// The folder of PostgreSQL's programs: on the PATH, else the newest of Debian's.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort();
    std::env::split_paths(&path)
        .chain(debian.into_iter().rev())
        .find(|folder| ["initdb", "pg_ctl", "pg_dump"].iter().all(|program| folder.join(program).is_file()))
        .expect("PostgreSQL's initdb, pg_ctl and pg_dump are neither on the PATH nor in /usr/lib/postgresql")
}

/// PostgreSQL refuses to run as root: then the user to run it as, else nothing.
fn user(folder: &Path) -> &'static str {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(folder).unwrap().uid() != 0 {
        return "";
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    if accounts.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" }
}
