//! What is left when somebody takes a factor away.

use app::{AppError, routes};
use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use server::domain::Deadline;

use super::{ACTIVE, CURRENT};
use crate::support::{Browser, Enrolled, NUMBER, World, both};

both!(
    flow_13_session_whose_last_factor_was_removed_ends_at_the_deadline,
    enr_05_app_leaves_no_number_behind_that_gets_no_codes,
    enr_05_number_leaves_no_app_behind_that_is_switched_off,
    enr_09_switched_off_factor_is_no_other_method_while_one_is_required,
    key_and_number_that_count_no_more_are_gone_a_day_later,
);

const BOUND: &str = "SELECT COUNT(*) FROM factor WHERE state IN ('active', 'disabled')";

impl World {
    /// Somebody with an app and a phone, in a company that asks for neither.
    pub(super) async fn volunteer_with_both(&self, email: &str) -> Enrolled {
        let ana = self.volunteer(email).await;
        let mut browser = self.signed_in(&ana).await;
        browser.change("profile/phone", &self.code(&ana.key, 0), &[]).await.leads_to(routes::PHONE);
        browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
        browser.confirm_phone(&self.phones.code()).await.leads_to(routes::RECOVERY_CODE);
        let recovery = browser.recovery_code().await.unwrap();
        browser.save_recovery_code().await;
        self.clock.advance(60);
        Enrolled { recovery, ..ana }
    }

    /// As after a hundred wrong codes in a row.
    pub(super) async fn switch_off(&self, method: &'static str) {
        let sql = "UPDATE factor SET state = 'disabled' WHERE state = 'active' AND method = $1";
        self.database.change(sql, vec![method.into()]).await;
    }

    /// Signed in by the app, with a phone beside it.
    pub(super) async fn by_app(&self, person: &Enrolled) -> Browser {
        let mut browser = self.browser();
        browser.enter(&person.email).await.leads_to(routes::CHOOSE);
        browser.verify(&self.code(&person.key, 0)).await.leads_to(routes::HOME);
        self.clock.advance(60);
        browser
    }
}

/// What a program is told of a session.
async fn second_factor(browser: &mut Browser) -> bool {
    let request = browser.request(Method::GET, "/api/session").body(Body::empty()).unwrap();
    let answer = browser.send("/api/session", request).await;
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    told["second_factor"].as_bool().unwrap()
}

async fn flow_13_session_whose_last_factor_was_removed_ends_at_the_deadline(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let deadline = Deadline::parse("2030-01-02", "UTC").unwrap();
    let first = deadline.starts().0;
    world.set_policy("Open", true, Some(deadline)).await;
    world.clock.advance(first - 600 - world.clock.seconds());
    let mut browser = world.signed_in(&ana).await;
    assert!(second_factor(&mut browser).await);

    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator/remove", &code, &[]).await.leads_to(routes::SECURITY);

    assert!(!second_factor(&mut browser).await, "nothing but a password stands behind it now");
    world.clock.advance(first - 1 - world.clock.seconds());
    assert_eq!(browser.session().await, StatusCode::OK);
    world.clock.advance(1);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    browser.get(routes::SECURITY).await.leads_to(routes::SIGN_IN);
    world.browser().enter(&ana.email).await.leads_to(routes::REQUIRED);
}

/// Every later sign-in would ask for a code that nobody can be sent.
async fn enr_05_app_leaves_no_number_behind_that_gets_no_codes(world: World) {
    let ana = world.volunteer_with_both("ana@open.example").await;
    world.switch_off("phone").await;
    let mut browser = world.signed_in(&ana).await;
    let page = browser.get(routes::REMOVE_AUTHENTICATOR).await.text();
    assert!(page.contains("and so does a phone number that gets no codes"), "{page}");

    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator/remove", &code, &[]).await.leads_to(routes::SECURITY);

    assert_eq!((world.count(BOUND).await, world.count(CURRENT).await), (0, 0));
    assert_eq!((world.notices("authenticator-removed").await, world.notices("phone-removed").await), (1, 1));
    assert!(!second_factor(&mut browser).await);
    world.browser().enter(&ana.email).await.leads_to(routes::HOME);
}

async fn enr_05_number_leaves_no_app_behind_that_is_switched_off(world: World) {
    let ana = world.volunteer_with_both("ana@open.example").await;
    let mut browser = world.by_app(&ana).await;
    world.switch_off("authenticator").await;
    browser.call("profile/text", &[]).await;

    let code = world.phones.code();
    browser.change("profile/phone/remove", &code, &[]).await.leads_to(routes::SECURITY);

    assert_eq!((world.count(BOUND).await, world.count(CURRENT).await), (0, 0));
    assert_eq!((world.notices("authenticator-removed").await, world.notices("phone-removed").await), (1, 1));
    world.browser().enter(&ana.email).await.leads_to(routes::HOME);
}

async fn enr_09_switched_off_factor_is_no_other_method_while_one_is_required(world: World) {
    let ana = world.volunteer_with_both("ana@open.example").await;
    world.set_policy("Open", true, None).await;
    world.switch_off("phone").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let refused = browser.change("profile/authenticator/remove", &code, &[]).await;
    assert_eq!(refused.error(), AppError::LastMethod);
    world.clock.advance(60);
    // What works no more can go alone.
    let code = world.code(&ana.key, 0);
    browser.change("profile/phone/remove", &code, &[]).await.leads_to(routes::SECURITY);
    assert_eq!((world.count(BOUND).await, world.count(ACTIVE).await, world.count(CURRENT).await), (1, 1, 1));
    assert!(second_factor(&mut browser).await);
}

async fn key_and_number_that_count_no_more_are_gone_a_day_later(world: World) {
    const REPLACED: &str = "SELECT COUNT(*) FROM factor WHERE state = 'replaced'";
    let ana = world.volunteer_with_both("ana@open.example").await;
    let mut browser = world.by_app(&ana).await;
    // Another number, then another app, then no number.
    browser.change("profile/phone", &world.code(&ana.key, 0), &[]).await.leads_to(routes::PHONE);
    browser.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    world.clock.advance(60);
    browser.change("profile/authenticator", &world.code(&ana.key, 0), &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    world.clock.advance(60);
    browser.change("profile/phone/remove", &world.code(&key, 0), &[]).await.leads_to(routes::SECURITY);
    assert_eq!((world.count(REPLACED).await, world.count(ACTIVE).await), (3, 1));
    // A step of the old app that was refused ahead of its time goes with it.
    let refused = "INSERT INTO refused_step SELECT id, 1000000000 FROM factor WHERE state = 'replaced'";
    world.database.change(refused, vec![]).await;

    world.clock.advance(24 * 3600 + 1);
    world.service.purge().await.unwrap();

    assert_eq!((world.count("SELECT COUNT(*) FROM factor").await, world.count(ACTIVE).await), (1, 1));
    assert_eq!(world.count("SELECT COUNT(*) FROM refused_step").await, 0);
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    browser.verify(&world.code(&key, 0)).await.leads_to(routes::HOME);
    assert!(browser.get(routes::SECURITY).await.is_ok());
}
