//! The headers of every answer.

use std::collections::HashSet;

use app::{AppError, routes};
use axum::{body::Body, http::StatusCode};
use server::http::HttpSettings;

use crate::{
    fake::Mode,
    site::{Answer, Site, form, request, settings},
};

/// What is the same on every answer (WEB-06).
const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
];

fn assert_secured(answer: &Answer, what: &str) {
    for (name, value) in FIXED {
        assert_eq!(answer.header(name), value, "{what}");
    }
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1, "{what}");
    for part in ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(answer.header("content-security-policy").contains(part), "{what}");
    }
    assert!(!answer.header("content-security-policy").contains("unsafe-inline"), "{what}");
    assert!(answer.header("permissions-policy").contains("camera=(), "), "{what}");
    assert!(!answer.header("cache-control").is_empty(), "{what}");
}

async fn html(site: &Site, method: &str, path: &str) -> Answer {
    site.send(request(method, path).header("accept", "text/html").body(Body::empty()).unwrap()).await
}

/// WEB-06: the full set on answers of every kind.
#[tokio::test]
async fn web_06_every_answer_carries_the_headers() {
    let site = Site::new(Mode::Works);
    // Only the demo has an address that asks the port outside of a step and a page: a panic there reaches the last net.
    let broken = Site::with(Mode::Panics, &HttpSettings { demo: true, ..settings() });
    let away = Site::new(Mode::Fails(AppError::Unavailable));
    let foreign = request("POST", "/api/sign-in/email").body(Body::empty()).unwrap();
    let wrong_host =
        axum::http::Request::builder().uri("/").header("host", "evil.example").body(Body::empty()).unwrap();
    let answers = [
        (404, "/nothing page", html(&site, "GET", "/nothing").await),
        (404, "/api/nothing", site.get("/api/nothing").await),
        (200, "head of a page", html(&site, "HEAD", "/sign-in").await),
        (303, "form", site.submit("/api/sign-in/email", "email=a@b.example").await),
        (200, "program", site.post("/api/sign-in/email", "email=a@b.example").await),
        (400, "malformed", site.post("/api/sign-in/code", "x").await),
        (401, "session", site.get("/api/session").await),
        (403, "foreign", site.send(foreign).await),
        (405, "trace", html(&site, "TRACE", "/sign-in").await),
        (
            415,
            "type",
            site.send(form("/api/sign-in/email").header("content-encoding", "br").body(Body::empty()).unwrap()).await,
        ),
        (421, "host", site.send(wrong_host).await),
        (500, "page of last resort", html(&broken, "GET", "/demo/outbox.json").await),
        (500, "panic", broken.get("/demo/outbox.json").await),
        (500, "panic of a step", broken.post("/api/sign-in/code", "code=1").await),
        (503, "away", away.get("/readyz").await),
        (308, "slash", html(&site, "GET", "/sign-in/").await),
        (200, "style", site.get("/pkg/muster.0123abcd.css").await),
        (200, "wasm", site.get("/pkg/muster.89abcdef.wasm").await),
        (200, "favicon", site.get("/favicon.svg").await),
        (204, "report", site.send(request("POST", "/csp-report").body(Body::empty()).unwrap()).await),
        (200, "health", site.get("/healthz").await),
    ];
    for (status, what, answer) in &answers {
        assert_eq!(answer.status.as_u16(), *status, "{what}");
        assert_secured(answer, what);
        let is_file = ["style", "wasm", "favicon"].contains(what);
        assert_eq!(answer.header("cache-control") != "no-store", is_file, "{what}");
    }
}

#[tokio::test]
async fn web_06_page_carries_the_headers() {
    let site = Site::new(Mode::Stays);
    for path in routes::PAGES.into_iter().chain(routes::PLAIN).filter(|path| *path != routes::OUTBOX) {
        let answer = html(&site, "GET", path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_secured(&answer, path);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("reporting-endpoints"), "csp=\"/csp-report\"");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn plain_http_demo_sends_no_transport_security() {
    let public_url = "http://127.0.0.1:3000".parse().unwrap();
    let site = Site::with(Mode::Works, &HttpSettings { public_url, demo: true, ..settings() });
    let request = axum::http::Request::builder().uri("/healthz").header("host", "127.0.0.1:3000");
    let answer = site.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("strict-transport-security"), "");
}

fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
    nonce.unwrap_or_else(|| panic!("{}, with the policy {policy:?}: {}", answer.status, answer.body)).to_owned()
}

/// WEB-07: ten thousand pages, ten thousand nonces.
#[tokio::test]
async fn web_07_no_nonce_comes_twice() {
    let site = Site::new(Mode::Stays);
    let mut nonces = HashSet::new();
    for _ in 0..10_000 {
        let answer = html(&site, "GET", "/sign-in").await;
        assert!(nonces.insert(nonce(&answer)), "a nonce came twice");
    }
}

/// WEB-07: the scripts of a page carry the nonce of its policy, and no other.
#[tokio::test]
async fn web_07_scripts_of_a_page_carry_its_nonce() {
    let answer = html(&Site::new(Mode::Stays), "GET", "/sign-in").await;
    let nonce = nonce(&answer);
    assert!(nonce.len() >= 22, "128 bits: {nonce}");
    let scripts: Vec<_> = answer.body.split("<script").skip(1).collect();
    assert!(!scripts.is_empty(), "{}", answer.body);
    for script in scripts {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")) || tag.contains("src=\"/"), "<script{tag}>");
    }
}
