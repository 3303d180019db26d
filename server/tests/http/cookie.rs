//! Names and attributes of the cookies, and how they are read.

use app::routes;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header::COOKIE},
};
use proptest::prelude::*;
use server::http::cookie::{Cookies, Kind};

use crate::{
    fake::Mode,
    site::{Site, request},
};

fn headers(values: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(COOKIE, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

#[test]
fn web_10_secure_cookie_carries_prefix_and_all_attributes() {
    let cookies = Cookies::new(true);
    assert_eq!(
        Kind::ALL.map(|kind| cookies.set(kind, "token", None)),
        [
            "__Host-muster-entry=token; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-muster-sign-in=token; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-muster-session=token; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-muster-device=token; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-muster-reset=token; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-muster-language=token; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-muster-theme=token; Path=/; Secure; HttpOnly; SameSite=Lax",
        ]
    );
    assert_eq!(
        cookies.clear(Kind::Session),
        "__Host-muster-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    );
}

#[test]
fn web_10_demo_cookie_has_a_plainly_different_name() {
    let cookies = Cookies::new(false);
    for kind in Kind::ALL {
        assert!(cookies.name(kind).starts_with("muster-demo-"));
    }
    assert_eq!(
        cookies.set(Kind::Device, "token", Some(60)),
        "muster-demo-device=token; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
    );
}

#[test]
fn value_with_separators_adds_no_attribute() {
    let cookie = Cookies::new(true).set(Kind::Entry, "a; Domain=evil.example\r\nX: y", None);
    assert_eq!(cookie.matches(';').count(), 4, "{cookie}");
    assert!(!cookie.contains(['\r', '\n']));
}

#[test]
fn cookie_that_is_there_twice_counts_as_absent() {
    let cookies = Cookies::new(true);
    let once = headers(&[b"a=b; __Host-muster-session=right; c=d"]);
    assert_eq!(cookies.read(Kind::Session, &once).unwrap().expose(), "right");
    let twice = headers(&[b"__Host-muster-session=right; __Host-muster-session=wrong"]);
    assert!(cookies.read(Kind::Session, &twice).is_none());
    let in_two_headers = headers(&[b"__Host-muster-session=right", b"__Host-muster-session=right"]);
    assert!(cookies.read(Kind::Session, &in_two_headers).is_none());
}

/// FLOW-05: over TLS a name without `__Host-` is no cookie of ours: a sibling host or plain HTTP may have planted it.
#[tokio::test]
async fn flow_05_cookie_without_the_prefix_is_not_read_behind_tls() {
    let site = Site::new(Mode::Stays);
    let bring = |path: &str, prefix: &str| {
        let names = ["entry", "sign-in", "session", "device", "reset"];
        let cookies = names.map(|name| format!("{prefix}{name}=right")).join("; ");
        site.send(request("GET", path).header("cookie", cookies).body(Body::empty()).unwrap())
    };
    for prefix in ["muster-", "muster-demo-", "__Secure-muster-", "__host-muster-", "__Host-muster-"] {
        let believed = prefix == "__Host-muster-";
        let session = bring("/api/session", prefix).await.status;
        assert_eq!(session, if believed { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, "{prefix}");
        bring(routes::SIGN_IN, prefix).await;
        let visit = site.fake.visit.lock().unwrap().take().unwrap();
        let read =
            [visit.entry, visit.sign_in, visit.session, visit.device, visit.reset].map(|cookie| cookie.is_some());
        assert_eq!(read, [believed; 5], "{prefix}");
    }
}

proptest! {
    /// FUZZ-13: the reader takes anything and answers with what `set` could have written, or with nothing.
    #[test]
    fn fuzz_13_any_cookie_header_is_read_without_panic(
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4), secure: bool,
    ) {
        let cookies = Cookies::new(secure);
        let mut headers = HeaderMap::new();
        for value in values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
            headers.append(COOKIE, value);
        }
        for kind in Kind::ALL {
            if let Some(value) = cookies.read(kind, &headers) {
                prop_assert!(value.expose().bytes().all(|byte| byte.is_ascii_graphic() && byte != b';'));
            }
        }
    }

    /// FUZZ-13: what was set is read back, among any others.
    #[test]
    fn fuzz_13_cookie_among_others_is_read_back(value in "[A-Za-z0-9_-]{1,200}", others in "([a-z]{1,8}=[a-z]{0,8}; ){0,8}") {
        let cookies = Cookies::new(true);
        let headers = headers(&[format!("{others}{}={value}", cookies.name(Kind::SignIn)).as_bytes()]);
        prop_assert_eq!(cookies.read(Kind::SignIn, &headers).unwrap().expose().to_owned(), value);
    }
}
