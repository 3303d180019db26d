//! A code that was sent to a page that asks again has five checks, like any other (SMS-04).

use app::{AppError, routes};

use super::ACTIVE;
use crate::support::{NUMBER, World, both};

both!(
    sms_04_five_wrong_codes_end_the_text_of_a_page_that_asks_again,
    sms_04_five_wrong_codes_end_the_text_beside_an_app,
);

const ANA: &str = "ana@strict.example";
const CARD: &str = "profile/recovery-code";
const CHECKS: &str = "SELECT checks FROM sms_code WHERE purpose = 'confirm'";

async fn sms_04_five_wrong_codes_end_the_text_of_a_page_that_asks_again(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(60);
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    let code = world.phones.code();
    // On whichever of the pages: they share it.
    for page in [CARD, "profile/phone", CARD, "profile/authenticator", CARD] {
        let wrong = world.phones.wrong_code();
        assert_eq!(browser.confirm_with(page, &wrong).await.error(), AppError::SmsCodeWrong { left: None }, "{page}");
    }
    assert_eq!(world.count(CHECKS).await, 5);
    assert_eq!(browser.confirm_with(CARD, &code).await.error(), AppError::SmsCodeExpired);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 1);
    world.clock.advance(30);
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    assert_eq!(world.count(CHECKS).await, 0, "a new one has its own");
    browser.confirm_with(CARD, &world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

async fn sms_04_five_wrong_codes_end_the_text_beside_an_app(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    let code = world.phones.code();
    // The right code of the app is no guess at the text.
    browser.confirm_with("profile/authenticator", &world.code(&ana.key, 1)).await.leads_to(routes::AUTHENTICATOR);
    assert_eq!(world.count(CHECKS).await, 0);
    // Each wrong one counts twice for the account, which is paused with the fifth.
    let wrong = world.wrong_code(&ana.key);
    for _ in 0..5 {
        browser.confirm_with(CARD, &wrong).await.is_refused();
    }
    assert_eq!(world.count(CHECKS).await, 5);
    world.clock.advance(15 * 60);
    assert_eq!(browser.confirm_with(CARD, &code).await.error(), AppError::SmsCodeExpired);
    assert_eq!(world.count(ACTIVE).await, 2);
    browser.confirm_with(CARD, &world.code(&ana.key, 0)).await.leads_to(routes::RECOVERY_CODE);
}
