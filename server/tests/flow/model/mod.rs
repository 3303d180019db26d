//! Random lives of an account, step by step beside a small model of it (FUZZ-14): at every step the server must show
//! what the model says, in every browser.

mod counter;
mod recovery;
mod reference;
mod step;
mod text;

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
use server::domain::{Limits, SmsLimits};

use crate::support::{Answer, Browser, Database, NUMBER, Plan, World};
use reference::{Account, BROWSERS};
use step::{Guess, Seen, Stage, Step};

/// Lives, and steps of each.
const LIVES: u32 = 4;
const STEPS: usize = 90;
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
const PAGES: [&str; 10] = [
    routes::REQUIRED,
    routes::AUTHENTICATOR,
    routes::RECOVERY_CODE,
    routes::HOME,
    routes::VERIFY,
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
    assert!(PAGES.iter().all(|page| reached.borrow().contains(page)), "only {:?} were reached", reached.borrow());
}

fn step() -> impl Strategy<Value = Step> {
    let (browser, guess) = (0..BROWSERS, prop_oneof![4 => Just(Guess::Right), 1 => Just(Guess::Wrong)]);
    let (both, stage) = ((browser.clone(), guess.clone()), prop_oneof![Just(Stage::Challenge), Just(Stage::Enrolment)]);
    prop_oneof![
        20 => both.clone().prop_map(|(browser, guess)| Step::Next(browser, guess)),
        2 => both.clone().prop_map(|(browser, guess)| Step::Enter(browser, guess)),
        1 => browser.clone().prop_map(Step::Choose),
        1 => both.clone().prop_map(|(browser, guess)| Step::Confirm(browser, guess)),
        1 => both.clone().prop_map(|(browser, guess)| Step::Verify(browser, guess)),
        4 => both.clone().prop_map(|(browser, guess)| Step::Recover(browser, guess)),
        1 => browser.clone().prop_map(Step::Save),
        1 => browser.clone().prop_map(Step::Send),
        1 => both.clone().prop_map(|(browser, guess)| Step::ConfirmPhone(browser, guess)),
        1 => browser.clone().prop_map(Step::UsePhone),
        4 => (browser.clone(), stage).prop_map(|(browser, stage)| Step::Resend(browser, stage)),
        2 => both.clone().prop_map(|(browser, guess)| Step::VerifyPhone(browser, guess)),
        1 => both.prop_map(|(browser, guess)| Step::StartSetUp(browser, guess)),
        2 => Just(Step::AskReset),
        2 => guess.prop_map(Step::UseLink),
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
    /// Tokens of the links that were sent.
    links: Vec<String>,
}

impl Life {
    async fn start(database: Database) -> Self {
        let mut plan = Plan::of("fuzz_14");
        // Few failures, so that pauses come; and no other counter stops a life.
        let many = 1_000_000;
        plan.limits = Limits { failures: 4, failures_in_a_row: many, resets_per_person: many, ..plan.limits };
        plan.sms = SmsLimits { per_person: many, per_number: many, per_prefix: many, country_sample: many, ..plan.sms };
        let (limits, sms) = (plan.limits, plan.sms);
        let world = World::new(database, plan).await;
        world.newcomer(EMAIL).await;
        let (model, browsers) = (Account::new(limits, sms, world.clock.seconds()), world.browsers(BROWSERS));
        let (keys, cards) = (BTreeMap::new(), BTreeMap::new());
        let mut life = Self { world, model, browsers, keys, cards, passwords: 0, links: Vec::new() };
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
            Step::Send(browser) => (self.browsers[browser].send_text("US", NUMBER).await, browser),
            Step::ConfirmPhone(browser, guess) => {
                let code = self.text(Stage::Enrolment, guess);
                (self.browsers[browser].confirm_phone(&code).await, browser)
            }
            Step::UsePhone(browser) => (self.browsers[browser].call("sign-in/phone", &[]).await, browser),
            Step::Resend(browser, Stage::Challenge) => (self.browsers[browser].resend().await, browser),
            Step::Resend(browser, Stage::Enrolment) => {
                (self.browsers[browser].call("set-up/phone/resend", &[]).await, browser)
            }
            Step::VerifyPhone(browser, guess) => {
                let code = self.text(Stage::Challenge, guess);
                (self.browsers[browser].verify_phone(&code).await, browser)
            }
            Step::AskReset => (self.ask_reset().await, 0),
            Step::UseLink(guess) => (self.use_link(guess).await, 0),
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
        let factors = [self.model.app(), self.model.phone].into_iter().flatten().count();
        let expected = (i64::try_from(factors).unwrap(), i64::from(self.model.card().is_some()));
        if (active, current) == expected { Ok(()) } else { Err(format!("{active} factors and {current} cards count")) }
    }

    async fn set_password(&mut self) {
        self.passwords += 1;
        let password = Secret::new(self.password(Guess::Right));
        self.world.service.set_password(&Email::parse(EMAIL).unwrap(), &password).await.unwrap();
    }

    fn password(&self, guess: Guess) -> String {
        if guess == Guess::Right { password(self.passwords) } else { WRONG.to_owned() }
    }

    /// The code that an app shows, or one that no app shows.
    fn code(&self, app: Option<u32>, guess: Guess) -> String {
        let Some(key) = app.map(|app| &self.keys[&app]) else { return "000000".to_owned() };
        if guess == Guess::Right { self.world.code(key, 0) } else { self.world.wrong_code(key) }
    }

    /// The code of the newest message for this purpose; or that of the message before it, which a resend has voided.
    fn text(&self, stage: Stage, guess: Guess) -> String {
        let codes = self.world.phones.codes();
        let newest = self.model.message(stage).map_or(0, |message| usize::try_from(message).unwrap());
        let typed = if guess == Guess::Right { newest.checked_sub(1) } else { newest.checked_sub(2) };
        typed.and_then(|place| codes.get(place).cloned()).unwrap_or_else(|| "000000".to_owned())
    }

    /// Asks for a link in a browser of its own, and fetches the mail.
    async fn ask_reset(&mut self) -> Answer {
        let answered = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'";
        let before = self.world.count(answered).await;
        let answer = self.world.browser().call("password/ask", &[("email", EMAIL)]).await;
        while self.world.count(answered).await == before {
            tokio::task::yield_now().await;
        }
        let mails = self.world.post().await;
        let links = mails.iter().filter_map(|mail| mail.text.expose().split_once("/password/link?t="));
        self.links.extend(links.map(|(_, rest)| rest.lines().next().unwrap().to_owned()));
        answer
    }

    /// Sets the next password with the newest link, or tries to with the one before.
    async fn use_link(&mut self, guess: Guess) -> Answer {
        let back = if guess == Guess::Right { 1 } else { 2 };
        let place = self.links.len().checked_sub(back);
        let token = place.map_or("re_never", |place| &self.links[place]);
        let mut browser = self.world.browser();
        browser.get(&format!("/password/link?t={token}")).await;
        let answer = browser.call("password/new", &[("password", &password(self.passwords + 1))]).await;
        self.passwords += u32::from(answer.is_ok());
        answer
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

fn password(number: u32) -> String {
    format!("the password number {number}")
}

fn expect(answer: &Answer, seen: &Seen) -> Result<(), String> {
    let as_expected = match seen {
        Seen::Page(page) => answer.is_ok() && answer.location() == Some(page),
        Seen::Error(error) => !answer.is_ok() && answer.error() == *error,
        Seen::NotNow => answer.status.is_client_error(),
    };
    if as_expected { Ok(()) } else { Err(format!("{} {} in place of {seen:?}", answer.status, answer.text())) }
}
