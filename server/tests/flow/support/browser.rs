//! A browser without JavaScript, and a program: cookies kept, requests straight into the router.

use std::{collections::BTreeMap, net::IpAddr};

use app::AppError;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header, request::Builder},
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use server::http::Peer;
use tower::ServiceExt;
use url::form_urlencoded;

pub(super) const HOST: &str = "127.0.0.1:3000";
pub(crate) const SIGN_IN_COOKIE: &str = "muster-demo-sign-in";
pub(crate) const SESSION_COOKIE: &str = "muster-demo-session";

/// The answer to one request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The next page, without the query.
    pub(crate) fn location(&self) -> Option<&str> {
        self.header("location").map(|location| location.split('?').next().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// True when a program would take this for success.
    pub(crate) fn is_ok(&self) -> bool {
        self.status.is_success()
    }

    /// The error that a program reads.
    pub(crate) fn error(&self) -> AppError {
        let error: AppError = serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} is no error of ours: {}", self.status, self.text()));
        assert_eq!(self.status.as_u16(), error.status(), "status and body disagree: {error:?}");
        error
    }

    /// Fails unless this is a success that leads to the page.
    #[track_caller]
    pub(crate) fn leads_to(&self, page: &str) {
        assert!(self.is_ok() || self.status.is_redirection(), "{}: {}", self.status, self.text());
        assert_eq!(self.location(), Some(page));
    }

    /// Fails unless this is a refusal: a 4xx, whatever it says.
    #[track_caller]
    pub(crate) fn is_refused(&self) {
        assert!(self.status.is_client_error(), "{} instead of a refusal: {}", self.status, self.text());
    }
}

/// One browser with its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    address: IpAddr,
    cookies: BTreeMap<String, String>,
    /// How it names itself; empty for a browser that does not.
    agent: &'static str,
    /// Everything that the server said to this browser: the path and headers with the body.
    heard: Vec<(String, String)>,
    /// Every `Set-Cookie` of those answers.
    given: Vec<String>,
}

impl Browser {
    pub(crate) fn new(router: Router, address: [u8; 4]) -> Self {
        let address = address.into();
        Self { router, address, cookies: BTreeMap::new(), agent: "", heard: Vec::new(), given: Vec::new() }
    }

    /// Another browser at the same network address, which was never here before.
    pub(crate) fn beside(&self) -> Self {
        Self { cookies: BTreeMap::new(), heard: Vec::new(), ..self.clone() }
    }

    /// The same browser at another network address.
    pub(crate) fn at(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// The same browser with a name.
    pub(crate) fn named(mut self, agent: &'static str) -> Self {
        self.agent = agent;
        self
    }

    /// Everything heard so far: the path asked for, and the headers with the body.
    pub(crate) fn heard(&self) -> &[(String, String)] {
        &self.heard
    }

    /// Every `Set-Cookie` so far, whole.
    pub(crate) fn cookies_given(&self) -> &[String] {
        &self.given
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// `GET` of a page, as a person types its address.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "text/html,*/*;q=0.8");
        self.send(path, request.body(Body::empty()).unwrap()).await
    }

    /// `GET` of a page and of every page that it leads on to.
    pub(crate) async fn open(&mut self, path: &str) -> (String, Answer) {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let answer = self.get(&path).await;
            if !answer.status.is_redirection() {
                return (path, answer);
            }
            answer.header("location").unwrap().clone_into(&mut path);
        }
        panic!("{path} leads round in a circle");
    }

    /// A form of a page, sent without JavaScript; redirects are followed.
    pub(crate) async fn submit(&mut self, page: &str, endpoint: &str, fields: &[(&str, &str)]) -> (String, Answer) {
        let answer = self.submit_only(page, endpoint, fields).await;
        assert!(answer.status.is_redirection(), "{} after a form: {}", answer.status, answer.text());
        let location = answer.header("location").unwrap().to_owned();
        assert!(location.starts_with('/'), "{location} leaves our origin");
        self.open(&location).await
    }

    /// A form of a page, sent without JavaScript; redirects are not followed.
    pub(crate) async fn submit_only(&mut self, page: &str, endpoint: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/api/{endpoint}");
        let request = self
            .request(Method::POST, &path)
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::REFERER, format!("http://{HOST}{page}"))
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(&path, request.body(encoded(fields).into()).unwrap()).await
    }

    /// A server function, called as the script of the page calls it.
    pub(crate) async fn call(&mut self, endpoint: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(endpoint, "application/x-www-form-urlencoded", encoded(fields)).await
    }

    /// A server function with a body of any type.
    pub(crate) async fn post(&mut self, endpoint: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let path = format!("/api/{endpoint}");
        let request = self
            .request(Method::POST, &path)
            .header(header::ACCEPT, "application/json")
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, kind);
        self.send(&path, request.body(body.into()).unwrap()).await
    }

    /// What a provider sends: no page of ours, no cookie that matters.
    pub(crate) async fn report(&mut self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let request = headers
            .iter()
            .fold(self.request(Method::POST, path), |request, (name, value)| request.header(*name, *value));
        self.send(path, request.body(body.into()).unwrap()).await
    }

    /// What a page shows, as its script asks for it.
    pub(crate) async fn view<T: DeserializeOwned>(&mut self, page: &str) -> Result<T, AppError> {
        let answer = self.call(&format!("page/{page}"), &[]).await;
        if answer.is_ok() { Ok(serde_json::from_slice(&answer.body).unwrap()) } else { Err(answer.error()) }
    }

    /// The status of `GET /api/session`.
    pub(crate) async fn session(&mut self) -> StatusCode {
        let request = self.request(Method::GET, "/api/session").header(header::ACCEPT, "application/json");
        self.send("/api/session", request.body(Body::empty()).unwrap()).await.status
    }

    /// Any request at all, with this browser's cookies.
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if !self.agent.is_empty() {
            request = request.header(header::USER_AGENT, self.agent);
        }
        request.extension(Peer(self.address))
    }

    /// Sends a request and keeps the cookies of the answer.
    pub(crate) async fn send(&mut self, path: &str, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.given.push(cookie.to_str().unwrap().to_owned());
            self.keep(cookie.to_str().unwrap());
        }
        let heard = format!("{:?}\n{}", parts.headers, String::from_utf8_lossy(&body));
        self.heard.push((path.to_owned(), heard));
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Takes a `Set-Cookie`, also that of an answer which another value of this browser got.
    pub(crate) fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.set_cookie(name, value);
        }
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
