//! Who is told of what: every address of the account, once, also those that an attacker has taken away.

use app::{
    model::{Email, Secret},
    routes,
};
use server::service::{DirectoryError, Event};

use crate::support::{Enrolled, PASSWORD, World, at_once, both};

const RESET: &str = "Choose a new password";
const GUESSES: &str = "Somebody knows your password";
const DAY: i64 = 24 * 60 * 60;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// How many mails about something went to an address.
async fn told(world: &World, recipient: &str, kind: &str) -> i64 {
    let sql = "SELECT COUNT(*) FROM notice WHERE channel = 'mail' AND recipient = $1 AND kind = $2";
    world.database.int(sql, vec![recipient.into(), kind.into()]).await
}

/// Somebody with an authenticator and two addresses.
async fn ana_with_two_addresses(world: &World) -> Enrolled {
    let ana = world.enrolled("ana@strict.example").await;
    world.service.add_address(&email("ana@strict.example"), &email("ana@home.example")).await.unwrap();
    ana
}

async fn note_01_each_address_is_told_once_of_each_event(world: World) {
    let ana = ana_with_two_addresses(&world).await;
    world.challenged(&ana).await.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    world.service.set_password(&email(&ana.email), &Secret::new("another long password")).await.unwrap();

    for address in ["ana@strict.example", "ana@home.example"] {
        for kind in ["address-added", "recovery-code-used", "password-changed"] {
            assert_eq!(told(&world, address, kind).await, 1, "{kind} to {address}");
        }
    }
    let events = "SELECT COUNT(DISTINCT event_id) FROM notice";
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, 2 * world.count(events).await);
    let again = "INSERT INTO notice (id, event_id, person_id, channel, recipient, kind, subject, body, due_at, give_up_at, created_at) \
                 SELECT $1, event_id, person_id, channel, recipient, kind, subject, body, 0, 0, 0 FROM notice LIMIT 1";
    assert!(world.database.is_stopped(again, vec![vec![7_u8; 16].into()]).await, "the same address is told twice");
}

/// Anybody can ask for a link in somebody's name: what they write reaches nobody in a letter of ours.
async fn note_01_letter_repeats_nothing_that_a_stranger_wrote(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut stranger = world.browser().named("Account locked, confirm at https://evil.example/");
    stranger.call("password/ask", &[("email", &ana.email)]).await.leads_to(routes::RESET_SENT);
    world.until("SELECT COUNT(*) FROM notice WHERE kind = 'password-reset'", 1).await;
    for _ in 0..5 {
        stranger.enter(&ana.email).await.leads_to(routes::VERIFY);
        stranger.verify(&world.wrong_code(&ana.key)).await.is_refused();
    }

    let mails = world.post().await;
    for subject in [RESET, GUESSES] {
        let mail = mails.iter().find(|mail| mail.subject == subject).unwrap_or_else(|| panic!("{subject}: {mails:?}"));
        for text in [mail.text.expose(), mail.html.expose()] {
            assert!(!text.contains("evil.example") && !text.contains("Account locked"), "{text}");
            assert!(text.contains("Unknown device"), "{text}");
        }
    }
}

async fn note_02_addresses_that_an_attacker_took_away_are_told_all_the_same(world: World) {
    let ana = ana_with_two_addresses(&world).await;
    let old = email("ana@strict.example");
    let eve = email("eve@evil.example");
    world.service.remove_address(&old, &email("ana@home.example")).await.unwrap();
    world.service.change_email(&old, &eve).await.unwrap();
    for address in ["ana@strict.example", "ana@home.example", "eve@evil.example"] {
        assert_eq!(told(&world, address, "email-changed").await, 1, "{address}");
    }

    // The next change, days later, is told to the old ones too.
    world.clock.advance(29 * DAY);
    let taken = Enrolled { email: eve.to_string(), ..ana.clone() };
    let mut browser = world.challenged(&taken).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.save_after_recovery().await;
    browser.call("profile/phone", &[("password", PASSWORD)]).await.leads_to(routes::PHONE);
    browser.send_text("US", "(201) 555-0123").await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    for address in ["ana@strict.example", "ana@home.example", "eve@evil.example"] {
        for kind in ["recovery-code-used", "phone-linked"] {
            assert_eq!(told(&world, address, kind).await, 1, "{kind} to {address}");
        }
    }

    world.clock.advance(DAY);
    world.service.purge().await.unwrap();
    world.service.set_password(&eve, &Secret::new("another long password")).await.unwrap();
    assert_eq!(told(&world, "ana@strict.example", "password-changed").await, 0);
    assert_eq!(told(&world, "eve@evil.example", "password-changed").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM address").await, 1);
}

async fn change_of_the_sign_in_address_ends_what_was_open_and_moves_the_sign_in(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.signed_in(&ana).await;
    let mut half = world.challenged(&ana).await;
    world.service.change_email(&email(&ana.email), &email("ana@new.example")).await.unwrap();

    assert_eq!(world.live_sessions().await, 0);
    half.verify(&world.code(&ana.key, 0)).await.is_refused();
    world.browser().enter(&ana.email).await.is_refused();
    let moved = Enrolled { email: "ana@new.example".to_owned(), ..ana };
    world.signed_in(&moved).await;

    // Back again: the address is the sign-in address and no longer an old one.
    world.service.change_email(&email("ana@new.example"), &email("ana@strict.example")).await.unwrap();
    let current = "SELECT COUNT(*) FROM address a JOIN person p ON p.email = a.email \
                   WHERE a.told_until IS NULL AND a.kind = 'sign-in'";
    assert_eq!(world.count(current).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM address WHERE told_until IS NULL").await, 1);
}

async fn address_rules_hold(world: World) {
    let _ana = ana_with_two_addresses(&world).await;
    world.newcomer("bob@strict.example").await;
    let (ana, home, third) = (email("ana@strict.example"), email("ana@home.example"), email("third@home.example"));
    let notices = world.count("SELECT COUNT(*) FROM notice").await;

    let service = &world.service;
    assert!(matches!(service.add_address(&ana, &home).await, Err(DirectoryError::HasAddress(_))));
    assert!(matches!(service.add_address(&ana, &ana).await, Err(DirectoryError::HasAddress(_))));
    assert!(matches!(service.add_address(&ana, &third).await, Err(DirectoryError::TwoAddresses)));
    assert!(matches!(service.remove_address(&ana, &ana).await, Err(DirectoryError::NotSecond(_))));
    assert!(matches!(service.remove_address(&ana, &third).await, Err(DirectoryError::NotSecond(_))));
    assert!(matches!(service.change_email(&ana, &ana).await, Err(DirectoryError::HasAddress(_))));
    let bob = email("bob@strict.example");
    assert!(matches!(service.change_email(&ana, &bob).await, Err(DirectoryError::Exists(_))));
    assert!(matches!(service.add_address(&third, &home).await, Err(DirectoryError::NoPerson(_))));
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, notices, "nobody is told of what did not happen");

    // The second address becomes the one to sign in with; then there is room for another.
    service.change_email(&ana, &home).await.unwrap();
    service.add_address(&home, &third).await.unwrap();
    let kinds: Vec<_> = service.list_addresses(&home).await.unwrap().into_iter().map(|a| a.email).collect();
    assert_eq!(kinds, ["ana@home.example", "third@home.example", "ana@strict.example"]);
}

async fn of_many_second_addresses_at_once_one_is_added(world: World) {
    let ana = email(&world.enrolled("ana@strict.example").await.email);
    let tries = (0..16).map(|number| {
        let (service, ana) = (world.service.clone(), ana.clone());
        async move { service.add_address(&ana, &email(&format!("ana{number}@home.example"))).await.is_ok() }
    });
    let added = at_once(tries.collect::<Vec<_>>()).await.into_iter().filter(|added| *added).count();
    assert_eq!(added, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM address WHERE told_until IS NULL").await, 2);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'address-added'").await, 2);
}

async fn note_01_mail_says_when_where_and_what_to_do_in_the_language_of_the_person(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.database.change("UPDATE person SET language = 'es', name = 'Ana <b>Torres'", vec![]).await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    let fresh = browser.recovery_code().await.unwrap();

    let mails = world.post().await;
    let mail = mails.iter().find(|mail| mail.subject == "Se ha usado su código de recuperación").unwrap();
    let (text, html) = (mail.text.expose(), mail.html.expose());
    for words in [
        "Hola, Ana:",
        "Cuándo: martes, 1 de enero de 2030, 00:05 UTC",
        "Dónde: dirección de red 10.1.0.",
        "¿No ha sido usted?",
        "http://127.0.0.1:3000/password\n",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(html.contains("<html lang=\"es\">") && html.contains("¿No ha sido usted?"), "{html}");
    for secret in [&ana.recovery, &fresh, &ana.key] {
        let plain = secret.replace('-', "");
        assert!(!text.contains(secret.as_str()) && !text.contains(&plain) && !html.contains(&plain));
    }
}

/// A company whose people must have a second factor at once has no deadline, and its people have watches all the same.
async fn note_01_mail_gives_the_time_of_the_company_without_a_deadline(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let zone = server::domain::parse_zone("America/Denver");
    world.change_policy("Strict", server::domain::PolicyChange { zone, ..Default::default() }).await;
    world.service.set_password(&email(&ana.email), &Secret::new("another long password")).await.unwrap();
    let mails = world.post().await;
    let text = mails.iter().find(|mail| mail.subject.contains("password")).unwrap().text.expose();
    assert!(text.contains("Monday, December 31, 2029 at 5:0") && text.contains(" pm MST"), "{text}");
    // The code still has to be shown at once: the zone alone moves nothing.
    assert_eq!(world.count("SELECT COUNT(*) FROM company WHERE require_mfa = 1 AND enforce_date IS NULL").await, 1);
}

#[test]
fn every_event_has_a_kind_of_its_own() {
    let kinds: std::collections::BTreeSet<_> = Event::ALL.iter().map(|event| event.kind()).collect();
    assert_eq!(kinds.len(), Event::ALL.len());
}

both!(
    note_01_mail_gives_the_time_of_the_company_without_a_deadline,
    note_01_mail_says_when_where_and_what_to_do_in_the_language_of_the_person,
    note_01_each_address_is_told_once_of_each_event,
    note_01_letter_repeats_nothing_that_a_stranger_wrote,
    note_02_addresses_that_an_attacker_took_away_are_told_all_the_same,
    change_of_the_sign_in_address_ends_what_was_open_and_moves_the_sign_in,
    address_rules_hold,
    of_many_second_addresses_at_once_one_is_added,
);
