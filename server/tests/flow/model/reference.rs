//! The life of one account as product.md tells it, in as few words as possible: no database, no cryptography.
//! Sign-ins, text messages, changes and pauses have files of their own.

use std::collections::BTreeMap;

use app::{AppError, model::Method, routes};
use server::domain::{Limits, SmsLimits};

use super::{
    counter::{Counter, Key},
    lost::Unheard,
    sign_in::{Browser, Proof},
    step::{Guess, NEXT_CODE, Seen, Stage, Step},
    text::Text,
};

/// How many browsers there are.
pub(super) const BROWSERS: usize = 2;

/// A link that sets a new password.
#[derive(Clone, Copy, Debug)]
struct Link {
    epoch: u32,
    until: i64,
}

/// The account.
#[derive(Debug)]
pub(super) struct Account {
    /// Whether the company asks for a second factor.
    pub(super) asked: bool,
    pub(super) limits: Limits,
    pub(super) sms: SmsLimits,
    pub(super) now: i64,
    pub(super) epoch: u32,
    pub(super) browsers: [Browser; BROWSERS],
    pub(super) counters: BTreeMap<Key, Counter>,
    pub(super) sign_ins: u32,
    pub(super) sessions: u32,
    pub(super) devices: u32,
    /// Which number each phone has that was named so far, and how many messages were sent.
    pub(super) numbers: Vec<usize>,
    pub(super) messages: u32,
    /// The phone that waits for its first code, with its enrolment; and the phone that counts.
    pub(super) waiting_phone: Option<(u32, u32)>,
    pub(super) phone: Option<u32>,
    /// The last code of each purpose.
    pub(super) texts: [Option<Text>; 3],
    /// The last code of each sign-in, enrolment and session that had one, by its purpose.
    pub(super) sent: BTreeMap<(usize, u32), Text>,
    /// The newest link, until it is used.
    link: Option<Link>,
    /// Apps that were shown so far.
    pub(super) apps: u32,
    /// The last app that waits for its first code.
    pub(super) waiting: Option<u32>,
    /// The app that counts, and the last step that was used.
    pub(super) app: Option<(u32, i64)>,
    /// The recovery code that counts, by its number; and the browser that it is to be saved in, until it is.
    pub(super) card: Option<(u32, Option<usize>)>,
    /// The number of the last recovery code, whether it counts or not.
    pub(super) last_card: u32,
    /// The cards that the person has read, in their order.
    pub(super) known: Vec<u32>,
    /// The answer that was lost last.
    pub(super) late: Option<Unheard>,
    /// How often what was lost was handed over once more.
    pub(super) handed_over: u32,
    /// How often nothing was left but the password.
    pub(super) stripped: u32,
}

impl Account {
    pub(super) fn new(asked: bool, limits: Limits, sms: SmsLimits, now: i64) -> Self {
        Self {
            asked,
            limits,
            sms,
            now,
            epoch: 0,
            browsers: [Browser::default(); BROWSERS],
            counters: BTreeMap::new(),
            sign_ins: 0,
            sessions: 0,
            devices: 0,
            numbers: Vec::new(),
            messages: 0,
            waiting_phone: None,
            phone: None,
            texts: [None; 3],
            sent: BTreeMap::new(),
            link: None,
            apps: 0,
            waiting: None,
            app: None,
            card: None,
            last_card: 0,
            known: Vec::new(),
            late: None,
            handed_over: 0,
            stripped: 0,
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

    /// Whether there is nothing but the password.
    pub(super) fn is_bare(&self) -> bool {
        self.app.is_none() && self.phone.is_none()
    }

    /// The step that the page of a browser asks for. The last browser prefers the phone.
    pub(super) fn next(&self, browser: usize, guess: Guess) -> Step {
        let by_phone = browser == BROWSERS - 1;
        if let Some(sign_in) = self.sign_in(browser, Stage::Challenge) {
            if self.again(sign_in, self.typed(Guess::Right)).is_some() {
                return Step::Recover(browser, guess);
            }
            return match (self.app, self.phone) {
                (Some(_), phone) if phone.is_none() || !by_phone => {
                    if self.is_shown_again() {
                        NEXT_CODE
                    } else {
                        Step::Verify(browser, guess)
                    }
                }
                _ if self.is_sent(sign_in) => Step::VerifyPhone(browser, guess),
                _ => Step::UsePhone(browser),
            };
        }
        if let Some(sign_in) = self.sign_in(browser, Stage::Enrolment) {
            if self.waiting_phone.is_some_and(|(_, of)| of == sign_in.id) {
                return Step::ConfirmPhone(browser, guess);
            }
            // The number that is there already is a wrong one.
            let there = self.phone.map_or(1, |phone| self.number(phone));
            let number = if guess == Guess::Wrong { there } else { 1 - there };
            return match self.pending(browser) {
                Some(_) => Step::Confirm(browser, guess),
                None if sign_in.is_for_phone(browser) => Step::Send(browser, number),
                None => Step::Choose(browser, Method::Authenticator),
            };
        }
        match self.session(browser) {
            Some(_) if self.waits(browser) => {
                if guess == Guess::Right {
                    Step::Save(browser)
                } else {
                    Step::Renew(browser)
                }
            }
            Some(session) if self.is_lost(session) => Step::StartSetUp(browser, guess),
            Some(session) => self.next_change(browser, session, guess),
            None => Step::Enter(browser, guess),
        }
    }

    /// What is seen after a step.
    pub(super) fn take(&mut self, step: Step) -> Seen {
        match step {
            Step::Enter(browser, guess) => {
                self.give_password(browser, guess).map_or_else(Seen::Error, |()| match (self.app, self.phone) {
                    (None, None) if !self.asked => {
                        self.open(browser, Proof::Password);
                        Seen::Page(routes::HOME)
                    }
                    (None, None) => self.wait_for(browser, Stage::Enrolment, self.limits.enrolment, routes::REQUIRED),
                    (app, phone) => self.ask_for_code(browser, app.is_some(), phone.is_some()),
                })
            }
            Step::Send(browser, number) => self.send(browser, number),
            Step::ConfirmPhone(browser, guess) => self.confirm_phone(browser, guess),
            Step::UsePhone(browser) => self.resend(browser, Stage::Challenge, false),
            Step::Resend(browser, stage) => self.resend(browser, stage, true),
            Step::VerifyPhone(browser, guess) => self.verify_phone(browser, guess),
            Step::Choose(browser, method) => self.choose(browser, method),
            Step::Change(browser, change, password, code) => self.change(browser, change, password, code),
            Step::SendConfirm(browser) => self.send_confirm(browser),
            Step::Confirm(browser, guess) => self.confirm(browser, guess),
            Step::Verify(browser, guess) => self.verify(browser, guess),
            Step::Recover(browser, guess) => self.recover(browser, guess),
            Step::LoseAnswer(browser) => self.lose_answer(browser),
            Step::LoseChange(browser, change) => self.lose_change(browser, change),
            Step::ReadLate => self.read_late().map_or(Seen::NotNow, |_| Seen::Page(routes::RECOVERY_CODE)),
            Step::Save(browser) => self.save(browser),
            Step::Renew(browser) => self.renew(browser),
            Step::StartSetUp(browser, guess) => self.start_set_up(browser, guess),
            Step::SignOut(browser) => {
                let Browser { device, known, .. } = self.browsers[browser];
                self.browsers[browser] = Browser { device, known, ..Browser::default() };
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

    fn choose(&mut self, browser: usize, method: Method) -> Seen {
        let Some(mut sign_in) = self.sign_in(browser, Stage::Enrolment) else { return Seen::NotNow };
        if method == Method::Sms {
            return Seen::Page(routes::PHONE);
        }
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
        self.new_card(browser);
        self.open(browser, Proof::App);
        Seen::Page(routes::RECOVERY_CODE)
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
                return self.enter(browser, Proof::App);
            }
            (_, _, None) => AppError::ChallengeDead,
            (Some(_), Guess::Right, Some(_)) => AppError::CodeUsed,
            (Some(_), Guess::Wrong, left) => AppError::CodeWrong { left },
            (None, _, _) => AppError::CodeWrong { left: None },
        };
        Seen::Error(self.pause_or(failures, error))
    }
}
