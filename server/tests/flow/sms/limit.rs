//! How many codes and how many wrong ones.

use app::{AppError, routes};
use axum::http::StatusCode;

use super::{ANA, DAY};
use crate::support::{NUMBER, PASSWORD, World, both};

both!(
    sms_09_resend_after_thirty_seconds_and_five_times,
    sms_09_eleventh_code_of_the_day_refused,
    sms_09_told_time_is_the_later_of_the_challenge_and_the_day,
    sms_09_another_sign_in_resets_no_count,
    sms_09_another_session_resets_no_count,
    sms_09_confirmations_have_five_codes_each,
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
    // What is told is true: by then this sign-in is over with its last code, and the next one has its own.
    let answer = browser.resend().await;
    assert_eq!(answer.header("retry-after"), Some("1770"));
    assert_eq!(answer.error(), AppError::SmsLimit { seconds: 1770 });
    assert_eq!(world.phones.count(), before + 4);
    let mut later = browser.clone();
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(1770);
    assert_eq!(later.resend().await.status, StatusCode::UNAUTHORIZED);
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

/// A session may confirm as often as its person likes: five codes each time, and a time that is over ends with its code.
async fn sms_09_confirmations_have_five_codes_each(world: World) {
    let world = world.restart(|plan| (plan.sms.per_person, plan.sms.per_number) = (100, 100)).await;
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    for _ in 0..3 {
        for _ in 0..5 {
            browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
            world.clock.advance(60);
        }
        assert_eq!(browser.call("profile/text", &[]).await.error(), AppError::SmsLimit { seconds: 1740 });
        let fields = [("password", PASSWORD), ("code", &world.phones.code())];
        browser.call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);
        browser.save_recovery_code().await;
    }
    // Nobody types one in: the next ones go when the last one has run out, as was told.
    for _ in 0..5 {
        browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
        world.clock.advance(60);
    }
    world.clock.advance(1739);
    assert_eq!(browser.call("profile/text", &[]).await.error(), AppError::SmsLimit { seconds: 1 });
    world.clock.advance(1);
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
}

/// Two sign-ins in turns: each has its five codes and no more.
async fn sms_09_another_sign_in_resets_no_count(world: World) {
    let world = world.restart(|plan| (plan.sms.per_person, plan.sms.per_number) = (100, 100)).await;
    world.with_phone(ANA, NUMBER).await;
    let mut browsers = [world.browser(), world.browser()];
    for browser in &mut browsers {
        browser.enter(ANA).await.leads_to(routes::PHONE_CODE);
        world.clock.advance(30);
    }
    let before = world.phones.count();
    for _ in 2..=5 {
        for browser in &mut browsers {
            browser.resend().await.leads_to(routes::PHONE_CODE);
            world.clock.advance(30);
        }
    }
    for browser in &mut browsers {
        assert!(matches!(browser.resend().await.error(), AppError::SmsLimit { .. }));
    }
    assert_eq!(world.phones.count(), before + 8);
}

/// The same for two sessions whose person shows again who it is.
async fn sms_09_another_session_resets_no_count(world: World) {
    let world = world.restart(|plan| (plan.sms.per_person, plan.sms.per_number) = (100, 100)).await;
    world.with_phone(ANA, NUMBER).await;
    let mut browsers = Vec::new();
    for _ in 0..2 {
        let mut browser = world.texted(ANA).await;
        browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
        world.clock.advance(60);
        browsers.push(browser);
    }
    let before = world.phones.count();
    for _ in 1..=5 {
        for browser in &mut browsers {
            browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
            world.clock.advance(30);
        }
    }
    for browser in &mut browsers {
        assert!(matches!(browser.call("profile/text", &[]).await.error(), AppError::SmsLimit { .. }));
    }
    assert_eq!(world.phones.count(), before + 10);
    let fields = [("password", PASSWORD), ("code", &world.phones.code())];
    browsers[1].call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);
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
    let midnight = u32::try_from(DAY - world.clock.seconds().rem_euclid(DAY)).unwrap();
    assert_eq!(answer.header("retry-after"), Some(midnight.to_string().as_str()));
    assert_eq!(answer.error(), AppError::SmsLimit { seconds: midnight });
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    // The day is over.
    world.clock.advance(midnight.into());
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

/// Whoever may not have another code today is not sent away for half a minute.
async fn sms_09_told_time_is_the_later_of_the_challenge_and_the_day(world: World) {
    let world = world.restart(|plan| plan.sms.per_person = 3).await;
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    world.clock.advance(30);
    assert_eq!(browser.resend().await.status, StatusCode::OK);
    let midnight = || u32::try_from(DAY - world.clock.seconds().rem_euclid(DAY)).unwrap();
    assert_eq!(browser.resend().await.error(), AppError::SmsLimit { seconds: midnight() });
    // Just before midnight the half minute is the later one.
    world.clock.advance(i64::from(midnight()) - 10);
    world.database.change("UPDATE sign_in SET expires_at = expires_at + 100000", vec![]).await;
    let now = world.clock.seconds();
    world
        .database
        .change("UPDATE sms_code SET created_at = $1, expires_at = $2", vec![now.into(), (now + 1800).into()])
        .await;
    assert_eq!(browser.resend().await.error(), AppError::SmsWait { seconds: 30 });
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
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    browser.resend().await.is_refused();
    assert_eq!(world.phones.count(), sent);
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
}
