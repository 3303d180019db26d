//! Codes as text messages (catalogue 3.2, SMS), and the races round them.

use app::{
    AppError,
    model::{Delivery, MethodView, Offer, PhoneCodeView, PhoneView, VerifyView},
    routes,
};
use axum::http::StatusCode;
use server::{
    domain::{Role, STRICT_CODE},
    sms::SendError,
};

use crate::support::{NUMBER, World, at_once, both};

both!(
    phone_enrols_and_signs_in,
    sms_01_code_is_good_until_its_last_second,
    sms_01_strict_code_is_good_for_ten_minutes,
    sms_02_code_before_a_resend_refused,
    sms_03_resend_resets_no_counter,
    sms_04_right_code_after_five_wrong_ones_refused,
    sms_04_five_wrong_codes_end_an_enrolment,
    sms_05_code_of_one_purpose_refused_for_the_other,
    sms_06_code_of_another_sign_in_refused,
    sms_07_code_for_the_number_before_refused,
    sms_08_code_stands_nowhere_but_in_the_message,
    sms_09_resend_after_thirty_seconds_and_five_times,
    sms_09_eleventh_code_of_the_day_refused,
    sms_10_nothing_is_sent_before_the_password_or_without_a_phone,
    sms_11_spellings_of_one_number_share_its_limit,
    sms_11_refused_number_says_why_and_stays_on_the_page,
    sms_12_neighbours_stop_at_the_limit_of_their_prefix,
    sms_13_daily_budget_stops_texts_alone,
    sms_14_gateway_faults_never_open_anything,
    sms_16_nothing_typed_reaches_the_text,
    sms_18_code_without_a_message_refused,
    country_whose_codes_are_not_typed_in_is_stopped,
    flow_10_unreadable_number_denies,
    payor_with_a_phone_is_taken_to_an_app,
    payee_admin_uses_us_numbers_only,
    both_factors_are_offered,
    hundred_wrong_codes_switch_the_phone_off,
    race_04_one_code_opens_one_session,
    race_04_confirmations_make_one_phone,
    race_07_resends_at_once_send_one_code,
);

const ANA: &str = "ana@strict.example";
const SESSIONS: &str = "SELECT COUNT(*) FROM session";
const ACTIVE: &str = "SELECT COUNT(*) FROM factor WHERE state = 'active'";

async fn phone_enrols_and_signs_in(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, "(201) 555-0123").await;
    assert_eq!(world.phones.numbers(), [NUMBER]);
    let text = world.phones.last();
    assert!(text.ends_with(&format!("\n\n@muster.example #{}", world.phones.code())), "{text}");
    let view: PhoneCodeView = browser.view("phone-confirm").await.unwrap();
    assert_eq!((view.ending.as_str(), view.delivery, view.minutes), ("23", Delivery::Sent, 30));
    assert!(!view.masked.contains("0123") && view.masked.starts_with("+1"), "{}", view.masked);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.recovery_code().await.is_some());
    browser.save_recovery_code().await;
    let home = browser.get(routes::HOME).await.text();
    assert!(home.contains("A stolen password alone does not open your account."), "{home:.3000}");
    let mail = world.count("SELECT COUNT(*) FROM notice WHERE kind = 'phone-linked'").await;
    assert_eq!(mail, 1);

    world.clock.advance(60);
    let mut browser = world.texted(ANA).await;
    assert_eq!(world.phones.count(), 2);
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.count("SELECT COUNT(*) FROM session WHERE proof = 'phone'").await, 2);
    world.service.verify_audit_chain().await.unwrap();
}

async fn sms_01_code_is_good_until_its_last_second(world: World) {
    world.with_phone(ANA, NUMBER).await;
    for (seconds, good) in [(1799, true), (1800, false), (1801, false)] {
        let mut browser = world.texted(ANA).await;
        world.clock.advance(seconds);
        let answer = browser.verify_phone(&world.phones.code()).await;
        if good {
            answer.leads_to(routes::HOME);
        } else {
            // The challenge lives as long as its code, and no longer.
            assert_eq!(answer.error(), AppError::Expired, "after {seconds} s");
        }
        world.clock.advance(60);
    }
    // An enrolment waits longer than its code.
    world.newcomer("bob@strict.example").await;
    for (seconds, good) in [(1801, false), (1800, false), (1799, true)] {
        let mut browser = world.browser();
        browser.start_phone("bob@strict.example", "+12015550199").await;
        world.clock.advance(seconds);
        let answer = browser.confirm_phone(&world.phones.code()).await;
        if good {
            answer.leads_to(routes::RECOVERY_CODE);
        } else {
            assert_eq!(answer.error(), AppError::SmsCodeExpired, "after {seconds} s");
        }
        world.clock.advance(60);
    }
}

async fn sms_01_strict_code_is_good_for_ten_minutes(world: World) {
    let world = world.restart(|plan| plan.sms.code_ttl = STRICT_CODE).await;
    world.newcomer(ANA).await;
    for (seconds, good) in [(601, false), (600, false), (599, true)] {
        let mut browser = world.browser();
        browser.start_phone(ANA, NUMBER).await;
        world.clock.advance(seconds);
        let answer = browser.confirm_phone(&world.phones.code()).await;
        if good {
            answer.leads_to(routes::RECOVERY_CODE);
        } else {
            assert_eq!(answer.error(), AppError::SmsCodeExpired, "after {seconds} s");
        }
        world.clock.advance(60);
    }
}

async fn sms_02_code_before_a_resend_refused(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    let old = world.phones.code();
    world.clock.advance(30);
    browser.resend().await.leads_to(routes::PHONE_CODE);
    assert_ne!(world.phones.code(), old);

    assert_eq!(browser.verify_phone(&old).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn sms_03_resend_resets_no_counter(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut wrong = 0;
    for _ in 0..2 {
        let mut browser = world.texted(ANA).await;
        for _ in 0..4 {
            browser.verify_phone(&world.phones.wrong_code()).await.is_refused();
            wrong += 1;
        }
        world.clock.advance(30);
        browser.resend().await.leads_to(routes::PHONE_CODE);
        // The fifth check of this challenge is its last, whichever code it is about.
        assert!(browser.verify_phone(&world.phones.wrong_code()).await.status.is_client_error());
        wrong += 1;
        assert_eq!(browser.verify_phone(&world.phones.code()).await.status, StatusCode::UNAUTHORIZED);
        world.clock.advance(30);
    }
    assert_eq!(world.count("SELECT failures FROM factor").await, wrong);
    let mut browser = world.browser();
    browser.enter(ANA).await;
    assert!(matches!(browser.resend().await.error(), AppError::Paused { .. }), "no code while the account is paused");
    assert!(matches!(browser.verify_phone(&world.phones.code()).await.error(), AppError::Paused { .. }));
    assert_eq!(world.count("SELECT COUNT(*) FROM session WHERE sign_in_id IS NOT NULL").await, 1);
}

async fn sms_04_right_code_after_five_wrong_ones_refused(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    for left in [4, 3, 2, 1] {
        let answer = browser.verify_phone(&world.phones.wrong_code()).await;
        assert_eq!(answer.error(), AppError::SmsCodeWrong { left: Some(left) });
    }
    assert_eq!(browser.verify_phone(&world.phones.wrong_code()).await.error(), AppError::ChallengeDead);
    browser.verify_phone(&world.phones.code()).await.is_refused();
    browser.resend().await.is_refused();
    assert_eq!(world.phones.count(), 2);
    // Another sign-in, another code.
    world.clock.advance(30);
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn sms_04_five_wrong_codes_end_an_enrolment(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    for left in [4, 3, 2] {
        let answer = browser.confirm_phone(&world.phones.wrong_code()).await;
        assert_eq!(answer.error(), AppError::SmsCodeWrong { left: Some(left) });
    }
    // Neither another code nor another number gives the checks back.
    world.clock.advance(30);
    browser.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
    assert_eq!(
        browser.confirm_phone(&world.phones.wrong_code()).await.error(),
        AppError::SmsCodeWrong { left: Some(1) }
    );
    assert_eq!(browser.confirm_phone(&world.phones.wrong_code()).await.error(), AppError::ChallengeDead);
    browser.confirm_phone(&world.phones.code()).await.is_refused();
    assert_eq!(world.count(ACTIVE).await, 0);
    assert_eq!(world.count(SESSIONS).await, 0);
}

async fn sms_05_code_of_one_purpose_refused_for_the_other(world: World) {
    // The same person, the same number: a code of an enrolment is none of a sign-in, and the other way round.
    world.with_phone(ANA, NUMBER).await;
    let mut challenge = world.texted(ANA).await;
    let for_sign_in = world.phones.code();
    let mut replacing = world.browser();
    world.database.change("UPDATE factor SET state = 'replaced'", vec![]).await;
    replacing.start_phone(ANA, NUMBER).await;
    let for_enrolment = world.phones.code();
    world.database.change("UPDATE factor SET state = 'active' WHERE state = 'replaced'", vec![]).await;

    assert_eq!(replacing.confirm_phone(&for_sign_in).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    assert_eq!(challenge.verify_phone(&for_enrolment).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    // Nor is either one a code of the app, or the other page's.
    challenge.verify(&for_sign_in).await.is_refused();
    challenge.confirm_phone(&for_enrolment).await.is_refused();
    replacing.verify_phone(&for_sign_in).await.is_refused();
    replacing.confirm(&for_enrolment).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1);
    challenge.verify_phone(&for_sign_in).await.leads_to(routes::HOME);
}

async fn sms_06_code_of_another_sign_in_refused(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut first = world.texted(ANA).await;
    let code = world.phones.code();
    let mut second = world.browser();
    // Within thirty seconds: no second code.
    second.enter(ANA).await.leads_to(routes::PHONE_CODE);
    assert_eq!(world.phones.count(), 2);
    assert_eq!(second.view::<PhoneCodeView>("phone-code").await.unwrap().delivery, Delivery::None);

    assert_eq!(second.verify_phone(&code).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    first.verify_phone(&code).await.leads_to(routes::HOME);
}

async fn sms_07_code_for_the_number_before_refused(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    let old = world.phones.code();
    world.clock.advance(30);
    browser.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);

    assert_eq!(browser.confirm_phone(&old).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(ACTIVE).await, 1);

    // The number of a bound phone changes under a code: the code dies with it.
    world.clock.advance(60);
    browser.save_recovery_code().await;
    let mut challenge = world.texted(ANA).await;
    let code = world.phones.code();
    let other = "bob@strict.example";
    world.with_phone(other, "+12015550188").await;
    world.database.change("UPDATE sms_code SET factor_id = $1", vec![vec![7; 16].into()]).await;
    assert_eq!(challenge.verify_phone(&code).await.error(), AppError::SmsCodeWrong { left: Some(4) });
}

async fn sms_08_code_stands_nowhere_but_in_the_message(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    browser.get(routes::PHONE_CONFIRM).await;
    let enrolled = world.phones.code();
    browser.confirm_phone(&enrolled).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_recovery_code().await;
    world.clock.advance(60);
    let mut again = world.texted(ANA).await;
    again.get(routes::PHONE_CODE).await;
    again.get(routes::CHOOSE).await;
    let code = world.phones.code();
    for (path, text) in browser.heard().iter().chain(again.heard()) {
        assert!(!text.contains(&code) && !text.contains(&enrolled), "{path} tells the code");
        assert!(!text.contains("2015550123"), "{path} tells the number");
    }
    let dump = world.database.dump().await;
    for secret in [code.as_str(), &enrolled, "2015550123"] {
        assert!(!dump.windows(secret.len()).any(|part| part == secret.as_bytes()), "the database tells {secret}");
    }
}

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

async fn sms_10_nothing_is_sent_before_the_password_or_without_a_phone(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let flo = world.enrolled("flo@strict.example").await;
    let sent = world.phones.count();
    let mut stranger = world.browser();
    for step in ["sign-in/phone", "sign-in/phone/resend", "set-up/phone/resend"] {
        stranger.call("sign-in/email", &[("email", ANA)]).await.leads_to(routes::PASSWORD);
        let known = stranger.call(step, &[("email", ANA)]).await;
        stranger.call("sign-in/email", &[("email", "nobody@strict.example")]).await.leads_to(routes::PASSWORD);
        let unknown = stranger.call(step, &[("email", "nobody@strict.example")]).await;
        known.is_refused();
        assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    }
    let mut wrong = world.browser();
    wrong.enter_with(ANA, "wrong wrong wrong").await.is_refused();
    wrong.resend().await.is_refused();
    // Somebody without a phone.
    let mut browser = world.challenged(&flo).await;
    browser.call("sign-in/phone", &[]).await.is_refused();
    browser.resend().await.is_refused();
    assert_eq!(browser.send_text("US", NUMBER).await.error(), AppError::Forbidden);
    assert_eq!(world.phones.count(), sent);
}

async fn sms_11_spellings_of_one_number_share_its_limit(world: World) {
    let world = world.restart(|plan| plan.sms.per_number = 2).await;
    let spellings = ["201 555 0123", "+1 (201) 555-0123", "\u{202a}+1\u{a0}201\u{a0}555\u{2011}0123\u{202c}"];
    for (number, spelling) in spellings.into_iter().enumerate() {
        let email = format!("ana{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.enter(&email).await;
        let answer = browser.send_text("US", spelling).await;
        if number < 2 {
            answer.leads_to(routes::PHONE_CONFIRM);
        } else {
            assert!(matches!(answer.error(), AppError::SmsLimit { .. }));
        }
    }
    assert_eq!(world.phones.numbers(), [NUMBER, NUMBER]);
    assert_eq!(world.count("SELECT COUNT(DISTINCT number_mac) FROM factor").await, 1);
}

async fn sms_11_refused_number_says_why_and_stays_on_the_page(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    for (country, number, error) in [
        ("US", "1-900-234-5678", AppError::PhonePremium),
        ("GB", "0843 123 4567", AppError::PhonePremium),
        ("US", "800 234 5678", AppError::PhoneTollFree),
        ("GB", "020 7946 0018", AppError::PhoneNotMobile),
        ("US", "+32 470 12 34 56", AppError::PhoneCountry),
        ("US", "1234567890123456789012345678901234567890", AppError::PhoneInvalid),
        ("US", "+12015550123;ext=5", AppError::PhoneInvalid),
        ("US", "\r\n<b>", AppError::PhoneInvalid),
        ("BE", "0470 12 34 56", AppError::PhoneCountry),
    ] {
        let answer = browser.send_text(country, number).await;
        assert_eq!(answer.error(), error, "{number}");
        let view: PhoneView = browser.view("phone").await.unwrap();
        assert_eq!(view.phone, number, "what was typed is there again");
        assert_eq!(view.country, if country == "BE" { "US" } else { country });
        assert_eq!(view.countries.len(), 13);
    }
    // Without JavaScript the page says so too, and keeps the number.
    let fields = [("country", "GB"), ("phone", "020 7946 0018")];
    let (page, answer) = browser.submit(routes::PHONE, "set-up/phone", &fields).await;
    assert!(page.starts_with(routes::PHONE), "{page}");
    let html = answer.text();
    assert!(html.contains("not a fixed line") && html.contains("020 7946 0018"), "{html:.3000}");
    assert_eq!(world.phones.count(), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 0);
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
}

async fn sms_14_gateway_faults_never_open_anything(world: World) {
    let recovery = world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    let first = world.phones.code();
    for (fault, error) in [
        (SendError::Refused("500".into()), AppError::SmsUnavailable),
        (SendError::Undeliverable("30006".into()), AppError::SmsUndeliverable),
    ] {
        world.clock.advance(30);
        world.phones.fail(Some(fault));
        assert_eq!(browser.resend().await.error(), error);
        let view: PhoneCodeView = browser.view("phone-code").await.unwrap();
        assert_eq!(view.delivery, Delivery::Failed);
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    }
    // Its fate unknown, the message may still come: its code is the one that counts.
    world.clock.advance(30);
    world.phones.fail(Some(SendError::Unknown("time-out".into())));
    browser.resend().await.leads_to(routes::PHONE_CODE);
    assert_eq!(browser.view::<PhoneCodeView>("phone-code").await.unwrap().delivery, Delivery::Sending);
    assert_eq!(world.phones.count(), 3, "nothing was sent twice");
    assert_eq!(browser.verify_phone(&first).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);

    // A gateway that is away right after the password: the page is there, with another way.
    world.clock.advance(60);
    world.phones.fail(Some(SendError::Refused("away".into())));
    let mut browser = world.texted(ANA).await;
    assert_eq!(browser.view::<PhoneCodeView>("phone-code").await.unwrap().delivery, Delivery::Failed);
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
}

async fn sms_16_nothing_typed_reaches_the_text(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.enter(ANA).await;
    browser.send_text("US", "201\u{a0}555-0123").await.leads_to(routes::PHONE_CONFIRM);
    let code = world.phones.code();
    let wanted = format!(
        "{code} is your Muster code. It works for 30 minutes. Never share it with anyone.\n\n@muster.example #{code}"
    );
    assert_eq!(world.phones.last(), wanted);
    assert!(wanted.len() <= 160 && wanted.is_ascii(), "one message, not two");
}

async fn sms_18_code_without_a_message_refused(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    let used = world.phones.code();
    for code in ["", " ", "null"] {
        assert_eq!(browser.verify_phone(code).await.error(), AppError::CodeMalformed);
    }
    world.database.change("DELETE FROM sms_code", vec![]).await;
    for code in [used.as_str(), "000000"] {
        assert!(matches!(browser.verify_phone(code).await.error(), AppError::SmsCodeWrong { .. }));
    }
    world.newcomer("bob@strict.example").await;
    let mut bob = world.browser();
    bob.enter("bob@strict.example").await.leads_to(routes::REQUIRED);
    assert!(matches!(bob.confirm_phone("000000").await.error(), AppError::SmsCodeWrong { .. }));
    assert_eq!(world.count(SESSIONS).await, 1);
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

/// FLOW-10: what cannot be decided is denied.
async fn flow_10_unreadable_number_denies(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    let code = world.phones.code();
    world.database.change("UPDATE factor SET secret = $1", vec![vec![1; 60].into()]).await;
    assert!(matches!(browser.verify_phone(&code).await.error(), AppError::Internal { .. }));
    world.clock.advance(30);
    assert!(matches!(browser.resend().await.error(), AppError::Internal { .. }));
    let mut other = world.browser();
    assert!(matches!(other.enter(ANA).await.error(), AppError::Internal { .. }));
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count(SESSIONS).await, 1);
}

async fn payor_with_a_phone_is_taken_to_an_app(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut before = world.texted(ANA).await;
    let code = world.phones.code();
    let sql = "INSERT INTO membership (company_id, person_id, role) \
               SELECT company_id, person_id, 'disburser' FROM membership";
    world.database.change(sql, vec![]).await;
    // The phone does not count from that moment, not even for a code that is on its way.
    before.verify_phone(&code).await.is_refused();
    before.resend().await.is_refused();

    let sent = world.phones.count();
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    assert_eq!(browser.view::<MethodView>("method").await.unwrap().sms, Offer::NotForPayors);
    assert_eq!(browser.call("set-up/method", &[("method", "sms")]).await.error(), AppError::MethodNotAllowed);
    assert_eq!(browser.send_text("US", NUMBER).await.error(), AppError::MethodNotAllowed);
    assert_eq!(world.phones.count(), sent);
    let enrolled = browser.enrol(&world, ANA).await;
    world.clock.advance(60);
    let mut browser = world.challenged(&enrolled).await;
    browser.call("sign-in/phone", &[]).await.is_refused();
    browser.verify(&world.code(&enrolled.key, 0)).await.leads_to(routes::HOME);
}

async fn payee_admin_uses_us_numbers_only(world: World) {
    world.open_company("Delta").await;
    world.person("di@delta.example", "Delta", Role::PayeeAdmin).await;
    let mut browser = world.browser();
    browser.enter("di@delta.example").await.leads_to(routes::REQUIRED);
    let view: PhoneView = browser.view("phone").await.unwrap();
    assert_eq!(view.countries.iter().map(|country| country.iso.as_str()).collect::<Vec<_>>(), ["US"]);
    for (country, number) in [("CA", "506-234-5678"), ("US", "+1 416 555 0123"), ("GB", "07400 123456")] {
        assert_eq!(browser.send_text(country, number).await.error(), AppError::PhoneUsOnly, "{number}");
    }
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

async fn both_factors_are_offered(world: World) {
    let ana = world.enrolled(ANA).await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.save_after_recovery().await;
    browser.call("set-up/start", &[("password", crate::support::PASSWORD)]).await.leads_to(routes::METHOD);
    browser.call("set-up/method", &[("method", "sms")]).await.leads_to(routes::PHONE);
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    world.clock.advance(60);

    let sent = world.phones.count();
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    let view: VerifyView = browser.view("verify").await.unwrap();
    assert_eq!(view.methods.len(), 2);
    assert_eq!(view.ending, "23");
    let html = browser.get(routes::CHOOSE).await.text();
    for way in ["Authenticator App", "Use a Phone Number", "Use a Recovery Code"] {
        assert!(html.contains(way), "{way}");
    }
    assert_eq!(world.phones.count(), sent, "a text goes out only when it is asked for");
    let (page, _) = browser.submit(routes::CHOOSE, "sign-in/phone", &[]).await;
    assert_eq!(page, routes::PHONE_CODE);
    // Asked for twice by going back and forth: the first one is good enough.
    browser.submit(routes::CHOOSE, "sign-in/phone", &[]).await;
    assert_eq!(world.phones.count(), sent + 1);
    browser.clone().verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn hundred_wrong_codes_switch_the_phone_off(world: World) {
    let recovery = world.with_phone(ANA, NUMBER).await;
    world.database.change("UPDATE factor SET failures = 99", vec![]).await;
    let mut browser = world.texted(ANA).await;
    let code = world.phones.code();
    browser.verify_phone(&world.phones.wrong_code()).await.is_refused();
    browser.verify_phone(&code).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'disabled'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'phone-disabled'").await, 1);
    world.clock.advance(60);
    let sent = world.phones.count();
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::VERIFY);
    browser.resend().await.is_refused();
    assert_eq!(world.phones.count(), sent);
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
}

pub(crate) async fn race_04_one_code_opens_one_session(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let before = world.count(SESSIONS).await;
    let browser = world.texted(ANA).await;
    let code = world.phones.code();

    let work = (0..64).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        async move { browser.verify_phone(&code).await }
    });
    let answers = at_once(work.collect()).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| answer.is_ok() || answer.status.is_client_error()));
    assert_eq!(world.count(SESSIONS).await, before + 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_code WHERE consumed_at IS NULL").await, 0);
}

async fn race_04_confirmations_make_one_phone(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    let code = world.phones.code();

    let work = (0..64).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        async move { browser.confirm_phone(&code).await }
    });
    let answers = at_once(work.collect()).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.count(ACTIVE).await, 1);
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 1);
}

pub(crate) async fn race_07_resends_at_once_send_one_code(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let browser = world.texted(ANA).await;
    world.clock.advance(30);
    let before = world.phones.count();

    let work = (0..500).map(|_| {
        let mut browser = browser.clone();
        async move { browser.resend().await }
    });
    let answers = at_once(work.collect()).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.phones.count(), before + 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_code WHERE consumed_at IS NULL AND purpose = 'sign-in'").await, 1);
    browser.clone().verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}
