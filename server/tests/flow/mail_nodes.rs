//! Nodes that send mail: two at once, and one that is killed in the middle.

use std::collections::BTreeSet;

use app::model::{Email, Secret};
use serde_json::json;
use server::{mail::Outbox, service::Delivery};

use crate::support::{Database, MailServer, Node, Plan, World};

/// A node that sends through this server.
fn node(database: &Database, server: &MailServer) -> Node {
    Node::start_with(database.url(), &server.settings()).unwrap()
}

async fn set_password(world: &World, email: &str) {
    let email = Email::parse(email).unwrap();
    world.service.set_password(&email, &Secret::new("another long password")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn note_01_two_nodes_send_each_mail_once() {
    let database = Database::postgres().await;
    let world = World::running(database.clone(), Plan::of("two_nodes_send"), 0).await;
    let mut server = MailServer::plain().await;
    let nodes = [node(&database, &server), node(&database, &server)];
    for number in 0..20 {
        let email = format!("ana{number}@strict.example");
        world.newcomer(&email).await;
        set_password(&world, &email).await;
    }
    let mut told = BTreeSet::new();
    for _ in 0..20 {
        told.insert(server.next("mail").await["recipients"].to_string());
    }
    assert_eq!(told.len(), 20, "somebody was told twice");
    for node in nodes {
        node.ask_to_stop();
        assert!(node.wait().success());
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE state = 'sent' AND attempts = 1").await, 20);
    assert!(server.all("mail").await.is_empty());
    drop(world);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn note_01_mail_of_a_killed_node_is_sent_after_its_lease_with_the_same_id_sqlite() {
    killed_in_the_middle(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn note_01_mail_of_a_killed_node_is_sent_after_its_lease_with_the_same_id_postgres() {
    killed_in_the_middle(Database::postgres().await).await;
}

async fn killed_in_the_middle(database: Database) {
    let world = World::running(database.clone(), Plan::of("killed_node"), 0).await;
    let mut server = MailServer::plain().await;
    server.answer(json!({ "answer": "hang", "at": "data" })).await;
    world.newcomer("ana@strict.example").await;
    set_password(&world, "ana@strict.example").await;
    // Whoever works on SQLite has it alone.
    world.end().await;
    let node = node(&database, &server);
    let id = server.next("hang").await["id"].clone();
    node.kill();

    server.answer(json!({ "answer": "take" })).await;
    let world = World::running(database.clone(), Plan::of("killed_node, in between"), 0).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE state = 'waiting' AND attempts = 1").await, 1);
    assert_eq!(world.service.deliver_one(&Outbox).await.unwrap(), Delivery::Idle, "the lease holds");
    world.end().await;

    // The same minutes later.
    let later = World::running(database.clone(), Plan::of("killed_node, later"), 400).await;
    let mailer = crate::mail::smtp(server.port);
    assert_eq!(later.service.deliver_one(&mailer).await.unwrap(), Delivery::Sent);
    assert_eq!(server.next("mail").await["id"], id);
    assert_eq!(later.count("SELECT COUNT(*) FROM notice WHERE state = 'sent' AND attempts = 2").await, 1);
    later.end().await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_without_a_mail_server_says_so() {
    let database = Database::postgres().await;
    let node = Node::start(database.url()).unwrap();
    assert!(node.log().contains("no mail is sent: `smtp.host` is not set"), "{}", node.log());
    node.kill();
    database.remove().await;
}
