//! How many codes and how many wrong ones.

use app::{AppError, routes};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use server::http::metrics_router;
use tower::ServiceExt;

use super::ANA;
use crate::support::{NUMBER, World, both};

both!(
    sms_09_resend_after_thirty_seconds_and_five_times,
    sms_09_eleventh_code_of_the_day_refused,
    sms_12_neighbours_stop_at_the_limit_of_their_prefix,
    sms_13_daily_budget_stops_texts_alone,
    country_whose_codes_are_not_typed_in_is_stopped,
    hundred_wrong_codes_switch_the_phone_off,
);

async fn sms_09_resend_after_thirty_seconds_and_five_times(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    let before = world.phones.count();
    for (wait, left) in [(0, 30), (1, 29), (28, 1)] {
        world.clock.advance(wait);
        let answer = browser.resend().await;
        assert_eq!(answer.header("retry-after"), Some(left.to_string().as_str()));
        assert_eq!(answer.error(), AppError::SmsWait { seconds: left });
    }
    world.clock.advance(1);
    for _ in 2..=5 {
        browser.resend().await.leads_to(routes::PHONE_CODE);
        world.clock.advance(30);
    }
    let answer = browser.resend().await;
    assert!(answer.header("retry-after").is_some());
    assert!(matches!(answer.error(), AppError::SmsLimit { .. }));
    assert_eq!(world.phones.count(), before + 4);
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn sms_09_eleventh_code_of_the_day_refused(world: World) {
    world.with_phone(ANA, NUMBER).await;
    for _ in 2..=10 {
        world.texted(ANA).await;
        world.clock.advance(60);
    }
    assert_eq!(world.phones.count(), 10);
    let mut browser = world.texted(ANA).await;
    assert_eq!(world.phones.count(), 10);
    let answer = browser.resend().await;
    assert!(answer.header("retry-after").is_some());
    assert!(matches!(answer.error(), AppError::SmsLimit { .. }));
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    // The day is over.
    world.clock.advance(24 * 60 * 60);
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn sms_12_neighbours_stop_at_the_limit_of_their_prefix(world: World) {
    let mut refused = 0;
    for number in 0..50 {
        let email = format!("crew{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.enter(&email).await;
        let answer = browser.send_text("US", &format!("+120155501{number:02}")).await;
        if !answer.is_ok() {
            assert!(matches!(answer.error(), AppError::SmsLimit { .. }));
            refused += 1;
            // The app is as open as before, and nobody is let in without.
            browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        }
    }
    assert_eq!((world.phones.count(), refused), (40, 10));
    let alarms = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE '%prefix%'";
    assert_eq!(world.count(alarms).await, 1, "told once");
    // Another prefix is another matter.
    world.with_phone(ANA, "+13125550123").await;
}

async fn sms_13_daily_budget_stops_texts_alone(world: World) {
    let world = world.restart(|plan| plan.sms.per_day = 2).await;
    let flo = world.enrolled("flo@strict.example").await;
    let recovery = world.with_phone(ANA, NUMBER).await;
    world.texted(ANA).await;
    world.clock.advance(60);

    let mut browser = world.texted(ANA).await;
    assert_eq!(browser.resend().await.error(), AppError::SmsUnavailable);
    assert_eq!(world.phones.count(), 2);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "no text is no reason to be let in");
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
    world.challenged(&flo).await.verify(&world.code(&flo.key, 0)).await.leads_to(routes::HOME);
    let alarms = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE '%day%'";
    assert_eq!(world.count(alarms).await, 1);

    let told = figures(&world).await;
    for line in ["muster_sms_day_sent 2", "muster_sms_day_refused 2", "muster_sms_day_limit 2"] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    world.clock.advance(24 * 60 * 60);
    let told = figures(&world).await;
    assert!(told.contains("muster_sms_day_sent 0\n") && told.contains("muster_sms_day_refused 0\n"), "{told}");
}

/// What the monitoring system is told.
async fn figures(world: &World) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = metrics_router(world.service.clone()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn country_whose_codes_are_not_typed_in_is_stopped(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    // Of four codes one is typed in: just enough. Of five one is not.
    world.with_phone(ANA, "+447400123456").await;
    for number in 0..4 {
        let email = format!("bot{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.enter(&email).await;
        browser.send_text("GB", &format!("+44740012{number}456")).await.leads_to(routes::PHONE_CONFIRM);
    }
    let mut browser = world.texted(ANA).await;
    assert_eq!(browser.resend().await.error(), AppError::SmsUnavailable);
    assert_eq!(world.phones.count(), 5);
    let alarms = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE '%country%GB%'";
    assert_eq!(world.count(alarms).await, 1);
    // Other countries go on, and this one tomorrow.
    world.with_phone("dan@strict.example", NUMBER).await;
    world.clock.advance(24 * 60 * 60);
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn hundred_wrong_codes_switch_the_phone_off(world: World) {
    let recovery = world.with_phone(ANA, NUMBER).await;
    world.database.change("UPDATE factor SET failures = 99", vec![]).await;
    let mut browser = world.texted(ANA).await;
    let code = world.phones.code();
    browser.verify_phone(&world.phones.wrong_code()).await.is_refused();
    browser.verify_phone(&code).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'disabled'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'phone.disabled'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'phone-disabled'").await, 1);
    world.clock.advance(60);
    let sent = world.phones.count();
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::VERIFY);
    browser.resend().await.is_refused();
    assert_eq!(world.phones.count(), sent);
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
}
