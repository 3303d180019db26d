//! `Check it is you`: what the page says fits what its person has.

use app::routes;
use server::domain::Role;

use crate::support::{Browser, NUMBER, World, both};

both!(
    check_page_of_a_first_method_speaks_of_no_old_one,
    check_page_of_a_change_says_how_long_the_old_one_works,
    check_page_after_a_recovery_leaves_without_a_word_on_an_app,
);

const STILL: &str = "that you use now works until the new one does";
const OLD_CARD: &str = "At the end you get a new recovery code. The old one stops working then, not before.";
const FIRST_CARD: &str = "At the end you get a recovery code.";

async fn page(browser: &mut Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert!(answer.is_ok(), "{path}: {}", answer.status);
    answer.text()
}

async fn check_page_of_a_first_method_speaks_of_no_old_one(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    for (path, why) in [
        (routes::CHANGE_AUTHENTICATOR, "Before you link an authenticator app, show that it is you."),
        (routes::CHANGE_PHONE, "Before you link a phone number, show that it is you."),
    ] {
        let text = page(&mut browser, path).await;
        assert!(text.contains(why) && text.contains(FIRST_CARD), "{path}");
        assert!(!text.contains(STILL) && !text.contains(OLD_CARD), "{path}");
    }
}

async fn check_page_of_a_change_says_how_long_the_old_one_works(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let mut browser = world.signed_in(&ana).await;
    let app = page(&mut browser, routes::CHANGE_AUTHENTICATOR).await;
    assert!(app.contains(STILL) && app.contains(OLD_CARD));
    let phone = page(&mut browser, routes::CHANGE_PHONE).await;
    assert!(!phone.contains(STILL) && phone.contains(OLD_CARD), "a first number, beside a card");

    world.with_phone("bob@strict.example", NUMBER).await;
    let mut browser = world.texted("bob@strict.example").await;
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    assert!(page(&mut browser, routes::CHANGE_PHONE).await.contains(STILL));
    let app = page(&mut browser, routes::CHANGE_AUTHENTICATOR).await;
    assert!(!app.contains(STILL) && app.contains(OLD_CARD), "a first app, beside a card");
}

async fn check_page_after_a_recovery_leaves_without_a_word_on_an_app(world: World) {
    let recovery = world.with_phone("ana@strict.example", NUMBER).await;
    let mut browser = world.texted("ana@strict.example").await;
    browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    let text = page(&mut browser, routes::CONFIRM).await;
    assert!(text.contains(">Not now<") && !text.contains("I still have my app"), "{text}");
}
