//! The database is slow, damaged or gone: nobody gets in by that (catalogue 3.12, FLOW-10).

use std::time::Duration;

use app::{AppError, routes};
use axum::http::StatusCode;
use server::storage::{DatabaseSettings, FEWEST_CONNECTIONS, Store, StoreError};
use sqlx::{AnyConnection, Executor};

use crate::support::{PASSWORD, World, at_once, both, postgres_only, sqlite_only};

both!(
    flow_10_failing_write_denies_the_sign_in,
    flow_10_right_password_behind_a_failing_write_is_not_counted,
    db_07_pool_used_up_answers_503_and_recovers,
    db_10_changed_secret_among_many_codes_stops_nobody_else,
);
sqlite_only!(
    db_01_short_write_lock_is_waited_for,
    db_01_long_write_lock_answers_503_and_nobody_gets_in,
    db_05_second_server_on_one_file_refused,
);

postgres_only!(ended_connections_cost_nobody_an_answer);

pub(crate) const SESSIONS: &str = "SELECT COUNT(*) FROM session";

async fn flow_10_failing_write_denies_the_sign_in(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for (away, back) in [
        ("ALTER TABLE session RENAME TO session_away", "ALTER TABLE session_away RENAME TO session"),
        ("ALTER TABLE audit_event RENAME TO audit_away", "ALTER TABLE audit_away RENAME TO audit_event"),
        ("ALTER TABLE factor RENAME TO factor_away", "ALTER TABLE factor_away RENAME TO factor"),
    ] {
        let mut browser = world.challenged(&ana).await;
        world.database.define(away).await;
        let answer = browser.verify(&world.code(&ana.key, 0)).await;
        assert!(answer.status.is_server_error(), "{away}: {}", answer.status);
        for hint in ["session", "audit", "factor", "SELECT", "sqlx", "table"] {
            assert!(!answer.text().contains(hint), "the answer tells of the inside: {}", answer.text());
        }
        world.database.define(back).await;
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        assert_eq!(world.count(SESSIONS).await, 0);
    }
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// Nothing was guessed, so nothing pauses the account, however often it is tried.
async fn flow_10_right_password_behind_a_failing_write_is_not_counted(world: World) {
    world.open_company("Open").await;
    world.person("olga@open.example", "Open", server::domain::Role::Member).await;
    world.newcomer("ana@strict.example").await;
    let mut olga = world.browser();
    olga.enter("olga@open.example").await.leads_to(routes::HOME);

    world.database.define("ALTER TABLE sign_in RENAME TO sign_in_away").await;
    for _ in 0..11 {
        let first = world.browser().enter("ana@strict.example").await;
        assert!(first.status.is_server_error(), "{}", first.status);
        let early = olga.call("set-up/start", &[("password", PASSWORD)]).await;
        assert!(early.status.is_server_error(), "{}", early.status);
    }
    world.database.define("ALTER TABLE sign_in_away RENAME TO sign_in").await;

    assert_eq!(world.count("SELECT COALESCE(MAX(failures), 0) FROM throttle").await, 0);
    world.browser().enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    olga.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
}

/// Ends every connection of the server, and waits until they are gone.
async fn cut_off(world: &World) {
    assert!(world.database.end_connections().await > 0);
    while world.database.end_connections().await > 0 {
        World::look_again().await;
    }
}

/// As a restart of the database does: the connections that the server kept are gone, and it has not noticed.
async fn ended_connections_cost_nobody_an_answer(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut earlier = world.signed_in(&ana).await;
    for _ in 0..3 {
        cut_off(&world).await;
        assert_eq!(earlier.session().await, StatusCode::OK);
        // As many as there are lanes: each finds its connection gone.
        let work = world.browsers(8).into_iter().map(|mut browser| {
            let email = ana.email.clone();
            async move { browser.enter(&email).await }
        });
        for answer in at_once(work.collect()).await {
            answer.leads_to(routes::VERIFY);
        }
        let mut browser = world.challenged(&ana).await;
        cut_off(&world).await;
        browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
        world.clock.advance(90);
    }
}

/// Takes what every writer needs, until the connection is dropped.
async fn hold(world: &World) -> AnyConnection {
    let mut connection = world.database.connect().await;
    if world.database.is_sqlite() {
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
    } else {
        connection.execute("BEGIN").await.unwrap();
        connection.execute("LOCK TABLE sign_in, session, throttle, person IN ACCESS EXCLUSIVE MODE").await.unwrap();
    }
    connection
}

async fn db_07_pool_used_up_answers_503_and_recovers(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let world = world
        .restart(|plan| {
            plan.connections = FEWEST_CONNECTIONS;
            plan.patience = Duration::from_secs(3);
        })
        .await;
    let mut browsers = Vec::new();
    for _ in 0..8 {
        browsers.push(world.challenged(&ana).await);
    }
    let code = world.code(&ana.key, 0);

    let held = hold(&world).await;
    let work = browsers.iter().cloned().map(|mut browser| {
        let code = code.clone();
        async move { browser.verify(&code).await }
    });
    for answer in at_once(work.collect()).await {
        assert_eq!(answer.error(), AppError::Unavailable);
        assert!(answer.header("retry-after").is_some());
    }
    drop(held);

    assert_eq!(world.count(SESSIONS).await, 0);
    world.challenged(&ana).await.verify(&code).await.leads_to(routes::HOME);
}

async fn db_01_short_write_lock_is_waited_for(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    let code = world.code(&ana.key, 0);
    let held = hold(&world).await;
    let mut request = tokio::spawn(async move { browser.verify(&code).await });
    let early = tokio::time::timeout(Duration::from_secs(1), &mut request).await;
    assert!(early.is_err(), "the request waits for the lock");

    drop(held);

    request.await.unwrap().leads_to(routes::HOME);
    assert_eq!(world.count(SESSIONS).await, 1);
}

async fn db_01_long_write_lock_answers_503_and_nobody_gets_in(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    let held = hold(&world).await;

    let answer = browser.verify(&world.code(&ana.key, 0)).await;
    let first_step = world.browser().enter(&ana.email).await;

    assert_eq!(answer.error(), AppError::Unavailable);
    assert_eq!(first_step.error(), AppError::Unavailable);
    drop(held);
    assert_eq!(world.count(SESSIONS).await, 0);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn db_05_second_server_on_one_file_refused(world: World) {
    let settings = DatabaseSettings::new(world.database.url().to_owned(), 1);
    let second = Store::connect(&settings).await;
    assert!(matches!(second, Err(StoreError::Setup(_))), "{second:?}");

    // Once the first has ended there is room for another.
    let world = world.restart(|_| ()).await;
    assert_eq!(world.browser().get("/readyz").await.status, StatusCode::OK);
}

/// Codes that wait for the database share a transaction. One record that cannot be used fails alone.
async fn db_10_changed_secret_among_many_codes_stops_nobody_else(world: World) {
    let mut people = Vec::new();
    for number in 0..9 {
        people.push(world.enrolled(&format!("p{number}@strict.example")).await);
    }
    let mut work = Vec::new();
    for person in &people {
        work.push((world.challenged(person).await, world.code(&person.key, 0)));
    }
    // The same code a second time, from another browser, and a wrong one.
    work.push((world.challenged(&people[1]).await, world.code(&people[1].key, 0)));
    work.push((world.challenged(&people[2]).await, world.wrong_code(&people[2].key)));
    world
        .database
        .define(
            "UPDATE factor SET secret = (SELECT f.secret FROM factor f JOIN person p ON p.id = f.person_id \
             WHERE p.email = 'p1@strict.example') \
             WHERE person_id = (SELECT id FROM person WHERE email = 'p4@strict.example')",
        )
        .await;

    let holder = hold(&world).await;
    let waiting = work.into_iter().map(|(mut browser, code)| tokio::spawn(async move { browser.verify(&code).await }));
    let waiting: Vec<_> = waiting.collect();
    world.somebody_waits_for_a_lock(&waiting[0]).await;
    drop(holder);
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(answer.await.unwrap());
    }

    assert_eq!(answers[4].status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!([0, 2, 3, 5, 6, 7, 8].into_iter().all(|place: usize| answers[place].is_ok()));
    assert_ne!(answers[1].is_ok(), answers[9].is_ok(), "one code lets one browser in");
    assert!(matches!(answers[10].error(), AppError::CodeWrong { left: Some(4) }));
    assert_eq!(world.count(SESSIONS).await, 8);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'session.authenticator'").await, 8);
}
