//! A change whose answer never arrives (RACE-19): the session has a new token that its browser does not know, so that browser
//! is signed out, and whoever has only what they had before it gets in with that.

use app::{AppError, routes};
use axum::http::StatusCode;

use super::{CURRENT, NEW_PASSWORD};
use crate::{
    reset,
    support::{Browser, Enrolled, NUMBER, PASSWORD, World, both},
};

both!(
    race_19_old_card_works_until_the_new_one_is_on_the_page,
    race_19_old_card_ends_with_the_look_at_the_new_one,
    race_19_card_that_nobody_has_looked_at_replaces_no_newer_one,
    race_19_lost_answer_to_a_change_leaves_whoever_has_lost_the_app_their_card,
    race_19_lost_answer_to_a_change_leaves_the_only_app,
    race_19_lost_answer_to_a_change_leaves_the_only_phone,
    race_19_lost_answer_to_a_new_password_leaves_the_new_one,
);

const CARD: &str = "profile/recovery-code";
const MADE: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'recovery-code-made'";
const OLD: AppError = AppError::RecoveryCodeOld { card: 2, newest: 3, left: Some(4) };

/// Sends a change whose answer is lost; what would have read it.
async fn lose(browser: &Browser, endpoint: &str, fields: &[(&str, &str)]) -> Browser {
    let mut late = browser.clone();
    let answer = late.call(endpoint, fields).await;
    assert!(answer.is_ok(), "{endpoint}: {}", answer.text());
    late
}

/// The session of somebody who has lost their app, and the code of card 2, which is saved.
async fn recovered(world: &World, ana: &Enrolled) -> (Browser, String) {
    let mut browser = world.challenged(ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    let card = browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    (browser, card)
}

/// Whoever has lost their app asks for a card and never hears of it: the card that they have opens the account.
async fn race_19_old_card_works_until_the_new_one_is_on_the_page(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (mut browser, card) = recovered(&world, &ana).await;
    lose(&browser, CARD, &[("password", PASSWORD)]).await;
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "the token is renewed all the same");
    assert_eq!((world.count(MADE).await, world.count(CURRENT).await), (0, 1), "nothing has changed");
    world.challenged(&ana).await.recover(&card).await.leads_to(routes::RECOVERY_CODE);
}

/// The same answer, read late: with the first look the old card is dead, and every address is told.
async fn race_19_old_card_ends_with_the_look_at_the_new_one(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (browser, card) = recovered(&world, &ana).await;
    let mut late = lose(&browser, CARD, &[("password", PASSWORD)]).await;
    assert!(late.get(routes::SECURITY).await.text().contains("Card 2"), "whoever looks elsewhere first has card 2");
    let new = late.recovery_code().await.expect("shown");
    assert_eq!(late.recovery_code().await, None, "once");
    assert_eq!((world.count(MADE).await, world.count(CURRENT).await), (1, 1));
    assert_eq!(world.challenged(&ana).await.recover(&card).await.error(), OLD);
    world.challenged(&ana).await.recover(&new).await.leads_to(routes::RECOVERY_CODE);
}

/// Two sessions are given a card each. The one that is looked at counts; the other one is shown to nobody afterwards.
async fn race_19_card_that_nobody_has_looked_at_replaces_no_newer_one(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (browser, card) = recovered(&world, &ana).await;
    let mut app = world.session_by(&ana, 0).await;
    let mut late = lose(&browser, CARD, &[("password", PASSWORD)]).await;
    app.change(CARD, &world.code(&ana.key, 1), &[]).await.leads_to(routes::RECOVERY_CODE);
    let new = app.recovery_code().await.expect("shown");
    assert_eq!(
        late.get(routes::RECOVERY_CODE).await.location(),
        Some(routes::HOME),
        "it is the other session's to save"
    );
    app.save_recovery_code().await;
    assert_eq!(late.get(routes::RECOVERY_CODE).await.location(), Some(routes::HOME));
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 3);
    assert_eq!(world.challenged(&ana).await.recover(&card).await.error(), OLD);
    world.challenged(&ana).await.recover(&new).await.leads_to(routes::RECOVERY_CODE);
}

async fn race_19_lost_answer_to_a_change_leaves_whoever_has_lost_the_app_their_card(world: World) {
    let mut ana = world.with_both("ana@strict.example", NUMBER).await;
    let starts = ["set-up/start", "profile/authenticator", "profile/phone", "profile/phone/remove", CARD];
    for endpoint in starts {
        let mut browser = world.browser();
        browser.enter(&ana.email).await;
        browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
        ana.recovery = browser.recovery_code().await.unwrap();
        browser.save_after_recovery().await;
        lose(&browser, endpoint, &[("password", PASSWORD)]).await;
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "{endpoint}");
    }
    world.challenged(&ana).await.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
}

async fn race_19_lost_answer_to_a_change_leaves_the_only_app(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for endpoint in [CARD, "profile/phone", "profile/authenticator"] {
        let mut browser = world.signed_in(&ana).await;
        lose(&browser, endpoint, &[("password", PASSWORD), ("code", &world.code(&ana.key, 0))]).await;
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "{endpoint}");
        world.clock.advance(30);
    }
    // The new app is confirmed, and nobody hears of it: its next code is right.
    let mut browser = world.signed_in(&ana).await;
    browser.change("profile/authenticator", &world.code(&ana.key, 0), &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    lose(&browser, "set-up/authenticator", &[("code", &world.code(&key, 0))]).await;
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.code(&key, 1)).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.recovery_code().await.is_some(), "the card that nobody has seen is replaced");
}

async fn race_19_lost_answer_to_a_change_leaves_the_only_phone(world: World) {
    let email = "ana@strict.example";
    world.newcomer(email).await;
    let mut browser = world.browser();
    browser.start_phone(email, NUMBER).await;
    lose(&browser, "set-up/phone/code", &[("code", &world.phones.code())]).await;
    world.clock.advance(60);
    let mut browser = world.texted(email).await;
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.recovery_code().await.is_some(), "the card that nobody has seen is replaced");
    lose(&browser, "set-up/saved", &[("number", "2"), ("saved", "yes")]).await;
    assert_eq!(browser.get(routes::RECOVERY_CODE).await.location(), Some(routes::HOME), "the tick is noted");
}

async fn race_19_lost_answer_to_a_new_password_leaves_the_new_one(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let fields = [("password", PASSWORD), ("code", &*code), ("new_password", NEW_PASSWORD)];
    lose(&browser, "profile/password", &fields).await;
    browser.enter_with(&ana.email, PASSWORD).await.is_refused();
    browser.enter_with(&ana.email, NEW_PASSWORD).await.leads_to(routes::VERIFY);

    let token = reset::fresh_token(&world, &ana.email).await;
    let mut browser = reset::opened(&world, &token).await;
    lose(&browser, "password/new", &[("password", reset::NEW)]).await;
    assert_eq!(reset::set(&mut browser, reset::NEW).await.error(), AppError::Expired, "the link was used");
    let mut browser = world.browser();
    browser.enter_with(&ana.email, reset::NEW).await.leads_to(routes::VERIFY);
    browser.verify(&world.code(&ana.key, 1)).await.leads_to(routes::HOME);
}
