//! What PostgreSQL alone can do to a server: take no writes, take too long, undo a change in favour of another
//! (catalogue 3.12).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::{AppError, routes};
use axum::http::StatusCode;
use server::storage::{DatabaseSettings, FEWEST_CONNECTIONS, Store, StoreError};
use sqlx::{Executor, Row};
use tokio::sync::Barrier;

use crate::support::{Database, Node, World, at_once, postgres_only};

postgres_only!(
    pg_05_server_turned_read_only_lets_nobody_in_and_says_so,
    db_08_statement_that_takes_too_long_is_cut_and_nobody_gets_in,
    pg_06_two_changes_that_wait_for_each_other_both_end_well,
    pg_06_codes_that_collide_together_are_checked_one_by_one,
    pg_06_code_that_collides_is_counted_once_and_at_last_answered,
);

const ATTEMPTS: &str = "SELECT attempts FROM sign_in WHERE stage = 'challenge' AND consumed_at IS NULL";

/// Makes a database of the cluster one that takes no writes, as a standby is, or an ordinary one again.
async fn set_read_only(database: &Database, read_only: bool) {
    let mut db = database.connect().await;
    db.execute("SET default_transaction_read_only = off").await.unwrap();
    let name: String = db.fetch_one("SELECT current_database()::text").await.unwrap().get(0);
    let value = if read_only { "on" } else { "off" };
    let change = format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
    db.execute(sqlx::AssertSqlSafe(change)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_05_read_only_server_refused_at_once_and_by_name() {
    let database = Database::postgres().await;
    set_read_only(&database, true).await;

    // A patience that no test outlives: whoever waits for it does not come back.
    let settings = DatabaseSettings {
        patience: Duration::from_hours(1),
        ..DatabaseSettings::new(database.url().to_owned(), FEWEST_CONNECTIONS)
    };
    let refused = Store::connect(&settings).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    let said = Node::start(database.url()).unwrap_err();
    assert!(said.contains("read-only") && said.contains("hint: name the primary in `database.url`"), "{said}");

    set_read_only(&database, false).await;
    Store::connect(&settings).await.unwrap().close().await;
    database.remove().await;
}

async fn pg_05_server_turned_read_only_lets_nobody_in_and_says_so(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let world = world.restart(|plan| plan.patience = Duration::from_secs(3)).await;
    let mut browser = world.challenged(&ana).await;
    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);

    set_read_only(&world.database, true).await;
    while world.database.end_connections().await > 0 {
        World::look_again().await;
    }
    assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.verify(&world.code(&ana.key, 0)).await.error(), AppError::Unavailable);

    set_read_only(&world.database, false).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn db_08_statement_that_takes_too_long_is_cut_and_nobody_gets_in(world: World) {
    const LIMITS: &str = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' \
                          || current_setting('idle_in_transaction_session_timeout')";
    let world = world.restart(|plan| plan.patience = Duration::from_secs(3)).await;
    let store = &world.service.store;
    let reader: String = store.read().await.unwrap().fetch_one(LIMITS).await.unwrap().get(0);
    let writer = store.write(|db| Box::pin(async move { Ok(db.fetch_one(LIMITS).await?.get::<String, _>(0)) })).await;
    assert_eq!([reader, writer.unwrap()], ["5s 3s 10s", "5s 3s 10s"]);

    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    let mut db = world.database.connect().await;
    db.execute(
        "CREATE FUNCTION sleep() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'; \
         CREATE TRIGGER slow BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION sleep()",
    )
    .await
    .unwrap();
    assert_eq!(browser.verify(&world.code(&ana.key, 0)).await.error(), AppError::Unavailable);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);

    db.execute("DROP TRIGGER slow ON session").await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(world.count(ATTEMPTS).await, 0, "nothing of it stays");
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// An index on a table that has grown takes longer than a request may.
#[tokio::test(flavor = "multi_thread")]
async fn migration_has_no_time_limit() {
    let database = Database::empty_postgres().await;
    let mut db = database.connect().await;
    db.execute(
        "CREATE TABLE seen (limits TEXT NOT NULL); \
         CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen \
         VALUES (current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')); END $$; \
         CREATE EVENT TRIGGER migrating ON ddl_command_start EXECUTE FUNCTION see()",
    )
    .await
    .unwrap();

    let store = Store::connect(&DatabaseSettings::new(database.url().to_owned(), FEWEST_CONNECTIONS)).await.unwrap();
    store.migrate().await.unwrap();

    let seen = database.int("SELECT COUNT(*) FROM seen", Vec::new()).await;
    let unlimited = database.int("SELECT COUNT(*) FROM seen WHERE limits = '0 0'", Vec::new()).await;
    assert!(seen > 20 && unlimited == seen, "{unlimited} of {seen} statements without limits");
    // The connection of the migration serves nobody else.
    for _ in 0..FEWEST_CONNECTIONS {
        let mut reader = store.read().await.unwrap();
        let limit: String = reader.fetch_one("SELECT current_setting('statement_timeout')").await.unwrap().get(0);
        assert_eq!(limit, "5s");
    }
    store.close().await;
    database.remove().await;
}

async fn pg_06_two_changes_that_wait_for_each_other_both_end_well(world: World) {
    let mut db = world.database.connect().await;
    db.execute("INSERT INTO throttle VALUES ('\\x01', 0, 1, 0), ('\\x02', 0, 1, 0)").await.unwrap();
    let (runs, both) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
    let work = [["\\x01", "\\x02"], ["\\x02", "\\x01"]].map(|keys| {
        let (store, runs, both) = (world.service.store.clone(), runs.clone(), both.clone());
        async move {
            store
                .write(move |db| {
                    Box::pin(async move {
                        let add = "UPDATE throttle SET failures = failures + 1 WHERE key = CAST($1 AS BYTEA)";
                        sqlx::query(add).bind(keys[0]).execute(&mut *db).await?;
                        // Each has its first row now. Whoever runs again finds the other one done.
                        if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                            both.wait().await;
                        }
                        sqlx::query(add).bind(keys[1]).execute(db).await?;
                        Ok(())
                    })
                })
                .await
        }
    });

    for ended in at_once(work.into()).await {
        ended.unwrap();
    }

    assert!(runs.load(Ordering::SeqCst) > 2, "one of the two ran again");
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle WHERE failures = 2").await, 2, "and counted once");
}

/// Refuses what is written into `session` with PostgreSQL's code for a deadlock, where the condition holds. What
/// was refused stays counted: a sequence is not undone.
async fn collide(world: &World, condition: &str) {
    let sql = format!(
        "CREATE SEQUENCE collision; \
         CREATE FUNCTION collide() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN \
         PERFORM nextval('collision'); RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END IF; RETURN NULL; END $$; \
         CREATE TRIGGER collide AFTER INSERT ON session REFERENCING NEW TABLE AS opened \
         FOR EACH STATEMENT EXECUTE FUNCTION collide()"
    );
    world.database.connect().await.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

const COLLISIONS: &str = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM collision";

async fn pg_06_codes_that_collide_together_are_checked_one_by_one(world: World) {
    let (mut people, mut waiting) = (Vec::new(), Vec::new());
    for number in 0..12 {
        people.push(world.enrolled(&format!("p{number}@strict.example")).await);
    }
    for person in &people {
        waiting.push((world.challenged(person).await, world.code(&person.key, 0)));
    }
    collide(&world, "(SELECT COUNT(*) FROM opened) > 1").await;

    let work = waiting.into_iter().map(|(mut browser, code)| async move { browser.verify(&code).await });
    for answer in at_once(work.collect()).await {
        answer.leads_to(routes::HOME);
    }

    assert!(world.count(COLLISIONS).await > 0, "no two were checked together");
    assert_eq!(world.live_sessions().await, 12);
    assert_eq!(world.count("SELECT MAX(attempts) FROM sign_in WHERE stage = 'challenge'").await, 1);
}

async fn pg_06_code_that_collides_is_counted_once_and_at_last_answered(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    collide(&world, "(SELECT last_value FROM collision) < 2").await;
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert!(world.count(COLLISIONS).await == 2, "it collided twice");
    assert_eq!(world.count("SELECT MAX(attempts) FROM sign_in WHERE stage = 'challenge'").await, 1);

    // One that never gets through is told to come back; nothing of it stays.
    world.clock.advance(90);
    let define = "CREATE OR REPLACE FUNCTION collide() RETURNS TRIGGER LANGUAGE plpgsql AS \
                  'BEGIN RAISE EXCEPTION USING ERRCODE = ''40001''; END'";
    world.database.define(define).await;
    let mut browser = world.challenged(&ana).await;
    let answer = browser.verify(&world.code(&ana.key, 0)).await;
    assert_eq!(answer.error(), AppError::Unavailable);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(world.count(ATTEMPTS).await, 0);
}
