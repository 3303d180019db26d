//! A lost factor, replaced in a session that a recovery code has just opened.

use app::{AppError, routes};

use super::ACTIVE;
use crate::support::{Browser, Enrolled, NUMBER, PASSWORD, SESSION_COOKIE, World, both};

both!(
    rec_04_phone_takes_the_place_of_the_lost_app,
    rec_04_app_takes_the_place_of_the_lost_app_and_number,
    rec_04_what_is_there_works_until_the_new_one_is_confirmed,
    number_added_from_the_profile_leaves_the_app_alone,
    rec_04_shorter_sessions_lengthen_no_offer_to_replace_what_is_lost,
);

const NEW_NUMBER: &str = "+12015550124";
const REPLACED: &str = "SELECT COUNT(*) FROM factor WHERE state = 'replaced'";

impl World {
    /// Signs in with the recovery code and saves the new one.
    async fn recovered(&self, person: &Enrolled) -> Browser {
        let mut browser = self.browser();
        browser.enter(&person.email).await;
        browser.recover(&person.recovery).await.leads_to(routes::RECOVERY_CODE);
        browser.recovery_code().await.unwrap();
        browser.save_after_recovery().await;
        browser
    }
}

impl Browser {
    /// The offer right after a recovery code, with the password alone.
    async fn replace_lost(&mut self, method: &str, page: &str) {
        self.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
        self.call("set-up/method", &[("method", method)]).await.leads_to(page);
    }
}

async fn rec_04_phone_takes_the_place_of_the_lost_app(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.recovered(&ana).await;
    browser.replace_lost("sms", routes::PHONE).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);

    assert_eq!((world.count(ACTIVE).await, world.count(REPLACED).await), (1, 1));
    assert_eq!((world.notices("phone-linked").await, world.notices("authenticator-removed").await), (1, 1));
    world.clock.advance(60);
    // Whoever found the lost phone has an app that opens nothing.
    world.texted(&ana.email).await.verify(&world.code(&ana.key, 0)).await.is_refused();
    world.clock.advance(60);
    world.texted(&ana.email).await.verify_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_04_app_takes_the_place_of_the_lost_app_and_number(world: World) {
    let ana = world.with_both("ana@strict.example", NUMBER).await;
    let mut browser = world.recovered(&ana).await;
    browser.replace_lost("authenticator", routes::AUTHENTICATOR).await;
    let key = browser.setup_key().await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);

    assert_eq!((world.count(ACTIVE).await, world.count(REPLACED).await), (1, 2));
    assert_eq!((world.notices("authenticator-changed").await, world.notices("phone-removed").await), (1, 1));
    assert_eq!(world.notices("authenticator-removed").await, 0, "it is changed, which is told once");
    world.clock.advance(60);
    let mut later = world.challenged(&ana).await;
    later.call("sign-in/phone", &[]).await.is_refused();
    later.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_04_what_is_there_works_until_the_new_one_is_confirmed(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.recovered(&ana).await;
    browser.replace_lost("sms", routes::PHONE).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let wrong = world.phones.wrong_code();
    browser.confirm_phone(&wrong).await.is_refused();
    assert_eq!((world.count(ACTIVE).await, world.count(REPLACED).await), (1, 0));
    world.signed_in(&ana).await;
}

async fn number_added_from_the_profile_leaves_the_app_alone(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.recovered(&ana).await;
    browser.call("profile/phone", &[("password", PASSWORD)]).await.leads_to(routes::PHONE);
    browser.send_text("US", NEW_NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!((world.count(ACTIVE).await, world.count(REPLACED).await), (2, 0));
}

/// The hour counts from the sign-in, however long a session may last.
async fn rec_04_shorter_sessions_lengthen_no_offer_to_replace_what_is_lost(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let cookie = world.recovered(&ana).await.cookie(SESSION_COOKIE).unwrap().to_owned();
    let world = world.restart(|plan| plan.limits.session = 12 * 60 * 60).await;
    let mut browser = world.browser();
    browser.set_cookie(SESSION_COOKIE, &cookie);
    for _ in 0..2 {
        world.clock.advance(30 * 60);
        browser.get(routes::HOME).await;
    }

    let refused = browser.call("set-up/start", &[("password", PASSWORD)]).await;

    assert_eq!(refused.error(), AppError::Forbidden, "the app is there, and lost no more");
    let refused = browser.call("profile/phone", &[("password", PASSWORD)]).await;
    assert_eq!(refused.error(), AppError::CodeMalformed, "a code of it is asked for again");
}
