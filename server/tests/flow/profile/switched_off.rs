//! What somebody meets whose factors are switched off, or whose card was never saved.

use app::routes;

use crate::support::{NUMBER, World, both};

both!(
    sign_in_without_a_method_that_works_asks_for_the_recovery_code,
    number_without_an_app_is_asked_for_no_code_of_an_app,
    change_that_asks_for_codes_that_are_not_taken_says_so,
    factor_that_is_switched_off_does_not_work_until_the_new_one_does,
    card_that_was_not_saved_is_called_so_and_leads_to_a_new_one,
);

async fn sign_in_without_a_method_that_works_asks_for_the_recovery_code(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.switch_off("authenticator").await;
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::CHOOSE);
    for page in [routes::CHOOSE, routes::VERIFY] {
        let shown = browser.get(page).await.text();
        assert!(shown.contains("Use a Recovery Code") && shown.contains("administrator"), "{page}: {shown}");
        assert!(!shown.contains("one-time-code") && !shown.contains("In your authenticator app"), "{page}: {shown}");
    }
    browser.get(routes::PHONE_CODE).await.leads_to(routes::CHOOSE);
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.live_sessions().await, 1);
}

async fn number_without_an_app_is_asked_for_no_code_of_an_app(world: World) {
    world.with_phone("ana@strict.example", NUMBER).await;
    let mut browser = world.browser();
    browser.enter("ana@strict.example").await.leads_to(routes::PHONE_CODE);
    let shown = browser.get(routes::VERIFY).await.text();
    assert!(shown.contains("Use a Phone Number") && !shown.contains("one-time-code"), "{shown}");
}

/// The page itself says what to do, yet it has no sentence for somebody who has just pressed a button.
async fn change_that_asks_for_codes_that_are_not_taken_says_so(world: World) {
    let ana = world.volunteer_with_both("ana@open.example").await;
    let mut browser = world.by_app(&ana).await;
    for method in ["authenticator", "phone"] {
        world.switch_off(method).await;
    }
    for page in [routes::NEW_PASSWORD, routes::CHANGE_AUTHENTICATOR, routes::REMOVE_PHONE] {
        let (at, shown) = browser.open(page).await;
        assert_eq!(at, routes::SECURITY_BLOCKED, "{page}");
        assert!(shown.text().contains("Your codes are switched off, so this cannot be changed now"), "{page}");
    }
}

async fn factor_that_is_switched_off_does_not_work_until_the_new_one_does(world: World) {
    const WORKS: &str = "works until the new one does";
    let ana = world.volunteer_with_both("ana@open.example").await;
    let mut browser = world.by_app(&ana).await;
    assert!(browser.get(routes::CHANGE_PHONE).await.text().contains(WORKS));
    world.switch_off("phone").await;
    let shown = browser.get(routes::CHANGE_PHONE).await.text();
    assert!(!shown.contains(WORKS), "{shown}");
}

async fn card_that_was_not_saved_is_called_so_and_leads_to_a_new_one(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut phone = world.signed_in(&ana).await;
    let mut computer = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    phone.change("profile/recovery-code", &code, &[]).await.leads_to(routes::RECOVERY_CODE);
    phone.recovery_code().await.unwrap();

    let shown = computer.get(routes::SECURITY).await.text();
    for part in ["did not say that you saved it", "Not saved", "Card 2 was shown and never saved"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains(&format!("href=\"{}\"", routes::RECOVERY_CODE)), "it is on the other device: {shown}");
    world.clock.advance(60);
    let code = world.code(&ana.key, 0);
    computer.change("profile/recovery-code", &code, &[]).await.leads_to(routes::RECOVERY_CODE);
    computer.recovery_code().await.unwrap();
    computer.save_recovery_code().await;
    assert!(computer.get(routes::SECURITY).await.text().contains("Card 3, made on"));
}
