//! A router with the fake port behind it, and the calls that tests make.

use std::{sync::Arc, time::Duration};

use app::AppError;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use leptos::server_fn::axum::server_fn_paths;
use server::http::{Files, HttpSettings, router_with_files};
use tower::ServiceExt;

use crate::fake::{Fake, Mode};

/// An installation under `https://muster.example`. Only tests of a deadline have one that can pass: on a busy machine a
/// request takes longer than a person would wait.
pub fn settings() -> HttpSettings {
    let public_url = "https://muster.example".parse().unwrap();
    HttpSettings { request_deadline: Duration::from_hours(1), ..HttpSettings::new(public_url) }
}

const ASSETS: &[u8] = b"css=/pkg/muster.0123abcd.css\njs=/pkg/muster.4567cdef.js\nwasm=/pkg/muster.89abcdef.wasm\n\
    texts-en=/pkg/muster-en.01234567.txt\ntexts-de=/pkg/muster-de.89abcdef.txt\n";

/// Files as the build of the site leaves them.
pub fn site_files() -> Files {
    let files: [(&str, &[u8]); 9] = [
        ("assets.txt", ASSETS),
        ("pkg/muster.0123abcd.css", b"plain style"),
        ("pkg/muster.0123abcd.css.br", b"brotli style"),
        ("pkg/muster.0123abcd.css.gz", b"gzip style"),
        ("pkg/muster.4567cdef.js", b"script"),
        ("pkg/muster.89abcdef.wasm", b"\0asm"),
        ("pkg/muster-de.89abcdef.txt", b"de\nWeiter"),
        ("favicon.svg", b"<svg/>"),
        ("robots.txt", b"User-agent: *"),
    ];
    Files::given(files.map(|(name, bytes)| (name.to_owned(), Bytes::from_static(bytes))))
}

/// A router and the port behind it.
pub struct Site {
    pub router: Router,
    pub fake: Arc<Fake>,
}

impl Site {
    pub fn new(mode: Mode) -> Self {
        Self::with(mode, &settings())
    }

    pub fn with(mode: Mode, settings: &HttpSettings) -> Self {
        let fake = Arc::new(Fake { mode, ..Fake::default() });
        Self { router: router_with_files(settings, fake.clone(), fake.clone(), site_files()), fake }
    }

    /// An answer within a second or so, whatever happens.
    pub fn impatient(mode: Mode) -> Self {
        Self::with(mode, &HttpSettings { request_deadline: Duration::from_millis(200), ..settings() })
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// A form from one of our pages, sent by our program.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(form(path).body(body.into()).unwrap()).await
    }

    /// A form from one of our pages, sent by a browser without JavaScript.
    pub async fn submit(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(form(path).header("accept", "text/html").body(body.into()).unwrap()).await
    }
}

pub fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "muster.example")
}

pub fn form(path: &str) -> axum::http::request::Builder {
    request("POST", path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The error in the body.
    pub fn error(&self) -> AppError {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A body that every server function can read, by its address.
pub fn valid_body(path: &str) -> &'static str {
    match path {
        "/api/sign-in/email" | "/api/password/ask" => "email=ana@harbor.example",
        "/api/sign-in/password" => "email=ana@harbor.example&password=muster",
        "/api/sign-in/code" | "/api/set-up/authenticator" | "/api/sign-in/phone/code" | "/api/set-up/phone/code" => {
            "code=123456"
        }
        "/api/set-up/phone" => "country=US&phone=2015550123",
        "/api/sign-in/recovery" => "recovery_code=0000",
        "/api/set-up/start"
        | "/api/profile/authenticator/remove"
        | "/api/profile/phone"
        | "/api/profile/phone/remove"
        | "/api/password/new" => "password=muster",
        "/api/profile/authenticator" | "/api/profile/recovery-code" => "password=muster&code=123456",
        "/api/profile/password" => "password=muster&code=123456&new_password=four%20words%20more",
        "/api/profile/session/end" => "session=00112233445566778899aabbccddeeff",
        "/api/profile/theme" => "theme=dark",
        "/api/set-up/method" => "method=authenticator",
        "/api/set-up/saved" => "number=1&saved=yes",
        "/api/language" => "language=de",
        _ => "",
    }
}

/// The addresses of all server functions.
pub fn actions() -> Vec<&'static str> {
    let paths: Vec<_> = server_fn_paths().map(|(path, _)| path).collect();
    assert!(paths.len() >= 39, "the server functions are registered: {paths:?}");
    paths
}
