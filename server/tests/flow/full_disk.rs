//! The disk is full (DB-03).

use app::{AppError, routes};
use axum::http::StatusCode;
use sqlx::Executor;

use crate::support::{World, sqlite_only};

sqlite_only!(db_03_full_disk_stops_sign_ins_and_nothing_else);

/// Lets the file of the database grow to this many pages; fewer than it has means no further.
async fn limit_pages(world: &World, pragma: &'static str) {
    world
        .service
        .store
        .write(move |db| Box::pin(async move { Ok(db.execute(pragma).await.map(drop)?) }))
        .await
        .unwrap();
}

async fn db_03_full_disk_stops_sign_ins_and_nothing_else(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut earlier = world.signed_in(&ana).await;
    assert_eq!(earlier.get("/readyz").await.status, StatusCode::OK);

    // What still fits into the pages that are there succeeds as a whole; then it fails as a whole.
    let mut opened = 1;
    let mut refused = 0;
    while refused < 20 {
        assert!(opened < 1000, "the disk is never full");
        // The limit is one of the connection, and a failure makes the server take a new one.
        limit_pages(&world, "PRAGMA max_page_count = 1").await;
        let mut browser = world.browser();
        let first = browser.enter(&ana.email).await;
        let answer = if first.is_ok() { browser.verify(&world.code(&ana.key, 0)).await } else { first };
        // Past the window in which failures are counted: what was counted before the write that failed stays.
        world.clock.advance(901);
        if answer.is_ok() {
            opened += 1;
        } else {
            assert_eq!(answer.error(), AppError::Unavailable);
            limit_pages(&world, "PRAGMA max_page_count = 1").await;
            assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE, "and the probe knows");
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
            refused += 1;
        }
        // Reads go on. (An hour without a single look would end the session.)
        assert_eq!(earlier.get(routes::HOME).await.status, StatusCode::OK);
    }

    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, opened);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE consumed_at IS NOT NULL").await, opened);
    let events = "SELECT COUNT(*) FROM audit_event WHERE kind = 'session.authenticator'";
    assert_eq!(world.count(events).await, opened, "no session without its event");

    limit_pages(&world, "PRAGMA max_page_count = 1000000").await;
    assert_eq!(earlier.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(world.count("SELECT COUNT(*) FROM key_check WHERE key_id < 0").await, 0, "the probe left nothing");
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, opened + 1);
}
