//! One person does not fill everybody's outbox.

use app::{
    AppError,
    model::{Email, Secret},
    routes,
};

use crate::{
    reset::ask,
    support::{PASSWORD, World, both},
};

both!(note_02_new_cards_of_one_person_do_not_flood_the_outbox, note_02_link_goes_before_what_only_tells,);

const ANA: &str = "ana@strict.example";
const MADE: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'recovery-code-made'";

async fn note_02_new_cards_of_one_person_do_not_flood_the_outbox(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    let key = browser.start_enrolment(ANA).await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    for _ in 0..10 {
        browser.call("set-up/new-code", &[]).await.leads_to(routes::RECOVERY_CODE);
    }
    let refused = browser.call("set-up/new-code", &[]).await;
    assert_eq!((refused.error(), refused.header("retry-after")), (AppError::TooOften { seconds: 3600 }, Some("3600")));
    let (_, page) = browser.submit(routes::RECOVERY_CODE, "set-up/new-code", &[]).await;
    assert!(page.text().contains("too often in a short time"), "{}", page.text());
    assert_eq!(world.count(MADE).await, 10);
    assert_eq!(world.count("SELECT MAX(number) FROM recovery_code").await, 11);
    // The last card is as good as any, and an hour later there are more.
    world.clock.advance(3599);
    assert_eq!(browser.call("set-up/new-code", &[]).await.error(), AppError::TooOften { seconds: 1 });
    world.clock.advance(1);
    browser.call("set-up/new-code", &[]).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
}

async fn note_02_link_goes_before_what_only_tells(world: World) {
    world.newcomer(ANA).await;
    world.newcomer("bob@strict.example").await;
    let bob = Email::parse("bob@strict.example").unwrap();
    for _ in 0..3 {
        world.service.set_password(&bob, &Secret::new(PASSWORD)).await.unwrap();
    }
    world.clock.advance(60);
    ask(&world, &mut world.browser(), ANA).await;
    let mails = world.post().await;
    let links: Vec<_> = mails.iter().map(|mail| mail.text.expose().contains("/password/link?t=")).collect();
    assert_eq!(links, [true, false, false, false]);
}
