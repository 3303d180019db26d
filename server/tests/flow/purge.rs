//! Deleting what is over (DB-13).

use server::{
    clock::Timestamp,
    service::PURGE_BATCH,
    storage::{StoreError, delivery, session},
};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::{
    statistics::rows_read,
    support::{World, both, postgres_only},
};

both!(
    db_13_purge_takes_the_oldest_of_a_batch_and_leaves_what_is_alive,
    db_13_hundred_thousand_rows_go_in_batches,
    db_13_mails_go_in_batches,
    db_13_overdue_mails_are_given_up_in_batches,
    db_13_kind_that_cannot_go_holds_up_no_other,
);

postgres_only!(sealed_mails_past_their_time_are_found_without_the_others);

/// Rows that ended long ago, and a little later for each.
const ROWS: i64 = 100_000;
const SESSIONS: &str = "SELECT COUNT(*) FROM session";

/// Fills a table with rows of the one person that ended long ago.
async fn fill(world: &World) {
    let statements = if world.database.is_sqlite() {
        [
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) \
             INSERT INTO session (id, token_hash, person_id, epoch, proof, address, agent, created_at, last_seen_at, expires_at) \
             SELECT randomblob(16), randomblob(32), p.id, 0, 'password', '', '', i, i, i + 1 FROM n, person p",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) \
             INSERT INTO sign_in (id, token_hash, person_id, stage, epoch, throttle_key, known, created_at, expires_at) \
             SELECT randomblob(16), randomblob(32), p.id, 'challenge', 0, x'00', 0, i, i + 1 FROM n, person p",
        ]
    } else {
        [
            "INSERT INTO session (id, token_hash, person_id, epoch, proof, address, agent, created_at, last_seen_at, expires_at) \
             SELECT uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), p.id, 0, 'password', '', '', i, i, i + 1 \
             FROM generate_series(1, 100000) i, person p",
            "INSERT INTO sign_in (id, token_hash, person_id, stage, epoch, throttle_key, known, created_at, expires_at) \
             SELECT uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), p.id, 'challenge', 0, ''::bytea, 0, i, i + 1 \
             FROM generate_series(1, 100000) i, person p",
        ]
    };
    let mut connection = world.database.connect().await;
    for statement in statements {
        connection.execute(statement).await.unwrap();
    }
    assert_eq!(world.count(SESSIONS).await, ROWS);
}

async fn db_13_purge_takes_the_oldest_of_a_batch_and_leaves_what_is_alive(world: World) {
    world.newcomer("ana@strict.example").await;
    fill(&world).await;

    let purge = |before| {
        let store = &world.service.store;
        store.write(move |db| Box::pin(session::purge(db, Timestamp(before), PURGE_BATCH)))
    };
    assert_eq!(purge(50_000).await.unwrap(), PURGE_BATCH.unsigned_abs());

    assert_eq!(world.count(SESSIONS).await, ROWS - PURGE_BATCH);
    assert_eq!(world.count("SELECT MIN(expires_at) FROM session").await, PURGE_BATCH + 2);
    assert_eq!(purge(PURGE_BATCH + 12).await.unwrap(), 10, "only what ended before that moment");
    assert_eq!(purge(PURGE_BATCH + 12).await.unwrap(), 0);
}

/// One row in the middle cannot go: whatever was deleted before it stays deleted, so it was not one transaction.
async fn db_13_hundred_thousand_rows_go_in_batches(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    fill(&world).await;
    let mut alive = world.signed_in(&ana).await;
    world
        .database
        .define(if world.database.is_sqlite() {
            "CREATE TABLE kept (session_id BLOB PRIMARY KEY REFERENCES session (id))"
        } else {
            "CREATE TABLE kept (session_id BYTEA PRIMARY KEY REFERENCES session (id))"
        })
        .await;
    world.database.change("INSERT INTO kept SELECT id FROM session WHERE expires_at = 50002", vec![]).await;

    let error = world.service.purge().await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "something refers to the row: {error}");
    assert_eq!(world.count("SELECT MIN(expires_at) FROM session").await, 50_002, "what was before it is gone");
    assert_eq!(world.count(SESSIONS).await, ROWS - 50_000 + 1);

    world.database.define("DROP TABLE kept").await;
    world.service.purge().await.unwrap();
    assert_eq!(world.count(SESSIONS).await, 1, "the one that is alive");
    assert_eq!(alive.session().await, axum::http::StatusCode::OK);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 1, "of today");
    assert_eq!(
        world.count("SELECT COUNT(*) FROM throttle").await,
        4,
        "of today: two for the password, one for its address, one for the code"
    );
    world.clock.advance(3 * 24 * 3600);
    world.service.purge().await.unwrap();
    for table in [SESSIONS, "SELECT COUNT(*) FROM sign_in", "SELECT COUNT(*) FROM throttle"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

/// What a mail server that was away for days has left behind.
const MAILS: i64 = 2500;

/// Mails of the one person: sent long ago, or waiting with their time over.
async fn fill_outbox(world: &World, state: &str) {
    let columns = "INSERT INTO notice (id, event_id, person_id, channel, recipient, kind, subject, body, state, sealed, \
                   due_at, give_up_at, created_at, sent_at)";
    let sent = if state == "sent" { "i" } else { "NULL" };
    let statement = if world.database.is_sqlite() {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MAILS}) \
             {columns} SELECT randomblob(16), randomblob(16), p.id, 'mail', p.email, 'password-changed', '', '', '{state}', \
             x'00', i, i, i, {sent} FROM n, person p"
        )
    } else {
        format!(
            "{columns} SELECT uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), p.id, 'mail', p.email, \
             'password-changed', '', '', '{state}', ''::bytea, i, i, i, {sent} FROM generate_series(1, {MAILS}) i, person p"
        )
    };
    world.database.connect().await.execute(AssertSqlSafe(statement)).await.unwrap();
}

/// Something else refers to these mails, so that they cannot go.
async fn keep_mail(world: &World, which: &'static str) {
    let kept = if world.database.is_sqlite() { "BLOB" } else { "BYTEA" };
    let table = format!("CREATE TABLE kept (notice_id {kept} PRIMARY KEY REFERENCES notice (id))");
    world.database.connect().await.execute(AssertSqlSafe(table)).await.unwrap();
    world.database.change(which, vec![]).await;
}

/// One mail in the middle cannot go: whatever went before it stays gone, so it was not one transaction.
async fn db_13_mails_go_in_batches(world: World) {
    world.newcomer("ana@strict.example").await;
    fill_outbox(&world, "sent").await;
    keep_mail(&world, "INSERT INTO kept SELECT id FROM notice WHERE created_at = 1500").await;

    let error = world.service.purge().await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "something refers to the row: {error}");
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, MAILS - PURGE_BATCH);
    assert_eq!(world.count("SELECT MIN(created_at) FROM notice").await, PURGE_BATCH + 1);
    world.database.define("DROP TABLE kept").await;
    world.service.purge().await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, 0);
}

async fn db_13_overdue_mails_are_given_up_in_batches(world: World) {
    world.newcomer("ana@strict.example").await;
    fill_outbox(&world, "waiting").await;
    let before = world.count("SELECT COUNT(*) FROM audit_event").await;
    let store = &world.service.store;
    let given_up = store.write(|db| Box::pin(delivery::consume_overdue(db, Timestamp(MAILS), PURGE_BATCH))).await;
    assert_eq!(i64::try_from(given_up.unwrap().len()).unwrap(), PURGE_BATCH, "as many as were asked for");
    let waiting = "SELECT COUNT(*) FROM notice WHERE state = 'waiting'";
    assert_eq!(world.count(waiting).await, MAILS - PURGE_BATCH);
    world.service.purge().await.unwrap();
    assert_eq!(world.count(waiting).await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE sealed IS NOT NULL").await, 0);
    let noted = world.count("SELECT COUNT(*) FROM audit_event").await - before;
    assert_eq!(noted, MAILS - PURGE_BATCH, "each is noted once");
}

/// The first mail cannot go: what comes after the mails goes all the same, that of the last transaction included.
async fn db_13_kind_that_cannot_go_holds_up_no_other(world: World) {
    world.newcomer("ana@strict.example").await;
    fill_outbox(&world, "sent").await;
    keep_mail(&world, "INSERT INTO kept SELECT id FROM notice WHERE created_at = 1").await;
    let texts = "INSERT INTO sms_message (id, person_id, country, state, created_at) SELECT p.id, p.id, 'US', 'sent', 1 FROM person p";
    world.database.change(texts, vec![]).await;
    world.database.change("INSERT INTO sms_count (key, day) SELECT id, 1 FROM person", vec![]).await;

    let error = world.service.purge().await.unwrap_err();

    assert!(matches!(error, StoreError::Refused(_)), "something refers to the row: {error}");
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, MAILS);
    for gone in [
        "SELECT COUNT(*) FROM notice WHERE sealed IS NOT NULL",
        "SELECT COUNT(*) FROM sms_message",
        "SELECT COUNT(*) FROM sms_count",
    ] {
        assert_eq!(world.count(gone).await, 0, "{gone}");
    }
}

async fn sealed_mails_past_their_time_are_found_without_the_others(world: World) {
    world.newcomer("ana@strict.example").await;
    fill_outbox(&world, "sent").await;
    for change in ["UPDATE notice SET sealed = NULL WHERE created_at > 3", "ANALYZE notice"] {
        world.database.connect().await.execute(change).await.unwrap();
    }
    let mut connection = world.database.connect().await;
    let mut db = connection.begin().await.unwrap();
    let purged = delivery::purge_sealed(&mut db, Timestamp(MAILS), PURGE_BATCH).await;
    let (one_by_one, by_index) = rows_read(&mut db, "notice").await;

    assert_eq!(purged.unwrap(), 3);
    assert_eq!(one_by_one, 0, "mails that were read one after the other");
    // Those to be found, each of them by its id, and the ends of indexes that the planner looks at.
    assert!(by_index < 20, "{by_index}");
}
