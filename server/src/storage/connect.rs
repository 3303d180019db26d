//! Opening the database. The only place that knows which engine it is, besides the migrations.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{AnyConnection, AnyPool, Connection, Executor, any::AnyPoolOptions, migrate::Migrator};

use super::{
    Store, StoreError,
    session_reader::{self, SessionReader},
    silence::Silence,
    write::{Manner, Writer},
};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Connections that only read, at least: those which the lanes of the session reader keep, and one for the rest.
const FEWEST_READERS: u32 = session_reader::LANES + 1;
/// The least that PostgreSQL is worked with: one connection writes.
pub const FEWEST_CONNECTIONS: u32 = FEWEST_READERS + 1;

/// How to reach the database. `Debug` leaves out all of the address but its kind: a password may be in it.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite:/path/to/file` or `postgres://…`.
    pub url: String,
    /// Most connections at once (PostgreSQL), [`FEWEST_CONNECTIONS`] or more.
    pub connections: u32,
    /// How long a request waits for a connection, and a change for its turn or for a lock of PostgreSQL's, before it is given
    /// up. A statement there may take two seconds longer, a transaction four.
    pub patience: Duration,
}

impl DatabaseSettings {
    /// Settings with the patience of a server: three seconds.
    pub fn new(url: String, connections: u32) -> Self {
        Self { url, connections, patience: Duration::from_secs(3) }
    }
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.url.split_once(':').map_or("", |(kind, _)| kind);
        f.debug_struct("DatabaseSettings")
            .field("kind", &kind)
            .field("connections", &self.connections)
            .field("patience", &self.patience)
            .finish()
    }
}

/// Which engine it is.
#[derive(Clone, Debug)]
pub(super) enum Engine {
    /// SQLite, with the lock that keeps a second process out.
    Sqlite { _lock: Arc<File> },
    /// PostgreSQL, or an engine that speaks its protocol.
    Postgres,
}

impl Store {
    /// Opens the database. For SQLite the file is made when it is missing and held against a second process.
    ///
    /// # Errors
    /// [`StoreError::Setup`] when the settings do not fit or another process holds the file,
    /// [`StoreError::ReadOnly`] when PostgreSQL takes no writes, [`StoreError::Away`] when the database does not answer.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        if let Some(path) = settings.url.strip_prefix("sqlite:") {
            connect_sqlite(Path::new(path.trim_start_matches("//")), settings.patience).await
        } else if settings.url.starts_with("postgres:") || settings.url.starts_with("postgresql:") {
            connect_postgres(settings).await
        } else {
            Err(StoreError::Setup("the database address must start with `sqlite:` or `postgres:`".into()))
        }
    }

    fn new(readers: AnyPool, writers: AnyPool, manner: Manner, silence: Silence, engine: Engine) -> Self {
        let sessions = SessionReader::start(&readers, &silence);
        let writer = Writer::new(writers, manner, silence.clone());
        Self { readers, writer, sessions, silence, engine, health: Arc::default() }
    }

    fn migrator(&self) -> &'static Migrator {
        match self.engine {
            Engine::Sqlite { .. } => &SQLITE,
            Engine::Postgres => &POSTGRES,
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Setup`] when the database is of a newer version or a migration was changed.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.readers.acquire().await?;
        // It is set up for one work alone.
        connection.close_on_drop();
        if matches!(self.engine, Engine::Postgres) {
            // What a request may not take, an index on a table of years may: no limits, and plans as the server makes them.
            connection.execute("RESET ALL; SET statement_timeout = 0; SET lock_timeout = 0").await?;
        }
        self.migrator()
            .run(&mut *connection)
            .await
            .map_err(|error| StoreError::Setup(format!("the migration failed: {error}")))
    }

    /// Whether every migration has been applied and none that is unknown here.
    ///
    /// # Errors
    /// [`StoreError::Setup`] with what to do.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        const OLD: &str = "the database is not set up for this version: run `muster migrate`";
        let applied: Vec<i64> = match sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *self.read().await?)
            .await
        {
            Ok(versions) => versions,
            Err(error) => match StoreError::from(error) {
                StoreError::Refused(_) => return Err(StoreError::Setup(OLD.into())),
                other => return Err(other),
            },
        };
        let known: Vec<i64> = self.migrator().iter().map(|migration| migration.version).collect();
        if applied == known {
            Ok(())
        } else if applied.iter().any(|version| !known.contains(version)) {
            Err(StoreError::Setup("the database is of a newer version of Muster: install that version".into()))
        } else {
            Err(StoreError::Setup(OLD.into()))
        }
    }

    /// Ends every connection.
    pub async fn close(&self) {
        // A lane at work, or one that reads sessions, keeps its connection: the pools do not wait for it.
        let _ = tokio::time::timeout(Duration::from_secs(1), async {
            self.writer.close().await;
            self.readers.close().await;
        })
        .await;
    }
}

async fn connect_sqlite(path: &Path, patience: Duration) -> Result<Store, StoreError> {
    let lock = lock(path)?;
    // SQLite makes the files beside it with the same permissions.
    open_private(path)?;
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let options = || {
        AnyPoolOptions::new()
            .acquire_timeout(patience)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(set_up_sqlite(connection)))
    };
    // The writer comes first: it makes the file and switches it to the write-ahead log.
    let writer = options().max_connections(1).connect(&url).await?;
    let readers = options().max_connections(4).connect(&url).await?;
    let manner = Manner { lanes: 1, batch: 64, begin: "BEGIN IMMEDIATE", patience };
    Ok(Store::new(readers, writer, manner, Silence::new(None), Engine::Sqlite { _lock: Arc::new(lock) }))
}

/// Takes the lock beside the file. SQLite alone would let a second server in, whose writer queue and
/// limits are its own.
fn lock(path: &Path) -> Result<File, StoreError> {
    let beside: PathBuf = path.with_added_extension("lock");
    let file = open_private(&beside)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Setup(format!(
            "another muster process uses the database {}: stop it first, or use PostgreSQL for several nodes",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(not_opened(path, &error)),
    }
}

/// Opens a file for writing. One that is missing is made for its owner alone: it will hold people's addresses and numbers.
fn open_private(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| not_opened(path, &error))
}

fn not_opened(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Setup(format!("the database {} cannot be opened: {error}", path.display()))
}

async fn set_up_sqlite(connection: &mut AnyConnection) -> sqlx::Result<()> {
    connection
        .execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;",
        )
        .await?;
    Ok(())
}

async fn connect_postgres(settings: &DatabaseSettings) -> Result<Store, StoreError> {
    let few = || StoreError::Setup(format!("`database.connections` must be at least {FEWEST_CONNECTIONS}"));
    let (reading, writing) = share(settings.connections).ok_or_else(few)?;
    refuse_read_only(settings).await?;
    let patience = settings.patience;
    let silence = Silence::new(Some(patience));
    let options = || {
        let options = AnyPoolOptions::new()
            .acquire_timeout(patience)
            .after_connect(move |connection, _| Box::pin(set_up_postgres(connection, patience)));
        silence.test(options)
    };
    let writers = options().max_connections(writing).connect(&settings.url).await?;
    let readers = options().max_connections(reading).connect(&settings.url).await?;
    let manner = Manner { lanes: writing as usize, batch: 1, begin: "BEGIN", patience };
    Ok(Store::new(readers, writers, manner, silence, Engine::Postgres))
}

/// How many of so many connections read, and how many write; `None` when there are too few. A change holds its
/// connection until the disk has it, so most of them write.
fn share(connections: u32) -> Option<(u32, u32)> {
    let reading = (connections / 4).max(FEWEST_READERS);
    let writing = connections.checked_sub(reading).filter(|writing| *writing > 0)?;
    Some((reading, writing))
}

/// A pool tries again and again when a new connection does not suit it, and knows only of the time then. So the first
/// look at a server that takes no writes is not the pool's. Everything else that goes wrong here is: it waits for a
/// server that is just starting.
async fn refuse_read_only(settings: &DatabaseSettings) -> Result<(), StoreError> {
    let look = async {
        let mut connection = AnyConnection::connect(&settings.url).await?;
        let read_only = is_read_only(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(read_only)
    };
    match tokio::time::timeout(settings.patience, look).await {
        Ok(Ok(true)) => Err(StoreError::ReadOnly),
        Ok(Ok(false) | Err(_)) | Err(_) => Ok(()),
    }
}

async fn is_read_only(connection: &mut AnyConnection) -> sqlx::Result<bool> {
    let setting: String =
        sqlx::query_scalar("SELECT current_setting('transaction_read_only')").fetch_one(connection).await?;
    Ok(setting == "on")
}

/// Sets the time limits, and how statements are planned. Each is planned once, since every one looks its rows
/// up by key and planning again would only cost; and by key it shall be for a young database too, whose
/// statistics still call every table so small that reading all of it looks cheaper. Where there is no other way
/// than to read a table, that rule makes the statement look dear enough to be compiled each time: so no JIT.
async fn set_up_postgres(connection: &mut AnyConnection, patience: Duration) -> sqlx::Result<()> {
    let limits = sqlx::query(
        "SELECT set_config('lock_timeout', $1, FALSE), set_config('statement_timeout', $2, FALSE), \
         set_config('idle_in_transaction_session_timeout', $3, FALSE)",
    );
    let [lock, statement, idle] =
        [0, 2, 7].map(|longer| (patience + Duration::from_secs(longer)).as_millis().to_string());
    limits.bind(lock).bind(statement).bind(idle).execute(&mut *connection).await?;
    connection
        .execute(
            "SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
             SET enable_bitmapscan = off; SET jit = off;",
        )
        .await?;
    if is_read_only(connection).await? {
        return Err(sqlx::Error::Io(std::io::Error::other("the server is read-only")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_as_many_as_the_setting_says() {
        for connections in FEWEST_CONNECTIONS..=1000 {
            let (reading, writing) = share(connections).unwrap();
            assert_eq!(reading + writing, connections);
            assert!(reading > session_reader::LANES && writing > 0, "{connections}: {reading} and {writing}");
        }
        assert!((0..FEWEST_CONNECTIONS).all(|few| share(few).is_none()));
    }

    #[test]
    fn address_with_a_password_does_not_print() {
        for url in
            ["postgres://muster:hunter2@db.example/muster", "postgres://db.example/m?password=hunter2", "hunter2"]
        {
            let shown = format!("{:?}", DatabaseSettings::new(url.to_owned(), 4));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
