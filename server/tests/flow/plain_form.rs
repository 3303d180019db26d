//! The whole flow with forms alone, as a browser without JavaScript does it (WEB-13).

use app::{model::AuthenticatorView, routes};
use axum::http::StatusCode;

use crate::support::{Answer, Browser, PASSWORD, World, both};

both!(
    web_13_enrolment_and_sign_in_work_without_javascript,
    web_13_same_checks_hold_without_javascript,
    web_13_email_stays_while_the_password_is_typed_wrong,
);

#[track_caller]
fn shows(page: &(String, Answer), path: &str, text: &str) {
    assert_eq!(page.0.split('?').next().unwrap(), path);
    assert_eq!(page.1.status, StatusCode::OK);
    assert!(page.1.text().contains(text), "{path} does not say {text:?}");
}

async fn password(browser: &mut Browser, email: &str) -> (String, Answer) {
    let page = browser.open(routes::SIGN_IN).await;
    shows(&page, routes::SIGN_IN, "Continue");
    let page = browser.submit(routes::SIGN_IN, "sign-in/email", &[("email", email)]).await;
    shows(&page, routes::PASSWORD, "Password");
    browser.submit(routes::PASSWORD, "sign-in/password", &[("email", email), ("password", PASSWORD)]).await
}

async fn web_13_enrolment_and_sign_in_work_without_javascript(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let page = password(&mut browser, "ana@strict.example").await;
    shows(&page, routes::REQUIRED, "Two-Factor Authentication Required");
    shows(&browser.open(routes::METHOD).await, routes::METHOD, "Select an Authentication Method");
    let page = browser.submit(routes::METHOD, "set-up/method", &[("method", "authenticator")]).await;
    shows(&page, routes::AUTHENTICATOR, "Secure your Account");
    let view: AuthenticatorView = browser.view("authenticator").await.unwrap();
    for group in &view.key {
        assert!(page.1.text().contains(group), "the key can be typed off the page");
    }
    let key = view.key.concat();
    let code = world.code(&key, 0);
    let page = browser.submit(routes::AUTHENTICATOR, "set-up/authenticator", &[("code", &code)]).await;
    shows(&page, routes::RECOVERY_CODE, "Save Your Recovery Code");
    let groups = page.1.text();
    assert!(groups.contains("I Have Securely Saved This Code"));
    let page = browser.submit(routes::RECOVERY_CODE, "set-up/saved", &[("number", "1"), ("saved", "yes")]).await;
    shows(&page, routes::HOME, "Ana Torres");

    let page = browser.submit(routes::HOME, "sign-out", &[]).await;
    shows(&page, routes::SIGN_IN, "Email");
    world.clock.advance(60);
    let page = password(&mut browser, "ana@strict.example").await;
    shows(&page, routes::VERIFY, "Enter Your 6-digit Verification Code");
    let page = browser.submit(routes::VERIFY, "sign-in/code", &[("code", &world.code(&key, 0))]).await;
    shows(&page, routes::HOME, "Ana Torres");
    assert_eq!(world.live_sessions().await, 1);
}

async fn web_13_same_checks_hold_without_javascript(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.browser();
    password(&mut browser, &ana.email).await;
    for code in [world.wrong_code(&ana.key), "12345".to_owned(), String::new()] {
        let page = browser.submit(routes::VERIFY, "sign-in/code", &[("code", &code)]).await;
        shows(&page, routes::VERIFY, "Enter Your 6-digit Verification Code");
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    }
    for _ in 0..4 {
        browser.submit(routes::VERIFY, "sign-in/code", &[("code", &world.wrong_code(&ana.key))]).await;
    }
    let right = world.code(&ana.key, 0);
    let (path, _) = browser.submit(routes::VERIFY, "sign-in/code", &[("code", &right)]).await;
    assert_eq!(path.split('?').next(), Some(routes::SIGN_IN), "a used-up challenge leads back to the start");
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);

    // A code page without a sign-in behind it leads to the start as well.
    let (path, answer) = world.browser().open(routes::VERIFY).await;
    assert_eq!(path.split('?').next(), Some(routes::SIGN_IN));
    assert!(answer.is_ok());
}

/// The e-mail lives for ten minutes from the last try, and whoever comes later reads why they are back at the start.
async fn web_13_email_stays_while_the_password_is_typed_wrong(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.browser();
    browser.submit(routes::SIGN_IN, "sign-in/email", &[("email", &ana.email)]).await;
    let wrong = [("email", &*ana.email), ("password", "not the password")];
    let answer = browser.submit_only(routes::PASSWORD, "sign-in/password", &wrong).await;
    let kept = answer.headers.get_all("set-cookie").into_iter().filter_map(|cookie| cookie.to_str().ok());
    let kept: Vec<_> = kept.filter(|cookie| cookie.starts_with("muster-demo-entry=")).collect();
    assert!(matches!(&kept[..], [cookie] if cookie.contains("Max-Age=600")), "{kept:?}");
    let page = browser.open(answer.header("location").unwrap()).await;
    shows(&page, routes::PASSWORD, "Email and password do not match. Check the email");
    assert!(page.1.text().contains(&ana.email));

    // Ten minutes later the browser has forgotten it, and has something typed once more.
    let mut late = world.browser();
    let (path, page) = late.submit(routes::PASSWORD, "sign-in/password", &wrong).await;
    assert!(path.starts_with(routes::PASSWORD) && page.text().contains(&ana.email), "what was typed is there");
    let (path, page) = world.browser().open(routes::PASSWORD).await;
    assert_eq!(path, routes::SIGN_IN_EXPIRED);
    assert!(page.text().contains("That took a while, so we started over"));
}
