//! Signing out, also while the database does not note it.

use app::{AppError, routes};
use axum::http::StatusCode;

use crate::support::{Browser, SESSION_COOKIE, SIGN_IN_COOKIE, World, both};

both!(
    flow_22_sign_out_that_is_not_noted_clears_the_browser_all_the_same,
    flow_22_program_is_told_that_the_session_goes_on,
);

const AWAY: &str = "ALTER TABLE audit_event RENAME TO audit_away";
const BACK: &str = "ALTER TABLE audit_away RENAME TO audit_event";

/// A browser that is signed in, and the database that takes no event.
async fn signed_in(world: &World) -> Browser {
    let ana = world.enrolled("ana@strict.example").await;
    let browser = world.signed_in(&ana).await;
    world.database.define(AWAY).await;
    browser
}

async fn flow_22_sign_out_that_is_not_noted_clears_the_browser_all_the_same(world: World) {
    let mut browser = signed_in(&world).await;
    let answer = browser.submit_only(routes::HOME, "sign-out", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, Some(routes::SIGN_IN_LEFT)));
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert_eq!((browser.cookie(SESSION_COOKIE), browser.cookie(SIGN_IN_COOKIE)), (None, None));
    let page = browser.get(routes::SIGN_IN_LEFT).await;
    assert!(page.is_ok() && page.text().contains("the session there ends by itself"), "{}", page.text());
    world.database.define(BACK).await;
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1, "the page says the truth");
}

async fn flow_22_program_is_told_that_the_session_goes_on(world: World) {
    let mut browser = signed_in(&world).await;
    let answer = browser.call("sign-out", &[]).await;
    assert!(matches!(answer.error(), AppError::Internal { .. } | AppError::Unavailable));
    assert_eq!(browser.cookie(SESSION_COOKIE), None);
    world.database.define(BACK).await;
}
