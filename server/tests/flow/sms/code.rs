//! What a code is worth, for how long, and to whom.

use app::{
    AppError,
    model::{Delivery, PhoneCodeView},
    routes,
};
use axum::http::StatusCode;
use server::domain::STRICT_CODE;

use super::{ACTIVE, ANA, SESSIONS};
use crate::support::{NUMBER, World, both};

both!(
    sms_01_code_is_good_until_its_last_second,
    sms_01_strict_code_is_good_for_ten_minutes,
    sms_02_code_before_a_resend_refused,
    sms_03_resend_resets_no_counter,
    sms_04_right_code_after_five_wrong_ones_refused,
    sms_04_five_wrong_codes_end_an_enrolment,
    sms_02_used_code_is_refused_as_used,
    sms_05_code_of_one_purpose_refused_for_every_other,
    sms_06_code_of_another_sign_in_refused,
    sms_07_code_for_the_number_before_refused,
    sms_07_code_for_the_old_number_dies_with_it,
    sms_18_code_without_a_message_refused,
);

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
    enrolment_code_is_good_for(&world, 1800).await;
}

async fn sms_01_strict_code_is_good_for_ten_minutes(world: World) {
    let world = world.restart(|plan| plan.sms.code_ttl = STRICT_CODE).await;
    enrolment_code_is_good_for(&world, 600).await;
}

/// One enrolment after another until the code is typed in early enough.
async fn enrolment_code_is_good_for(world: &World, life: i64) {
    const BOB: &str = "bob@strict.example";
    world.newcomer(BOB).await;
    for (seconds, good) in [(life + 1, false), (life, false), (life - 1, true)] {
        let mut browser = world.browser();
        browser.start_phone(BOB, "+12015550199").await;
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

/// One person, one number, three codes at a time: each is good for what it was sent for, and for nothing else.
async fn sms_05_code_of_one_purpose_refused_for_every_other(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut session = world.texted(ANA).await;
    session.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(60);
    session.call("profile/text", &[]).await;
    session.confirm_with("profile/phone", &world.phones.code()).await.leads_to(routes::PHONE);
    world.clock.advance(60);
    session.call("profile/text", &[]).await;
    let for_confirmation = world.phones.code();
    let mut challenge = world.texted(ANA).await;
    let for_sign_in = world.phones.code();
    // The same number also for the enrolment, so that nothing but the purpose tells the codes apart.
    world.database.change("UPDATE factor SET state = 'replaced'", vec![]).await;
    session.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let for_enrolment = world.phones.code();
    world.database.change("UPDATE factor SET state = 'active' WHERE state = 'replaced'", vec![]).await;

    for (code, left) in [(&for_enrolment, 4), (&for_confirmation, 3)] {
        assert_eq!(challenge.verify_phone(code).await.error(), AppError::SmsCodeWrong { left: Some(left) });
    }
    for (code, left) in [(&for_sign_in, 4), (&for_confirmation, 3)] {
        assert_eq!(session.confirm_phone(code).await.error(), AppError::SmsCodeWrong { left: Some(left) });
    }
    for code in [&for_sign_in, &for_enrolment] {
        for endpoint in ["profile/phone", "profile/recovery-code"] {
            let refused = session.confirm_with(endpoint, code).await;
            assert_eq!(refused.error(), AppError::SmsCodeWrong { left: None }, "{endpoint}");
        }
    }
    // Nor is any of them a code of the app, or one of the other pages.
    challenge.verify(&for_sign_in).await.is_refused();
    challenge.confirm_phone(&for_enrolment).await.is_refused();
    session.verify_phone(&for_sign_in).await.is_refused();
    session.confirm(&for_enrolment).await.is_refused();
    assert_eq!(world.count(SESSIONS).await, 2);
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_code WHERE consumed_at IS NULL").await, 3);
    challenge.verify_phone(&for_sign_in).await.leads_to(routes::HOME);
    session.confirm_with("profile/phone", &for_confirmation).await.leads_to(routes::PHONE);
}

async fn sms_06_code_of_another_sign_in_refused(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut first = world.texted(ANA).await;
    let code = world.phones.code();
    let mut second = world.browser();
    // Within thirty seconds: no second code.
    second.enter(ANA).await.leads_to(routes::PHONE_CODE);
    assert_eq!(world.phones.count(), 2);
    assert_eq!(second.view::<PhoneCodeView>("phone-code").await.unwrap().delivery, Delivery::Elsewhere);

    assert_eq!(second.verify_phone(&code).await.error(), AppError::SmsCodeElsewhere);
    assert_eq!(second.session().await, StatusCode::UNAUTHORIZED);
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
}

/// A code is on its way to the old number when the person changes it in another browser.
async fn sms_07_code_for_the_old_number_dies_with_it(world: World) {
    const NEW: &str = "+12015550199";
    world.with_phone(ANA, NUMBER).await;
    let mut owner = world.texted(ANA).await;
    owner.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(60);
    owner.call("profile/text", &[]).await;
    owner.confirm_with("profile/phone", &world.phones.code()).await.leads_to(routes::PHONE);
    owner.send_text("US", NEW).await.leads_to(routes::PHONE_CONFIRM);
    let new = world.phones.code();
    let mut challenge = world.texted(ANA).await;
    let old = world.phones.code();
    assert_eq!(world.phones.numbers().last().map(String::as_str), Some(NUMBER));
    owner.confirm_phone(&new).await.leads_to(routes::RECOVERY_CODE);
    owner.save_recovery_code().await;

    challenge.verify_phone(&old).await.is_refused();
    assert_eq!(challenge.session().await, StatusCode::UNAUTHORIZED);
    let mut again = world.browser();
    again.enter(ANA).await.leads_to(routes::PHONE_CODE);
    assert_eq!(again.verify_phone(&old).await.error(), AppError::SmsCodeWrong { left: Some(4) });
    assert_eq!(again.session().await, StatusCode::UNAUTHORIZED);
    world.clock.advance(60);
    again.resend().await.leads_to(routes::PHONE_CODE);
    assert_eq!(world.phones.numbers().last().map(String::as_str), Some(NEW));
    again.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

/// Within half a minute of the last sign-in no other code goes: the one that was used says so.
async fn sms_02_used_code_is_refused_as_used(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let code = {
        let mut browser = world.texted(ANA).await;
        let code = world.phones.code();
        browser.verify_phone(&code).await.leads_to(routes::HOME);
        code
    };
    let mut again = world.texted(ANA).await;
    assert_eq!(again.verify_phone(&code).await.error(), AppError::SmsCodeUsed);
    let wrong = world.phones.wrong_code();
    assert_eq!(again.verify_phone(&wrong).await.error(), AppError::SmsCodeWrong { left: Some(3) });
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'code.used'").await, 1);
    assert_eq!(world.count("SELECT failures FROM factor WHERE state = 'active'").await, 2, "each counts");
    let (_, page) = again.submit(routes::PHONE_CODE, "sign-in/phone/code", &[("code", &code)]).await;
    assert!(page.text().contains("That code was used already. Ask for a new one"), "{}", page.text());
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
    assert_eq!(bob.confirm_phone("000000").await.error(), AppError::PhoneAgain);
    assert_eq!(world.count(SESSIONS).await, 1);
}
