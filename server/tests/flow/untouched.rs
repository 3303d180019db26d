//! Forms of other sites, and what is no form at all, with the real service behind the router: no row is written (WEB-01, FUZZ-09).
//!
//! What comes back, and many more shapes, are in `tests/http`, where nothing stands behind the router.

use app::{api, routes};
use axum::http::{Method, StatusCode};
use url::form_urlencoded;

use crate::support::{Browser, Enrolled, NUMBER, Observer, PASSWORD, World, both};

both!(web_01_form_of_another_site_writes_no_row, fuzz_09_body_that_is_no_form_writes_no_row);

const FORM: &str = "application/x-www-form-urlencoded";

/// Headers of requests that no page of ours has made.
const FOREIGN: [&[(&str, &str)]; 7] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:3000")],
    &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[],
];

/// Somebody with whom every form would do something: signed in, and in the same browser half-way through another sign-in.
async fn ready(world: &World) -> (Enrolled, Browser, Observer) {
    let ana = world.enrolled("ana@strict.example").await;
    let browser = world.known_and_challenged(&ana, 1).await.remove(0);
    (ana, browser, Observer::new(&world.database).await)
}

/// A form with a value in each field, the right one where there is one.
fn filled(form: &api::Form, world: &World, ana: &Enrolled) -> String {
    let code = world.code(&ana.key, 0);
    let value = |field: &str| match field {
        "email" => ana.email.as_str(),
        "password" => PASSWORD,
        "new_password" => "four words of mine",
        "code" => &code,
        "recovery_code" => &ana.recovery,
        "country" => "US",
        "phone" => NUMBER,
        "method" => "authenticator",
        "number" => "1",
        "saved" | "end_others" => "yes",
        "language" => "de",
        "theme" => "dark",
        "session" => "00112233445566778899aabbccddeeff",
        other => panic!("no value for {other} of {}", form.path),
    };
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.fields.iter().map(|field| (field, value(field))))
        .finish()
}

async fn web_01_form_of_another_site_writes_no_row(world: World) {
    let (ana, mut browser, observer) = ready(&world).await;
    for form in api::forms() {
        let body = filled(&form, &world, &ana);
        for kind in [FORM, "text/plain", "multipart/form-data; boundary=x"] {
            for headers in FOREIGN {
                let request = browser.request(Method::POST, form.path).header("content-type", kind);
                let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                let answer = browser.send(form.path, request.body(body.clone().into()).unwrap()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {kind} {headers:?}", form.path);
            }
        }
    }
    assert_eq!(observer.take().await.writes, Vec::<String>::new());
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert!(!observer.take().await.writes.is_empty(), "the same from a page of ours");
}

async fn fuzz_09_body_that_is_no_form_writes_no_row(world: World) {
    let (ana, mut browser, observer) = ready(&world).await;
    for form in api::forms() {
        let (endpoint, right) = (form.path.strip_prefix("/api/").unwrap(), filled(&form, &world, &ana));
        for kind in ["application/json", "application/cbor", "text/plain", ""] {
            let answer = browser.post(endpoint, kind, right.clone()).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{endpoint} {kind}");
        }
        for body in bodies(form.fields.first().unwrap_or(&"code"), &right) {
            let answer = browser.post(endpoint, FORM, body.clone()).await;
            let start: String = String::from_utf8_lossy(&body).chars().take(30).collect();
            assert!(answer.status.is_client_error(), "{endpoint} {start}: {}", answer.status);
        }
    }
    assert_eq!(observer.take().await.writes, Vec::<String>::new());
    browser.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
    assert!(!observer.take().await.writes.is_empty(), "the same, readable");
}

/// What no server function can read, around one of its fields and its right form.
fn bodies(field: &str, right: &str) -> Vec<Vec<u8>> {
    let many = (0..1000).map(|index| format!("{index}=")).collect::<Vec<_>>().join("&");
    let texts = [
        format!("{field}{}=1", "[a]".repeat(2000)),
        format!("{field}[]=1&{field}[]=2"),
        format!("{field}=1&{right}&{field}=1"),
        format!("{right}&role=operator"),
        format!("{field}=%ff%fe"),
        many,
        "=".to_owned(),
        "{}".to_owned(),
        "[1]".to_owned(),
        "null".to_owned(),
        "%ff%fe=%00".to_owned(),
    ];
    let raw = [[field.as_bytes(), b"=\xff\xfe"].concat(), b"\xff\xfe\xfd=\xff".to_vec()];
    texts.into_iter().map(String::into_bytes).chain(raw).collect()
}
