//! Sending: a real mail server, what it may answer, and what becomes of each mail.

use std::{sync::Arc, time::Duration};

use app::model::{Email, Secret};
use async_trait::async_trait;
use serde_json::json;
use server::{
    mail::{Mail, MailError, Mailer, Outbox, Security, Smtp, SmtpSettings},
    service::Delivery,
};
use tokio::sync::Notify;

use crate::support::{MailServer, World, at_once, both, free_port, tls_file};

const DAY: i64 = 24 * 60 * 60;
/// Longer than a lease.
const LEASE: i64 = 301;

pub(crate) fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port,
        security: Security::Plain,
        credentials: None,
        from: "Muster <muster@strict.example>".parse().unwrap(),
        authority: None,
        timeout: Duration::from_mins(1),
    }
}

pub(crate) fn smtp(port: u16) -> Smtp {
    named(settings(port))
}

pub(crate) fn named(settings: SmtpSettings) -> Smtp {
    Smtp::new(settings, "muster.example").unwrap()
}

/// Somebody whose password was just changed: one mail waits.
pub(crate) async fn one_mail(world: &World) {
    if world.count("SELECT COUNT(*) FROM person").await == 0 {
        world.newcomer("ana@strict.example").await;
    }
    let ana = Email::parse("ana@strict.example").unwrap();
    world.service.set_password(&ana, &Secret::new("another long password")).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE state = 'waiting'").await, 1);
}

async fn states(world: &World, state: &str) -> i64 {
    world.database.int("SELECT COUNT(*) FROM notice WHERE state = $1", vec![state.into()]).await
}

async fn note_01_mail_arrives_whole_and_once(world: World) {
    one_mail(&world).await;
    let mut server = MailServer::plain().await;
    let mailer = smtp(server.port);
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Sent);
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Idle);

    let mail = server.next("mail").await;
    assert_eq!(mail["recipients"], json!(["ana@strict.example"]));
    assert_eq!(mail["sender"], "muster@strict.example");
    assert_eq!(mail["from"], "\"Muster\" <muster@strict.example>");
    assert_eq!(mail["hello"], "muster.example");
    assert_eq!(mail["subject"], "Your password was changed");
    assert_eq!(mail["date"], "2030-01-01T00:00:10.000Z");
    let id = mail["id"].as_str().unwrap();
    assert!(id.starts_with('<') && id.ends_with("@strict.example>"), "{id}");
    assert!(mail["headers"].as_array().unwrap().contains(&json!("auto-submitted")));
    assert!(server.all("mail").await.is_empty());
    assert_eq!(world.count("SELECT attempts FROM notice WHERE state = 'sent' AND sent_at IS NOT NULL").await, 1);
}

async fn note_01_mail_server_away_for_an_hour_and_each_address_gets_one_mail(world: World) {
    world.newcomer("ana@strict.example").await;
    let ana = Email::parse("ana@strict.example").unwrap();
    world.service.add_address(&ana, &Email::parse("ana@home.example").unwrap()).await.unwrap();
    let port = free_port();
    let mailer = smtp(port);
    for _ in 0..60 {
        while world.service.deliver_one(&mailer).await.unwrap() != Delivery::Idle {}
        world.clock.advance(60);
    }
    let attempts = world.count("SELECT MAX(attempts) FROM notice").await;
    assert!((3..=8).contains(&attempts), "{attempts} attempts in an hour");
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE state = 'waiting' AND problem <> ''").await, 2);

    let mut server = MailServer::start(json!({ "security": "plain", "port": port })).await;
    for _ in 0..100 {
        while world.service.deliver_one(&mailer).await.unwrap() != Delivery::Idle {}
        world.clock.advance(60);
    }
    let mut recipients: Vec<_> = server.all("mail").await.iter().map(|mail| mail["recipients"].to_string()).collect();
    recipients.sort();
    assert_eq!(recipients, [r#"["ana@home.example"]"#, r#"["ana@strict.example"]"#]);
    assert_eq!(states(&world, "sent").await, 2);
}

async fn passing_refusals_are_tried_again(world: World) {
    one_mail(&world).await;
    let mut server = MailServer::plain().await;
    let mailer = smtp(server.port);
    // Whatever is said about the sender is about the settings, not about this mail.
    for (place, code) in [("rcpt", 450), ("data", 452), ("mail", 421), ("mail", 553)] {
        server.answer(json!({ "answer": "refuse", "at": place, "code": code })).await;
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::PutOff, "{place} {code}");
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Idle, "not at once");
        assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE problem LIKE '%as the test asked for%'").await, 1);
        world.clock.advance(DAY / 4);
    }
    server.answer(json!({ "answer": "take" })).await;
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Sent);
    assert_eq!(server.all("mail").await.len(), 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE attempts = 5 AND problem = ''").await, 1);
}

async fn final_refusals_are_listed_and_never_tried_again(world: World) {
    for (place, code) in [("rcpt", 550), ("data", 554)] {
        one_mail(&world).await;
        let mut server = MailServer::plain().await;
        let mailer = smtp(server.port);
        server.answer(json!({ "answer": "refuse", "at": place, "code": code })).await;
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Failed, "{place} {code}");
        server.answer(json!({ "answer": "take" })).await;
        world.clock.advance(DAY);
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Idle);
        assert!(server.all("mail").await.is_empty());
        let failed = &world.service.list_failed_mail(10).await.unwrap()[0];
        assert_eq!((failed.recipient.as_str(), failed.kind.as_str()), ("ana@strict.example", "password-changed"));
        assert!(failed.problem.contains(&code.to_string()), "{}", failed.problem);
    }
    let events = "SELECT COUNT(*) FROM audit_event WHERE kind = 'mail.failed' AND detail LIKE '%ana@strict.example%'";
    assert_eq!(world.count(events).await, 2);
}

async fn mail_that_waits_for_days_is_given_up_and_listed(world: World) {
    one_mail(&world).await;
    let mailer = smtp(free_port());
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::PutOff);
    world.clock.advance(5 * DAY - 1);
    world.service.purge().await.unwrap();
    assert_eq!(states(&world, "failed").await, 0);
    world.clock.advance(1);
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Idle);
    world.service.purge().await.unwrap();
    world.service.purge().await.unwrap();

    assert_eq!(states(&world, "failed").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'mail.failed'").await, 1);
    assert_eq!(world.service.list_failed_mail(10).await.unwrap().len(), 1);
    world.clock.advance(365 * DAY);
    world.service.purge().await.unwrap();
    assert_eq!(states(&world, "failed").await, 1, "it stays listed");
}

async fn slow_mail_server_holds_up_nobody_and_is_left_after_the_time(world: World) {
    one_mail(&world).await;
    let mut server = MailServer::plain().await;
    for place in ["mail", "rcpt", "data"] {
        server.answer(json!({ "answer": "hang", "at": place })).await;
        let mailer = named(SmtpSettings { timeout: Duration::from_millis(500), ..settings(server.port) });
        let service = world.service.clone();
        let sending = tokio::spawn(async move { service.deliver_one(&mailer).await.unwrap() });
        server.next("hang").await;
        assert_eq!(world.service.deliver_one(&Outbox).await.unwrap(), Delivery::Idle, "it is being sent");
        assert_eq!(sending.await.unwrap(), Delivery::PutOff);
        world.clock.advance(DAY / 4);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE problem LIKE '%took longer%'").await, 1);
}

/// Takes a mail and does not come back before it is told to.
#[derive(Debug, Default)]
struct Stuck {
    taken: Notify,
    go: Notify,
}

#[async_trait]
impl Mailer for Stuck {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        self.taken.notify_one();
        self.go.notified().await;
        Err(MailError::Permanent("too late to matter".to_owned()))
    }
}

async fn sender_that_comes_back_after_its_lease_changes_nothing(world: World) {
    one_mail(&world).await;
    let stuck = Arc::new(Stuck::default());
    let (service, mailer) = (world.service.clone(), stuck.clone());
    let sending = tokio::spawn(async move { service.deliver_one(&*mailer).await });
    stuck.taken.notified().await;
    world.clock.advance(LEASE - 2);
    assert_eq!(world.service.deliver_one(&Outbox).await.unwrap(), Delivery::Idle, "the lease holds");
    world.clock.advance(2);
    assert_eq!(world.service.deliver_one(&Outbox).await.unwrap(), Delivery::Sent);
    stuck.go.notify_one();
    sending.await.unwrap().unwrap();
    assert_eq!(states(&world, "sent").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'mail.failed'").await, 0);
}

async fn of_many_senders_at_once_one_takes_the_mail(world: World) {
    one_mail(&world).await;
    let work: Vec<_> = (0..64)
        .map(|_| {
            let service = world.service.clone();
            async move { service.deliver_one(&Outbox).await.unwrap() }
        })
        .collect();
    let sent = at_once(work).await.into_iter().filter(|delivery| *delivery == Delivery::Sent).count();
    assert_eq!(sent, 1);
    assert_eq!(world.count("SELECT attempts FROM notice").await, 1);
}

async fn mail_goes_protected_and_signed_in_or_not_at_all(world: World) {
    one_mail(&world).await;
    let with = |port, security, password: &str, authority| SmtpSettings {
        security,
        credentials: Some(("muster".to_owned(), Secret::new(password))),
        authority: Some(std::fs::read(tls_file(authority)).unwrap()),
        ..settings(port)
    };
    for (name, security) in [("starttls", Security::StartTls), ("tls", Security::Tls)] {
        let mut server = MailServer::start(json!({
            "security": name, "certificate": tls_file("localhost.pem"), "user": "muster", "password": "hunter2 hunter2",
        }))
        .await;
        let mailer = named(with(server.port, security, "hunter2 hunter2", "stranger.pem"));
        assert_eq!(
            world.service.deliver_one(&mailer).await.unwrap(),
            Delivery::PutOff,
            "{name}: another's certificate"
        );
        assert!(server.all("auth").await.is_empty(), "{name}: the password went to a stranger");
        world.clock.advance(DAY / 24 * 2);
        let mailer = named(with(server.port, security, "wrong", "authority.pem"));
        assert!(!format!("{mailer:?}").contains("wrong"));
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::PutOff, "{name}: wrong password");
        world.clock.advance(DAY / 24 * 2);
        let mailer = named(with(server.port, security, "hunter2 hunter2", "authority.pem"));
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Sent, "{name}");
        assert_eq!(server.next("mail").await["secure"], true, "{name}");
        let ana = Email::parse("ana@strict.example").unwrap();
        world.service.set_password(&ana, &Secret::new("another long password")).await.unwrap();
    }
    // A server, or somebody in between, that offers no STARTTLS gets neither password nor mail.
    let mut bare = MailServer::plain().await;
    let mailer = named(with(bare.port, Security::StartTls, "hunter2 hunter2", "authority.pem"));
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::PutOff);
    assert!(bare.all("auth").await.is_empty() && bare.all("mail").await.is_empty());
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE problem LIKE '%STARTTLS%'").await, 1);
}

#[test]
fn plain_text_stays_on_this_machine() {
    for host in ["mail.example", "10.0.0.1", "192.168.0.1", "localhost.example", "127.0.0.1.example"] {
        let elsewhere = SmtpSettings { host: host.to_owned(), ..settings(25) };
        assert!(Smtp::new(elsewhere, "muster.example").is_err(), "{host}");
    }
}

both!(
    note_01_mail_arrives_whole_and_once,
    note_01_mail_server_away_for_an_hour_and_each_address_gets_one_mail,
    passing_refusals_are_tried_again,
    final_refusals_are_listed_and_never_tried_again,
    mail_that_waits_for_days_is_given_up_and_listed,
    slow_mail_server_holds_up_nobody_and_is_left_after_the_time,
    sender_that_comes_back_after_its_lease_changes_nothing,
    of_many_senders_at_once_one_takes_the_mail,
    mail_goes_protected_and_signed_in_or_not_at_all,
);
