//! A form that is sent twice from one page, as a double click does it without a script (FLOW-21): both requests leave with
//! the same cookies, the second answer is the one that is shown, and the cookies of both stay.

use app::routes;
use axum::http::StatusCode;

use crate::{
    reset::{NEW, opened, token},
    support::{Answer, Browser, NUMBER, PASSWORD, World, both},
};

both!(
    flow_21_phone_twice_at_every_form,
    flow_21_code_and_recovery_code_twice,
    flow_21_profile_forms_twice,
    flow_21_new_password_twice,
);

const ANA: &str = "ana@strict.example";

/// Everything that a form may make.
async fn made(world: &World) -> ([i64; 6], usize) {
    let counts = [
        world.count("SELECT COUNT(*) FROM factor").await,
        world.count("SELECT COUNT(*) FROM recovery_code").await,
        world.count("SELECT COUNT(*) FROM session").await,
        world.count("SELECT COUNT(*) FROM notice").await,
        world.count("SELECT COUNT(*) FROM sms_code").await,
        world.count("SELECT CAST(SUM(epoch) AS BIGINT) FROM person").await,
    ];
    (counts, world.phones.count())
}

/// Sends a form twice; where the browser is then, and what it shows.
async fn twice(
    world: &World,
    browser: &mut Browser,
    page: &str,
    endpoint: &str,
    fields: &[(&str, &str)],
) -> (String, Answer) {
    let mut second = browser.clone();
    let first = browser.submit_only(page, endpoint, fields).await;
    let location = first.header("location").unwrap_or_default();
    assert!(first.status.is_redirection() && !location.contains("__err"), "{endpoint}: {} {location}", first.status);
    let before = made(world).await;
    let again = second.submit_only(page, endpoint, fields).await;
    assert!(again.status.is_redirection(), "{endpoint} again: {}", again.status);
    assert_eq!(made(world).await, before, "{endpoint} does nothing twice");
    for cookie in again.headers.get_all("set-cookie") {
        browser.keep(cookie.to_str().unwrap());
    }
    let (at, answer) = browser.open(again.header("location").unwrap()).await;
    assert!(!answer.status.is_server_error(), "{endpoint}: {} at {at}", answer.status);
    (at.split('?').next().unwrap().to_owned(), answer)
}

async fn flow_21_phone_twice_at_every_form(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    twice(&world, &mut browser, routes::METHOD, "set-up/method", &[("method", "sms")]).await;
    twice(&world, &mut browser, routes::PHONE, "set-up/phone", &[("country", "US"), ("phone", NUMBER)]).await;
    assert_eq!(world.phones.count(), 1);
    let code = world.phones.code();
    twice(&world, &mut browser, routes::PHONE_CONFIRM, "set-up/phone/code", &[("code", &code)]).await;
    assert_eq!(browser.session().await, StatusCode::OK, "the first one has opened a session");
    let (at, _) = browser.open(routes::HOME).await;
    assert_eq!(at, routes::RECOVERY_CODE, "its code is there to be saved");
    browser.save_recovery_code().await;
    world.clock.advance(60);

    let mut browser = world.texted(ANA).await;
    let code = world.phones.code();
    twice(&world, &mut browser, routes::PHONE_CODE, "sign-in/phone/code", &[("code", &code)]).await;
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions().await, 2);
}

async fn flow_21_code_and_recovery_code_twice(world: World) {
    let ana = world.enrolled(ANA).await;
    let mut browser = world.challenged(&ana).await;
    let code = world.code(&ana.key, 0);
    twice(&world, &mut browser, routes::VERIFY, "sign-in/code", &[("code", &code)]).await;
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions().await, 1);

    let mut browser = world.challenged(&ana).await;
    twice(&world, &mut browser, routes::RECOVERY, "sign-in/recovery", &[("recovery_code", &ana.recovery)]).await;
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions().await, 1);
    let (at, _) = browser.open(routes::HOME).await;
    assert_eq!(at, routes::RECOVERY_CODE, "the new code is there to be saved");
    browser.save_after_recovery().await;
}

/// A page, what its form posts to, and the fields beside the proof.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

async fn flow_21_profile_forms_twice(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", server::domain::Role::Member).await;
    let ana = world.enrol("ana@open.example").await;
    world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let rows: [Row; 9] = [
        (routes::SECURITY, "profile/theme", &[("theme", "dark")]),
        (routes::SECURITY, "language", &[("language", "de")]),
        (routes::SECURITY, "language", &[("language", "en")]),
        (routes::SECURITY, "profile/session/end-others", &[]),
        (routes::CHANGE_PHONE, "profile/phone", &[]),
        (routes::CHANGE_AUTHENTICATOR, "profile/authenticator", &[]),
        (routes::NEW_RECOVERY_CODE, "profile/recovery-code", &[]),
        (routes::NEW_PASSWORD, "profile/password", &[("new_password", NEW)]),
        (routes::REMOVE_AUTHENTICATOR, "profile/authenticator/remove", &[]),
    ];
    for (page, endpoint, more) in rows {
        world.clock.advance(60);
        let (code, mut fields) = (world.code(&ana.key, 0), more.to_vec());
        if page != routes::SECURITY {
            let password = if page == routes::REMOVE_AUTHENTICATOR { NEW } else { PASSWORD };
            fields.extend([("password", password), ("code", &*code)]);
        }
        let (at, page) = twice(&world, &mut browser, page, endpoint, &fields).await;
        assert_eq!((page.status, browser.session().await), (StatusCode::OK, StatusCode::OK), "{endpoint}: {at}");
        if endpoint == "profile/recovery-code" {
            browser.save_recovery_code().await;
        }
    }
    assert_eq!(world.live_sessions().await, 1);
    for (kind, count) in [("recovery-code-made", 1), ("password-changed", 1), ("authenticator-removed", 1)] {
        let told = "SELECT COUNT(*) FROM notice WHERE kind = $1";
        assert_eq!(world.database.int(told, vec![kind.into()]).await, count, "{kind}");
    }
}

async fn flow_21_new_password_twice(world: World) {
    world.newcomer(ANA).await;
    let asked = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'";
    for requests in 1..=2 {
        let (at, _) = world.browser().submit(routes::RESET, "password/ask", &[("email", ANA)]).await;
        assert_eq!(at, routes::RESET_SENT);
        world.until(asked, requests).await;
    }
    // Two mails, since either request may be the one that gets through; the newer link works.
    let mut browser = opened(&world, &token(&world).await).await;
    twice(&world, &mut browser, routes::RESET_NEW, "password/new", &[("password", NEW)]).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-changed'").await, 1);
    browser.enter_with(ANA, NEW).await.leads_to(routes::REQUIRED);
}
