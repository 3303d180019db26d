//! The life of one account as product.md tells it, in as few words as possible: no database, no cryptography.
//! Counters of the account are not in it (see `limit.rs`); those of one challenge are.

use app::{AppError, routes};
use server::domain::Limits;

/// How many browsers there are.
pub(super) const BROWSERS: usize = 2;

/// What somebody does next; the number is that of the browser.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Enter(usize, Guess),
    Choose(usize),
    Confirm(usize, Guess),
    Verify(usize, Guess),
    Recover(usize, Guess),
    Save(usize),
    StartSetUp(usize, Guess),
    SignOut(usize),
    SetPassword,
    Wait(i64),
    /// Whatever the page that this browser is on asks for.
    Next(usize, Guess),
}

/// Whether what is typed is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Right,
    Wrong,
}

/// What must be seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Done, and this page is next.
    Page(&'static str),
    /// Refused with this error.
    Error(AppError),
    /// Refused: the browser is not at this step.
    NotNow,
}

/// Which of the two a sign-in waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Challenge,
    Enrolment,
}

#[derive(Clone, Copy, Debug)]
struct SignIn {
    stage: Stage,
    epoch: u32,
    until: i64,
    checks: i64,
    /// The app that waits for its first code, by its number.
    app: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    epoch: u32,
    opened: i64,
    until: i64,
    seen: i64,
    recovered: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Browser {
    sign_in: Option<SignIn>,
    session: Option<Session>,
}

/// The account.
#[derive(Debug)]
pub(super) struct Account {
    limits: Limits,
    now: i64,
    epoch: u32,
    browsers: [Browser; BROWSERS],
    /// Apps that were shown so far.
    apps: u32,
    /// The last app that waits for its first code.
    waiting: Option<u32>,
    /// The app that counts, and the last step that was used.
    app: Option<(u32, i64)>,
    /// The recovery code that counts, by its number, and whether it is saved.
    card: Option<(u32, bool)>,
}

impl Account {
    pub(super) fn new(limits: Limits, now: i64) -> Self {
        let browsers = [Browser::default(); BROWSERS];
        Self { limits, now, epoch: 0, browsers, apps: 0, waiting: None, app: None, card: None }
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

    /// The step that the page of a browser asks for.
    pub(super) fn next(&self, browser: usize, guess: Guess) -> Step {
        if self.sign_in(browser, Stage::Challenge).is_some() {
            return Step::Verify(browser, guess);
        }
        if self.sign_in(browser, Stage::Enrolment).is_some() {
            let chosen = self.pending(browser).is_some();
            return if chosen { Step::Confirm(browser, guess) } else { Step::Choose(browser) };
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
            Step::Enter(_, Guess::Wrong) => Seen::Error(AppError::CredentialsWrong),
            Step::Enter(browser, Guess::Right) => match self.app {
                Some(_) => self.wait_for(browser, Stage::Challenge, self.limits.challenge, routes::VERIFY),
                None => self.wait_for(browser, Stage::Enrolment, self.limits.enrolment, routes::REQUIRED),
            },
            Step::Choose(browser) => self.choose(browser),
            Step::Confirm(browser, guess) => self.confirm(browser, guess),
            Step::Verify(browser, guess) => self.verify(browser, guess),
            Step::Recover(browser, guess) => self.recover(browser, guess),
            Step::Save(browser) => self.save(browser),
            Step::StartSetUp(browser, guess) => self.start_set_up(browser, guess),
            Step::SignOut(browser) => {
                self.browsers[browser] = Browser::default();
                Seen::Page("/sign-in")
            }
            Step::Next(browser, guess) => self.take(self.next(browser, guess)),
            Step::SetPassword => {
                self.epoch += 1;
                Seen::NotNow
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

    fn session(&self, browser: usize) -> Option<Session> {
        let idle = self.now - self.limits.session_idle;
        self.browsers[browser]
            .session
            .filter(|session| session.epoch == self.epoch && session.until > self.now && session.seen > idle)
    }

    fn sign_in(&self, browser: usize, stage: Stage) -> Option<SignIn> {
        self.browsers[browser].sign_in.filter(|sign_in| {
            sign_in.stage == stage
                && sign_in.epoch == self.epoch
                && sign_in.until > self.now
                && sign_in.checks < self.limits.checks_per_challenge
        })
    }

    fn wait_for(&mut self, browser: usize, stage: Stage, life: i64, page: &'static str) -> Seen {
        let until = self.now + life;
        self.browsers[browser].sign_in = Some(SignIn { stage, epoch: self.epoch, until, checks: 0, app: None });
        Seen::Page(page)
    }

    fn open(&mut self, browser: usize, recovered: bool) {
        let until = self.now + self.limits.session;
        let session = Session { epoch: self.epoch, opened: self.now, until, seen: self.now, recovered };
        self.browsers[browser] = Browser { sign_in: None, session: Some(session) };
    }

    fn new_card(&mut self) {
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
        let Some(app) = self.pending(browser) else { return Seen::NotNow };
        if guess == Guess::Wrong {
            return Seen::Error(AppError::CodeWrong { left: None });
        }
        self.epoch += 1;
        self.app = Some((app, self.now / 30));
        self.waiting = None;
        self.new_card();
        self.open(browser, false);
        Seen::Page(routes::RECOVERY_CODE)
    }

    /// Counts a check, and says how many are left.
    fn check(&mut self, browser: usize, mut sign_in: SignIn) -> Option<u8> {
        sign_in.checks += 1;
        self.browsers[browser].sign_in = Some(sign_in);
        u8::try_from(self.limits.checks_per_challenge - sign_in.checks).ok().filter(|left| *left > 0)
    }

    fn verify(&mut self, browser: usize, guess: Guess) -> Seen {
        let Some(sign_in) = self.sign_in(browser, Stage::Challenge) else { return Seen::NotNow };
        let (app, last) = self.app.expect("nobody is challenged without an app");
        let step = self.now / 30;
        let left = self.check(browser, sign_in);
        match (guess, left) {
            (Guess::Right, _) if step > last => {
                self.app = Some((app, step));
                self.open(browser, false);
                if self.card.is_some_and(|(_, saved)| saved) {
                    return Seen::Page(routes::HOME);
                }
                self.new_card();
                Seen::Page(routes::RECOVERY_CODE)
            }
            (_, None) => Seen::Error(AppError::ChallengeDead),
            (Guess::Right, Some(_)) => Seen::Error(AppError::CodeUsed),
            (Guess::Wrong, left) => Seen::Error(AppError::CodeWrong { left }),
        }
    }

    fn recover(&mut self, browser: usize, guess: Guess) -> Seen {
        let Some(sign_in) = self.sign_in(browser, Stage::Challenge) else { return Seen::NotNow };
        match (guess, self.check(browser, sign_in)) {
            (Guess::Right, _) => {
                self.epoch += 1;
                self.new_card();
                self.open(browser, true);
                Seen::Page(routes::RECOVERY_CODE)
            }
            (Guess::Wrong, None) => Seen::Error(AppError::ChallengeDead),
            (Guess::Wrong, left) => Seen::Error(AppError::RecoveryCodeWrong { left }),
        }
    }

    fn save(&mut self, browser: usize) -> Seen {
        let Some(session) = self.session(browser) else { return Seen::NotNow };
        self.card = self.card.map(|(card, _)| (card, true));
        Seen::Page(if self.is_lost(session) { routes::CONFIRM } else { routes::HOME })
    }

    /// Whether a recovery code has opened this session just now: then the password alone replaces the lost app.
    fn is_lost(&self, session: Session) -> bool {
        session.recovered && self.now < session.opened + self.limits.enrolment
    }

    /// Nobody goes on whose recovery code is not saved.
    fn start_set_up(&mut self, browser: usize, guess: Guess) -> Seen {
        let saved = self.card.is_some_and(|(_, saved)| saved);
        match (self.session(browser).filter(|_| saved), guess) {
            (None, _) => Seen::NotNow,
            (Some(session), _) if !self.is_lost(session) => Seen::Error(AppError::Forbidden),
            (Some(_), Guess::Wrong) => Seen::Error(AppError::CredentialsWrong),
            (Some(_), Guess::Right) => self.wait_for(browser, Stage::Enrolment, self.limits.enrolment, routes::METHOD),
        }
    }
}
