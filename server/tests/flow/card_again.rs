//! A card that was shown can be ticked later, by whoever has seen it.

use app::{model::RecoveryCodeView, routes};

use crate::support::{Browser, World, both};

both!(
    rec_04_tick_that_did_not_arrive_is_given_once_more,
    rec_04_card_that_was_shown_elsewhere_is_not_ticked,
    rec_04_missing_tick_is_told_at_the_box,
);

const EMAIL: &str = "ana@strict.example";
const SAVED: &str = "SELECT COUNT(*) FROM recovery_code WHERE acknowledged_at IS NOT NULL";
const TICK: [(&str, &str); 2] = [("number", "1"), ("saved", "yes")];

/// Somebody who looks at card 1.
async fn at_the_card(world: &World) -> (Browser, String) {
    world.newcomer(EMAIL).await;
    let mut browser = world.browser();
    let key = browser.start_enrolment(EMAIL).await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.get(routes::RECOVERY_CODE).await.text().contains("id=\"recovery\""));
    (browser, key)
}

async fn rec_04_tick_that_did_not_arrive_is_given_once_more(world: World) {
    let (mut browser, _) = at_the_card(&world).await;
    world.database.define("ALTER TABLE audit_event RENAME TO audit_away").await;
    let (path, page) = browser.submit(routes::RECOVERY_CODE, "set-up/saved", &TICK).await;
    assert!(path.starts_with(routes::RECOVERY_CODE), "{path}");
    world.database.define("ALTER TABLE audit_away RENAME TO audit_event").await;
    for page in [page.text(), browser.get(routes::RECOVERY_CODE).await.text()] {
        assert!(page.contains("Card 1 was on this page before.") && page.contains("Make a New Code"), "{page}");
        assert!(page.contains("name=\"number\" value=\"1\"") && page.contains("I Have Securely Saved This Code"));
    }
    assert_eq!(world.count(SAVED).await, 0);
    assert_eq!(browser.submit(routes::RECOVERY_CODE, "set-up/saved", &TICK).await.0, routes::HOME);
    assert_eq!(world.count(SAVED).await, 1);
}

/// Card 2 was made by another sign-in: whoever holds card 1 has nothing to tick, and nothing to wait for.
async fn rec_04_card_that_was_shown_elsewhere_is_not_ticked(world: World) {
    let (mut first, key) = at_the_card(&world).await;
    world.clock.advance(60);
    let mut second = world.browser();
    second.enter(EMAIL).await.leads_to(routes::VERIFY);
    second.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    assert!(second.recovery_code().await.is_some());
    assert_eq!(first.open(routes::RECOVERY_CODE).await.0, routes::HOME);
    let view: RecoveryCodeView = second.view("recovery-code").await.unwrap();
    assert!(view.seen && view.number == 2 && view.groups.is_none());
}

async fn rec_04_missing_tick_is_told_at_the_box(world: World) {
    let (mut browser, _) = at_the_card(&world).await;
    let (_, page) = browser.submit(routes::RECOVERY_CODE, "set-up/saved", &[("number", "1")]).await;
    let page = page.text();
    assert!(page.contains("Not checked yet.") && page.contains("id=\"saved-error\""), "{page}");
    assert!(page.contains("aria-describedby=\"saved-hint saved-error\""), "{page}");
}
