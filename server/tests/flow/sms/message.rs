//! What is sent, to whom, and what is told of it.

use app::{
    AppError,
    model::{Delivery, PhoneCodeView},
    routes,
};
use axum::http::StatusCode;
use server::sms::SendError;

use super::ANA;
use crate::support::{NUMBER, World, both};

both!(
    sms_08_code_stands_nowhere_but_in_the_message,
    sms_10_nothing_is_sent_before_the_password_or_without_a_phone,
    sms_14_gateway_faults_never_open_anything,
    sms_16_nothing_typed_reaches_the_text,
    text_speaks_the_language_of_its_person_in_a_new_browser,
);

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

/// The text that was sent last is the fixed one, whatever stands in its person's records.
fn is_the_fixed_text(world: &World, when: &str) {
    let code = world.phones.code();
    let wanted = format!(
        "{code} is your Muster code. It works for 30 minutes. Never share it with anyone.\n\n@muster.example #{code}"
    );
    assert_eq!(world.phones.last(), wanted, "{when}");
    assert!(wanted.len() <= 160 && wanted.is_ascii(), "one message, not two");
}

/// The choice is the person's, not the browser's: as the mail of the same moment.
async fn text_speaks_the_language_of_its_person_in_a_new_browser(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    assert!(world.phones.last().contains("is your Muster code"), "{}", world.phones.last());
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    browser.call("language", &[("language", "de")]).await.leads_to(routes::HOME);
    world.clock.advance(60);
    let mut elsewhere = world.texted(ANA).await;
    assert!(world.phones.last().contains("ist Ihr Code"), "{}", world.phones.last());
    world.clock.advance(30);
    elsewhere.resend().await.leads_to(routes::PHONE_CODE);
    assert!(world.phones.last().contains("ist Ihr Code"), "{}", world.phones.last());
}

async fn sms_16_nothing_typed_reaches_the_text(world: World) {
    world.newcomer(ANA).await;
    for sql in ["UPDATE person SET name = $1", "UPDATE company SET name = $1"] {
        world
            .database
            .change(sql, vec!["Ana\r\nhttps://evil.example %0a{code}{site}@evil.example #123456".into()])
            .await;
    }
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    browser.call("set-up/method", &[("method", "sms")]).await.leads_to(routes::PHONE);
    let refused = [
        "(201) 555-0123\r\nhttps://evil.example",
        "2015550123%0aSend your code to evil.example",
        "2015550123 @evil.example #123456",
        "https://evil.example/2015550123",
        "{code}",
        "<b>2015550123</b>\r\n\r\nevil",
        "(201)\r\n555-0124",
    ];
    for number in refused {
        let answer = browser.send_text("US", number).await;
        assert_eq!(answer.error(), AppError::PhoneInvalid, "{number:?}");
    }
    assert_eq!(world.phones.count(), 0, "nothing was sent to what is no number");
    for (sent, number) in ["201\u{a0}555-0123", "\u{200e}(201) 555-0124\u{200e}"].into_iter().enumerate() {
        browser.send_text("US", number).await.leads_to(routes::PHONE_CONFIRM);
        assert_eq!(world.phones.count(), sent + 1, "{number:?}");
        is_the_fixed_text(&world, number);
        world.clock.advance(60);
    }
}
