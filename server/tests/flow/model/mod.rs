//! Random lives of an account, step by step beside a small model of it (FUZZ-14): at every step the server must show
//! what the model says, in every browser.

mod counter;
mod life;
mod profile;
mod recovery;
mod reference;
mod sign_in;
mod step;
mod text;

use std::{cell::RefCell, collections::BTreeSet};

use app::{model::Method, routes};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::support::Database;
use life::Life;
use reference::BROWSERS;
use step::{Change, Guess, Stage, Step};

/// Lives, and steps of each.
const LIVES: u32 = 4;
const STEPS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_random_lives_are_as_the_model_says_sqlite() {
    live(|| async { Database::sqlite() });
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_random_lives_are_as_the_model_says_postgres() {
    live(Database::postgres);
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_two_browsers_with_a_card_each_are_as_the_model_says_sqlite() {
    show_two_cards(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_two_browsers_with_a_card_each_are_as_the_model_says_postgres() {
    show_two_cards(Database::postgres().await).await;
}

/// A life that chance seldom leads: each of two browsers is shown a card, and both are ticked in turn.
async fn show_two_cards(database: Database) {
    let next = |browser| Step::Next(browser, Guess::Right);
    let enrol = [next(0), next(0), next(0), Step::Wait(61)];
    let sign_in = [next(1), next(1)];
    let tick =
        [Step::Save(0), Step::Renew(0), Step::Save(1), Step::Save(0), Step::Save(0), Step::Save(1), Step::Renew(1)];
    let steps = [&enrol[..], &sign_in, &tick].concat();
    let pages = Life::start(database.clone()).await.go_through(&steps).await.unwrap();
    assert!(pages.contains(routes::RECOVERY_CODE) && pages.contains(routes::HOME), "{pages:?}");
    database.remove().await;
}

/// Pages that the lives lead to, beside every change; fewer would mean that they are too short to prove anything.
const PAGES: [&str; 11] = [
    routes::REQUIRED,
    routes::AUTHENTICATOR,
    routes::RECOVERY_CODE,
    routes::HOME,
    routes::VERIFY,
    routes::CHOOSE,
    routes::CONFIRM,
    routes::METHOD,
    routes::PHONE_CONFIRM,
    routes::PHONE_CODE,
    routes::RESET_DONE,
];

/// The same lives at every run; one that fails is shortened.
fn live<F: Future<Output = Database>>(database: impl Fn() -> F) {
    let reached = RefCell::new(BTreeSet::new());
    let config = Config { cases: LIVES, failure_persistence: None, max_shrink_iters: 8, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::default()));
    let outcome = runner.run(&vec(step(), STEPS), |steps| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let database = database().await;
                let life = Life::start(database.clone()).await;
                let outcome = life.go_through(&steps).await.map(|pages| reached.borrow_mut().extend(pages));
                database.remove().await;
                outcome
            })
        })
        .map_err(TestCaseError::fail)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let changes = Change::ALL.map(Change::endpoint);
    let missing: Vec<_> = PAGES.iter().chain(&changes).filter(|what| !reached.borrow().contains(*what)).collect();
    assert!(missing.is_empty(), "{missing:?} were not reached");
}

fn step() -> impl Strategy<Value = Step> {
    let (browser, guess) = (0..BROWSERS, prop_oneof![4 => Just(Guess::Right), 1 => Just(Guess::Wrong)]);
    let (both, stage) = ((browser.clone(), guess.clone()), prop_oneof![Just(Stage::Challenge), Just(Stage::Enrolment)]);
    prop_oneof![
        40 => both.clone().prop_map(|(browser, guess)| Step::Next(browser, guess)),
        2 => both.clone().prop_map(|(browser, guess)| Step::Enter(browser, guess)),
        1 => (browser.clone(), select(&[Method::Authenticator, Method::Sms][..])).prop_map(|(browser, method)| Step::Choose(browser, method)),
        1 => both.clone().prop_map(|(browser, guess)| Step::Confirm(browser, guess)),
        1 => both.clone().prop_map(|(browser, guess)| Step::Verify(browser, guess)),
        3 => both.clone().prop_map(|(browser, guess)| Step::Recover(browser, guess)),
        1 => browser.clone().prop_map(Step::Save),
        1 => (browser.clone(), 0..2_usize).prop_map(|(browser, number)| Step::Send(browser, number)),
        1 => both.clone().prop_map(|(browser, guess)| Step::ConfirmPhone(browser, guess)),
        1 => browser.clone().prop_map(Step::UsePhone),
        4 => (browser.clone(), stage).prop_map(|(browser, stage)| Step::Resend(browser, stage)),
        2 => both.clone().prop_map(|(browser, guess)| Step::VerifyPhone(browser, guess)),
        1 => both.prop_map(|(browser, guess)| Step::StartSetUp(browser, guess)),
        6 => (browser.clone(), select(&Change::ALL[..]), guess.clone(), guess.clone())
            .prop_map(|(browser, change, password, code)| Step::Change(browser, change, password, code)),
        2 => browser.clone().prop_map(Step::SendConfirm),
        2 => Just(Step::AskReset),
        2 => guess.prop_map(Step::UseLink),
        1 => browser.prop_map(Step::SignOut),
        1 => Just(Step::SetPassword),
        6 => prop_oneof![8 => Just(31), 4 => Just(61), 1 => Just(601), 1 => Just(3601), 1 => Just(86_401)].prop_map(Step::Wait),
    ]
}
