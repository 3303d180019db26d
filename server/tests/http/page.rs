//! Pages, and what looks like one.

use app::{AppError, routes};
use axum::{body::Body, http::StatusCode};
use data_encoding::BASE64URL;

use crate::{
    fake::Mode,
    site::{Site, actions, request},
};

/// The pages of every kind, outside the demo.
fn pages() -> impl Iterator<Item = &'static str> {
    routes::PAGES.into_iter().chain(routes::PLAIN).filter(|path| *path != routes::OUTBOX)
}

/// WEB-04: an error that somebody wrote into a link is not shown as text.
#[tokio::test]
async fn web_04_forged_error_in_a_link_is_not_rendered() {
    let site = Site::new(Mode::Stays);
    let texts = [
        r#"{"kind":"attacker text"}"#,
        r#"{"kind":"code_wrong","left":1,"note":"attacker text"}"#,
        "attacker text",
        "<b>attacker text</b>",
    ];
    for action in actions() {
        let page = routes::page_of(action, None);
        for text in texts {
            let error = BASE64URL.encode(text.as_bytes());
            let path = format!("{page}?__path={}&__err={error}", action.replace('/', "%2F"));
            let answer = site.get(&path).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.status);
            assert!(!answer.body.contains("attacker text"), "{path}: {}", answer.body);
        }
    }
}

/// WEB-14: nothing that looks like a page's file is a page, and no cache may keep it.
#[tokio::test]
async fn web_14_deceptive_path_is_404_and_not_stored() {
    let site = Site::new(Mode::Stays);
    for path in [
        "/sign-in/x.css",
        "/sign-in.css",
        "/set-up/%0a",
        "/set-up/recovery-code/x.js",
        "/set-up/recovery-code/..%2fx.css",
        "/set-up/recovery-code;x.css",
        "/set-up/recovery-code%00.css",
        "/set-up%2Frecovery-code",
        "//set-up/recovery-code",
        "/set-up//recovery-code",
        "/./set-up/recovery-code",
        "/SET-UP/recovery-code",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(site.fake.calls(), 0, "no page was made for them");
}

#[tokio::test]
async fn page_with_a_slash_at_its_end_is_sent_on() {
    let answer = Site::new(Mode::Stays).get("/set-up/recovery-code/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (308, routes::RECOVERY_CODE));
}

#[tokio::test]
async fn head_of_a_page_asks_nothing_of_the_port() {
    let site = Site::new(Mode::Stays);
    for path in pages() {
        let answer = site.send(request("HEAD", path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{path}");
    }
    assert_eq!(site.fake.calls(), 0);
}

#[tokio::test]
async fn every_page_is_served() {
    let site = Site::new(Mode::Stays);
    for path in pages() {
        assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
    }
}

/// A page of either kind brings what belongs to its kind, so that a phone loads no program for a plain one.
#[tokio::test]
async fn plain_page_carries_and_allows_no_script() {
    let site = Site::new(Mode::Stays);
    for path in pages().chain(["/nothing"]) {
        let answer = site.get(path).await;
        let scripted = routes::is_hydrated(path);
        assert_eq!(answer.body.contains("<script"), scripted, "{path}");
        assert_eq!(answer.body.contains(".wasm"), scripted, "{path}");
        assert_eq!(answer.header("content-security-policy").contains("script-src 'none'"), !scripted, "{path}");
        assert!(answer.body.contains("– Muster</title>"), "{path} has a title");
    }
}

/// Phones offer the code of a text message, and their keyboard for digits, for such a field alone.
#[tokio::test]
async fn field_for_a_code_says_so_on_every_page_that_has_one() {
    const WITH_A_CODE: [&str; 11] = [
        routes::VERIFY,
        routes::PHONE_CODE,
        routes::AUTHENTICATOR,
        routes::PHONE_CONFIRM,
        routes::CONFIRM,
        routes::CHANGE_AUTHENTICATOR,
        routes::REMOVE_AUTHENTICATOR,
        routes::CHANGE_PHONE,
        routes::REMOVE_PHONE,
        routes::NEW_RECOVERY_CODE,
        routes::NEW_PASSWORD,
    ];
    let site = Site::new(Mode::Stays);
    for path in pages() {
        let body = site.get(path).await.body;
        let inputs = body.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap());
        let fields: Vec<_> = inputs.filter(|input| input.contains("name=\"code\"")).collect();
        assert_eq!(fields.len(), usize::from(WITH_A_CODE.contains(&path)), "{path}");
        for attribute in ["inputmode=\"numeric\"", "autocomplete=\"one-time-code\""] {
            assert!(fields.iter().all(|field| field.contains(attribute)), "{path}: {fields:?}");
        }
    }
}

/// product.md, section 3.7: every page on the way in, and each that asks for a code. The two that are read once signed in ask
/// for nothing.
#[tokio::test]
async fn every_page_warns_of_those_who_ask_for_a_code() {
    let site = Site::new(Mode::Stays);
    for path in pages().filter(|path| ![routes::HOME, routes::SECURITY].contains(path)) {
        let body = site.get(path).await.body;
        assert!(body.contains("Never share a code. We never call, text or email to ask for one."), "{path}");
    }
}

/// What a browser that follows no redirect by a script sees after a form that failed on a plain page.
#[tokio::test]
async fn plain_page_names_the_error_in_its_address_and_focuses_it() {
    let site = Site::new(Mode::Stays);
    let error = BASE64URL.encode(br#"{"kind":"unavailable"}"#);
    let answer = site.get(&format!("{}?__path=%2Fapi%2Fsign-out&__err={error}", routes::HOME)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("<title>Error: "), "{}", answer.body);
    let summary = answer.body.split("id=\"summary\"").nth(1).unwrap();
    assert!(summary.split('>').next().unwrap().contains("autofocus"), "{summary:.100}");
    assert!(summary.contains("We cannot reach our records"), "{summary:.500}");
    let other = site.get(&format!("{}?__path=%2Fapi%2Fset-up%2Fsaved&__err={error}", routes::HOME)).await;
    assert_eq!(other.status, StatusCode::OK);
    assert!(other.body.contains("<title>You are signed in"), "the error of another page's form is not shown here");
}

/// DB-01: a form that was sent without a script while the database was away ends on a page that says so in its status
/// too. What else went wrong is no fault of the server, and the page is as good as any.
#[tokio::test]
async fn db_01_page_after_a_form_that_found_the_database_away_is_503() {
    for (error, status) in
        [(AppError::Unavailable, 503), (AppError::Busy { retry_after: 3 }, 503), (AppError::CredentialsWrong, 200)]
    {
        let sent = Site::new(Mode::Fails(error)).submit("/api/sign-in/password", "email=a@b.example&password=x").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        let shown = Site::new(Mode::Stays).get(sent.header("location")).await;
        assert_eq!(shown.status.as_u16(), status, "{error:?}");
        assert!(shown.body.contains("id=\"summary\"") && shown.body.contains("name=\"password\""), "{}", shown.body);
    }
}

/// Leptos keeps the values of the page at hand in its thread: pages that are made at once must not meet there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_made_at_the_same_time_do_not_meet() {
    let site = std::sync::Arc::new(Site::new(Mode::Stays));
    let mut pages = tokio::task::JoinSet::new();
    for index in 0..600 {
        let site = site.clone();
        let (path, status) =
            [(routes::SIGN_IN, 200), ("/nothing", 404), (routes::METHOD, 200), (routes::HOME, 200)][index % 4];
        pages.spawn(async move { (path, status, site.get(path).await.status.as_u16()) });
    }
    for (path, expected, status) in pages.join_all().await {
        assert_eq!(status, expected, "{path}");
    }
}
