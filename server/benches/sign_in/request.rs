//! The requests, as the script of our own pages sends them.

use std::fmt::Write as _;

use server::http::cookie::{Cookies, Kind};
use url::{Url, form_urlencoded};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "seven grey herons walk";

const HOST: &str = "muster.example";
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// The address that people would type.
pub(crate) fn public_url() -> Url {
    format!("https://{HOST}").parse().unwrap()
}

/// The name of a cookie.
pub(crate) fn cookie(kind: Kind) -> &'static str {
    Cookies::new(true).name(kind)
}

/// `GET` with a session.
pub(crate) fn get(path: &str, session: &str) -> Vec<u8> {
    let mut head = head("GET", path, "text/html,application/json;q=0.9,*/*;q=0.8");
    with_cookie(&mut head, Kind::Session, session);
    head.push_str("\r\n");
    head.into_bytes()
}

/// The second-factor step.
pub(crate) fn code(sign_in: &str, code: &str) -> Vec<u8> {
    post("/api/sign-in/code", sign_in, &[("code", code)])
}

/// Asks for a code in a text message.
pub(crate) fn ask_text(sign_in: &str) -> Vec<u8> {
    post("/api/sign-in/phone", sign_in, &[])
}

/// The second-factor step with the code of a text message.
pub(crate) fn text_code(sign_in: &str, code: &str) -> Vec<u8> {
    post("/api/sign-in/phone/code", sign_in, &[("code", code)])
}

/// The enrolment of a phone: the number.
pub(crate) fn set_up_phone(sign_in: &str, number: &str) -> Vec<u8> {
    post("/api/set-up/phone", sign_in, &[("country", "US"), ("phone", number)])
}

/// The enrolment of a phone: the code of its first text message.
pub(crate) fn confirm_phone(sign_in: &str, code: &str) -> Vec<u8> {
    post("/api/set-up/phone/code", sign_in, &[("code", code)])
}

/// The password step.
pub(crate) fn password(email: &str) -> Vec<u8> {
    post("/api/sign-in/password", "", &[("email", email), ("password", PASSWORD)])
}

/// The password step with a wrong password.
pub(crate) fn wrong_password(email: &str) -> Vec<u8> {
    post("/api/sign-in/password", "", &[("email", email), ("password", "six grey herons walk")])
}

/// `Forgot your password?`
pub(crate) fn ask_reset(email: &str) -> Vec<u8> {
    post("/api/password/ask", "", &[("email", email)])
}

fn post(path: &str, sign_in: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut head = head("POST", path, "application/json");
    with_cookie(&mut head, Kind::SignIn, sign_in);
    let length = body.len();
    write!(
        head,
        "origin: https://{HOST}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    head.into_bytes()
}

fn head(method: &str, path: &str, accept: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: {AGENT}\r\naccept: {accept}\r\n")
}

fn with_cookie(head: &mut String, kind: Kind, value: &str) {
    if !value.is_empty() {
        write!(head, "cookie: {}={value}\r\n", cookie(kind)).unwrap();
    }
}
