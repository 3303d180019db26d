//! What the server does for a request, counted in place of timed: password hashes, lines in the log, statements, rows written.

use std::{
    fmt::Debug,
    mem,
    sync::{Arc, Mutex},
};

use sqlx::{AssertSqlSafe, Executor, Row};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

use super::Database;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Passwords hashed or checked.
    pub(crate) hashes: usize,
    /// Lines in the log about delivery reports that were not taken.
    pub(crate) reports: usize,
    /// Statements in their order, with those that open and end a transaction. Of PostgreSQL alone: SQLite's driver
    /// works on a thread of its own, which tells nobody of this one.
    pub(crate) statements: Vec<String>,
    /// Rows written in their order: what was done to which table.
    pub(crate) writes: Vec<String>,
}

/// Counts what this thread does, so the whole server has to run on it; the database notes what is written itself.
pub(crate) struct Observer {
    database: Database,
    seen: Arc<Mutex<Work>>,
    _guard: DefaultGuard,
}

impl Observer {
    pub(crate) async fn new(database: &Database) -> Self {
        note_writes(database).await;
        let seen = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Ear(Arc::clone(&seen)));
        let guard = tracing::subscriber::set_default(subscriber);
        Self { database: database.clone(), seen, _guard: guard }
    }

    /// What was done since the last call.
    pub(crate) async fn take(&self) -> Work {
        let mut work = mem::take(&mut *self.seen.lock().unwrap());
        let mut db = self.database.connect().await;
        let rows = sqlx::query("SELECT what FROM written ORDER BY number").fetch_all(&mut db).await.unwrap();
        work.writes = rows.iter().map(|row| row.get("what")).collect();
        sqlx::query("DELETE FROM written").execute(&mut db).await.unwrap();
        // These statements were none of the server's.
        self.seen.lock().unwrap().statements.clear();
        work
    }
}

/// Gives every table triggers that write down what happens to its rows.
async fn note_writes(database: &Database) {
    let (number, tables) = if database.is_sqlite() {
        ("INTEGER PRIMARY KEY", "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    } else {
        ("BIGSERIAL PRIMARY KEY", "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    };
    let mut db = database.connect().await;
    let tables = sqlx::query(tables).fetch_all(&mut db).await.unwrap();
    assert!(tables.len() > 10, "the tables were not found");
    db.execute(AssertSqlSafe(format!("CREATE TABLE written (number {number}, what TEXT NOT NULL)"))).await.unwrap();
    if !database.is_sqlite() {
        let note = "CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                    INSERT INTO written (what) VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NULL; END $$";
        db.execute(note).await.unwrap();
    }
    for table in &tables {
        let table: String = table.get(0);
        for what in ["INSERT", "UPDATE", "DELETE"] {
            let then = if database.is_sqlite() {
                format!("BEGIN INSERT INTO written (what) VALUES ('{what} {table}'); END")
            } else {
                "FOR EACH ROW EXECUTE FUNCTION note_write()".to_owned()
            };
            let trigger = format!("CREATE TRIGGER note_{what}_{table} AFTER {what} ON {table} {then}");
            db.execute(AssertSqlSafe(trigger)).await.unwrap();
        }
    }
}

/// Hears the server's hashes, its lines about reports, and the driver's statements.
struct Ear(Arc<Mutex<Work>>);

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut seen = self.0.lock().unwrap();
        match event.metadata().target() {
            "sqlx::query" => {
                let mut statement = Statement::default();
                event.record(&mut statement);
                seen.statements.push(statement.0);
            }
            "server::crypto::password" => seen.hashes += 1,
            "server::http::delivery" => seen.reports += 1,
            _ => {}
        }
    }
}

/// The text of a statement: the summary where that is all of it.
#[derive(Default)]
struct Statement(String);

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" || (field.name() == "db.statement" && !value.is_empty()) {
            value.trim().clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
