//! Guessing a recovery code: too many wrong ones in a row switch it off (REC-07), and its owner hears of it.

use app::{
    AppError,
    model::{Email, RecoveryCode},
    routes,
};
use axum::http::StatusCode;

use crate::support::{Browser, Enrolled, PASSWORD, World, at_once, both, mistyped};

both!(
    rec_07_hundred_wrong_codes_over_hours_switch_the_code_off,
    rec_07_wrong_codes_at_the_limit_at_once_switch_it_off_with_one_letter,
    rec_07_new_code_starts_at_zero,
);

const FAILURES: &str = "SELECT failures FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";
const OFF: &str = "SELECT COUNT(*) FROM recovery_code WHERE disabled_at IS NOT NULL";
const EVENTS: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'recovery_code.disabled'";
const LETTERS: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'recovery-code-disabled'";

/// A code with a right check character that is nobody's.
fn foreign() -> String {
    RecoveryCode::from_random(&[7; 23]).groups().join("-")
}

/// So many wrong codes, five in each sign-in of a browser that was never here; a pause is waited for.
async fn guess(world: &World, ana: &Enrolled, count: i64) {
    for number in 0..count / 5 {
        if number % 2 == 0 {
            world.clock.advance(901);
        }
        let mut browser = world.challenged(ana).await;
        for _ in 0..5 {
            browser.recover(&foreign()).await.is_refused();
        }
    }
    world.clock.advance(901);
}

async fn rec_07_hundred_wrong_codes_over_hours_switch_the_code_off(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (own, home) = (Email::parse(&ana.email).unwrap(), Email::parse("ana@home.example").unwrap());
    world.service.add_address(&own, &home).await.unwrap();
    guess(&world, &ana, 95).await;
    let mut browser = world.challenged(&ana).await;
    for left in [4, 3, 2, 1] {
        assert_eq!(browser.recover(&foreign()).await.error(), AppError::RecoveryCodeWrong { left: Some(left) });
    }
    assert_eq!(browser.recover(&mistyped(&ana.recovery)).await.error(), AppError::RecoveryCodeMalformed);
    assert_eq!((world.count(FAILURES).await, world.count(OFF).await), (99, 0), "a typing error costs nothing");
    assert_eq!((world.count(EVENTS).await, world.count(LETTERS).await), (0, 0));

    browser.recover(&foreign()).await.is_refused();

    assert_eq!((world.count(FAILURES).await, world.count(OFF).await), (100, 1));
    assert_eq!((world.count(EVENTS).await, world.count(LETTERS).await), (1, 2), "one letter to each address");
    let mails = world.post().await;
    let mail = mails.iter().find(|mail| mail.subject == "Your recovery code was switched off").unwrap();
    assert!(mail.text.expose().contains("make a new recovery code"), "{}", mail.text.expose());

    // The right code is answered like any other, by the letter.
    let wrong = world.challenged(&ana).await.recover(&foreign()).await;
    let right = world.challenged(&ana).await.recover(&ana.recovery).await;
    assert_eq!(right.error(), AppError::RecoveryCodeWrong { left: Some(4) });
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    assert_eq!(right.headers.len(), wrong.headers.len());
    guess(&world, &ana, 10).await;
    assert_eq!((world.count(FAILURES).await, world.count(LETTERS).await), (100, 2), "told once");
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
}

/// Known browsers have a counter each, so that nothing but the code's own row stands between them.
pub(crate) async fn rec_07_wrong_codes_at_the_limit_at_once_switch_it_off_with_one_letter(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let browsers = world.known_and_challenged(&ana, 16).await;
    world.database.change("UPDATE recovery_code SET failures = 99", vec![]).await;

    let work = browsers.into_iter().map(|mut browser| async move { browser.recover(&foreign()).await });
    let answers = at_once(work.collect()).await;

    let wrong = AppError::RecoveryCodeWrong { left: Some(4) };
    assert!(answers.iter().all(|answer| answer.error() == wrong), "every one is answered alike");
    assert_eq!((world.count(FAILURES).await, world.count(OFF).await), (100, 1));
    assert_eq!((world.count(EVENTS).await, world.count(LETTERS).await), (1, 1));
}

async fn rec_07_new_code_starts_at_zero(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.database.change("UPDATE recovery_code SET failures = 99", vec![]).await;
    world.challenged(&ana).await.recover(&foreign()).await.is_refused();
    assert_eq!(world.count(OFF).await, 1);

    let mut browser = world.signed_in(&ana).await;
    let page = profile(&mut browser).await;
    for words in
        ["No, not yet.", "Make a new recovery code", "Card 1: too many wrong codes.", "Recovery code switched off"]
    {
        assert!(page.contains(words), "{words} is not on the page");
    }
    assert!(!page.contains("Yes, with your recovery code."));
    let code = world.code(&ana.key, 0);
    let form = [("password", PASSWORD), ("code", &code)];
    browser.call("profile/recovery-code", &form).await.leads_to(routes::RECOVERY_CODE);
    let fresh = browser.recovery_code().await.unwrap();
    browser.save_recovery_code().await;

    assert_eq!(world.count(FAILURES).await, 0);
    assert!(profile(&mut browser).await.contains("Yes, with your recovery code."));
    world.challenged(&ana).await.recover(&ana.recovery).await.is_refused();
    assert_eq!(world.count(FAILURES).await, 1, "the old card counts as any wrong code");
    world.challenged(&ana).await.recover(&fresh).await.leads_to(routes::RECOVERY_CODE);
}

async fn profile(browser: &mut Browser) -> String {
    let page = browser.get(routes::SECURITY).await;
    assert_eq!(page.status, StatusCode::OK);
    page.text()
}
