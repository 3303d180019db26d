//! Half-finished sign-ins and sessions of the browsers: how they begin, and when they are over.

use app::{AppError, routes};

use super::{
    counter::{Key, password_key},
    lost::Unheard,
    reference::{Account, BROWSERS},
    step::{Guess, Seen, Stage},
};

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
    pub(super) app: Option<u32>,
    /// What it binds takes the place of everything that was lost.
    pub(super) lost: bool,
    /// What the same recovery code hands over once more.
    pub(super) unheard: Option<Unheard>,
    /// The end of the session that it was started in, and whether it is for a phone.
    within: Option<(i64, bool)>,
}

/// What opened a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Password,
    App,
    Phone,
    Recovery,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) id: u32,
    pub(super) epoch: u32,
    pub(super) opened: i64,
    pub(super) until: i64,
    pub(super) seen: i64,
    pub(super) proof: Proof,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Browser {
    pub(super) sign_in: Option<SignIn>,
    pub(super) session: Option<Session>,
    /// What was lost on the way to it: it still has the token of that sign-in.
    pub(super) unheard: Option<Unheard>,
    /// The number of a browser that has signed in before.
    pub(super) device: Option<u32>,
    /// Whether it has done so with a second factor: otherwise its codes are those of a stranger.
    pub(super) known: bool,
    /// The number of the recovery card that it was shown last.
    pub(super) shown: Option<u32>,
}

impl SignIn {
    /// Whether a phone is to be linked; the last browser prefers it where both would do.
    pub(super) fn is_for_phone(self, browser: usize) -> bool {
        self.within.map_or(browser == BROWSERS - 1, |(_, by_phone)| by_phone)
    }
}

impl Account {
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
        self.browsers[browser].session.filter(|session| self.is_open(*session))
    }

    pub(super) fn is_open(&self, session: Session) -> bool {
        let idle = self.now - self.limits.session_idle;
        session.epoch == self.epoch && session.until > self.now && session.seen > idle
    }

    pub(super) fn sign_in(&self, browser: usize, stage: Stage) -> Option<SignIn> {
        self.browsers[browser].sign_in.filter(|sign_in| {
            sign_in.stage == stage
                && sign_in.epoch == self.epoch
                && sign_in.until > self.now
                && sign_in.checks < self.limits.checks_per_challenge
                && sign_in.within.is_none_or(|(until, _)| until > self.now)
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
        let key = self.code_key(browser);
        let unheard = self.browsers[browser].unheard.take();
        let unheard = unheard.filter(|unheard| stage == Stage::Challenge && self.is_unheard(unheard));
        let (app, lost, within) = (None, false, None);
        let sign_in = SignIn { id, stage, epoch, until, checks: 0, key, app, lost, unheard, within };
        (self.browsers[browser].sign_in, self.browsers[browser].unheard) = (Some(sign_in), unheard);
        Seen::Page(page)
    }

    /// The same for a change that somebody makes in a session, and that ends with it.
    pub(super) fn wait_within(&mut self, browser: usize, session: Session, by_phone: bool, page: &'static str) -> Seen {
        let seen = self.wait_for(browser, Stage::Enrolment, self.limits.challenge, page);
        self.browsers[browser].sign_in.as_mut().unwrap().within = Some((session.until, by_phone));
        seen
    }

    pub(super) fn give_password(&mut self, browser: usize, guess: Guess) -> Result<(), AppError> {
        let key = password_key(browser, self.browsers[browser].device);
        self.guess(key)?;
        if guess == Guess::Wrong {
            return Err(AppError::CredentialsWrong);
        }
        self.forgive(key);
        Ok(())
    }

    /// The right page of a challenge. Who has nothing but a phone is sent a code at once, if one may be sent.
    pub(super) fn ask_for_code(&mut self, browser: usize, app: bool, phone: bool) -> Seen {
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

    pub(super) fn open(&mut self, browser: usize, proof: Proof) {
        let until = self.now + self.limits.session;
        self.sessions += 1;
        let (id, epoch) = (self.sessions, self.epoch);
        let session = Session { id, epoch, opened: self.now, until, seen: self.now, proof };
        let by_factor = proof != Proof::Password;
        let entered = &mut self.browsers[browser];
        if entered.device.is_none() || (by_factor && !entered.known) {
            self.devices += 1;
            (entered.device, entered.known) = (Some(self.devices), by_factor);
        }
        (entered.sign_in, entered.session, entered.unheard) = (None, Some(session), None);
    }

    /// In, by a second factor; a card that was not saved is replaced.
    pub(super) fn enter(&mut self, browser: usize, proof: Proof) -> Seen {
        self.open(browser, proof);
        if self.card.is_some_and(|(_, waits)| waits.is_none()) {
            return Seen::Page(routes::HOME);
        }
        self.new_card(browser);
        Seen::Page(routes::RECOVERY_CODE)
    }

    /// A new card in place of any other, shown in this browser.
    pub(super) fn new_card(&mut self, browser: usize) {
        self.last_card += 1;
        let number = self.last_card;
        self.card = Some((number, Some(browser)));
        self.browsers[browser].shown = Some(number);
        self.known.push(number);
    }

    /// Counts a check against the account and the sign-in; how many the sign-in has left, and the failures of the account.
    pub(super) fn check(&mut self, browser: usize, mut sign_in: SignIn) -> Result<(Option<u8>, i64), AppError> {
        let failures = self.guess(sign_in.key)?;
        sign_in.checks += 1;
        self.browsers[browser].sign_in = Some(sign_in);
        let left = u8::try_from(self.limits.checks_per_challenge - sign_in.checks).unwrap();
        if left == 0 && failures < self.limits.failures {
            // The browser is told that this challenge is dead, and forgets its token.
            self.browsers[browser].unheard = None;
        }
        Ok(((left > 0).then_some(left), failures))
    }
}
