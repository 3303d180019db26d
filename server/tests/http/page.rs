//! Pages, and what looks like one.

use app::routes;
use axum::{body::Body, http::StatusCode};

use crate::fake::{Mode, Site, actions, request};

/// WEB-04: an error that somebody wrote into a link is not shown as text.
#[tokio::test]
async fn web_04_forged_error_in_a_link_is_not_rendered() {
    let site = Site::new(Mode::Stays);
    let texts = [
        r#"{"kind":"attacker text"}"#,
        r#"{"kind":"code_wrong","left":1,"note":"attacker text"}"#,
        "attacker text",
        "<b>attacker text</b>",
    ];
    for action in actions() {
        let page = routes::page_of(action);
        for text in texts {
            let error = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE, text);
            let path = format!("{page}?__path={}&__err={error}", action.replace('/', "%2F"));
            let answer = site.get(&path).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.status);
            assert!(!answer.body.contains("attacker text"), "{path}: {}", answer.body);
        }
    }
}

/// WEB-14: nothing that looks like a page's file is a page, and no cache may keep it.
#[tokio::test]
async fn web_14_deceptive_path_is_404_and_not_stored() {
    let site = Site::new(Mode::Stays);
    for path in [
        "/sign-in/x.css",
        "/sign-in.css",
        "/set-up/%0a",
        "/set-up/recovery-code/x.js",
        "/set-up/recovery-code/..%2fx.css",
        "/set-up/recovery-code;x.css",
        "/set-up/recovery-code%00.css",
        "/set-up%2Frecovery-code",
        "//set-up/recovery-code",
        "/set-up//recovery-code",
        "/./set-up/recovery-code",
        "/SET-UP/recovery-code",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(site.fake.calls(), 0, "no page was made for them");
}

#[tokio::test]
async fn page_with_a_slash_at_its_end_is_sent_on() {
    let answer = Site::new(Mode::Stays).get("/set-up/recovery-code/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (308, routes::RECOVERY_CODE));
}

#[tokio::test]
async fn head_of_a_page_asks_nothing_of_the_port() {
    let site = Site::new(Mode::Stays);
    for path in routes::PAGES.into_iter().filter(|path| *path != routes::OUTBOX) {
        let answer = site.send(request("HEAD", path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{path}");
    }
    assert_eq!(site.fake.calls(), 0);
}

#[tokio::test]
async fn every_page_of_the_application_is_served() {
    let listed = leptos_axum::generate_route_list(app::App);
    let site = Site::new(Mode::Stays);
    for route in listed.iter().filter(|route| route.path() != routes::OUTBOX) {
        assert!(routes::PAGES.contains(&route.path()), "{} is not in `routes::PAGES`", route.path());
        assert_eq!(site.get(route.path()).await.status, StatusCode::OK, "{}", route.path());
    }
}

/// Leptos keeps the values of the page at hand in its thread: pages that are made at once must not meet there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_made_at_the_same_time_do_not_meet() {
    let site = std::sync::Arc::new(Site::new(Mode::Stays));
    let mut pages = tokio::task::JoinSet::new();
    for index in 0..600 {
        let site = site.clone();
        let (path, status) = [(routes::SIGN_IN, 200), ("/nothing", 404), (routes::METHOD, 200)][index % 3];
        pages.spawn(async move { (path, status, site.get(path).await.status.as_u16()) });
    }
    for (path, expected, status) in pages.join_all().await {
        assert_eq!(status, expected, "{path}");
    }
}
