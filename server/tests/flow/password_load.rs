//! Two hundred passwords at once, against a process of its own (PWD-07).

use app::{AppError, routes};
use axum::http::StatusCode;
use server::crypto::Cost;
use tokio::sync::mpsc;

use crate::support::{Answer, Browser, Database, Node, PASSWORD, Plan, World};

/// Passwords that are checked at once, and that may wait.
const PERMITS: usize = 2;
const QUEUE: usize = 30;
const PLACES: usize = PERMITS + QUEUE;
/// The most that the settings take, so that one check too many would show.
const COST: Cost = Cost { memory: 65_536, passes: 2, lanes: 1 };
/// What two hundred connections and requests may need beside argon2, KiB: less than one more check would.
const ALLOWANCE: u64 = 60_000;
const REQUESTS: u8 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn pwd_07_burst_of_sign_ins_stays_within_memory_and_leaves_the_server_answering_sqlite() {
    burst(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_07_burst_of_sign_ins_stays_within_memory_and_leaves_the_server_answering_postgres() {
    burst(Database::postgres().await).await;
}

async fn burst(database: Database) {
    // Ten at once for each person: as many as the limit of an account lets through.
    let people: Vec<_> = (0..20).map(|number| format!("person{number}@strict.example")).collect();
    let world = World::running(database.clone(), Plan { cost: COST, ..Plan::of("pwd_07_process") }, 0).await;
    for person in &people {
        world.newcomer(person).await;
    }
    world.end().await;
    let node = Node::start_with(database.url(), &settings()).unwrap();
    let browser = |number| Browser::new(Node::router(&[&node]), [10, 0, 0, number]);
    // One check, so that what comes once is there.
    browser(0).enter(&people[0]).await.leads_to(routes::REQUIRED);
    let before = node.memory("VmRSS");

    let (told, mut answers) = mpsc::unbounded_channel();
    for number in 0..REQUESTS {
        let (mut browser, told) = (browser(number), told.clone());
        let person = people[usize::from(number) % people.len()].clone();
        tokio::spawn(async move {
            let answer = browser.call("sign-in/password", &[("email", &person), ("password", PASSWORD)]).await;
            told.send(answer).unwrap();
        });
    }
    drop(told);
    let mut tally = Tally::default();
    while let Some(answer) = answers.recv().await {
        tally.take(&answer);
        if tally.busy > 0 && !tally.healthy {
            // The queue is full. Health is answered before those are through who wait in it.
            assert_eq!(browser(0).get("/healthz").await.status, StatusCode::OK);
            tally.healthy = true;
            while let Ok(answer) = answers.try_recv() {
                tally.take(&answer);
            }
            assert!(tally.served < PLACES, "health had to wait for all of them");
        }
    }

    let Tally { served, busy, unavailable, healthy } = tally;
    assert!(healthy && served + unavailable >= PLACES, "whoever had a place is served: {served}");
    assert_eq!(served + busy + unavailable, usize::from(REQUESTS));
    let opened = database.int("SELECT COUNT(*) FROM sign_in", Vec::new()).await;
    assert_eq!(usize::try_from(opened).unwrap(), served + 1);
    let (most, one) = (node.memory("VmHWM"), u64::from(COST.memory));
    let permitted = u64::try_from(PERMITS).unwrap() * one;
    assert!(most < before + permitted + ALLOWANCE, "{before} KiB before, {most} KiB at most");
    assert!(most >= one, "a check takes what it costs: {most} KiB");
    // Those who were sent away had guessed nothing: it is not held against them.
    for person in &people {
        browser(0).enter(person).await.leads_to(routes::REQUIRED);
    }
    node.ask_to_stop();
    assert_eq!(node.wait().code(), Some(0));
    database.remove().await;
}

/// What became of the requests so far.
#[derive(Default)]
struct Tally {
    served: usize,
    /// Sent away by the full queue.
    busy: usize,
    /// Sent away by the database, which a server without a processor to run on waits for too long.
    unavailable: usize,
    /// Health was asked for, and answered.
    healthy: bool,
}

impl Tally {
    fn take(&mut self, answer: &Answer) {
        if answer.is_ok() {
            self.served += 1;
            return;
        }
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.header("retry-after").is_some(), "it says when to try again");
        let busy = matches!(answer.error(), AppError::Busy { .. });
        self.busy += usize::from(busy);
        self.unavailable += usize::from(!busy);
    }
}

fn settings() -> [(&'static str, String); 5] {
    [
        ("MUSTER_PASSWORD__MEMORY", COST.memory.to_string()),
        ("MUSTER_PASSWORD__PASSES", COST.passes.to_string()),
        ("MUSTER_PASSWORD__LANES", COST.lanes.to_string()),
        ("MUSTER_PASSWORD__HASH_PERMITS", PERMITS.to_string()),
        ("MUSTER_PASSWORD__HASH_QUEUE", QUEUE.to_string()),
    ]
}
