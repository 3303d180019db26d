//! One life: the server beside the model, and what the person knows and types.

mod late;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use app::{
    model::{Email, Method, RecoveryCode, Secret, VerifyView},
    routes,
};
use axum::http::StatusCode;
use server::domain::{Limits, SmsLimits};

use super::{
    profile::{Need, Typed, typed},
    reference::{Account, BROWSERS},
    step::{Change, Guess, Seen, Stage, Step},
    text::Purpose,
};
use crate::support::{Answer, Browser, Database, NUMBER, Plan, World};

const EMAIL: &str = "ana@strict.example";
const WRONG: &str = "wrong wrong wrong";
/// An answer was lost; what it opened was handed over once more; and it was read after all.
pub(super) const LOST: &str = "an answer was lost";
pub(super) const LOST_CHANGE: &str = "the answer to a change was lost";
pub(super) const HANDED_OVER: &str = "what was lost was handed over";
pub(super) const READ_LATE: &str = "what was lost was read after all";
/// The last factor was taken away.
pub(super) const STRIPPED: &str = "nothing was left but the password";
/// The numbers of the person's phones.
const NUMBERS: [&str; 2] = [NUMBER, "+12015550124"];

/// The server and the model, with what the person knows.
pub(super) struct Life {
    world: World,
    model: Account,
    browsers: Vec<Browser>,
    /// What a browser would be, had the last answer that was lost arrived.
    late: Option<Browser>,
    /// Setup keys of the apps, by the model's numbers.
    keys: BTreeMap<u32, String>,
    /// Recovery codes, by the model's numbers.
    cards: BTreeMap<u32, String>,
    passwords: u32,
    /// Tokens of the links that were sent.
    links: Vec<String>,
}

impl Life {
    /// In a company that asks for a second factor, or in one that does not.
    pub(super) async fn start(database: Database, asked: bool) -> Self {
        let mut plan = Plan::of("fuzz_14");
        // Few failures, so that pauses come; and no other counter stops a life.
        let many = 1_000_000;
        plan.limits = Limits {
            failures: 4,
            failures_in_a_row: many,
            resets_per_person: many,
            password_changes: many,
            new_cards: many,
            ..plan.limits
        };
        plan.limits.passwords_by_strangers = many;
        plan.sms = SmsLimits { per_person: many, per_number: many, per_prefix: many, country_sample: many, ..plan.sms };
        let (limits, sms) = (plan.limits, plan.sms);
        let world = World::new(database, plan).await;
        world.newcomer(EMAIL).await;
        world.set_policy("Strict", asked, None).await;
        let (model, browsers) = (Account::new(asked, limits, sms, world.clock.seconds()), world.browsers(BROWSERS));
        let (keys, cards) = (BTreeMap::new(), BTreeMap::new());
        let mut life = Self { world, model, browsers, late: None, keys, cards, passwords: 0, links: Vec::new() };
        life.set_password().await;
        life
    }

    /// The pages that were reached; or what the server showed in place of what the model says, after all steps so far.
    pub(super) async fn go_through(mut self, steps: &[Step]) -> Result<BTreeSet<&'static str>, String> {
        let (mut pages, mut taken) = (BTreeSet::new(), String::new());
        for (number, step) in steps.iter().enumerate() {
            let step = if let Step::Next(browser, guess) = *step { self.model.next(browser, guess) } else { *step };
            write!(taken, "\n{number:5} {step:?}").unwrap();
            let at = |what: String| format!("{what}, after:{taken}");
            pages.extend(self.go(step).await.map_err(at)?);
            self.compare().await.map_err(at)?;
        }
        pages.extend((self.model.handed_over > 0).then_some(HANDED_OVER));
        pages.extend((self.model.stripped > 0).then_some(STRIPPED));
        self.world.end().await;
        Ok(pages)
    }

    /// One step, in the server and in the model; the page that it led to.
    async fn go(&mut self, step: Step) -> Result<Option<&'static str>, String> {
        let (answer, browser) = match step {
            Step::Next(..) => unreachable!("a page asks for a step"),
            Step::Wait(seconds) => {
                self.world.clock.advance(seconds);
                self.model.take(step);
                return Ok(None);
            }
            Step::LoseAnswer(browser) => return self.lose_answer(browser).await,
            Step::LoseChange(browser, change) => return self.lose_change(browser, change).await,
            Step::ReadLate => return self.read_late().await,
            Step::SetPassword => {
                self.set_password().await;
                self.model.take(step);
                return Ok(None);
            }
            Step::Enter(browser, guess) => {
                let password = self.password(guess);
                (self.browsers[browser].enter_with(EMAIL, &password).await, browser)
            }
            Step::Choose(browser, method) => {
                let name = if method == Method::Sms { "sms" } else { "authenticator" };
                (self.browsers[browser].call("set-up/method", &[("method", name)]).await, browser)
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
            Step::Save(browser) => {
                let shown = self.model.browsers[browser].shown.unwrap_or_default();
                (self.browsers[browser].save_card(shown.into()).await, browser)
            }
            Step::Renew(browser) => (self.browsers[browser].call("set-up/new-code", &[]).await, browser),
            Step::StartSetUp(browser, guess) => {
                let password = self.password(guess);
                (self.browsers[browser].call("set-up/start", &[("password", &password)]).await, browser)
            }
            Step::Send(browser, number) => (self.browsers[browser].send_text("US", NUMBERS[number]).await, browser),
            Step::ConfirmPhone(browser, guess) => {
                let code = self.text(Purpose::Enrolment, guess);
                (self.browsers[browser].confirm_phone(&code).await, browser)
            }
            Step::UsePhone(browser) => (self.browsers[browser].call("sign-in/phone", &[]).await, browser),
            Step::Resend(browser, Stage::Challenge) => (self.browsers[browser].resend().await, browser),
            Step::Resend(browser, Stage::Enrolment) => {
                (self.browsers[browser].call("set-up/phone/resend", &[]).await, browser)
            }
            Step::VerifyPhone(browser, guess) => {
                let code = self.text(Purpose::SignIn, guess);
                (self.browsers[browser].verify_phone(&code).await, browser)
            }
            Step::Change(browser, change, password, code) => {
                (self.change(browser, change, password, code).await, browser)
            }
            Step::SendConfirm(browser) => (self.browsers[browser].call("profile/text", &[]).await, browser),
            Step::AskReset => (self.ask_reset().await, 0),
            Step::UseLink(guess) => (self.use_link(guess).await, 0),
            Step::SignOut(browser) => (self.browsers[browser].call("sign-out", &[]).await, browser),
        };
        let seen = self.model.take(step);
        expect(&answer, &seen)?;
        self.look(browser, &answer).await;
        Ok(match (step, seen) {
            (Step::Change(_, change, ..), Seen::Page(_)) => Some(change.endpoint()),
            (_, Seen::Page(page)) => Some(page),
            (_, Seen::Error(_) | Seen::NotNow) => None,
        })
    }

    /// What a page shows once: the setup key, the recovery code; and both ways, where there are two.
    async fn look(&mut self, browser: usize, answer: &Answer) {
        match answer.location().filter(|_| answer.is_ok()) {
            Some(routes::AUTHENTICATOR) => {
                let key = self.browsers[browser].setup_key().await;
                self.keys.insert(self.model.pending(browser).unwrap(), key);
            }
            Some(routes::CHOOSE) => {
                let view = self.browsers[browser].view::<VerifyView>("verify").await.unwrap();
                assert_eq!(view.methods, [Method::Authenticator, Method::Sms]);
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

    /// A change in a session, with the code that its page asks for.
    async fn change(&mut self, browser: usize, change: Change, given: Guess, code: Guess) -> Answer {
        let (current, new) = (self.password(given), password(self.passwords + 1));
        let way = match self.model.settled(browser).map(|session| self.model.need(session)) {
            Some(Need::App) => Some(Typed::App),
            Some(Need::Phone) => Some(Typed::Text),
            Some(Need::Either) => Some(typed(browser)),
            Some(Need::Nothing) | None => None,
        };
        let code = match way {
            Some(Typed::App) => self.code(self.model.app(), code),
            Some(Typed::Text) => self.text(Purpose::Confirm, code),
            None => "000000".to_owned(),
        };
        let mut fields = vec![("password", current.as_str()), ("code", &code)];
        if let Change::Password(end_others) = change {
            fields.push(("new_password", &new));
            fields.extend(end_others.then_some(("end_others", "yes")));
        }
        let answer = self.browsers[browser].call(change.endpoint(), &fields).await;
        self.passwords += u32::from(answer.is_ok() && matches!(change, Change::Password(_)));
        answer
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
    fn text(&self, purpose: Purpose, guess: Guess) -> String {
        let codes = self.world.phones.codes();
        let newest = self.model.message(purpose).map_or(0, |message| usize::try_from(message).unwrap());
        let typed = if guess == Guess::Right { newest.checked_sub(1) } else { newest.checked_sub(2) };
        typed.and_then(|place| codes.get(place).cloned()).unwrap_or_else(|| "000000".to_owned())
    }

    /// Asks for a link in a browser of its own, and fetches the mail.
    async fn ask_reset(&mut self) -> Answer {
        let answered = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'";
        let before = self.world.count(answered).await;
        let answer = self.world.browser().call("password/ask", &[("email", EMAIL)]).await;
        while self.world.count(answered).await == before {
            World::look_again().await;
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

    /// The newest recovery code that the person has read, or the one before it; or one that never was.
    fn card(&self, guess: Guess) -> String {
        let typed = self.model.typed(guess).and_then(|number| self.cards.get(&number).cloned());
        typed.unwrap_or_else(|| RecoveryCode::from_random(&[7; 23]).groups().join("-"))
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
