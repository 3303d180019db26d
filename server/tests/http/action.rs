//! What comes back from server functions.

use std::collections::BTreeSet;

use app::{AppError, Guess, routes};
use axum::{body::Body, http::StatusCode};
use data_encoding::BASE64URL;

use crate::{
    fake::{Mode, PANIC},
    site::{Site, actions, form, valid_body},
};

/// WEB-03: whatever the `Referer`, a browser is sent to one of our own pages.
#[tokio::test]
async fn web_03_forged_referer_never_becomes_the_location() {
    let forged = ["https://evil.example/x", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", ""];
    for mode in [Mode::Works, Mode::Stays, Mode::Fails(AppError::CredentialsWrong)] {
        let site = Site::new(mode);
        for path in actions() {
            for referer in forged {
                let request = form(path).header("accept", "text/html").header("referer", referer);
                let answer = site.send(request.body(valid_body(path).into()).unwrap()).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {mode:?}");
                let location = answer.header("location");
                assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
                assert!(!location.contains("evil") && !location.contains("javascript"), "{path}: {location}");
                let target = location.split('?').next().unwrap();
                let ours = routes::PAGES.into_iter().chain(routes::PLAIN);
                assert!(ours.into_iter().any(|page| page == target), "{path}: {location}");
            }
        }
    }
}

#[tokio::test]
async fn error_without_javascript_goes_back_to_the_page_of_the_form() {
    let site = Site::new(Mode::Fails(AppError::CodeWrong { left: Some(3) }));
    let answer = site.submit("/api/sign-in/code", "code=123456").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let location = answer.header("location");
    assert!(location.starts_with("/sign-in/code?__path=%2Fapi%2Fsign-in%2Fcode&__err="), "{location}");
    assert_eq!(answer.body, "");
}

/// WEB-05: whatever breaks behind a form, the address that the browser is sent to names the form and one error of the
/// closed list, and nothing else.
#[tokio::test]
async fn web_05_location_after_each_internal_error_names_it_and_nothing_else() {
    let broken = AppError::Internal { reference: 7 };
    for mode in [broken, AppError::Unavailable, AppError::Busy { retry_after: 3 }]
        .map(Mode::Fails)
        .into_iter()
        .chain([Mode::Panics])
    {
        let site = Site::new(mode);
        for path in actions() {
            let answer = site.submit(path, valid_body(path)).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::SEE_OTHER, ""), "{path} {mode:?}");
            let location = answer.header("location");
            let (page, query) = location.split_once('?').unwrap();
            assert_eq!(page, routes::page_of(path, None), "{path} {mode:?}");
            let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
            let [(first, sender), (second, error)] = pairs.as_slice() else { panic!("{location}") };
            assert_eq!((&**first, &**sender, &**second), ("__path", path, "__err"));
            let told = BASE64URL.decode(error.as_bytes()).unwrap();
            let told: AppError = serde_json::from_slice(&told).unwrap();
            match mode {
                Mode::Fails(error) => assert_eq!(told, error, "{path}"),
                _ => assert!(matches!(told, AppError::Internal { .. }), "{path}: {told:?}"),
            }
        }
    }
}

#[tokio::test]
async fn success_without_javascript_goes_on_by_303_with_its_cookies() {
    let site = Site::new(Mode::Works);
    let answer = site.submit("/api/sign-in/email", "email=ana@harbor.example").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, routes::PASSWORD));
    assert!(answer.header("set-cookie").starts_with("__Host-muster-sign-in=token"));
}

#[tokio::test]
async fn valid_body_for_every_server_function_reaches_the_port() {
    let site = Site::new(Mode::Works);
    let paths = actions();
    for path in &paths {
        let answer = site.post(path, valid_body(path)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} {}", answer.body);
        assert_eq!(answer.header("location"), routes::PASSWORD, "{path}");
        assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 1, "{path}");
    }
    assert_eq!(site.fake.calls(), paths.len());
}

#[tokio::test]
async fn each_error_has_its_own_status_for_programs() {
    let errors = [
        (AppError::EmailInvalid, 400, ""),
        (AppError::CredentialsWrong, 401, ""),
        (AppError::CodeWrong { left: Some(2) }, 401, ""),
        (AppError::MethodNotAllowed, 403, ""),
        (AppError::Paused { seconds: 900, guess: Guess::Code }, 429, "900"),
        (AppError::Busy { retry_after: 3 }, 503, "3"),
        (AppError::Unavailable, 503, "5"),
        (AppError::Internal { reference: 7 }, 500, ""),
    ];
    for (error, status, retry_after) in errors {
        let answer = Site::new(Mode::Fails(error)).post("/api/sign-in/code", "code=123456").await;
        assert_eq!(answer.status.as_u16(), status, "{error:?}");
        assert_eq!(answer.header("retry-after"), retry_after, "{error:?}");
        assert_eq!(answer.error(), error);
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

/// TOTP-09: what is no text at all is refused in the same shape as a wrong one. (What is a text and no code is
/// the flow's to refuse.)
#[tokio::test]
async fn totp_09_code_of_the_wrong_shape_is_400() {
    let site = Site::new(Mode::Works);
    for body in ["", "code[]=123456&code[]=123456", "code[a]=1", "other=123456", "code=1&code=2", "code=%fF"] {
        let answer = site.post("/api/sign-in/code", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.error(), AppError::BadRequest, "{body}");
    }
}

/// ENR-10: a form with a field that the function does not know goes no further, whatever the field is.
#[tokio::test]
async fn enr_10_field_that_no_form_has_is_400() {
    let site = Site::new(Mode::Works);
    let fields =
        ["role=company-admin", "mfa_enabled=0", "company_id=1", "last_step=0", "email_verified=1", "Code=1", "=1"];
    for path in actions() {
        for field in fields {
            let valid = valid_body(path);
            for body in [format!("{valid}&{field}"), format!("{field}&{valid}")] {
                let answer = site.post(path, body.clone()).await;
                assert_eq!(
                    (answer.status, answer.error()),
                    (StatusCode::BAD_REQUEST, AppError::BadRequest),
                    "{path} {body}"
                );
            }
        }
    }
    assert_eq!(site.fake.calls(), 0);
}

#[test]
fn every_server_function_has_its_form() {
    let forms: BTreeSet<_> = app::api::forms().into_iter().map(|form| form.path).collect();
    assert_eq!(forms, actions().into_iter().collect());
}

/// WEB-05: a fault of ours shows a number, whatever its cause says.
#[tokio::test]
async fn web_05_panic_of_a_step_shows_a_number_only() {
    let site = Site::new(Mode::Panics);
    let answer = site.post("/api/sign-in/code", "code=123456").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(matches!(answer.error(), AppError::Internal { .. }));
    assert!(!answer.body.contains("SELECT") && !answer.body.contains(PANIC));
    assert!(answer.headers.values().all(|value| !value.as_bytes().windows(6).any(|part| part == b"SELECT")));

    let answer = site.submit("/api/sign-in/code", "code=123456").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").starts_with("/sign-in/code?"));
}

#[tokio::test]
async fn body_that_is_too_long_refused_before_it_is_read() {
    let site = Site::new(Mode::Works);
    let answer = site.post("/api/sign-in/email", format!("email={}", "a".repeat(65 * 1024))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    // The same without a length: the body is a stream.
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>("a".repeat(4096)));
    let answer = site.post("/api/sign-in/email", Body::from_stream(futures_util::stream::iter(chunks))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(site.fake.calls(), 0);
}

#[tokio::test]
async fn net_03_compressed_body_is_not_unpacked() {
    let site = Site::new(Mode::Works);
    let request = form("/api/sign-in/email").header("content-encoding", "gzip");
    let answer = site.send(request.body("email=ana@harbor.example".into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(site.fake.calls(), 0);
}
