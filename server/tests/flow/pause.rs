//! The page of a pause: until when, with JavaScript off and on, in the time zone of whoever is known.

use app::{AppError, Guess, routes};
use server::{
    clock::Clock,
    domain::{PolicyChange, parse_zone},
};

use crate::support::{World, both};

both!(
    pause_says_when_it_ends,
    pause_is_told_in_the_time_zone_of_the_company,
    web_04_forged_pause_is_no_longer_than_a_day,
);

const WRONG: &str = "wrong wrong wrong";

async fn pause_says_when_it_ends(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let fields = [("email", &*ana.email), ("password", WRONG)];
    let mut one = world.browser();
    for _ in 0..10 {
        assert_eq!(one.call("sign-in/password", &fields).await.error(), AppError::CredentialsWrong);
    }
    world.clock.advance(200);
    let end = world.clock.now().0 + 700;
    let answer = one.call("sign-in/password", &fields).await;
    assert_eq!(
        (answer.error(), answer.header("retry-after")),
        (AppError::Paused { seconds: 700, guess: Guess::Password }, Some("700"))
    );
    assert_eq!(answer.header("location"), Some(&*format!("/pause?password={end}")), "the script goes on there");
    let (page, shown) = one.submit(routes::PASSWORD, "sign-in/password", &fields).await;
    assert_eq!(page, format!("/pause?password={end}"));
    let shown = shown.text();
    let until = ["Let’s pause for 12\u{a0}minutes", "You can try again at", "UTC</strong></time>", "href=\"/sign-in\""];
    for part in until.into_iter().chain(["href=\"/password\"", "somebody is guessing your password"]) {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("<script"), "nothing counts down");
    assert!(!shown.contains("In your app"), "it was a password");

    // The page counts to its moment, whenever it is looked at.
    world.clock.advance(640);
    assert!(one.get(&page).await.text().contains("Let’s pause for 1\u{a0}minute"));
    world.clock.advance(60);
    assert!(one.get(&page).await.text().contains("You can go on now"));
}

async fn pause_is_told_in_the_time_zone_of_the_company(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world
        .change_policy("Strict", PolicyChange { zone: parse_zone("America/Phoenix"), ..PolicyChange::default() })
        .await;
    let world = world.restart(|plan| plan.limits.failures = 2).await;
    let mut browser = world.challenged(&ana).await;
    let wrong = world.wrong_code(&ana.key);
    browser.verify(&wrong).await.is_refused();
    let (page, shown) = browser.submit(routes::VERIFY, "sign-in/code", &[("code", &wrong)]).await;
    assert_eq!(page, format!("/pause?code={}", world.clock.now().0 + 900));
    let until = ["Let’s pause for 15\u{a0}minutes", ":00-07:00\"", "MST</strong></time>", "href=\"/sign-in/code\""];
    for part in until.into_iter().chain(["In your app", "Codes by text", "somebody may have your password"]) {
        assert!(shown.text().contains(part), "{part}: {}", shown.text());
    }
}

/// Anybody may write an address.
async fn web_04_forged_pause_is_no_longer_than_a_day(world: World) {
    let mut browser = world.browser();
    for query in ["", "?code=", "?code=soon", "?code=-1", "?code=1&code=2", "?until=1", "?code=99999999999999999999"] {
        let answer = browser.get(&format!("{}{query}", routes::PAUSE)).await;
        assert!(answer.status.is_redirection() && answer.location() == Some(routes::SIGN_IN), "{query}");
    }
    let far = browser.get(&format!("{}?code={}", routes::PAUSE, i64::MAX)).await;
    assert!(far.text().contains("Let’s pause for 1440\u{a0}minutes"), "{}", far.text());
}
