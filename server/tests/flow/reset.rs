//! A new password by mail: what the link does, and what it never does.

use app::{
    AppError,
    model::{Email, Secret},
    routes,
};
use axum::http::{Method, StatusCode, header};

use crate::support::{Answer, Browser, Database, Node, PASSWORD, Plan, SESSION_COOKIE, World, at_once, both};

const NEW: &str = "four green boats at noon";
const COOKIE: &str = "muster-demo-reset";

/// `Send Link`, and waits until the request was looked at.
async fn ask(world: &World, browser: &mut Browser, email: &str) {
    let before = world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'").await;
    browser.call("password/ask", &[("email", email)]).await.leads_to(routes::RESET_SENT);
    answered(world, before + 1).await;
}

async fn answered(world: &World, requests: i64) {
    while world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'").await < requests {
        tokio::task::yield_now().await;
    }
}

/// The token in the newest mail that has one.
async fn token(world: &World) -> String {
    let mails = world.post().await;
    let mut links = mails.iter().filter_map(|mail| mail.text.expose().split_once("/password/link?t="));
    links.next_back().expect("no link was sent").1.lines().next().unwrap().to_owned()
}

/// A browser that has opened a link.
async fn opened(world: &World, token: &str) -> Browser {
    let mut browser = world.browser();
    let answer = browser.get(&format!("/password/link?t={token}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), Some(routes::RESET_NEW));
    browser
}

async fn set(browser: &mut Browser, password: &str) -> Answer {
    browser.call("password/new", &[("password", password)]).await
}

async fn fresh_token(world: &World, email: &str) -> String {
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

async fn pwd_02_links_use_the_configured_address_whatever_the_request_says(world: World) {
    world.newcomer("ana@strict.example").await;
    let browser = world.browser();
    let mut mails = Vec::new();
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-proto", "https"),
        ("x-original-host", "evil.example"),
        ("referer", "https://evil.example/password"),
    ] {
        let before = world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'").await;
        let request = browser
            .request(Method::POST, "/api/password/ask")
            .header(name, value)
            .header(header::ACCEPT, "application/json")
            .header(header::ORIGIN, "http://127.0.0.1:3000")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body("email=ana%40strict.example".into()).unwrap();
        world.browser().send("/api/password/ask", request).await.leads_to(routes::RESET_SENT);
        answered(&world, before + 1).await;
        mails.extend(world.post().await);
        world.clock.advance(3600);
    }
    assert_eq!(mails.len(), 5);
    for mail in mails {
        let (text, html) = (mail.text.expose(), mail.html.expose());
        assert!(!text.contains("evil.example") && !html.contains("evil.example"), "{text}");
        assert!(html.contains("href=\"http://127.0.0.1:3000/password"), "{html}");
    }
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

async fn reset_tells_every_address_and_keeps_no_token(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let email = Email::parse(&ana.email).unwrap();
    world.service.add_address(&email, &Email::parse("ana@home.example").unwrap()).await.unwrap();
    world.post().await;
    ask(&world, &mut world.browser(), &ana.email).await;
    let mails = world.post().await;
    let mut sent: Vec<_> = mails.iter().map(|mail| (mail.to.as_str(), mail.subject.as_str())).collect();
    sent.sort_unstable();
    let expected = [("ana@home.example", "Somebody asked for a new password"), (&ana.email, "Choose a new password")];
    assert_eq!(sent, expected);
    let link = mails.iter().find(|mail| mail.to == email).unwrap();
    let token = link.text.expose().split_once("?t=").unwrap().1.lines().next().unwrap().to_owned();
    let other = mails.iter().find(|mail| mail.to != email).unwrap();
    assert!(!other.text.expose().contains("?t=") && !other.html.expose().contains("?t="));

    set(&mut opened(&world, &token).await, NEW).await.leads_to(routes::RESET_DONE);
    let told = "SELECT COUNT(DISTINCT recipient) FROM notice WHERE kind = 'password-changed'";
    assert_eq!(world.count(told).await, 2);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset'").await, 1);
    let dump = world.database.dump().await;
    let secret = token.strip_prefix("re_").unwrap().as_bytes();
    assert!(!dump.windows(secret.len()).any(|window| window == secret), "the token is in the database");
    world.service.verify_audit_chain().await.unwrap();
}

async fn mail_with_the_link_speaks_the_language_of_the_visit_at_least(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.set_cookie("muster-demo-language", "it");
    ask(&world, &mut browser, "ana@strict.example").await;
    let mail = world.post().await.pop().unwrap();
    assert_eq!(mail.subject, app::t::mail::RESET_SUBJECT.get(app::Language::It));
    assert!(mail.html.expose().contains("<html lang=\"it\">"), "{}", mail.html.expose());
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

async fn flow_24_answer_is_the_same_whoever_asks_for_whom(world: World) {
    world.newcomer("known@strict.example").await;
    world.newcomer("disabled@strict.example").await;
    world.newcomer("bare@strict.example").await;
    world.database.change("UPDATE person SET disabled_at = 1 WHERE email = 'disabled@strict.example'", vec![]).await;
    world.database.change("UPDATE person SET password = NULL WHERE email = 'bare@strict.example'", vec![]).await;
    let mut answers = Vec::new();
    for email in ["known@strict.example", "disabled@strict.example", "bare@strict.example", "nobody@strict.example"] {
        let mut browser = world.browser();
        let answer = browser.call("password/ask", &[("email", email)]).await;
        let page = browser.get(routes::RESET_SENT).await;
        answers.push((answer.status, answer.text(), format!("{:?}", answer.headers), page.text()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    answered(&world, 4).await;
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
    assert_eq!(answer.error(), AppError::Paused { seconds: 600 });
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
    assert_eq!(answer.error(), AppError::Paused { seconds: 600 });

    let mut browser = opened(&world, &token).await;
    for _ in 0..2 {
        assert_eq!(set(&mut browser, "short").await.error(), AppError::PasswordShort);
    }
    assert_eq!(set(&mut browser, NEW).await.error(), AppError::Paused { seconds: 60 });
    world.clock.advance(60);
    set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);
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

async fn race_13_of_64_uses_of_one_link_one_sets_its_password(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    race(&world, &ana.email).await;
}

async fn race(world: &World, email: &str) {
    let token = fresh_token(world, email).await;
    let mut tries = Vec::new();
    for number in 0..64 {
        let mut browser = opened(world, &token).await;
        tries.push(async move {
            let password = format!("four green boats {number:02}");
            set(&mut browser, &password).await.is_ok().then_some(password)
        });
    }
    let won: Vec<_> = at_once(tries).await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-changed'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM password_reset WHERE consumed_at IS NOT NULL").await, 1);
    world.browser().enter_with(email, &won[0]).await.leads_to(routes::VERIFY);
}

#[tokio::test(flavor = "multi_thread")]
async fn race_13_on_two_nodes() {
    let database = Database::postgres().await;
    let mut world = World::running(database.clone(), Plan::of("race_13_on_two_nodes"), 0).await;
    let ana = world.enrolled("ana@strict.example").await;
    let nodes = [Node::start(database.url()).unwrap(), Node::start(database.url()).unwrap()];
    world = world.through(Node::router(&[&nodes[0], &nodes[1]]));
    race(&world, &ana.email).await;
    for node in nodes {
        node.kill();
    }
    drop(world);
    database.remove().await;
}

both!(
    pwd_01_reset_signs_nobody_in_and_the_second_factor_stays,
    pwd_02_links_use_the_configured_address_whatever_the_request_says,
    pwd_03_used_old_changed_and_foreign_tokens_set_nothing,
    pwd_03_link_lives_for_half_an_hour,
    pwd_03_newest_link_works_while_mail_is_held_back,
    pwd_08_name_of_the_program_is_no_password,
    pwd_04_line_ends_and_long_texts_in_the_address_are_refused,
    reset_tells_every_address_and_keeps_no_token,
    mail_with_the_link_speaks_the_language_of_the_visit_at_least,
    unfit_passwords_are_refused_and_the_link_still_works,
    flow_24_answer_is_the_same_whoever_asks_for_whom,
    limits_stop_the_mails_of_an_account_and_the_requests_of_an_address,
    limits_are_those_of_the_settings,
    forms_without_a_script_go_all_the_way,
    race_13_of_64_uses_of_one_link_one_sets_its_password,
);
