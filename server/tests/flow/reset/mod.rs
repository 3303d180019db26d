//! A new password by mail: what the link does, and what it never does.

mod held;
mod limit;
mod mail;
pub(crate) mod race;

use app::{
    AppError,
    model::{Email, Secret},
    routes,
};
use axum::http::StatusCode;

use crate::support::{Answer, Browser, PASSWORD, SESSION_COOKIE, World, both};

pub(crate) const NEW: &str = "four green boats at noon";
const COOKIE: &str = "muster-demo-reset";

/// `Send Link`, and waits until the request was looked at.
pub(crate) async fn ask(world: &World, browser: &mut Browser, email: &str) {
    let before = world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'").await;
    browser.call("password/ask", &[("email", email)]).await.leads_to(routes::RESET_SENT);
    answered(world, before + 1).await;
}

async fn answered(world: &World, requests: i64) {
    world.until("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'", requests).await;
}

/// The token in the newest mail that has one.
pub(crate) async fn token(world: &World) -> String {
    let mails = world.post().await;
    let mut links = mails.iter().filter_map(|mail| mail.text.expose().split_once("/password/link?t="));
    links.next_back().expect("no link was sent").1.lines().next().unwrap().to_owned()
}

/// A browser that has opened a link.
pub(crate) async fn opened(world: &World, token: &str) -> Browser {
    let mut browser = world.browser();
    let answer = browser.get(&format!("/password/link?t={token}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), Some(routes::RESET_NEW));
    browser
}

pub(crate) async fn set(browser: &mut Browser, password: &str) -> Answer {
    browser.call("password/new", &[("password", password)]).await
}

pub(crate) async fn fresh_token(world: &World, email: &str) -> String {
    ask(world, &mut world.browser(), email).await;
    token(world).await
}

async fn pwd_01_reset_signs_nobody_in_and_the_second_factor_stays(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut before = world.signed_in(&ana).await;
    let mut half = world.challenged(&ana).await;
    let token = fresh_token(&world, &ana.email).await;
    let mut browser = opened(&world, &token).await;
    let page = browser.get(routes::RESET_NEW).await;
    assert!(page.is_ok() && page.text().contains("ana@strict.example"), "{}", page.text());
    set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);

    assert!(browser.cookie(SESSION_COOKIE).is_none() && browser.cookie(COOKIE).is_none());
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    // PWD-06: everything that was open has ended.
    assert_eq!(before.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 0);
    half.verify(&world.code(&ana.key, 0)).await.is_refused();

    world.browser().enter(&ana.email).await.is_refused();
    browser.enter_with(&ana.email, NEW).await.leads_to(routes::VERIFY);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(browser.session().await, StatusCode::OK);
}

async fn pwd_03_used_old_changed_and_foreign_tokens_set_nothing(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let good = fresh_token(&world, &ana.email).await;
    let flipped: String =
        good.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    let session = world.signed_in(&ana).await.cookie(SESSION_COOKIE).unwrap().to_owned();
    let changed = [
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        flipped,
        good.replacen("re_", "se_", 1),
        session.replacen("se_", "re_", 1),
        session,
        "re_".to_owned(),
    ];
    for token in changed {
        let mut browser = opened(&world, &token).await;
        assert_eq!(set(&mut browser, NEW).await.error(), AppError::Expired, "{token}");
    }
    assert_eq!(set(&mut world.browser(), NEW).await.error(), AppError::Expired);
    // The page alone uses nothing up: mail programs open links by themselves.
    for _ in 0..3 {
        assert!(opened(&world, &good).await.get(routes::RESET_NEW).await.is_ok());
    }

    // A newer link ends the older one.
    let newer = fresh_token(&world, &ana.email).await;
    assert_eq!(set(&mut opened(&world, &good).await, NEW).await.error(), AppError::Expired);
    set(&mut opened(&world, &newer).await, NEW).await.leads_to(routes::RESET_DONE);
    assert_eq!(set(&mut opened(&world, &newer).await, "another four green boats").await.error(), AppError::Expired);
    world.browser().enter_with(&ana.email, NEW).await.leads_to(routes::VERIFY);

    // So does a new password.
    let late = fresh_token(&world, &ana.email).await;
    let email = Email::parse(&ana.email).unwrap();
    world.service.set_password(&email, &Secret::new(PASSWORD)).await.unwrap();
    assert_eq!(set(&mut opened(&world, &late).await, NEW).await.error(), AppError::Expired);
    world.browser().enter(&ana.email).await.leads_to(routes::VERIFY);
}

async fn pwd_03_link_lives_for_half_an_hour(world: World) {
    world.newcomer("ana@strict.example").await;
    let token = fresh_token(&world, "ana@strict.example").await;
    world.clock.advance(1799);
    let mut browser = opened(&world, &token).await;
    assert!(browser.get(routes::RESET_NEW).await.is_ok());
    world.clock.advance(1);
    let over = browser.get(routes::RESET_NEW).await;
    assert!(over.status.is_client_error() && over.text().contains("This link no longer works"), "{}", over.text());
    assert_eq!(set(&mut browser, NEW).await.error(), AppError::Expired);
    world.browser().enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    // A mail that could not be sent in that time is not sent at all.
    ask(&world, &mut world.browser(), "ana@strict.example").await;
    world.clock.advance(1800);
    assert!(world.post().await.iter().all(|mail| !mail.text.expose().contains("/password/link")));
}

/// A stranger may use up the mails of an account. Whoever is told then that a link is on its way still has one that works.
async fn pwd_03_newest_link_works_while_mail_is_held_back(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut stranger = world.browser();
    for _ in 0..3 {
        ask(&world, &mut stranger, "ana@strict.example").await;
    }
    let (mut newest, mut held) = (token(&world).await, 0);
    for minute in 1..=120 {
        world.clock.advance(60);
        ask(&world, &mut world.browser(), "ana@strict.example").await;
        let mails = world.post().await;
        let link = mails.iter().find_map(|mail| mail.text.expose().split_once("/password/link?t="));
        if let Some((_, rest)) = link {
            rest.lines().next().unwrap().clone_into(&mut newest);
        } else {
            held += 1;
            let page = opened(&world, &newest).await.get(routes::RESET_NEW).await;
            assert!(page.is_ok(), "after {minute} minutes no link in the mailbox works");
        }
    }
    assert!(held > 60, "{held} mails were held back");
    // A link that was used is none any more: the next mail goes out.
    set(&mut opened(&world, &newest).await, NEW).await.leads_to(routes::RESET_DONE);
    assert_ne!(fresh_token(&world, "ana@strict.example").await, newest);
}

/// In every installation, whatever it is called (PWD-08).
async fn pwd_08_name_of_the_program_is_no_password(world: World) {
    world.newcomer("ana@strict.example").await;
    let world = world.restart(|plan| "Harbor Login".clone_into(&mut plan.issuer)).await;
    let token = fresh_token(&world, "ana@strict.example").await;
    let mut browser = opened(&world, &token).await;
    for password in ["MusterMuster1", "Harbor Login 12"] {
        assert_eq!(set(&mut browser, password).await.error(), AppError::PasswordPersonal, "{password}");
    }
    set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);
}

async fn pwd_04_line_ends_and_long_texts_in_the_address_are_refused(world: World) {
    world.newcomer("ana@strict.example").await;
    let long = format!("{}@strict.example", "a".repeat(300));
    for email in
        ["ana@strict.example\r\nBcc: eve@evil.example", "ana@strict.example%0aBcc", "a\0@strict.example", &long]
    {
        let answer = world.browser().call("password/ask", &[("email", email)]).await;
        assert_eq!(answer.error(), AppError::EmailInvalid, "{email:?}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, 0);
}

async fn unfit_passwords_are_refused_and_the_link_still_works(world: World) {
    world.newcomer("ana@strict.example").await;
    let token = fresh_token(&world, "ana@strict.example").await;
    let mut browser = opened(&world, &token).await;
    for (password, error) in [
        ("short", AppError::PasswordShort),
        ("elevenchars", AppError::PasswordShort),
        ("Ana Torres 123", AppError::PasswordPersonal),
        ("ana@strict.example", AppError::PasswordPersonal),
        (&"x".repeat(1025), AppError::PasswordLong),
    ] {
        assert_eq!(set(&mut browser, password).await.error(), error, "{password:.20}");
    }
    world.browser().enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);
    world.browser().enter_with("ana@strict.example", NEW).await.leads_to(routes::REQUIRED);
}

async fn forms_without_a_script_go_all_the_way(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let (page, answer) = browser.submit(routes::RESET, "password/ask", &[("email", "not an address")]).await;
    assert!(page.starts_with(routes::RESET), "{page}");
    assert!(answer.text().contains("does not look like an email address"), "{}", answer.text());
    assert!(answer.text().contains("value=\"not an address\""), "what was typed is there: {}", answer.text());
    let (page, answer) = browser.submit(routes::RESET, "password/ask", &[("email", "ana@strict.example")]).await;
    assert_eq!(page, routes::RESET_SENT);
    assert!(answer.text().contains("Check your email"));
    answered(&world, 1).await;
    let token = token(&world).await;
    let (page, answer) = browser.open(&format!("/password/link?t={token}")).await;
    assert_eq!(page, routes::RESET_NEW, "the token is out of the address");
    assert!(!answer.text().contains(&token) && answer.header("cache-control") == Some("no-store"));
    let (page, answer) = browser.submit(routes::RESET_NEW, "password/new", &[("password", "short")]).await;
    assert!(page.starts_with(routes::RESET_NEW) && answer.text().contains("at least 12 characters"), "{page}");
    let (page, answer) = browser.submit(routes::RESET_NEW, "password/new", &[("password", NEW)]).await;
    assert_eq!(page, routes::RESET_DONE);
    assert!(answer.text().contains("Your password is changed"));
    let (_, answer) = browser.open(routes::RESET_NEW).await;
    assert!(answer.text().contains("This link no longer works"));
}

both!(
    pwd_01_reset_signs_nobody_in_and_the_second_factor_stays,
    pwd_03_used_old_changed_and_foreign_tokens_set_nothing,
    pwd_03_link_lives_for_half_an_hour,
    pwd_03_newest_link_works_while_mail_is_held_back,
    pwd_08_name_of_the_program_is_no_password,
    pwd_04_line_ends_and_long_texts_in_the_address_are_refused,
    unfit_passwords_are_refused_and_the_link_still_works,
    forms_without_a_script_go_all_the_way,
);
