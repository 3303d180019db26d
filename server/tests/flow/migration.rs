//! A database that an earlier version has filled is brought up to date with nothing lost.

use std::path::Path;

use server::storage::{DatabaseSettings, Store};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row, migrate::Migrator};

use crate::support::Database;

/// Two people of the first version: one with everything, one with nothing; one mail sent, one waiting, one long past.
const FILLED: &str = "
INSERT INTO company VALUES ({01}, 'Acme', 1, 1, '2030-03-01', 'America/Denver', 5, NULL, 1);
INSERT INTO person VALUES ({02}, 'ana@acme.example', 'Ana Torres', {aa}, 3, NULL, 10);
INSERT INTO person VALUES ({03}, 'bob@acme.example', 'Bob', NULL, 0, 20, 11);
INSERT INTO membership VALUES ({01}, {02}, 'member');
INSERT INTO sign_in VALUES ({04}, {a4}, {02}, 'challenge', 3, {b4}, 0, 2, 100, 700, NULL);
INSERT INTO session VALUES ({05}, {a5}, {02}, {04}, 3, 'authenticator', NULL, '10.0.0.1', 'Firefox', 100, 100, 9000, NULL);
INSERT INTO factor VALUES ({06}, {02}, 'authenticator', 'active', {04}, {a6}, 44, 1, 50, 51);
INSERT INTO recovery_code VALUES ({07}, {02}, 1, {a7}, 52, 53, NULL, NULL);
INSERT INTO throttle VALUES ({a8}, 4, 100, 0);
INSERT INTO audit_event VALUES ({09}, 100, 'session.authenticator', {02}, 'self', '10.0.0.1', 'null', {a9}, 1);
INSERT INTO audit_block VALUES (1, 1, {aa}, {ab}, {ac}, 101);
INSERT INTO notice VALUES ({0a}, {02}, 'mail', 'ana@acme.example', 'authenticator-linked', 'Linked', 'It was.', 60, 61);
INSERT INTO notice VALUES ({0b}, {02}, 'mail', 'ana@acme.example', 'recovery-code-used', 'Used', 'It was.', 70, NULL);
INSERT INTO key_check VALUES (1, {ad});
";

/// Every column of the first version, in one line a row, in an order of its own.
const KEPT: &[&str] = &[
    "SELECT name || mfa_available || require_mfa || enforce_date || time_zone || policy_set_at || created_at FROM company",
    "SELECT email || name || epoch || COALESCE(disabled_at, 0) || created_at || COALESCE(LENGTH(password), 0) \
     FROM person ORDER BY email",
    "SELECT role FROM membership m JOIN person p ON p.id = m.person_id JOIN company c ON c.id = m.company_id",
    "SELECT stage || s.epoch || known || attempts || s.created_at || expires_at FROM sign_in s JOIN person p ON p.id = person_id",
    "SELECT proof || s.epoch || address || agent || s.created_at || last_seen_at || expires_at \
     FROM session s JOIN person p ON p.id = person_id",
    "SELECT method || state || last_step || failures || f.created_at || confirmed_at FROM factor f JOIN person p ON p.id = person_id",
    "SELECT number || '.' || r.created_at || acknowledged_at FROM recovery_code r JOIN person p ON p.id = person_id",
    "SELECT failures || '.' || window_started FROM throttle",
    "SELECT at || kind || actor || address || detail || block FROM audit_event",
    "SELECT number || '.' || events || sealed_at FROM audit_block",
    "SELECT recipient || kind || subject || body || n.created_at || COALESCE(sent_at, 0) \
     FROM notice n JOIN person p ON p.id = person_id ORDER BY n.created_at",
    "SELECT key_id || '.' FROM key_check",
];

/// The first version's schema alone, filled.
async fn first_version(database: &Database) {
    let engine = if database.is_sqlite() { "sqlite" } else { "postgres" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mode = if database.is_sqlite() { "?mode=rwc" } else { "" };
    let mut db = AnyConnection::connect(&format!("{}{mode}", database.url())).await.unwrap();
    Migrator::new(folder).await.unwrap().run_direct(Some(1), &mut db, false).await.unwrap();
    db.execute(AssertSqlSafe(filling(database.is_sqlite()))).await.unwrap();
    db.close().await.unwrap();
}

/// `{02}` as sixteen bytes in the spelling of the engine.
fn filling(is_sqlite: bool) -> String {
    let mut parts = FILLED.split(['{', '}']);
    let mut sql = parts.next().unwrap().to_owned();
    while let (Some(byte), Some(rest)) = (parts.next(), parts.next()) {
        sql += if is_sqlite { "X'" } else { "'\\x" };
        sql += &byte.repeat(16);
        sql += "'";
        sql += rest;
    }
    sql
}

async fn kept(database: &Database) -> Vec<String> {
    let mut db = database.connect().await;
    let mut lines = Vec::new();
    for sql in KEPT {
        let rows = db.fetch_all(*sql).await.unwrap();
        assert!(!rows.is_empty(), "nothing left for: {sql}");
        lines.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    lines
}

async fn check_upgrade(database: Database) {
    first_version(&database).await;
    let before = kept(&database).await;
    let store = Store::connect(&DatabaseSettings::new(database.url().to_owned(), 4)).await.unwrap();
    store.check_schema().await.unwrap_err();
    store.migrate().await.unwrap();
    store.check_schema().await.unwrap();
    assert_eq!(kept(&database).await, before);

    let count = async |sql| database.int(sql, Vec::new()).await;
    let own = "SELECT COUNT(*) FROM address a JOIN person p ON p.id = a.person_id AND p.email = a.email \
               WHERE a.kind = 'sign-in' AND a.told_until IS NULL AND a.added_at = p.created_at";
    assert_eq!(count(own).await, 2, "everybody is told at the address that they sign in with");
    assert_eq!(count("SELECT COUNT(*) FROM person WHERE language IS NULL").await, 2);
    let sent = "SELECT COUNT(*) FROM notice WHERE state = 'sent' AND sent_at = 61 AND kind = 'authenticator-linked'";
    assert_eq!(count(sent).await, 1);
    let waiting = "SELECT COUNT(*) FROM notice WHERE state = 'waiting' AND due_at = 70 AND give_up_at = 432070 \
                   AND kind = 'recovery-code-used' AND attempts = 0";
    assert_eq!(count(waiting).await, 1);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn database_of_the_first_version_keeps_everything_on_sqlite() {
    check_upgrade(Database::empty_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn database_of_the_first_version_keeps_everything_on_postgres() {
    let database = Database::empty_postgres().await;
    check_upgrade(database.clone()).await;
    database.remove().await;
}
