//! The real program, killed at random instants under mixed sign-ins (CRASH-01), and told to stop under them
//! (CRASH-04); and the database taken away from under it (PG-01 to 03, and in silence). After each end the database
//! itself is asked whether everything in it belongs together.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a broken expectation ends a test and says what led to it; clippy knows only functions marked as tests"
)]

#[path = "../flow/support/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "shared with the tests of the flow, which use more of it")]
mod support;

mod invariant;
mod outage;
mod proxy;
mod record;
mod traveller;

use std::{sync::Arc, time::Duration};

use server::clock::{Rng, random};
use tokio::task::JoinSet;

use record::Record;
use support::{Database, Node, Plan, SeededRng, World, at_once};
use traveller::{People, Traveller};

/// How often each database's server is killed.
const KILLS: usize = 100;
/// People who sign in at once.
const TRAVELLERS: usize = 8;
/// People there are.
const PEOPLE: usize = 800;
/// A server gives fewer answers than this before its end, however slow the machine is,
const ANSWERS: u16 = 48;
/// and then lives less long than this, microseconds.
const REST: u16 = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn crash_01_killed_at_a_hundred_instants_sqlite() {
    killed_again_and_again(Database::sqlite().await, "crash_01_sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_01_killed_at_a_hundred_instants_postgres() {
    let database = Database::postgres().await;
    killed_again_and_again(database.clone(), "crash_01_postgres").await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_04_told_to_stop_under_sign_ins_sqlite() {
    told_to_stop(Database::sqlite().await, "crash_04_sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_04_told_to_stop_under_sign_ins_postgres() {
    let database = Database::postgres().await;
    told_to_stop(database.clone(), "crash_04_postgres").await;
    database.remove().await;
}

async fn killed_again_and_again(database: Database, seed: &'static str) {
    let (rng, record) = (SeededRng::new(seed), Arc::new(Record::default()));
    let people = prepare(&database, seed, PEOPLE).await;
    let mut waiting = Vec::new();
    for kill in 0..KILLS {
        // I6: it starts again, whatever the last end has left behind.
        let node = Node::start(database.url()).unwrap();
        let travellers = set_out(&node, waiting, &people, &record);
        let (answers, rest) = instant(&rng);
        println!("{seed}: kill {kill}, {} us after {answers} answers", rest.as_micros());
        record.wait_for_answers(answers).await;
        tokio::time::sleep(rest).await;
        assert!(!node.log().contains("ERROR") && !node.log().contains("panicked"), "{}", node.log());
        node.kill();
        waiting = travellers.join_all().await;
        invariant::check(&database, &record).await;
    }
    println!("{seed}: {}", record.summary());
    assert!(record.sessions() > KILLS, "too few sign-ins to prove anything: {}", record.summary());
    let world = World::running(database.clone(), Plan::of(seed), 0).await;
    world.service.verify_audit_chain(None).await.unwrap();
    world.end().await;
}

/// A server that is told to stop finishes what it has begun: whatever it has written, somebody was told of.
async fn told_to_stop(database: Database, seed: &'static str) {
    let (rng, record) = (SeededRng::new(seed), Arc::new(Record::default()));
    let people = prepare(&database, seed, PEOPLE).await;
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let node = Node::start(database.url()).unwrap();
        let travellers = set_out(&node, waiting, &people, &record);
        let (answers, rest) = instant(&rng);
        record.wait_for_answers(answers).await;
        tokio::time::sleep(rest).await;
        node.ask_to_stop();
        waiting = travellers.join_all().await;
        assert_eq!(node.wait().code(), Some(0));
        invariant::check(&database, &record).await;
        invariant::nobody_is_in_unknowingly(&database, &record).await;
    }
    println!("{seed}: {}", record.summary());
}

/// Everybody with a password and nobody with a second factor.
async fn prepare(database: &Database, seed: &'static str, count: usize) -> People {
    let world = Arc::new(World::running(database.clone(), Plan::of(seed), 0).await);
    let people: Vec<_> = (0..count).map(|number| format!("p{number}@strict.example")).collect();
    let (first, others) = people.split_first().unwrap();
    world.newcomer(first).await;
    for part in others.chunks(32) {
        let newcomers = part.iter().cloned().map(|email| {
            let world = Arc::clone(&world);
            async move { world.newcomer(&email).await }
        });
        at_once(newcomers.collect()).await;
    }
    Arc::into_inner(world).unwrap().end().await;
    People::new(people)
}

/// Lets those go on whom the last end has stopped, and others beside them.
fn set_out(node: &Node, waiting: Vec<Traveller>, people: &People, record: &Arc<Record>) -> JoinSet<Traveller> {
    let router = Node::router(&[node]);
    let new = (waiting.len()..TRAVELLERS).map(|_| Traveller::new(people.next().expect("people are left"), record));
    let all = waiting.into_iter().chain(new);
    all.map(|traveller| traveller.travel(router.clone(), people.clone())).collect()
}

/// When a server ends: after so many answers, and so much later.
fn instant(rng: &impl Rng) -> (usize, Duration) {
    let number = || u16::from_be_bytes(random(rng).unwrap());
    (usize::from(number() % ANSWERS), Duration::from_micros(u64::from(number() % REST)))
}
