//! One empty database of a test, and raw SQL on it.

use std::sync::{Arc, Mutex};

use server::storage::{DatabaseSettings, Store};
use sqlx::{
    AnyConnection, Connection, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::cluster::Cluster;

/// A SQLite file with the schema in it, to copy.
static SCHEMA: OnceCell<Vec<u8>> = OnceCell::const_new();
const FILE: &str = "muster.db";

/// A database with nothing but, at most, the schema in it.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    url: String,
    /// The folder of a SQLite file; it goes when the last copy of this value goes.
    folder: Option<Arc<TempDir>>,
    /// A connection to PostgreSQL that waits for the next look: each new one is a process, which knows nothing yet.
    /// SQLite's is closed after each look: what a killed server has left is then put in order by the next server.
    idle: Arc<Mutex<Option<AnyConnection>>>,
}

/// A value for a placeholder.
pub(crate) enum Bind {
    Text(String),
    Int(i64),
    Blob(Vec<u8>),
}

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Vec<u8>> for Bind {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let schema = SCHEMA.get_or_init(async || {
            let (folder, empty) = Self::in_folder();
            let store = Store::connect(&DatabaseSettings::new(empty.url, 4)).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await;
            std::fs::read(folder.path().join(FILE)).unwrap()
        });
        let (folder, database) = Self::in_folder();
        std::fs::write(folder.path().join(FILE), schema.await).unwrap();
        database
    }

    /// A SQLite file that is not there yet.
    pub(crate) fn empty_sqlite() -> Self {
        Self::in_folder().1
    }

    fn in_folder() -> (Arc<TempDir>, Self) {
        sqlx::any::install_default_drivers();
        let folder = Arc::new(tempfile::Builder::new().prefix("muster-").tempdir().unwrap());
        let url = format!("sqlite:{}", folder.path().join(FILE).display());
        (Arc::clone(&folder), Self { url, folder: Some(folder), idle: Arc::default() })
    }

    fn at(url: String) -> Self {
        Self { url, folder: None, idle: Arc::default() }
    }

    pub(crate) async fn postgres() -> Self {
        Self::of(Cluster::get().await).await
    }

    /// A new database of a cluster, which removes it at its end.
    pub(crate) async fn of(cluster: &Cluster) -> Self {
        Self::at(cluster.create().await)
    }

    /// Ends every connection of others to a PostgreSQL database. How many it were.
    pub(crate) async fn end_connections(&self) -> i64 {
        let end = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
        self.int(end, Vec::new()).await
    }

    /// A PostgreSQL database without a schema.
    pub(crate) async fn empty_postgres() -> Self {
        Self::at(Cluster::get().await.create_empty().await)
    }

    /// Removes a PostgreSQL database; a SQLite file goes by itself.
    pub(crate) async fn remove(&self) {
        if self.folder.is_none() {
            Cluster::get().await.remove(&self.url).await;
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// Every byte that the database keeps: SQLite's files, or a dump, where blobs are hexadecimal.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        match &self.folder {
            Some(folder) => {
                let files = std::fs::read_dir(folder.path()).unwrap();
                files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
            }
            None => Cluster::get().await.dump(&self.url),
        }
    }

    /// A connection of its own, beside those of the server.
    pub(crate) async fn connect(&self) -> AnyConnection {
        AnyConnection::connect(&self.url).await.unwrap()
    }

    /// The connection that waits, unless somebody has it or has ended it: then a new one.
    async fn take(&self) -> AnyConnection {
        let idle = self.idle.lock().unwrap().take();
        if let Some(mut connection) = idle
            && connection.ping().await.is_ok()
        {
            return connection;
        }
        self.connect().await
    }

    fn put_back(&self, connection: AnyConnection) {
        if !self.is_sqlite() {
            *self.idle.lock().unwrap() = Some(connection);
        }
    }

    async fn look(&self, query: Query<'static, sqlx::Any, AnyArguments>) -> AnyRow {
        let mut connection = self.take().await;
        let row = query.fetch_one(&mut connection).await.unwrap();
        self.put_back(connection);
        row
    }

    /// The one number that a query gives.
    pub(crate) async fn int(&self, sql: &'static str, binds: Vec<Bind>) -> i64 {
        self.look(bound(sql, binds)).await.get(0)
    }

    /// The one blob that a query gives.
    pub(crate) async fn blob(&self, sql: &'static str, binds: Vec<Bind>) -> Vec<u8> {
        self.look(bound(sql, binds)).await.get(0)
    }

    /// Runs a statement, which must do something.
    pub(crate) async fn change(&self, sql: &'static str, binds: Vec<Bind>) {
        let mut connection = self.take().await;
        let done = bound(sql, binds).execute(&mut connection).await.unwrap();
        self.put_back(connection);
        assert!(done.rows_affected() > 0, "no row was changed by: {sql}");
    }

    /// Runs a statement on the schema.
    pub(crate) async fn define(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.connect().await).await.unwrap();
    }

    /// Runs a statement that a constraint should stop; true when it was stopped.
    pub(crate) async fn is_stopped(&self, sql: &'static str, binds: Vec<Bind>) -> bool {
        bound(sql, binds).execute(&mut self.connect().await).await.is_err()
    }
}

fn bound(sql: &'static str, binds: Vec<Bind>) -> Query<'static, sqlx::Any, AnyArguments> {
    binds.into_iter().fold(sqlx::query(sql), |query, bind| match bind {
        Bind::Text(value) => query.bind(value),
        Bind::Int(value) => query.bind(value),
        Bind::Blob(value) => query.bind(value),
    })
}
