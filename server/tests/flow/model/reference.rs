//! The life of one account as product.md tells it, in as few words as possible: no database, no cryptography.
//! Text messages and pauses have files of their own.

use std::collections::BTreeMap;

use app::{AppError, routes};
use server::domain::{Limits, SmsLimits};

use super::{
    counter::{Counter, Guessed, Key},
    step::{Guess, Seen, Stage, Step},
    text::Text,
};

/// How many browsers there are.
pub(super) const BROWSERS: usize = 2;

#[derive(Clone, Copy, Debug)]
pub(super) struct SignIn {
    pub(super) id: u32,
    stage: Stage,
    epoch: u32,
    pub(super) until: i64,
    checks: i64,
    /// The counter of its wrong codes.
    pub(super) key: Key,
    /// The app that waits for its first code, by its number.
    app: Option<u32>,
    /// What it binds takes the place of everything that was lost.
    pub(super) lost: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    epoch: u32,
    pub(super) opened: i64,
    until: i64,
    seen: i64,
    pub(super) recovered: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Browser {
    pub(super) sign_in: Option<SignIn>,
    session: Option<Session>,
    /// The number of a browser that has signed in before.
    device: Option<u32>,
}

/// A link that sets a new password.
#[derive(Clone, Copy, Debug)]
struct Link {
    epoch: u32,
    until: i64,
}

/// The account.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) limits: Limits,
    pub(super) sms: SmsLimits,
    pub(super) now: i64,
    pub(super) epoch: u32,
    pub(super) browsers: [Browser; BROWSERS],
    pub(super) counters: BTreeMap<Key, Counter>,
    sign_ins: u32,
    devices: u32,
    /// Phones that were named so far, and messages that were sent.
    pub(super) phones: u32,
    pub(super) messages: u32,
    /// The phone that waits for its first code, with its enrolment; and the phone that counts.
    pub(super) waiting_phone: Option<(u32, u32)>,
    pub(super) phone: Option<u32>,
    /// The last code of each purpose.
    pub(super) texts: [Option<Text>; 2],
    /// The newest link, until it is used.
    link: Option<Link>,
    /// Apps that were shown so far.
    apps: u32,
    /// The last app that waits for its first code.
    waiting: Option<u32>,
    /// The app that counts, and the last step that was used.
    pub(super) app: Option<(u32, i64)>,
    /// The recovery code that counts, by its number, and whether it is saved.
    pub(super) card: Option<(u32, bool)>,
}

impl Account {
    pub(super) fn new(limits: Limits, sms: SmsLimits, now: i64) -> Self {
        Self {
            limits,
            sms,
            now,
            epoch: 0,
            browsers: [Browser::default(); BROWSERS],
            counters: BTreeMap::new(),
            sign_ins: 0,
            devices: 0,
            phones: 0,
            messages: 0,
            waiting_phone: None,
            phone: None,
            texts: [None; 2],
            link: None,
            apps: 0,
            waiting: None,
            app: None,
            card: None,
        }
    }

    /// The number of the app that counts.
    pub(super) fn app(&self) -> Option<u32> {
        self.app.map(|(app, _)| app)
    }

    /// The number of the app that this browser would confirm.
    pub(super) fn pending(&self, browser: usize) -> Option<u32> {
        let app = self.sign_in(browser, Stage::Enrolment)?.app;
        app.filter(|_| app == self.waiting)
    }

    /// The number of the recovery code that counts.
    pub(super) fn card(&self) -> Option<u32> {
        self.card.map(|(card, _)| card)
    }

    /// The step that the page of a browser asks for. The last browser prefers the phone.
    pub(super) fn next(&self, browser: usize, guess: Guess) -> Step {
        let by_phone = browser == BROWSERS - 1;
        if let Some(sign_in) = self.sign_in(browser, Stage::Challenge) {
            return match (self.app, self.phone) {
                (Some(_), None) => Step::Verify(browser, guess),
                (Some(_), Some(_)) if !by_phone => Step::Verify(browser, guess),
                _ if self.is_sent(sign_in) => Step::VerifyPhone(browser, guess),
                _ => Step::UsePhone(browser),
            };
        }
        if let Some(sign_in) = self.sign_in(browser, Stage::Enrolment) {
            if self.waiting_phone.is_some_and(|(_, of)| of == sign_in.id) {
                return Step::ConfirmPhone(browser, guess);
            }
            return match self.pending(browser) {
                Some(_) => Step::Confirm(browser, guess),
                None if by_phone => Step::Send(browser),
                None => Step::Choose(browser),
            };
        }
        match self.session(browser) {
            Some(_) if self.card.is_some_and(|(_, saved)| !saved) => Step::Save(browser),
            Some(session) if self.is_lost(session) => Step::StartSetUp(browser, guess),
            Some(_) | None => Step::Enter(browser, guess),
        }
    }

    /// What is seen after a step.
    pub(super) fn take(&mut self, step: Step) -> Seen {
        match step {
            Step::Enter(browser, guess) => {
                self.give_password(browser, guess, AppError::CredentialsWrong).map_or_else(Seen::Error, |()| {
                    match (self.app, self.phone) {
                        (None, None) => {
                            self.wait_for(browser, Stage::Enrolment, self.limits.enrolment, routes::REQUIRED)
                        }
                        (app, phone) => self.ask_for_code(browser, app.is_some(), phone.is_some()),
                    }
                })
            }
            Step::Send(browser) => self.send(browser),
            Step::ConfirmPhone(browser, guess) => self.confirm_phone(browser, guess),
            Step::UsePhone(browser) => self.resend(browser, Stage::Challenge, false),
            Step::Resend(browser, stage) => self.resend(browser, stage, true),
            Step::VerifyPhone(browser, guess) => self.verify_phone(browser, guess),
            Step::Choose(browser) => self.choose(browser),
            Step::Confirm(browser, guess) => self.confirm(browser, guess),
            Step::Verify(browser, guess) => self.verify(browser, guess),
            Step::Recover(browser, guess) => self.recover(browser, guess),
            Step::Save(browser) => self.save(browser),
            Step::StartSetUp(browser, guess) => self.start_set_up(browser, guess),
            Step::SignOut(browser) => {
                self.browsers[browser] = Browser { device: self.browsers[browser].device, ..Browser::default() };
                Seen::Page("/sign-in")
            }
            Step::Next(browser, guess) => self.take(self.next(browser, guess)),
            Step::SetPassword => {
                self.epoch += 1;
                Seen::NotNow
            }
            Step::AskReset => {
                self.link = Some(Link { epoch: self.epoch, until: self.now + 30 * 60 });
                Seen::Page(routes::RESET_SENT)
            }
            Step::UseLink(guess) => {
                let works = |link: &Link| guess == Guess::Right && link.epoch == self.epoch && link.until > self.now;
                if !self.link.as_ref().is_some_and(works) {
                    return Seen::Error(AppError::Expired);
                }
                (self.link, self.epoch) = (None, self.epoch + 1);
                Seen::Page(routes::RESET_DONE)
            }
            Step::Wait(seconds) => {
                self.now += seconds;
                Seen::NotNow
            }
        }
    }

    /// Whether this browser is signed in; looking is using.
    pub(super) fn is_in(&mut self, browser: usize) -> bool {
        let Some(mut session) = self.session(browser) else { return false };
        if self.now - session.seen >= 60 {
            session.seen = self.now;
            self.browsers[browser].session = Some(session);
        }
        true
    }

    pub(super) fn session(&self, browser: usize) -> Option<Session> {
        let idle = self.now - self.limits.session_idle;
        self.browsers[browser]
            .session
            .filter(|session| session.epoch == self.epoch && session.until > self.now && session.seen > idle)
    }

    pub(super) fn sign_in(&self, browser: usize, stage: Stage) -> Option<SignIn> {
        self.browsers[browser].sign_in.filter(|sign_in| {
            sign_in.stage == stage
                && sign_in.epoch == self.epoch
                && sign_in.until > self.now
                && sign_in.checks < self.limits.checks_per_challenge
        })
    }

    /// The challenge of this browser. One that a new password has ended is counted before it is found dead; that is taken
    /// back.
    pub(super) fn challenge(&mut self, browser: usize) -> Option<SignIn> {
        let alive = self.sign_in(browser, Stage::Challenge);
        let ended = self.browsers[browser].sign_in.filter(|sign_in| {
            let open = sign_in.until > self.now && sign_in.checks < self.limits.checks_per_challenge;
            sign_in.stage == Stage::Challenge && open && sign_in.epoch != self.epoch
        });
        if let Some(ended) = ended
            && self.guess(ended.key).is_ok()
        {
            self.release(ended.key);
            self.browsers[browser].sign_in = None;
        }
        alive
    }

    pub(super) fn wait_for(&mut self, browser: usize, stage: Stage, life: i64, page: &'static str) -> Seen {
        self.sign_ins += 1;
        let (id, epoch, until) = (self.sign_ins, self.epoch, self.now + life);
        let key = (Guessed::Code, self.browsers[browser].device);
        self.browsers[browser].sign_in =
            Some(SignIn { id, stage, epoch, until, checks: 0, key, app: None, lost: false });
        Seen::Page(page)
    }

    pub(super) fn give_password(&mut self, browser: usize, guess: Guess, wrong: AppError) -> Result<(), AppError> {
        let key = (Guessed::Password, self.browsers[browser].device);
        self.guess(key)?;
        if guess == Guess::Wrong {
            return Err(wrong);
        }
        self.forgive(key);
        Ok(())
    }

    /// The right page of a challenge. Who has nothing but a phone is sent a code at once, if one may be sent.
    fn ask_for_code(&mut self, browser: usize, app: bool, phone: bool) -> Seen {
        let page = match (app, phone) {
            (true, true) => routes::CHOOSE,
            (true, false) => routes::VERIFY,
            (false, _) => routes::PHONE_CODE,
        };
        let seen = self.wait_for(browser, Stage::Challenge, self.limits.challenge, page);
        if !app {
            self.resend(browser, Stage::Challenge, false);
        }
        seen
    }

    pub(super) fn open(&mut self, browser: usize, recovered: bool) {
        let until = self.now + self.limits.session;
        let session = Session { epoch: self.epoch, opened: self.now, until, seen: self.now, recovered };
        if self.browsers[browser].device.is_none() {
            self.devices += 1;
            self.browsers[browser].device = Some(self.devices);
        }
        (self.browsers[browser].sign_in, self.browsers[browser].session) = (None, Some(session));
    }

    /// In, by a second factor; a card that was not saved is replaced.
    pub(super) fn enter(&mut self, browser: usize) -> Seen {
        self.open(browser, false);
        if self.card.is_some_and(|(_, saved)| saved) {
            return Seen::Page(routes::HOME);
        }
        self.new_card();
        Seen::Page(routes::RECOVERY_CODE)
    }

    pub(super) fn new_card(&mut self) {
        self.card = Some((self.card.map_or(1, |(card, _)| card + 1), false));
    }

    fn choose(&mut self, browser: usize) -> Seen {
        let Some(mut sign_in) = self.sign_in(browser, Stage::Enrolment) else { return Seen::NotNow };
        if self.pending(browser).is_none() {
            self.apps += 1;
            sign_in.app = Some(self.apps);
            self.waiting = Some(self.apps);
            self.browsers[browser].sign_in = Some(sign_in);
        }
        Seen::Page(routes::AUTHENTICATOR)
    }

    fn confirm(&mut self, browser: usize, guess: Guess) -> Seen {
        let Some(sign_in) = self.sign_in(browser, Stage::Enrolment) else { return Seen::NotNow };
        let failures = match self.guess(sign_in.key) {
            Ok(failures) => failures,
            Err(error) => return Seen::Error(error),
        };
        let Some(app) = self.pending(browser) else {
            self.release(sign_in.key);
            return Seen::NotNow;
        };
        if guess == Guess::Wrong {
            return Seen::Error(self.pause_or(failures, AppError::CodeWrong { left: None }));
        }
        self.forgive(sign_in.key);
        self.epoch += 1;
        self.app = Some((app, self.now / 30));
        self.waiting = None;
        self.phone = self.phone.filter(|_| !sign_in.lost);
        self.new_card();
        self.open(browser, false);
        Seen::Page(routes::RECOVERY_CODE)
    }

    /// Counts a check against the account and the sign-in; how many the sign-in has left, and the failures of the account.
    pub(super) fn check(&mut self, browser: usize, mut sign_in: SignIn) -> Result<(Option<u8>, i64), AppError> {
        let failures = self.guess(sign_in.key)?;
        sign_in.checks += 1;
        self.browsers[browser].sign_in = Some(sign_in);
        let left = u8::try_from(self.limits.checks_per_challenge - sign_in.checks).unwrap();
        Ok(((left > 0).then_some(left), failures))
    }

    fn verify(&mut self, browser: usize, guess: Guess) -> Seen {
        let Some(sign_in) = self.challenge(browser) else { return Seen::NotNow };
        let (left, failures) = match self.check(browser, sign_in) {
            Ok(counted) => counted,
            Err(error) => return Seen::Error(error),
        };
        let step = self.now / 30;
        let error = match (self.app, guess, left) {
            (Some((app, last)), Guess::Right, _) if step > last => {
                self.forgive(sign_in.key);
                self.app = Some((app, step));
                return self.enter(browser);
            }
            (_, _, None) => AppError::ChallengeDead,
            (Some(_), Guess::Right, Some(_)) => AppError::CodeUsed,
            (Some(_), Guess::Wrong, left) => AppError::CodeWrong { left },
            (None, _, _) => AppError::CodeWrong { left: None },
        };
        Seen::Error(self.pause_or(failures, error))
    }
}
