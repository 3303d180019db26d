//! Probes, the session, the outbox, reports.

use app::AppError;
use axum::{body::Body, http::StatusCode};
use server::http::HttpSettings;

use crate::{
    fake::Mode,
    site::{Site, request, settings},
};

async fn session(site: &Site, cookie: &str) -> crate::site::Answer {
    site.send(request("GET", "/api/session").header("cookie", cookie).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn session_of_a_signed_in_person_told() {
    let answer = session(&Site::new(Mode::Works), "__Host-muster-session=right").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.body, r#"{"email":"ana@harbor.example","name":"Ana","expires_at":1,"second_factor":true}"#);
}

#[tokio::test]
async fn session_without_a_right_cookie_is_401() {
    let site = Site::new(Mode::Works);
    for cookie in ["", "__Host-muster-session=wrong", "__Host-muster-sign-in=right", "muster-demo-session=right"] {
        let answer = session(&site, cookie).await;
        assert_eq!((answer.status, answer.error()), (StatusCode::UNAUTHORIZED, AppError::NotSignedIn), "{cookie}");
    }
}

#[tokio::test]
async fn session_while_the_database_is_away_is_503() {
    let answer = session(&Site::new(Mode::Fails(AppError::Unavailable)), "__Host-muster-session=right").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
}

#[tokio::test]
async fn database_away_healthz_up_and_readyz_down() {
    let site = Site::new(Mode::Fails(AppError::Unavailable));
    assert_eq!(site.get("/healthz").await.status, StatusCode::OK);
    let answer = site.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("The database is away"));
    assert_eq!(Site::new(Mode::Works).get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn outbox_exists_in_the_demo_only() {
    let site = Site::new(Mode::Works);
    for path in ["/demo/outbox", "/demo/outbox/", "/demo/outbox.json"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(site.fake.calls(), 0);

    let demo = Site::with(Mode::Stays, &HttpSettings { demo: true, ..settings() });
    let answer = demo.get("/demo/outbox.json").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, r#"{"messages":[]}"#));
    assert_eq!(demo.get("/demo/outbox").await.status, StatusCode::OK);
}

#[tokio::test]
async fn policy_report_taken_without_an_answer() {
    let site = Site::new(Mode::Works);
    for body in [Body::from("{}"), Body::from(vec![0xff; 2000]), Body::empty()] {
        let answer = site.send(request("POST", "/csp-report").body(body).unwrap()).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    }
    let long = request("POST", "/csp-report").body(Body::from(vec![b'a'; 70_000])).unwrap();
    assert_eq!(site.send(long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
