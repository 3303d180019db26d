//! Style, script, program and icons.

use axum::{body::Body, http::StatusCode};

use crate::{
    fake::Mode,
    site::{Answer, Site, request},
};

const STYLE: &str = "/pkg/muster.0123abcd.css";

async fn style(accepted: &str) -> Answer {
    let request = request("GET", STYLE).header("accept-encoding", accepted);
    Site::new(Mode::Works).send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn best_encoding_that_the_browser_takes_is_sent() {
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli style"),
        ("gzip", "gzip", "gzip style"),
        ("br;q=0, gzip;q=0.5", "gzip", "gzip style"),
        ("gzip;q=0", "", "plain style"),
        ("", "", "plain style"),
        ("brotli", "", "plain style"),
    ] {
        let answer = style(accepted).await;
        assert_eq!((answer.header("content-encoding"), answer.body.as_str()), (encoding, body), "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
    }
}

#[tokio::test]
async fn hashed_name_is_kept_for_ever_and_others_for_an_hour() {
    let site = Site::new(Mode::Works);
    let expected = [
        (STYLE, "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/pkg/muster.4567cdef.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/pkg/muster.89abcdef.wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/pkg/muster-de.89abcdef.txt", "text/plain; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/favicon.svg", "image/svg+xml", "public, max-age=3600"),
        ("/robots.txt", "text/plain; charset=utf-8", "public, max-age=3600"),
    ];
    for (path, content_type, caching) in expected {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (content_type, caching), "{path}");
    }
}

#[tokio::test]
async fn name_that_is_not_for_the_public_is_404() {
    let site = Site::new(Mode::Works);
    for path in [
        "/assets.txt",
        "/pkg/muster.0123abcd.css.br",
        "/pkg/../assets.txt",
        "/pkg//muster.0123abcd.css",
        "/pkg/%2e%2e/assets.txt",
        "/pkg/nothing.css",
        "/../../../../etc/passwd.txt",
        "/.hidden.txt",
    ] {
        let answer = site.get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::NOT_FOUND, "no-store"), "{path}");
    }
}
