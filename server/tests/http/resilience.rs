//! When something behind the router breaks or does not answer.

use app::{
    AppError,
    routes::{OUTBOX, PAGES, PLAIN},
};
use axum::{body::Body, http::StatusCode};
use server::http::HttpSettings;

use crate::{
    fake::{Mode, PANIC},
    site::{Site, request, settings},
};

/// CRASH-03: a panic costs one answer, and its text stays here.
#[tokio::test]
async fn crash_03_panic_outside_a_step_is_a_generic_500_and_the_next_request_is_served() {
    let site = Site::with(Mode::Panics, &HttpSettings { demo: true, ..settings() });
    for accept in ["text/html", "application/json"] {
        let get = request("GET", "/demo/outbox.json").header("accept", accept);
        let answer = site.send(get.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answer.body.contains(PANIC) && !answer.body.contains("panic"), "{}", answer.body);
        if accept == "text/html" {
            assert!(answer.body.contains("<h1>Something went wrong on our side</h1>"));
            assert!(answer.body.contains("/pkg/muster.0123abcd.css"));
            assert!(answer.body.contains("href=\"?\">Try again</a>"), "the same page again, without its query");
        } else {
            assert!(matches!(answer.error(), AppError::Internal { .. }));
        }
    }
    assert_eq!(site.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn port_that_never_answers_is_503_at_the_deadline() {
    let site = Site::impatient(Mode::Hangs);
    let answer = site.submit("/api/sign-in/code", "code=123456").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert!(answer.body.contains("<h1>This takes longer than it should</h1>"));
    assert!(answer.body.contains("href=\"/\">Back to the start</a>"), "a form has no page of its own");

    let answer = site.post("/api/sign-in/code", "code=123456").await;
    assert_eq!((answer.status, answer.error()), (StatusCode::SERVICE_UNAVAILABLE, AppError::Unavailable));
    assert_eq!(site.fake.calls(), 2);
}

/// NET-02, without a socket: the body that does not come.
#[tokio::test]
async fn net_02_body_that_never_ends_is_408_at_the_deadline() {
    let site = Site::impatient(Mode::Works);
    let stream = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    let answer = site.post("/api/sign-in/email", Body::from_stream(stream)).await;
    assert_eq!((answer.status, answer.header("connection")), (StatusCode::REQUEST_TIMEOUT, "close"));
    assert_eq!(site.fake.calls(), 0);
}

/// CRASH-03 and WEB-05 on pages: whatever happens behind the port, the page has the status that belongs to it
/// and says nothing of the cause.
#[tokio::test]
async fn crash_03_page_whose_step_breaks_has_the_right_status() {
    let away = Mode::Fails(AppError::Unavailable);
    let busy = Mode::Fails(AppError::Busy { retry_after: 3 });
    for (mode, status, retry_after) in
        [(Mode::Panics, 500, ""), (Mode::Hangs, 503, "5"), (away, 503, "5"), (busy, 503, "3")]
    {
        for path in PAGES.into_iter().chain(PLAIN).filter(|path| *path != OUTBOX) {
            // Only what hangs waits for the deadline: to print a panic may take longer than that on a busy machine.
            let site = if matches!(mode, Mode::Hangs) { Site::impatient(mode) } else { Site::new(mode) };
            let get = request("GET", path).header("accept", "text/html");
            let answer = site.send(get.body(Body::empty()).unwrap()).await;
            let expected = if site.fake.calls() == 0 { (200, "") } else { (status, retry_after) };
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), expected, "{mode:?} {path}");
            assert!(!answer.body.contains(PANIC), "{}", answer.body);
            assert!(answer.body.contains("<h1") || site.fake.calls() == 0, "{}", answer.body);
        }
    }
}
