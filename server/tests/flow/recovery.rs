//! Recovery codes (catalogue 3.3).

use std::collections::HashSet;

use app::{
    AppError,
    model::{RecoveryCode, RecoveryCodeView},
    routes,
};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use server::clock::{SystemRng, random};

use crate::{
    race::{costly_rounds, events},
    support::{PASSWORD, World, accepted, at_once, both, groups_of, mistyped},
};

both!(
    rec_01_second_use_refused,
    rec_02_parallel_uses_one_succeeds,
    rec_03_code_of_another_person_refused_and_not_spent,
    rec_04_use_replaces_code_ends_sessions_and_tells_the_person,
    rec_05_without_the_password_refused_and_not_spent,
    rec_06_spellings_of_one_code_accepted_anything_else_refused,
    rec_09_renewal_without_standing_refused,
    rec_10_code_never_shown_again,
    rec_12_database_does_not_hold_the_code,
    unsaved_code_replaced_after_next_challenge,
    replaced_code_is_not_shown_where_it_waited,
);

const USED: &str = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NOT NULL";
const ALL: &str = "SELECT COUNT(*) FROM recovery_code";

async fn rec_01_second_use_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.challenged(&ana).await.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);

    let mut again = world.challenged(&ana).await;
    let refused = again.recover(&ana.recovery).await;

    assert_eq!(refused.error(), AppError::RecoveryCodeOld { card: 1, newest: 2, left: Some(4) });
    assert_eq!(again.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
    assert_eq!(world.count(USED).await, 1);
}

/// Also RACE-03.
pub(crate) async fn rec_02_parallel_uses_one_succeeds(world: World) {
    let people = world.crew(costly_rounds(&world)).await;
    let cards = world.count(ALL).await;
    for (round, ana) in (1..).zip(people) {
        let mut work = Vec::new();
        for _ in 0..64 {
            let mut browser = world.challenged(&ana).await;
            let code = ana.recovery.clone();
            work.push(async move { browser.recover(&code).await });
        }

        let answers = at_once(work).await;

        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.live_sessions().await, round);
        assert_eq!(world.count("SELECT COUNT(*) FROM session").await, round);
        assert_eq!(world.count(USED).await, round);
        assert_eq!(world.count(ALL).await, cards + round, "the used one and one in its place");
        assert_eq!(events(&world, "session.recovery").await, round);
        assert_eq!(events(&world, "session.%").await, round);
    }
}

async fn rec_03_code_of_another_person_refused_and_not_spent(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;

    let refused = world.challenged(&bob).await.recover(&ana.recovery).await;

    assert_eq!(refused.error(), AppError::RecoveryCodeWrong { left: Some(4) });
    assert_eq!(world.live_sessions().await, 0);
    assert_eq!(world.count(USED).await, 0);
    world.challenged(&ana).await.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_04_use_replaces_code_ends_sessions_and_tells_the_person(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut before = world.signed_in(&ana).await;
    assert_eq!(before.session().await, StatusCode::OK);
    let notices = world.count("SELECT COUNT(*) FROM notice").await;

    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);

    assert_eq!(before.session().await, StatusCode::UNAUTHORIZED, "the other sessions have ended");
    let fresh = browser.recovery_code().await.expect("the new code is shown");
    assert_ne!(groups_of(&fresh), groups_of(&ana.recovery));
    browser.save_after_recovery().await;
    assert_eq!(browser.session().await, StatusCode::OK);
    let told =
        world.database.int("SELECT COUNT(*) FROM notice WHERE recipient = $1", vec![ana.email.as_str().into()]).await;
    assert!(told > notices, "the person is told");

    // The lost factor is replaced with the password alone.
    browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    assert_ne!(key, ana.key);
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    world.clock.advance(60);
    let mut old_phone = world.challenged(&ana).await;
    old_phone.verify(&world.code(&ana.key, 0)).await.is_refused();
    old_phone.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_05_without_the_password_refused_and_not_spent(world: World) {
    let ana = world.enrolled("ana@strict.example").await;

    let mut stranger = world.browser();
    assert_eq!(stranger.recover(&ana.recovery).await.status, StatusCode::UNAUTHORIZED);
    stranger.call("sign-in/email", &[("email", &ana.email)]).await.leads_to(routes::PASSWORD);
    assert_eq!(stranger.recover(&ana.recovery).await.status, StatusCode::UNAUTHORIZED);
    stranger.enter_with(&ana.email, "not the password").await.is_refused();
    assert_eq!(stranger.recover(&ana.recovery).await.status, StatusCode::UNAUTHORIZED);

    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(world.count(USED).await, 0);
}

async fn rec_06_spellings_of_one_code_accepted_anything_else_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut code = ana.recovery.clone();
    let spellings: [fn(&str) -> String; 5] = [
        |code| groups_of(code).concat().to_lowercase(),
        |code| groups_of(code).join(" - "),
        |code| groups_of(code).join("-").replace('0', "O").replace('1', "I"),
        |code| groups_of(code).join(" ").replace('0', "o").replace('1', "l"),
        |code| format!("  {}\r\n", groups_of(code).join("--")),
    ];
    for spell in spellings {
        let mut browser = world.challenged(&ana).await;
        browser.recover(&spell(&code)).await.leads_to(routes::RECOVERY_CODE);
        code = browser.recovery_code().await.unwrap();
        browser.save_after_recovery().await;
    }

    let mut browser = world.challenged(&ana).await;
    let plain = groups_of(&code).concat();
    let over_long = format!("{}{plain}", " ".repeat(41));
    let refused = [
        String::new(),
        plain[..23].to_owned(),
        format!("{plain}0"),
        over_long,
        plain.replacen(|letter: char| letter.is_ascii_alphanumeric(), "U", 1),
        groups_of(&code).join("_"),
        groups_of(&code).join("\0"),
        mistyped(&plain),
        "0".repeat(60_000),
    ];
    for text in refused {
        let answer = browser.recover(&text).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{text:.30}: {}", answer.text());
    }
    assert_eq!(
        browser.recover(&mistyped(&plain)).await.error(),
        AppError::RecoveryCodeMalformed,
        "a typing error is told as one"
    );
    let tries = "SELECT COUNT(*) FROM sign_in WHERE attempts > 0 AND consumed_at IS NULL";
    assert_eq!(world.count(tries).await, 0, "and costs no attempt");
    browser.recover(&plain).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_09_renewal_without_standing_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut signed_in = world.signed_in(&ana).await;
    let codes = world.count(ALL).await;

    // A session whose code is saved already has to prove more than itself.
    assert_eq!(signed_in.call("set-up/new-code", &[]).await.status, StatusCode::FORBIDDEN);
    let mut anonymous = world.browser();
    assert_eq!(anonymous.call("set-up/new-code", &[]).await.status, StatusCode::UNAUTHORIZED);
    let mut challenged = world.challenged(&ana).await;
    assert_eq!(challenged.call("set-up/new-code", &[]).await.status, StatusCode::FORBIDDEN);

    // One whose code is not saved may renew it, but not by GET and not from another site.
    let mut recovered = world.challenged(&ana).await;
    recovered.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    let after_use = world.count(ALL).await;
    assert_eq!(after_use, codes + 1);
    recovered.get("/api/set-up/new-code").await.is_refused();
    for site in ["cross-site", "same-site", "none"] {
        let request = recovered
            .request(Method::POST, "/api/set-up/new-code")
            .header(header::ACCEPT, "application/json")
            .header(header::ORIGIN, "http://evil.example")
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = recovered.send("", request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "sec-fetch-site: {site}");
    }
    assert_eq!(world.count(ALL).await, after_use);
    recovered.call("set-up/new-code", &[]).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(ALL).await, after_use + 1);
}

async fn rec_10_code_never_shown_again(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let code = browser.recovery_code().await.unwrap();
    let heard = browser.heard().len();

    let replayed: RecoveryCodeView = browser.view("recovery-code").await.unwrap();
    assert_eq!(replayed.groups, None);
    browser.get(routes::RECOVERY_CODE).await;
    browser.get(routes::RECOVERY_CODE).await;
    browser.confirm(&world.code(&key, 0)).await;
    browser.call("set-up/saved", &[("number", "1")]).await.is_refused();
    browser.save_recovery_code().await;
    browser.get(routes::RECOVERY_CODE).await;
    browser.call("page/recovery-code", &[]).await;
    browser.get(routes::HOME).await;

    for (path, text) in &browser.heard()[heard..] {
        for group in groups_of(&code) {
            assert!(!text.contains(&group), "{path} shows a part of the code again");
        }
    }
}

async fn rec_12_database_does_not_hold_the_code(world: World) {
    world.newcomer("ana@strict.example").await;
    let ana = world.browser().enrol(&world, "ana@strict.example").await;
    let plain = groups_of(&ana.recovery).concat();
    let canonical = RecoveryCode::parse(&plain).unwrap().canonical();
    let key = data_encoding::BASE32_NOPAD.decode(ana.key.as_bytes()).unwrap();

    let dump = world.database.dump().await;

    for bytes in [ana.recovery.as_bytes(), plain.as_bytes(), canonical.as_bytes(), ana.key.as_bytes(), &key] {
        let hex = data_encoding::HEXLOWER.encode(bytes);
        assert!(!contains(&dump, bytes) && !contains(&dump, hex.as_bytes()), "a secret is readable in the database");
    }
    assert!(contains(&dump, b"ana@strict.example"), "the dump is one of this database");
}

/// product.md, section 3: a tab closed on the card's page leaves the next sign-in a fresh card.
async fn unsaved_code_replaced_after_next_challenge(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let lost = browser.recovery_code().await.unwrap();
    world.clock.advance(60);

    let mut next = world.browser();
    next.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    next.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let fresh = next.recovery_code().await.expect("a fresh code is shown");
    assert_ne!(fresh, lost);
    next.save_recovery_code().await;
    world.clock.advance(60);

    let mut third = world.browser();
    third.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    let old = AppError::RecoveryCodeOld { card: 1, newest: 2, left: Some(4) };
    assert_eq!(third.recover(&lost).await.error(), old);
    third.recover(&fresh).await.leads_to(routes::RECOVERY_CODE);
}

/// Whoever saved it there would hold a card that opens nothing.
async fn replaced_code_is_not_shown_where_it_waited(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut first = world.browser();
    let key = first.start_enrolment("ana@strict.example").await;
    first.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    world.clock.advance(60);
    let mut second = world.browser();
    second.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    second.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);

    assert_eq!(first.recovery_code().await, None);
    assert!(second.recovery_code().await.is_some());
}

#[test]
fn rec_11_hundred_thousand_codes_no_two_alike() {
    let mut seen = HashSet::new();
    let mut first_letters = HashSet::new();
    for _ in 0..100_000 {
        let code = RecoveryCode::from_random(&random(&SystemRng).unwrap()).canonical();
        first_letters.insert(code.chars().next());
        assert!(seen.insert(code));
    }
    assert_eq!(first_letters.len(), 32, "every letter of the alphabet comes up");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
