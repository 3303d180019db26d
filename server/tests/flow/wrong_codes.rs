//! Wrong codes behind a right password are told to the owner, however slowly they come (product.md, section 8).

use app::{AppError, routes};

use crate::support::{Browser, Enrolled, World, at_once, both};

both!(
    note_01_strangers_fifth_wrong_code_is_told_however_slowly_they_come,
    note_01_twenty_wrong_codes_are_told_in_a_known_browser_too,
    note_01_wrong_codes_at_once_are_told_once,
);

const DAY: i64 = 24 * 60 * 60;

/// How many mails there were to the one address: of strangers' codes, and of those of all browsers.
async fn told(world: &World) -> (i64, i64) {
    let kind = "SELECT COUNT(*) FROM notice WHERE kind = $1";
    (
        world.database.int(kind, vec!["stranger-guesses".into()]).await,
        world.database.int(kind, vec!["many-wrong-codes".into()]).await,
    )
}

/// As many wrong codes as neither end the sign-in nor pause the account, and then longer than those are counted together.
async fn four_wrong(world: &World, browser: &mut Browser, person: &Enrolled) {
    browser.enter(&person.email).await.leads_to(routes::VERIFY);
    for left in [4, 3, 2, 1] {
        let answer = browser.verify(&world.wrong_code(&person.key)).await;
        assert_eq!(answer.error(), AppError::CodeWrong { left: Some(left) });
    }
    world.clock.advance(901);
}

/// Four in each quarter of an hour, while the owner comes and goes.
async fn note_01_strangers_fifth_wrong_code_is_told_however_slowly_they_come(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut owner = world.signed_in(&ana).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        four_wrong(&world, &mut world.browser(), &ana).await;
        owner.enter(&ana.email).await.leads_to(routes::VERIFY);
        owner.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
        seen.push(told(&world).await);
    }
    assert_eq!(seen, [(0, 0), (1, 0), (1, 0), (1, 0), (1, 1), (1, 1)], "after 4, 8, 12, 16, 20 and 24 codes");

    world.clock.advance(DAY);
    four_wrong(&world, &mut world.browser(), &ana).await;
    assert_eq!(told(&world).await, (1, 1), "those of yesterday are not counted");
    four_wrong(&world, &mut world.browser(), &ana).await;
    assert_eq!(told(&world).await, (2, 1), "told again on another day");
}

async fn note_01_twenty_wrong_codes_are_told_in_a_known_browser_too(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut known = world.signed_in(&ana).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        four_wrong(&world, &mut known, &ana).await;
        seen.push(told(&world).await.1);
    }
    assert_eq!(seen, [0, 0, 0, 0, 1, 1]);
    assert_eq!(told(&world).await, (0, 1), "it was no stranger");
}

pub(crate) async fn note_01_wrong_codes_at_once_are_told_once(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut halves = Vec::new();
    for _ in 0..8 {
        halves.push(world.challenged(&ana).await);
    }
    let wrong = world.wrong_code(&ana.key);
    let work = halves.into_iter().map(|mut browser| {
        let wrong = wrong.clone();
        async move { browser.verify(&wrong).await }
    });
    assert!(at_once(work.collect()).await.iter().all(|answer| !answer.is_ok()));
    assert_eq!(told(&world).await, (1, 0));
}
