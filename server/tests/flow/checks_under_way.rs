//! Right passwords that are only being checked are nobody's pause (T6, FLOW-20).

use std::sync::mpsc;

use app::{AppError, Guess, routes};
use server::domain::Limits;
use tokio::runtime;

use crate::support::{Database, PASSWORD, Plan, World};

/// Passwords that one network address has under way at most.
const MOST: usize = 3;

/// One thread hashes, so that a test can hold it.
fn run(test: impl Future<Output = ()>) {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(1).enable_all().build();
    runtime.unwrap().block_on(test);
}

/// As many as are allowed wait for their check, and as many come on top: those are asked to come again in a moment, not
/// in a minute, and nothing is held against anybody. Wrong ones start the pause all the same.
async fn flow_20_right_passwords_at_once_from_one_address_are_told_of_no_pause(database: Database) {
    let limits = Limits { passwords_per_address: i64::try_from(MOST).unwrap(), ..Limits::default() };
    let world = World::new(database.clone(), Plan { limits, ..Plan::of("checks_under_way") }).await;
    let people: Vec<_> = (0..2 * MOST).map(|number| format!("person{number}@strict.example")).collect();
    for email in &people {
        world.newcomer(email).await;
    }
    let (first, others) = people.split_at(MOST);
    let one = world.browser();

    let (go_on, held) = mpsc::channel::<()>();
    let hashing = tokio::task::spawn_blocking(move || held.recv());
    let waiting: Vec<_> = first
        .iter()
        .map(|email| {
            let (mut browser, email) = (one.beside(), email.clone());
            tokio::spawn(async move { browser.enter(&email).await })
        })
        .collect();
    world.until("SELECT COALESCE(MAX(checking), 0) FROM throttle", i64::try_from(MOST).unwrap()).await;
    for email in others {
        let answer = one.beside().call("sign-in/password", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.error(), AppError::Busy { retry_after: 2 });
        assert_eq!(answer.header("retry-after"), Some("2"));
    }
    go_on.send(()).unwrap();
    hashing.await.unwrap().unwrap();
    for answer in waiting {
        answer.await.unwrap().leads_to(routes::REQUIRED);
    }
    for email in others {
        one.beside().enter(email).await.leads_to(routes::REQUIRED);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle WHERE failures + checking > 0").await, 0);

    for email in first {
        let wrong = one.beside().enter_with(email, "wrong wrong wrong").await;
        assert_eq!(wrong.error(), AppError::CredentialsWrong);
    }
    assert_eq!(one.beside().enter(&others[0]).await.error(), AppError::Paused { seconds: 60, guess: Guess::Password });
    world.end().await;
    database.remove().await;
}

#[test]
fn flow_20_checks_under_way_sqlite() {
    run(async {
        flow_20_right_passwords_at_once_from_one_address_are_told_of_no_pause(Database::sqlite().await).await;
    });
}

#[test]
fn flow_20_checks_under_way_postgres() {
    run(async {
        flow_20_right_passwords_at_once_from_one_address_are_told_of_no_pause(Database::postgres().await).await;
    });
}
