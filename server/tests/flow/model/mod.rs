//! Random lives of an account, step by step beside a small model of it (FUZZ-14): at every step the server must show
//! what the model says, in every browser.

mod chance;
mod counter;
mod life;
mod lost;
mod profile;
mod recovery;
mod reference;
mod run;
mod sign_in;
mod step;
mod text;

use std::collections::BTreeSet;

use app::routes;

use crate::support::Database;
use life::{HANDED_OVER, LOST, LOST_CHANGE, Life, READ_LATE, STRIPPED};
use step::{Change, Guess, Step};

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_random_lives_are_as_the_model_says_sqlite() {
    run::live(Database::sqlite, &pages());
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_random_lives_are_as_the_model_says_postgres() {
    run::live(Database::postgres, &pages());
}

/// Leads each of these lives, which chance seldom leads, on SQLite and on PostgreSQL.
macro_rules! lives {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::Database;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(Database::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name(Database::postgres().await).await;
            }
        }
    )+};
}

lives!(
    fuzz_14_two_browsers_with_a_card_each_are_as_the_model_says,
    fuzz_14_recovery_whose_answer_is_lost_twice_is_as_the_model_says,
    fuzz_14_recovery_that_is_lost_in_place_of_what_was_lost_is_as_the_model_says,
    fuzz_14_recovery_whose_answer_is_read_late_is_as_the_model_says,
    fuzz_14_recovery_that_is_repeated_after_an_hour_is_as_the_model_says,
    fuzz_14_new_card_whose_answer_is_lost_is_as_the_model_says,
);

/// Each of two browsers is shown a card, and both are ticked in turn.
async fn fuzz_14_two_browsers_with_a_card_each_are_as_the_model_says(database: Database) {
    let tick =
        [Step::Save(0), Step::Renew(0), Step::Save(1), Step::Save(0), Step::Save(0), Step::Save(1), Step::Renew(1)];
    let steps = [&[next(0), next(0), next(0), Step::Wait(61)][..], &[next(1), next(1)], &tick].concat();
    go(database, &steps, &[routes::RECOVERY_CODE, routes::HOME]).await;
}

/// An answer is lost twice. The same code is worth nothing in another browser, and hands over what it opened where it was lost.
async fn fuzz_14_recovery_whose_answer_is_lost_twice_is_as_the_model_says(database: Database) {
    let lose = [Step::LoseAnswer(0), Step::Recover(0, Guess::Right), ENTER, Step::Enter(1, Guess::Right)];
    let again = [Step::LoseAnswer(0), Step::Recover(1, Guess::Right), ENTER, ENTER, Step::Recover(0, Guess::Right)];
    let steps = [&SETTLED[..], &lose, &again, &[Step::ReadLate, Step::Save(0)]].concat();
    go(database, &steps, &[LOST, HANDED_OVER, routes::CONFIRM]).await;
}

/// An answer is lost, and before it is handed over another browser gets a newer card. That one is typed where it could have
/// been handed over, and the answer is lost again: what the newer card has opened is handed over then.
async fn fuzz_14_recovery_that_is_lost_in_place_of_what_was_lost_is_as_the_model_says(database: Database) {
    let newer = [Step::LoseAnswer(0), ENTER, Step::Wait(61), next(1), next(1)];
    let steps = [&SETTLED[..], &newer, &[Step::LoseAnswer(0), ENTER, Step::Recover(0, Guess::Right)]].concat();
    go(database, &steps, &[LOST, HANDED_OVER]).await;
}

/// An answer is lost, and the new code is read after all: the one before it opens nothing any more, the new one does.
async fn fuzz_14_recovery_whose_answer_is_read_late_is_as_the_model_says(database: Database) {
    let late = [Step::LoseAnswer(0), ENTER, Step::ReadLate, Step::Recover(0, Guess::Wrong)];
    let steps = [&SETTLED[..], &late, &[Step::Recover(0, Guess::Right), Step::Save(0)]].concat();
    let pages = go(database, &steps, &[LOST, READ_LATE, routes::CONFIRM]).await;
    assert!(!pages.contains(HANDED_OVER), "{pages:?}");
}

/// An answer is lost, and the same code comes after more than an hour: then it is as wrong as any.
async fn fuzz_14_recovery_that_is_repeated_after_an_hour_is_as_the_model_says(database: Database) {
    let late = [Step::LoseAnswer(0), Step::Wait(3601), ENTER, Step::Recover(0, Guess::Right)];
    let pages = go(database, &[&SETTLED[..], &late].concat(), &[LOST]).await;
    assert!(!pages.contains(HANDED_OVER), "{pages:?}");
}

/// Somebody who came in with a recovery code asks for another card and never hears of it: the one that they have opens the
/// account, also after other changes that they did not hear of.
async fn fuzz_14_new_card_whose_answer_is_lost_is_as_the_model_says(database: Database) {
    let recover = [Step::Recover(0, Guess::Right), Step::Save(0)];
    let lose = |change| [&[Step::LoseChange(0, change), ENTER][..], &recover].concat();
    let steps =
        [&SETTLED[..], &recover, &lose(Change::Card), &lose(Change::App), &lose(Change::Password(false))].concat();
    let pages = go(database, &steps, &[LOST_CHANGE, routes::CONFIRM]).await;
    assert!(!pages.contains(HANDED_OVER), "{pages:?}");
}

/// Someone with an app whose card is saved, at the challenge of a new sign-in.
const SETTLED: [Step; 6] = [next(0), next(0), next(0), Step::Save(0), Step::SignOut(0), ENTER];
const ENTER: Step = Step::Enter(0, Guess::Right);

const fn next(browser: usize) -> Step {
    Step::Next(browser, Guess::Right)
}

/// Leads this life, which must reach these pages; what it reached.
async fn go(database: Database, steps: &[Step], pages: &[&str]) -> BTreeSet<&'static str> {
    let reached = Life::start(database.clone(), true).await.go_through(steps).await.unwrap();
    assert!(pages.iter().all(|page| reached.contains(page)), "{reached:?}");
    database.remove().await;
    reached
}

/// What the kept lives lead to; less would mean that they are too short to prove anything.
fn pages() -> Vec<&'static str> {
    let pages = [
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
        LOST,
        HANDED_OVER,
        READ_LATE,
        STRIPPED,
    ];
    pages.into_iter().chain(Change::ALL.map(Change::endpoint)).collect()
}
