//! Who tries to get round a check leaves a line in the log (ASVS 5.0 16.3.2, 16.3.3).

use app::{AppError, routes};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use serde_json::Value;
use tracing::Level;

use crate::support::{Answer, Browser, PASSWORD, World, listen, logged, sqlite_only};

sqlite_only!(
    request_of_another_site_is_logged_without_what_it_brings,
    request_for_another_host_is_logged_without_its_query,
    skipped_step_is_logged,
    flood_of_refused_requests_does_not_fill_the_log,
);

/// A form that a page of another site has sent.
async fn post_from_elsewhere(browser: &mut Browser, path: &str) -> Answer {
    let request = browser
        .request(Method::POST, path)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = format!("email=ana%40strict.example&password={PASSWORD}");
    let answer = browser.send(path, request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    answer
}

async fn request_of_another_site_is_logged_without_what_it_brings(world: World) {
    listen();
    let mut browser = world.browser().at([203, 0, 113, 1]);
    post_from_elsewhere(&mut browser, "/api/sign-in/password?t=hush-hush").await;

    let lines = logged(Level::WARN, &["address=203.0.113.1 "]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("path=\"/api/sign-in/password\" ") && lines[0].contains("CrossSite"), "{lines:?}");
    for secret in ["hush-hush", PASSWORD, "ana"] {
        assert!(!lines[0].contains(secret), "{lines:?}");
    }
}

async fn request_for_another_host_is_logged_without_its_query(world: World) {
    listen();
    let mut browser = world.browser().at([203, 0, 113, 2]);
    let path = format!("{}?t=hush-hush", routes::RESET_LINK);
    let mut request = browser.request(Method::GET, &path).body(Body::empty()).unwrap();
    request.headers_mut().insert(header::HOST, "evil.example".parse().unwrap());
    assert_eq!(browser.send(&path, request).await.status, StatusCode::MISDIRECTED_REQUEST);

    let lines = logged(Level::WARN, &["address=203.0.113.2 "]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(routes::RESET_LINK) && lines[0].contains("Misdirected"), "{lines:?}");
    assert!(!lines[0].contains("hush-hush"), "{lines:?}");
}

async fn skipped_step_is_logged(world: World) {
    listen();
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.browser().at([203, 0, 113, 3]);
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    let lines = || logged(Level::WARN, &["address=203.0.113.3 "]);
    assert!(lines().is_empty(), "{:?}", lines());

    assert_eq!(browser.call("set-up/method", &[("method", "authenticator")]).await.error(), AppError::Forbidden);

    assert_eq!(lines().len(), 1, "{:?}", lines());
    assert!(lines()[0].contains("path=\"/api/set-up/method\" ") && lines()[0].contains("Forbidden"), "{:?}", lines());
    browser.get(routes::AUTHENTICATOR).await.leads_to(routes::VERIFY);
    assert_eq!(browser.view::<Value>("authenticator").await.unwrap_err(), AppError::Forbidden);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(lines().len(), 1, "neither a page out of turn nor what is allowed: {:?}", lines());
}

async fn flood_of_refused_requests_does_not_fill_the_log(world: World) {
    listen();
    let mut browser = world.browser().at([203, 0, 113, 4]);
    for _ in 0..500 {
        post_from_elsewhere(&mut browser, "/api/sign-in/password").await;
    }
    let lines = logged(Level::WARN, &["address=203.0.113.4 "]).len();
    assert!((1..500).contains(&lines), "{lines}");
}
