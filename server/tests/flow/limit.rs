//! Guessing is counted, and counting locks nobody out for good (FLOW-15 to 20).

use app::{AppError, Guess, routes};
use axum::http::StatusCode;
use server::domain::{Limits, Role};

use crate::support::{Browser, PASSWORD, World, both};

both!(
    flow_15_spellings_of_an_address_share_one_counter,
    flow_16_failures_for_unknown_people_count_for_the_address,
    flow_17_right_password_does_not_reset_the_code_counter,
    flow_17_refusals_of_a_pause_are_noted_once,
    flow_18_own_success_does_not_clear_the_address_limit,
    flow_20_stranger_cannot_lock_the_owner_out,
    flow_20_thousand_guesses_from_one_address_keep_nobody_else_out,
    flow_20_hundred_addresses_together_are_stopped,
    pause_of_the_code_step_ends_by_itself,
    hundred_failures_in_a_row_disable_the_factor,
);

const WRONG: &str = "wrong wrong wrong";

async fn flow_15_spellings_of_an_address_share_one_counter(world: World) {
    world.newcomer("ana@strict.example").await;
    let spellings = ["ana@strict.example", "ANA@STRICT.EXAMPLE", " Ana@Strict.Example", "ana@strict.example\t"];
    let one = world.browser();
    for number in 0..10 {
        let answer = one.beside().enter_with(spellings[number % spellings.len()], WRONG).await;
        assert_eq!(answer.error(), AppError::CredentialsWrong, "failure {number}");
    }
    for spelling in spellings {
        let answer = one.beside().enter_with(spelling, PASSWORD).await;
        assert!(matches!(answer.error(), AppError::Paused { .. }), "{spelling:?}");
    }
    // Look-alikes and trailing dots are no spellings of it, and no addresses.
    for other in ["ana@strict.example.", "аna@strict.example", "ana@strict．example", "ana\u{200b}@strict.example"] {
        let answer = world.browser().call("sign-in/email", &[("email", other)]).await;
        assert_eq!(answer.error(), AppError::EmailInvalid, "{other:?}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 0);
}

async fn flow_16_failures_for_unknown_people_count_for_the_address(world: World) {
    world.newcomer("ana@strict.example").await;
    let world = world.restart(|plan| plan.limits = Limits::default()).await;
    let mut browser = world.browser();
    for number in 0..30 {
        let email = format!("nobody{number}@strict.example");
        assert_eq!(browser.enter_with(&email, WRONG).await.error(), AppError::CredentialsWrong);
    }
    for email in ["nobody@strict.example", "ana@strict.example"] {
        let answer = browser.enter(email).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.header("retry-after").is_some(), "it says when to try again");
    }
    world.browser().enter("ana@strict.example").await.leads_to(routes::REQUIRED);
}

async fn flow_17_right_password_does_not_reset_the_code_counter(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for _ in 0..2 {
        let mut browser = world.challenged(&ana).await;
        for left in [4, 3, 2, 1] {
            let answer = browser.verify(&world.wrong_code(&ana.key)).await;
            assert_eq!(answer.error(), AppError::CodeWrong { left: Some(left) });
        }
        browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
        assert_eq!(browser.verify(&world.code(&ana.key, 0)).await.status, StatusCode::UNAUTHORIZED);
    }
    let mut browser = world.browser();
    browser.enter(&ana.email).await;
    let answer = browser.verify(&world.code(&ana.key, 0)).await;
    assert!(matches!(answer.error(), AppError::Paused { seconds: 1..=900, .. }), "{:?}", answer.error());
    let answer = browser.recover(&ana.recovery).await;
    assert!(matches!(answer.error(), AppError::Paused { .. }), "the recovery code is guessed no better");
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(world.count("SELECT failures FROM factor").await, 10);
}

/// The log tells that somebody went on (B6, ASVS 5.0 16.3.3), and does not grow with how often.
async fn flow_17_refusals_of_a_pause_are_noted_once(world: World) {
    const PASSWORDS: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.refused'";
    const CODES: &str =
        "SELECT COUNT(*) FROM audit_event JOIN person ON person.id = person_id WHERE kind = 'code.refused'";
    let ana = world.enrolled("ana@strict.example").await;
    let stranger = world.browser();
    for pauses in 1..=2 {
        for _ in 0..10 {
            stranger.beside().enter_with(&ana.email, WRONG).await.is_refused();
        }
        guess(&world, &ana.email, &ana.key, 10).await;
        assert_eq!(
            (world.count(PASSWORDS).await, world.count(CODES).await),
            (pauses - 1, pauses - 1),
            "nobody went on"
        );
        let mut challenged = world.challenged(&ana).await;
        for _ in 0..3 {
            let password = stranger.beside().enter_with(&ana.email, WRONG).await;
            assert!(matches!(password.error(), AppError::Paused { .. }));
            let code = challenged.verify(&world.code(&ana.key, 0)).await;
            assert!(matches!(code.error(), AppError::Paused { .. }));
        }
        assert_eq!((world.count(PASSWORDS).await, world.count(CODES).await), (pauses, pauses), "one of each pause");
        world.clock.advance(900);
    }
}

async fn flow_18_own_success_does_not_clear_the_address_limit(world: World) {
    let eve = world.enrolled("eve@strict.example").await;
    let world = world.restart(|plan| plan.limits = Limits::default()).await;
    let mut attacker = world.browser();
    let mut failures = 0;
    let stopped = 'guessing: loop {
        for number in 0..5 {
            let victim = format!("victim{number}-{failures}@strict.example");
            let answer = attacker.enter_with(&victim, WRONG).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                break 'guessing true;
            }
            failures += 1;
        }
        let answer = attacker.enter(&eve.email).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break true;
        }
        attacker.verify(&world.code(&eve.key, 0)).await;
        if failures > 60 {
            break false;
        }
    };
    assert!(stopped, "sixty guesses in one moment");
    assert!(failures <= 30, "{failures} guesses before the limit");
}

async fn flow_20_stranger_cannot_lock_the_owner_out(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut known = world.signed_in(&ana).await;
    known.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
    let notices = world.count("SELECT COUNT(*) FROM notice").await;

    let mut stranger = world.browser();
    for _ in 0..200 {
        stranger.enter_with(&ana.email, WRONG).await.is_refused();
    }

    world.until(PAUSES, 1).await;
    assert_eq!((world.count(PAUSES).await, world.count(GUESSES_TOLD).await), (1, 1), "told once");
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, notices + 1, "and of nothing else");
    known.enter(&ana.email).await.leads_to(routes::VERIFY);
    known.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    // And from a browser that was never here, once the pause is over.
    world.clock.advance(900);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

const PAUSES: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.paused'";
const GUESSES_TOLD: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'password-guesses'";

const EVERYWHERE_TOLD: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'password-guesses-everywhere'";

async fn flow_20_thousand_guesses_from_one_address_keep_nobody_else_out(world: World) {
    world.newcomer("ana@strict.example").await;
    let stranger = world.browser();
    for (email, guesses) in [("ana@strict.example", 1000), ("nobody@strict.example", 200)] {
        let (pauses, told) = (world.count(PAUSES).await, world.count(GUESSES_TOLD).await);
        let mut compared = 0;
        for number in 0..guesses {
            if number % 100 == 0 {
                world.clock.advance(900);
            }
            let mut stranger = stranger.beside();
            let answer = stranger.call("sign-in/password", &[("email", email), ("password", WRONG)]).await;
            match answer.error() {
                AppError::CredentialsWrong => compared += 1,
                AppError::Paused { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(compared, guesses / 10, "ten in each quarter of an hour");
        // The owner is told after the answer.
        world.until(PAUSES, pauses + guesses / 100).await;
        let mails = world.count(GUESSES_TOLD).await - told;
        assert_eq!(mails, i64::from(email.starts_with("ana")), "{email}: told once, if there is somebody");
    }
    // From elsewhere, in a browser that was never here.
    world.browser().enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    // Once a day, and no oftener.
    world.clock.advance(24 * 60 * 60);
    for _ in 0..11 {
        stranger.beside().enter_with("ana@strict.example", WRONG).await.is_refused();
    }
    world.until(PAUSES, 13).await;
    assert_eq!(world.count(GUESSES_TOLD).await, 2);
}

async fn flow_20_hundred_addresses_together_are_stopped(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let known = world.signed_in(&ana).await;
    // Nothing asks this one for more than the password; the own browser is known all the same.
    world.open_company("Open").await;
    world.person("olga@open.example", "Open", Role::Member).await;
    let mut olga = world.browser();
    olga.enter("olga@open.example").await.leads_to(routes::HOME);

    let cases = [("ana@strict.example", known, routes::VERIFY), ("olga@open.example", olga, routes::HOME)];
    for (place, (email, mut own, page)) in (1..).zip(cases) {
        own.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
        for number in 0..100 {
            let answer = world.browser().enter_with(email, WRONG).await;
            assert_eq!(answer.error(), AppError::CredentialsWrong, "guess {number}");
        }
        for _ in 0..3 {
            let answer = world.browser().enter(email).await;
            assert_eq!(
                answer.error(),
                AppError::Paused { seconds: 900, guess: Guess::Password },
                "wherever it comes from"
            );
        }
        world.until(PAUSES, place).await;
        assert_eq!(world.count(EVERYWHERE_TOLD).await, place);
        // The owner's own browser has its own counter, and the others wait no longer than any pause.
        own.enter(email).await.leads_to(page);
    }
    assert_eq!(world.count(GUESSES_TOLD).await, 0, "nobody is told that all is well elsewhere");
    let mails = world.post().await;
    let mail = mails.iter().rfind(|mail| mail.subject == "Somebody is guessing your password").unwrap();
    assert!(mail.text.expose().contains("Forgot your password?"), "{}", mail.text.expose());
    world.clock.advance(900);
    world.challenged(&ana).await;
}

async fn pause_of_the_code_step_ends_by_itself(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut known = world.signed_in(&ana).await;
    known.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
    let notices = world.count("SELECT COUNT(*) FROM notice").await;
    guess(&world, &ana.email, &ana.key, 10).await;

    // The owner's own browser has its own budget (product.md, section 8), and the owner is told.
    known.enter(&ana.email).await.leads_to(routes::VERIFY);
    known.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, notices + 1);

    world.clock.advance(899);
    let mut early = world.browser();
    early.enter(&ana.email).await;
    assert!(matches!(early.verify(&world.code(&ana.key, 0)).await.error(), AppError::Paused { .. }));
    world.clock.advance(1);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// NIST SP 800-63B-4 §3.2.2.
async fn hundred_failures_in_a_row_disable_the_factor(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for _ in 0..10 {
        guess(&world, &ana.email, &ana.key, 10).await;
        world.clock.advance(901);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'factor.disabled'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'authenticator-disabled'").await, 1);
    let mut browser = world.browser();
    browser.enter(&ana.email).await;
    browser.verify(&world.code(&ana.key, 0)).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
}

/// So many wrong codes behind a right password, from browsers that were never here.
async fn guess(world: &World, email: &str, key: &str, count: usize) {
    let wrong = world.wrong_code(key);
    let mut browser: Option<Browser> = None;
    for number in 0..count {
        if number % 5 == 0 {
            let mut fresh = world.browser();
            fresh.enter(email).await.leads_to(routes::VERIFY);
            browser = Some(fresh);
        }
        browser.as_mut().unwrap().verify(&wrong).await.is_refused();
    }
}
