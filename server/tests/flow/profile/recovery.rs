//! A new recovery code, and a session that was opened with one.

use app::{AppError, routes};
use axum::http::StatusCode;

use super::CURRENT;
use crate::support::{Answer, Browser, PASSWORD, World, accepted, at_once, both};

both!(
    rec_08_codes_asked_for_at_once_leave_the_last_one,
    rec_08_codes_asked_for_from_two_sessions_leave_the_one_that_is_shown,
    rec_09_new_code_needs_password_and_code,
    recovery_session_changes_with_the_password_alone_and_not_for_ever,
);

/// A session of somebody who lost their app, so that both requests are right.
pub(crate) async fn rec_08_codes_asked_for_at_once_leave_the_last_one(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    let first = browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    let ask = |mut browser: Browser| async move {
        let answer = browser.call("profile/recovery-code", &[("password", PASSWORD)]).await;
        (answer, browser)
    };
    let (answers, browsers): (Vec<_>, Vec<_>) =
        at_once((0..8).map(|_| ask(browser.clone())).collect()).await.into_iter().unzip();
    assert_eq!(accepted(&answers), 1, "the token of the session is renewed by the first");
    assert_eq!(world.count(CURRENT).await, 1);
    let place = answers.iter().position(Answer::is_ok).unwrap();
    let mut browser = browsers.into_iter().nth(place).unwrap();
    let shown = browser.recovery_code().await.unwrap();
    assert_eq!(browser.recovery_code().await, None, "once");
    world.challenged(&ana).await.recover(&first).await.is_refused();
    world.challenged(&ana).await.recover(&shown).await.leads_to(routes::RECOVERY_CODE);
}

/// Two sessions of one person, one of which has lost the app and asks with the password alone: each is given a card, and the one
/// that is looked at first works. The other one is shown to nobody.
pub(crate) async fn rec_08_codes_asked_for_from_two_sessions_leave_the_one_that_is_shown(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut lost = world.challenged(&ana).await;
    lost.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    let first = lost.recovery_code().await.unwrap();
    lost.save_after_recovery().await;
    let app = world.session_by(&ana, 0).await;
    let code = world.code(&ana.key, 1);
    let ask = |mut browser: Browser, code: String| async move {
        let answer = browser.change("profile/recovery-code", &code, &[]).await;
        (answer, browser)
    };

    let mut work: Vec<_> = (0..4).map(|_| ask(lost.clone(), String::new())).collect();
    work.push(ask(app, code));
    let (answers, browsers): (Vec<_>, Vec<_>) = at_once(work).await.into_iter().unzip();

    assert!(answers[4].is_ok() && accepted(&answers) == 2, "both sessions are given one: {answers:?}");
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 2, "nobody has seen either");
    let mut shown = Vec::new();
    let asked = browsers.into_iter().zip(&answers).filter(|(_, answer)| answer.is_ok());
    for mut browser in asked.map(|(browser, _)| browser) {
        shown.extend(browser.recovery_code().await);
        assert_eq!(browser.recovery_code().await, None, "once");
    }
    assert_eq!(shown.len(), 1, "one is shown, and no other");
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 3);
    assert_eq!(world.count(CURRENT).await, 1);
    world.challenged(&ana).await.recover(&first).await.is_refused();
    world.challenged(&ana).await.recover(&shown[0]).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_09_new_code_needs_password_and_code(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let codes = world.count("SELECT COUNT(*) FROM recovery_code").await;
    world.browser().call("profile/recovery-code", &[("password", PASSWORD)]).await.is_refused();
    world.challenged(&ana).await.change("profile/recovery-code", &world.code(&ana.key, 0), &[]).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, codes);
    browser.change("profile/recovery-code", &world.code(&ana.key, 0), &[]).await.leads_to(routes::RECOVERY_CODE);
    let shown = browser.recovery_code().await.unwrap();
    assert_eq!(browser.recovery_code().await, None);
    browser.save_recovery_code().await;
    assert_eq!(world.notices("recovery-code-made").await, 1);
    world.challenged(&ana).await.recover(&ana.recovery).await.is_refused();
    world.challenged(&ana).await.recover(&shown).await.leads_to(routes::RECOVERY_CODE);
}

async fn recovery_session_changes_with_the_password_alone_and_not_for_ever(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    let page = browser.get(routes::CHANGE_AUTHENTICATOR).await;
    assert!(!page.text().contains("6-digit code"), "the app is lost");
    assert_eq!(
        browser.call("profile/authenticator", &[("password", "not this one")]).await.error(),
        AppError::PasswordWrong
    );
    browser.call("profile/authenticator", &[("password", PASSWORD)]).await.leads_to(routes::AUTHENTICATOR);

    // Kept in use for an hour, the session is one like any other.
    for _ in 0..4 {
        world.clock.advance(15 * 60);
        assert_eq!(browser.session().await, StatusCode::OK);
    }
    let late = browser.call("profile/authenticator", &[("password", PASSWORD)]).await;
    assert_eq!(late.error(), AppError::CodeMalformed);
    let page = browser.get(routes::CHANGE_AUTHENTICATOR).await;
    assert!(page.text().contains("6-digit code"));
}
