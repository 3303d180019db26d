//! How often somebody may ask, and how little the answer tells.

use app::{AppError, routes};

use super::{NEW, answered, ask, fresh_token, opened, set};
use crate::support::{World, both};

both!(
    flow_24_answer_is_the_same_whoever_asks_for_whom,
    limits_stop_the_mails_of_an_account_and_the_requests_of_an_address,
    limits_are_those_of_the_settings,
);

async fn flow_24_answer_is_the_same_whoever_asks_for_whom(world: World) {
    world.newcomer("known@strict.example").await;
    world.newcomer("disabled@strict.example").await;
    world.newcomer("bare@strict.example").await;
    world.database.change("UPDATE person SET disabled_at = 1 WHERE email = 'disabled@strict.example'", vec![]).await;
    world.database.change("UPDATE person SET password = NULL WHERE email = 'bare@strict.example'", vec![]).await;
    let mut answers = Vec::new();
    world.newcomer("single@harbor.example").await;
    world.sso_domain("harbor.example", "Strict").await;
    for email in [
        "known@strict.example",
        "disabled@strict.example",
        "bare@strict.example",
        "nobody@strict.example",
        "single@harbor.example",
    ] {
        let mut browser = world.browser();
        let answer = browser.call("password/ask", &[("email", email)]).await;
        let page = browser.get(routes::RESET_SENT).await;
        answers.push((answer.status, answer.text(), format!("{:?}", answer.headers), page.text()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    answered(&world, 5).await;
    let recipients: Vec<_> = world.post().await.iter().map(|mail| mail.to.to_string()).collect();
    assert_eq!(recipients, ["known@strict.example"]);
}

async fn limits_stop_the_mails_of_an_account_and_the_requests_of_an_address(world: World) {
    world.newcomer("ana@strict.example").await;
    for _ in 0..6 {
        ask(&world, &mut world.browser(), "ana@strict.example").await;
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-reset'").await, 3);
    world.clock.advance(3600);
    ask(&world, &mut world.browser(), "ana@strict.example").await;
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-reset'").await, 4);

    let mut eve = world.browser();
    for number in 0..10 {
        let email = format!("person{number}@strict.example");
        eve.call("password/ask", &[("email", &email)]).await.leads_to(routes::RESET_SENT);
    }
    let answer = eve.call("password/ask", &[("email", "ana@strict.example")]).await;
    assert_eq!(answer.error(), AppError::TooOften { seconds: 600 });
    world.clock.advance(600);
    ask(&world, &mut eve, "nobody@strict.example").await;
}

async fn limits_are_those_of_the_settings(world: World) {
    world.newcomer("ana@strict.example").await;
    let world = world
        .restart(|plan| {
            let settings = &mut plan.limits;
            (settings.resets_per_person, settings.resets_per_address, settings.passwords_per_address) = (1, 2, 2);
        })
        .await;
    let token = fresh_token(&world, "ana@strict.example").await;
    let mut browser = world.browser();
    ask(&world, &mut browser, "ana@strict.example").await;
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-reset'").await, 1);
    ask(&world, &mut browser, "nobody@strict.example").await;
    let answer = browser.call("password/ask", &[("email", "ana@strict.example")]).await;
    assert_eq!(answer.error(), AppError::TooOften { seconds: 600 });

    let mut browser = opened(&world, &token).await;
    for _ in 0..2 {
        assert_eq!(set(&mut browser, "short").await.error(), AppError::PasswordShort);
    }
    assert_eq!(set(&mut browser, NEW).await.error(), AppError::TooOften { seconds: 60 });
    world.clock.advance(60);
    set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);
}
