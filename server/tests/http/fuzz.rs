//! Anything at all, sent to every server function and every address.

use axum::{body::Body, http::Uri};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    fake::Mode,
    site::{Site, actions, form, request, valid_body},
};

/// Bodies that no server function can read as it should.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let pairs =
        |count: usize, pair: fn(usize) -> String| (0..count).map(pair).collect::<Vec<_>>().join("&").into_bytes();
    prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..400),
        2 => "[a-z_]{0,12}(\\[[a-z0-9]{0,4}\\]){0,4}=[ -~]{0,40}".prop_map(String::into_bytes),
        1 => Just(pairs(10_000, |index| format!("k{index}="))),
        1 => Just(pairs(9_000, |_| "code=1".to_owned())),
        1 => Just(format!("code{}=1", "[a]".repeat(20_000)).into_bytes()),
        1 => Just("%ff%fe=%00".into()),
        1 => Just("code=%F0%28%8C%28&email=%ff&password=%ff&recovery_code=%ff&method=%ff&saved=%ff".into()),
        1 => Just(b"\xff\xfe\xfd=\xff".to_vec()),
        1 => Just(b"{\"code\":NaN,\"email\":1e999,\"method\":99999999999999999999}".to_vec()),
    ]
}

/// FUZZ-09: 2xx only where the body happens to be a readable one, else 4xx; never 5xx, never a panic.
#[test]
fn fuzz_09_any_body_to_any_server_function_is_never_our_fault() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let site = Site::new(Mode::Stays);
    let paths = actions();
    let content_types = prop_oneof![
        8 => Just("application/x-www-form-urlencoded"),
        1 => Just("application/json"),
        1 => Just("application/cbor"),
    ];
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) });
    let strategy = (prop::sample::select(paths), content_types, bodies());
    runner
        .run(&strategy, |(path, content_type, body)| {
            let before = site.fake.calls();
            let request = request("POST", path)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", content_type)
                .body(Body::from(body))
                .unwrap();
            let answer = runtime.block_on(site.send(request));
            let took = site.fake.calls() - before;
            prop_assert!(answer.status.is_client_error() || took == 1, "{path}: {answer:?}");
            prop_assert!(!answer.status.is_server_error(), "{path}: {answer:?}");
            if answer.status.is_client_error() {
                prop_assert_eq!(took, 0);
            }
            Ok(())
        })
        .unwrap();
}

/// FUZZ-09: a good body that was cut off anywhere is a shorter one or a bad one, and never our fault.
#[tokio::test]
async fn fuzz_09_body_cut_off_anywhere_is_read_or_4xx() {
    let site = Site::new(Mode::Stays);
    for path in actions() {
        let body = valid_body(path);
        for cut in 0..body.len() {
            let before = site.fake.calls();
            let status = site.post(path, &body[..cut]).await.status;
            let took = site.fake.calls() - before;
            assert_eq!((took, status.is_client_error()), if status.is_success() { (1, false) } else { (0, true) });
            // Nothing of another type is read at all.
            for (kind, start) in [("application/json", "{\"email\":\""), ("application/cbor", "\u{a1}eemail")] {
                let request =
                    request("POST", path).header("sec-fetch-site", "same-origin").header("content-type", kind);
                let answer = site.send(request.body(Body::from(format!("{start}{}", &body[..cut]))).unwrap()).await;
                assert!(answer.status.is_client_error(), "{path} {kind} {cut}: {answer:?}");
            }
        }
    }
}

/// FUZZ-09: bodies of another shape.
#[tokio::test]
async fn fuzz_09_bad_shapes_for_every_server_function_are_4xx() {
    let site = Site::new(Mode::Stays);
    for path in actions().into_iter().filter(|path| !valid_body(path).is_empty()) {
        let key = valid_body(path).split('=').next().unwrap();
        let deep = format!("{key}{}=1", "[a]".repeat(20_000));
        // Deeper than any body that is read: refused by its length.
        let deepest = format!("{key}{}=1", "[a]".repeat(100_000));
        let list = format!("{key}[]=1&{key}[]=2");
        let twice = format!("{0}&{0}", valid_body(path));
        let many = (0..10_000).map(|index| format!("{index}=")).collect::<Vec<_>>().join("&");
        let not_text = format!("{key}=%ff%fe");
        for body in [deep.as_str(), &deepest, &list, &twice, &many, &not_text, "", "&&&&", "=", "{}", "[1]", "null"] {
            let answer = site.post(path, body.to_owned()).await;
            let start: String = body.chars().take(30).collect();
            assert!(answer.status.is_client_error(), "{path} {start}: {answer:?}");
        }
        let raw = site.post(path, [key.as_bytes(), b"=\xff\xfe"].concat()).await;
        assert!(raw.status.is_client_error(), "{path}: {raw:?}");
        let untyped = form(path).body(Body::from(valid_body(path))).unwrap();
        assert!(site.send(untyped).await.status.is_success(), "{path}");
    }
}

/// FUZZ-16 in small: any path, by GET, with any query and cookie.
#[test]
fn fuzz_16_any_path_is_never_our_fault() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let site = Site::new(Mode::Stays);
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) });
    let path = prop_oneof![
        "/[!-~]{0,60}",
        "/(sign-in|set-up|demo|api|pkg)/[!-~]{0,30}",
        "/sign-in(/[a-z]{1,8})?\\?[!-~]{0,60}",
        "(/(\\.\\.|%2e%2e|%00|%ff|%0a|a)){1,6}",
    ];
    runner
        .run(&(path, "[ -~]{0,60}"), |(path, cookie)| {
            let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
            let request = request("GET", "/").uri(uri).header("cookie", cookie).body(Body::empty()).unwrap();
            let answer = runtime.block_on(site.send(request));
            prop_assert!(!answer.status.is_server_error(), "{path}: {answer:?}");
            Ok(())
        })
        .unwrap();
}
