//! Random lives of an account, step by step beside a small model of it (FUZZ-14): at every step the server must show
//! what the model says, in every browser.

mod reference;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use app::{
    model::{Email, RecoveryCode, Secret},
    routes,
};
use axum::http::StatusCode;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use server::domain::Limits;

use crate::support::{Answer, Browser, Database, Plan, World};
use reference::{Account, BROWSERS, Guess, Seen, Step};

/// Lives, and steps of each.
const LIVES: u32 = 3;
const STEPS: usize = 60;
const EMAIL: &str = "ana@strict.example";
const WRONG: &str = "wrong wrong wrong";

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_random_lives_are_as_the_model_says_sqlite() {
    live(|| async { Database::sqlite() });
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_14_random_lives_are_as_the_model_says_postgres() {
    live(Database::postgres);
}

/// Pages that the lives lead to; fewer would mean that they are too short to prove anything.
const PAGES: [&str; 7] = [
    routes::REQUIRED,
    routes::AUTHENTICATOR,
    routes::RECOVERY_CODE,
    routes::HOME,
    routes::VERIFY,
    routes::CONFIRM,
    routes::METHOD,
];

/// The same lives at every run; one that fails is shortened.
fn live<F: Future<Output = Database>>(database: impl Fn() -> F) {
    let reached = RefCell::new(BTreeSet::new());
    let config = Config { cases: LIVES, failure_persistence: None, max_shrink_iters: 32, ..Config::default() };
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
    assert!(PAGES.iter().all(|page| reached.borrow().contains(page)), "only {:?} were reached", reached.borrow());
}

fn step() -> impl Strategy<Value = Step> {
    let (browser, guess) = (0..BROWSERS, prop_oneof![4 => Just(Guess::Right), 1 => Just(Guess::Wrong)]);
    let both = (browser.clone(), guess);
    prop_oneof![
        20 => both.clone().prop_map(|(browser, guess)| Step::Next(browser, guess)),
        2 => both.clone().prop_map(|(browser, guess)| Step::Enter(browser, guess)),
        1 => browser.clone().prop_map(Step::Choose),
        1 => both.clone().prop_map(|(browser, guess)| Step::Confirm(browser, guess)),
        1 => both.clone().prop_map(|(browser, guess)| Step::Verify(browser, guess)),
        4 => both.clone().prop_map(|(browser, guess)| Step::Recover(browser, guess)),
        1 => browser.clone().prop_map(Step::Save),
        1 => both.prop_map(|(browser, guess)| Step::StartSetUp(browser, guess)),
        1 => browser.prop_map(Step::SignOut),
        1 => Just(Step::SetPassword),
        6 => prop_oneof![8 => Just(31), 4 => Just(61), 1 => Just(601), 1 => Just(3601), 1 => Just(86_401)].prop_map(Step::Wait),
    ]
}

/// The server and the model, with what the person knows.
struct Life {
    world: World,
    model: Account,
    browsers: Vec<Browser>,
    /// Setup keys of the apps, by the model's numbers.
    keys: BTreeMap<u32, String>,
    /// Recovery codes, by the model's numbers.
    cards: BTreeMap<u32, String>,
    passwords: u32,
}

impl Life {
    async fn start(database: Database) -> Self {
        let mut plan = Plan::of("fuzz_14");
        // Pauses of the account are another test's.
        plan.limits = Limits { failures: 1_000_000, failures_in_a_row: 1_000_000, ..plan.limits };
        let limits = plan.limits;
        let world = World::new(database, plan).await;
        world.newcomer(EMAIL).await;
        let (model, browsers) = (Account::new(limits, world.clock.seconds()), world.browsers(BROWSERS));
        let mut life = Self { world, model, browsers, keys: BTreeMap::new(), cards: BTreeMap::new(), passwords: 0 };
        life.set_password().await;
        life
    }

    /// The pages that were reached.
    async fn go_through(mut self, steps: &[Step]) -> Result<BTreeSet<&'static str>, String> {
        let mut pages = BTreeSet::new();
        for (number, step) in steps.iter().enumerate() {
            let at = |what: String| format!("step {number}, {step:?}: {what}");
            pages.extend(self.go(*step).await.map_err(at)?);
            self.compare().await.map_err(at)?;
        }
        self.world.end().await;
        Ok(pages)
    }

    /// One step, in the server and in the model; the page that it led to.
    async fn go(&mut self, step: Step) -> Result<Option<&'static str>, String> {
        let step = if let Step::Next(browser, guess) = step { self.model.next(browser, guess) } else { step };
        let (answer, browser) = match step {
            Step::Next(..) => unreachable!("a page asks for a step"),
            Step::Wait(seconds) => {
                self.world.clock.advance(seconds);
                self.model.take(step);
                return Ok(None);
            }
            Step::SetPassword => {
                self.set_password().await;
                self.model.take(step);
                return Ok(None);
            }
            Step::Enter(browser, guess) => {
                let password = self.password(guess);
                (self.browsers[browser].enter_with(EMAIL, &password).await, browser)
            }
            Step::Choose(browser) => {
                (self.browsers[browser].call("set-up/method", &[("method", "authenticator")]).await, browser)
            }
            Step::Confirm(browser, guess) => {
                let code = self.code(self.model.pending(browser), guess);
                (self.browsers[browser].confirm(&code).await, browser)
            }
            Step::Verify(browser, guess) => {
                let code = self.code(self.model.app(), guess);
                (self.browsers[browser].verify(&code).await, browser)
            }
            Step::Recover(browser, guess) => {
                let card = self.card(guess);
                (self.browsers[browser].recover(&card).await, browser)
            }
            Step::Save(browser) => (self.browsers[browser].call("set-up/saved", &[("saved", "yes")]).await, browser),
            Step::StartSetUp(browser, guess) => {
                let password = self.password(guess);
                (self.browsers[browser].call("set-up/start", &[("password", &password)]).await, browser)
            }
            Step::SignOut(browser) => (self.browsers[browser].call("sign-out", &[]).await, browser),
        };
        let seen = self.model.take(step);
        expect(&answer, &seen)?;
        self.look(browser, &answer).await;
        Ok(if let Seen::Page(page) = seen { Some(page) } else { None })
    }

    /// What a page shows once: the setup key, the recovery code.
    async fn look(&mut self, browser: usize, answer: &Answer) {
        match answer.location().filter(|_| answer.is_ok()) {
            Some(routes::AUTHENTICATOR) => {
                let key = self.browsers[browser].setup_key().await;
                self.keys.insert(self.model.pending(browser).unwrap(), key);
            }
            Some(routes::RECOVERY_CODE) => {
                let card = self.browsers[browser].recovery_code().await.expect("a new code is shown once");
                self.cards.insert(self.model.card().unwrap(), card);
            }
            _ => {}
        }
    }

    /// Who is in, and what counts.
    async fn compare(&mut self) -> Result<(), String> {
        for number in 0..BROWSERS {
            let is_in = self.browsers[number].session().await == StatusCode::OK;
            if is_in != self.model.is_in(number) {
                return Err(format!("browser {number} is {}signed in", if is_in { "" } else { "not " }));
            }
        }
        let active = self.world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await;
        let current = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";
        let current = self.world.count(current).await;
        let expected = (i64::from(self.model.app().is_some()), i64::from(self.model.card().is_some()));
        if (active, current) == expected { Ok(()) } else { Err(format!("{active} apps and {current} cards count")) }
    }

    async fn set_password(&mut self) {
        self.passwords += 1;
        let password = Secret::new(self.password(Guess::Right));
        self.world.service.set_password(&Email::parse(EMAIL).unwrap(), &password).await.unwrap();
    }

    fn password(&self, guess: Guess) -> String {
        if guess == Guess::Right { format!("the password number {}", self.passwords) } else { WRONG.to_owned() }
    }

    /// The code that an app shows, or one that no app shows.
    fn code(&self, app: Option<u32>, guess: Guess) -> String {
        let Some(key) = app.map(|app| &self.keys[&app]) else { return "000000".to_owned() };
        if guess == Guess::Right { self.world.code(key, 0) } else { self.world.wrong_code(key) }
    }

    /// The recovery code that counts; or the one before it, or one that never was.
    fn card(&self, guess: Guess) -> String {
        let of = |number: u32| self.cards.get(&number).cloned();
        let (current, never) = (self.model.card(), RecoveryCode::from_random(&[7; 23]).groups().join("-"));
        let typed = match guess {
            Guess::Right => current.and_then(of),
            Guess::Wrong => current.and_then(|card| of(card - 1)),
        };
        typed.unwrap_or(never)
    }
}

fn expect(answer: &Answer, seen: &Seen) -> Result<(), String> {
    let as_expected = match seen {
        Seen::Page(page) => answer.is_ok() && answer.location() == Some(page),
        Seen::Error(error) => !answer.is_ok() && answer.error() == *error,
        Seen::NotNow => answer.status.is_client_error(),
    };
    if as_expected { Ok(()) } else { Err(format!("{} {} in place of {seen:?}", answer.status, answer.text())) }
}
