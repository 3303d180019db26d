//! Lives that chance leads: some the same at every run, and some that nobody has lived yet.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    env,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};

use super::{
    chance::{step, step_or_loss},
    life::Life,
};
use crate::support::Database;

/// Steps of a life.
const STEPS: usize = 100;
/// Seeds of the lives that are lived at every run: those that lead everywhere, and those that have found a fault.
const KEPT: [u64; 6] = [1, 2, 4, 6, 14, 5];
/// Every so many lives, by their seeds, are in a company that asks for no second factor.
const FREE: u64 = 5;
/// Fresh lives of a run, and the time after which no other one begins.
const FRESH: u64 = 2;
const FRESH_TIME: Duration = Duration::from_secs(20);
/// Names the seed of the one life to live, to repeat what a run has printed.
const SEED: &str = "MUSTER_MODEL_SEED";

/// What was reached.
type Reached = RefCell<BTreeSet<&'static str>>;

/// Lives the kept seeds, which must lead to all these pages, and fresh ones; or the one that the environment names.
pub(super) fn live<F: Future<Output = Database>>(database: impl Fn() -> F, pages: &[&'static str]) {
    let reached = Reached::default();
    let lead = |seed| lead(seed, &database, &reached);
    if let Ok(seed) = env::var(SEED) {
        return lead(seed.parse().expect("a seed is a number"));
    }
    KEPT.into_iter().for_each(lead);
    let missing: Vec<_> = pages.iter().filter(|page| !reached.borrow().contains(*page)).collect();
    assert!(missing.is_empty(), "{missing:?} were not reached");
    let begun = Instant::now();
    for number in 0..FRESH {
        if begun.elapsed() < FRESH_TIME {
            // One of each.
            lead(RandomState::new().hash_one(STEPS) / FREE * FREE + number % 2);
        }
    }
}

/// The life of one seed. One that fails is shortened, and printed with its seed.
fn lead<F: Future<Output = Database>>(seed: u64, database: &impl Fn() -> F, reached: &Reached) {
    let config = Config {
        cases: 1,
        failure_persistence: None,
        max_shrink_iters: 400,
        max_shrink_time: 120_000,
        ..Config::default()
    };
    let generator = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4));
    let mut runner = TestRunner::new_with_rng(config, generator);
    // The kept lives are known for where their steps lead.
    let step = if KEPT.contains(&seed) { step().boxed() } else { step_or_loss().boxed() };
    let outcome = runner.run(&vec(step, STEPS), |steps| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let database = database().await;
                let life = Life::start(database.clone(), !seed.is_multiple_of(FREE)).await;
                let outcome = life.go_through(&steps).await.map(|pages| reached.borrow_mut().extend(pages));
                database.remove().await;
                outcome
            })
        })
        .map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => {
            panic!("in the life of the seed {seed} ({SEED}={seed} repeats it): {reason}")
        }
        Err(TestError::Abort(reason)) => panic!("the life of the seed {seed} was given up: {reason}"),
    }
}
