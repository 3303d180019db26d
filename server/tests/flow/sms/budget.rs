//! What counts against the limits of a day, and what stops at them.

use app::{AppError, routes};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use server::{http::metrics_router, sms::SendError};
use tower::ServiceExt;

use super::{ANA, DAY};
use crate::support::{NUMBER, World, at_once, both};

both!(
    sms_12_neighbours_stop_at_the_limit_of_their_prefix,
    sms_12_codes_that_link_a_number_leave_its_owner_theirs,
    sms_12_crew_on_one_block_of_numbers_signs_in,
    sms_12_country_whose_codes_are_not_typed_in_is_stopped,
    sms_12_country_goes_on_once_enough_codes_are_typed_in,
    sms_12_start_of_a_shift_stops_no_country,
    sms_12_stopped_country_lets_those_in_whose_phones_are_linked,
    sms_12_codes_of_sign_ins_stop_no_country,
    sms_13_daily_budget_stops_texts_alone,
    sms_13_message_that_one_limit_stops_counts_against_no_other,
    sms_14_text_that_nobody_took_counts_nowhere,
    sms_14_text_of_unknown_fate_stays_counted,
    sms_14_many_refused_texts_at_once_are_all_taken_back,
);

/// All counters of all limits together. A message stands in five, one to a number that is linked in four.
pub(super) const COUNTED: &str = "SELECT CAST(COALESCE(SUM(sent), 0) AS BIGINT) FROM sms_count";

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
    told(&world, &["sent 40", "stopped{limit=\"prefix\"} 1", "stopped{limit=\"number\"} 0"]).await;
    // Another prefix is another matter.
    world.with_phone(ANA, "+13125550123").await;
}

/// Somebody else asks for codes to a number, to link it, until its limit stops them. Its owner goes on.
async fn sms_12_codes_that_link_a_number_leave_its_owner_theirs(world: World) {
    world.with_phone(ANA, NUMBER).await;
    for email in ["eve@strict.example", "mal@strict.example"] {
        world.newcomer(email).await;
    }
    let (mut sent, mut stopped) = (0, 0);
    for _ in 0..3 {
        let mut eve = world.browser();
        eve.enter("eve@strict.example").await.leads_to(routes::REQUIRED);
        for _ in 0..5 {
            let answer = eve.send_text("US", NUMBER).await;
            if answer.is_ok() {
                sent += 1;
            } else {
                assert!(matches!(answer.error(), AppError::SmsLimit { .. }));
                stopped += 1;
            }
            world.clock.advance(30);
        }
    }
    assert_eq!((sent, stopped), (9, 6), "with the owner's own there are ten");
    let mut mal = world.browser();
    mal.enter("mal@strict.example").await.leads_to(routes::REQUIRED);
    assert!(matches!(mal.send_text("US", NUMBER).await.error(), AppError::SmsLimit { .. }));
    told(&world, &["sent 10", "stopped{limit=\"number\"} 1", "stopped{limit=\"person\"} 0"]).await;

    for _ in 2..=10 {
        world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
        world.clock.advance(60);
    }
    let mut browser = world.texted(ANA).await;
    assert!(matches!(browser.resend().await.error(), AppError::SmsLimit { .. }), "the owner's own limit stands");
}

/// The limit of neighbours is for numbers that nobody has shown to have yet.
async fn sms_12_crew_on_one_block_of_numbers_signs_in(world: World) {
    let world = world.restart(|plan| plan.sms.per_prefix = 2).await;
    world.with_phone(ANA, NUMBER).await;
    world.with_phone("bob@strict.example", "+12015550124").await;
    for _ in 0..3 {
        for email in [ANA, "bob@strict.example"] {
            world.texted(email).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
        }
        world.clock.advance(60);
    }
    world.newcomer("new@strict.example").await;
    let mut browser = world.browser();
    browser.enter("new@strict.example").await.leads_to(routes::REQUIRED);
    assert!(matches!(browser.send_text("US", "+12015550125").await.error(), AppError::SmsLimit { .. }));
}

async fn sms_13_daily_budget_stops_texts_alone(world: World) {
    let world = world.restart(|plan| plan.sms.per_day = 2).await;
    let flo = world.enrolled("flo@strict.example").await;
    let recovery = world.with_phone(ANA, NUMBER).await;
    world.texted(ANA).await;
    world.clock.advance(60);

    let mut browser = world.texted(ANA).await;
    let midnight = u32::try_from(DAY - world.clock.seconds().rem_euclid(DAY)).unwrap();
    assert_eq!(browser.resend().await.error(), AppError::SmsLimit { seconds: midnight });
    assert_eq!(world.phones.count(), 2);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "no text is no reason to be let in");
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
    world.challenged(&flo).await.verify(&world.code(&flo.key, 0)).await.leads_to(routes::HOME);
    let alarms = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE '%day%'";
    assert_eq!(world.count(alarms).await, 1);

    told(&world, &["sent 2", "refused 2", "limit 2", "stopped{limit=\"day\"} 1"]).await;
    world.clock.advance(midnight.into());
    told(&world, &["sent 0", "refused 0", "stopped{limit=\"day\"} 0"]).await;
}

/// What the monitoring system is told of the day, on whichever node it asks.
pub(super) async fn told(world: &World, wanted: &[&str]) {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = metrics_router(world.service.clone()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    for line in wanted {
        assert!(text.lines().any(|told| told == format!("muster_sms_day_{line}")), "{line}: {text}");
    }
}

/// People who ask for a code each, at British numbers, and never type it in; whether each was sent one.
async fn bots(world: &World, numbers: std::ops::Range<u32>) -> Vec<bool> {
    let mut sent = Vec::new();
    for number in numbers {
        let email = format!("bot{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.enter(&email).await;
        sent.push(browser.send_text("GB", &format!("+4474001{number:02}456")).await.is_ok());
    }
    sent
}

/// Somebody with a British number, whose code is typed in.
async fn briton(world: &World, number: u32) {
    let email = format!("briton{number}@strict.example");
    world.newcomer(&email).await;
    let mut browser = world.browser();
    browser.enter(&email).await;
    browser.send_text("GB", &format!("+4477001{number:02}456")).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

async fn sms_12_country_whose_codes_are_not_typed_in_is_stopped(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    // Of four codes one is typed in: just enough. Of five one is not.
    briton(&world, 0).await;
    bots(&world, 0..3).await;
    world.clock.advance(1800);
    assert_eq!(bots(&world, 3..4).await, [true]);
    world.clock.advance(1799);
    assert_eq!(bots(&world, 4..5).await, [true], "the fifth code may still be typed in");
    world.clock.advance(1);
    assert_eq!(bots(&world, 5..6).await, [false]);
    let midnight = u32::try_from(DAY - world.clock.seconds().rem_euclid(DAY)).unwrap();
    let mut browser = world.browser();
    browser.enter("bot5@strict.example").await;
    assert_eq!(browser.send_text("GB", "+447400105456").await.error(), AppError::SmsLimit { seconds: midnight });
    assert_eq!(world.phones.count(), 6);
    let alarms = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE '%country%GB%'";
    assert_eq!(world.count(alarms).await, 1);
    told(&world, &["sent 6", "stopped{limit=\"country\"} 1"]).await;
    // Other countries go on, and this one tomorrow.
    world.with_phone("dan@strict.example", NUMBER).await;
    world.clock.advance(midnight.into());
    briton(&world, 1).await;
}

async fn sms_12_country_goes_on_once_enough_codes_are_typed_in(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    bots(&world, 0..4).await;
    world.clock.advance(1200);
    briton(&world, 0).await;
    briton(&world, 1).await;
    world.clock.advance(600);
    assert_eq!(bots(&world, 4..5).await, [false], "none of four");
    world.clock.advance(1200);
    assert_eq!(bots(&world, 5..6).await, [true], "two of six");
}

/// Everybody asks before the first one types: nothing can be said of their country yet.
async fn sms_12_start_of_a_shift_stops_no_country(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    assert_eq!(bots(&world, 0..12).await, [true; 12]);
}

/// One day a carrier delivers nothing. Nobody can type a code, so the share cannot rise, and yet nobody is shut out.
async fn sms_12_stopped_country_lets_those_in_whose_phones_are_linked(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    briton(&world, 0).await;
    bots(&world, 0..4).await;
    world.clock.advance(1800);
    assert_eq!(bots(&world, 4..5).await, [false]);
    let mut browser = world.texted("briton0@strict.example").await;
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    let sent = world.phones.count();
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    assert_eq!(world.phones.count(), sent + 1);
}

/// Five people who ask for codes to their own numbers, again and again, do not keep the others of their country from linking one.
async fn sms_12_codes_of_sign_ins_stop_no_country(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    briton(&world, 0).await;
    for _ in 0..8 {
        world.clock.advance(60);
        world.texted("briton0@strict.example").await;
    }
    world.clock.advance(1800);
    assert_eq!(bots(&world, 0..1).await, [true]);
}

async fn sms_13_message_that_one_limit_stops_counts_against_no_other(world: World) {
    let world = world.restart(|plan| plan.sms.per_day = 1).await;
    world.with_phone(ANA, NUMBER).await;
    for _ in 0..12 {
        let mut browser = world.texted(ANA).await;
        assert!(matches!(browser.resend().await.error(), AppError::SmsLimit { .. }));
    }
    assert_eq!(world.count(COUNTED).await, 5);
    assert_eq!(world.count("SELECT MAX(sent) FROM sms_count").await, 1);
    told(&world, &["sent 1", "refused 24", "stopped{limit=\"person\"} 0"]).await;
    // Had the person's ten been used up by what was never sent, the next code would not go.
    let world = world.restart(|plan| plan.sms.per_day = 2).await;
    world.texted(ANA).await;
    assert_eq!(world.count(COUNTED).await, 9);
}

/// A provider that is away uses up nobody's limits and speaks against no country.
async fn sms_14_text_that_nobody_took_counts_nowhere(world: World) {
    let world = world.restart(|plan| plan.sms.country_sample = 4).await;
    world.with_phone(ANA, NUMBER).await;
    for fault in [
        // Six in a row: the last ones are not even handed over.
        SendError::Refused("away".into()),
        SendError::Declined("no such region".into()),
        SendError::Undeliverable("no mobile".into()),
    ] {
        world.phones.fail(Some(fault));
        let mut browser = world.texted(ANA).await;
        for _ in 0..12 {
            world.clock.advance(30);
            let told = browser.resend().await.error();
            assert!(matches!(told, AppError::SmsUnavailable | AppError::SmsUndeliverable), "{told:?}");
        }
        world.clock.advance(30);
    }
    assert_eq!(world.count(COUNTED).await, 5, "the code of the enrolment");
    told(&world, &["sent 1", "refused 0"]).await;
    world.phones.fail(None);
    world.clock.advance(1800);
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    assert_eq!(world.count(COUNTED).await, 9);
}

async fn sms_14_text_of_unknown_fate_stays_counted(world: World) {
    world.with_phone(ANA, NUMBER).await;
    world.phones.fail(Some(SendError::Unknown("time-out".into())));
    world.texted(ANA).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_message WHERE state = 'unknown'").await, 1);
    assert_eq!(world.count(COUNTED).await, 9);
    told(&world, &["sent 2"]).await;
}

async fn sms_14_many_refused_texts_at_once_are_all_taken_back(world: World) {
    const CREW: usize = 24;
    let mut crew = Vec::new();
    for number in 0..CREW {
        let email = format!("crew{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.enter(&email).await;
        crew.push((browser, format!("+120155501{number:02}")));
    }
    world.phones.fail(Some(SendError::Declined("no such region".into())));
    let work = crew.into_iter().map(|(mut browser, number)| async move { browser.send_text("US", &number).await });
    for answer in at_once(work.collect()).await {
        assert_eq!(answer.error(), AppError::SmsUnavailable);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_message WHERE state = 'refused'").await, 24);
    assert_eq!(world.count(COUNTED).await, 0);
}
