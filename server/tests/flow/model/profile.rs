//! What somebody who is signed in changes: each change asks for the password, and for a code of what is there.

use app::{AppError, routes};

use super::{
    counter::Key,
    reference::{Account, BROWSERS},
    sign_in::{Proof, Session},
    step::{Change, Guess, NEXT_CODE, Seen, Step},
    text::Purpose,
};

/// What is asked for beside the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: there is no factor, or the recovery code has just stood in for a lost one.
    Nothing,
    App,
    Phone,
    /// A code of either; the last browser prefers the phone.
    Either,
}

/// What is typed where a code of either way will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    App,
    Text,
}

/// Which one a browser types.
pub(super) fn typed(browser: usize) -> Typed {
    if browser == BROWSERS - 1 { Typed::Text } else { Typed::App }
}

impl Account {
    /// The session of a browser, unless a recovery code waits there to be saved: nobody goes on without it.
    pub(super) fn settled(&self, browser: usize) -> Option<Session> {
        self.session(browser).filter(|_| !self.waits(browser))
    }

    /// A code of what there is.
    pub(super) fn need(&self, session: Session) -> Need {
        match (self.app, self.phone) {
            _ if self.is_lost(session) => Need::Nothing,
            (None, None) => Need::Nothing,
            (Some(_), Some(_)) => Need::Either,
            (Some(_), None) => Need::App,
            (None, _) => Need::Phone,
        }
    }

    /// What somebody does next who is signed in: a second way first, then one change after the other. Who need not have any
    /// takes the only one away every other time.
    pub(super) fn next_change(&self, browser: usize, session: Session, guess: Guess) -> Step {
        let done = self.sessions + self.epoch + self.card().unwrap_or_default();
        let change = match (self.app, self.phone) {
            (Some(_), None) if !self.asked && done % 2 == 1 => Change::RemoveApp,
            (None, Some(_)) if !self.asked && done % 2 == 1 => Change::RemovePhone,
            (Some(_), None) => Change::Phone,
            (None, None) if browser == BROWSERS - 1 => Change::Phone,
            (None, _) => Change::App,
            (Some(_), Some(_)) => Change::ALL[usize::try_from(done).unwrap() % Change::ALL.len()],
        };
        let text = self.outstanding(Purpose::Confirm, session.id, self.phone).filter(|text| text.until > self.now);
        let types = match self.need(session) {
            Need::Nothing => None,
            Need::App => Some(Typed::App),
            Need::Phone => Some(Typed::Text),
            Need::Either => Some(typed(browser)),
        };
        match types {
            Some(Typed::App) if self.is_shown_again() => NEXT_CODE,
            Some(Typed::Text) if text.is_none() => Step::SendConfirm(browser),
            Some(_) | None => Step::Change(browser, change, Guess::Right, guess),
        }
    }

    /// Whether the app still shows a code that was used.
    pub(super) fn is_shown_again(&self) -> bool {
        self.app.is_some_and(|(_, last)| self.now / 30 <= last)
    }

    pub(super) fn send_confirm(&mut self, browser: usize) -> Seen {
        let Some(session) = self.settled(browser) else { return Seen::NotNow };
        let (Some(phone), Need::Phone | Need::Either) = (self.phone, self.need(session)) else {
            return Seen::Error(AppError::MethodNotAllowed);
        };
        let key = self.code_key(browser);
        if let Some(refused) = self.may_send(Purpose::Confirm, session.id, key) {
            return refused;
        }
        self.write_text(browser, Purpose::Confirm, session.id, phone);
        Seen::Page(routes::SECURITY)
    }

    pub(super) fn change(&mut self, browser: usize, change: Change, password: Guess, code: Guess) -> Seen {
        let Some(session) = self.settled(browser) else { return Seen::NotNow };
        let absent = (change == Change::RemoveApp && self.app.is_none())
            || (change == Change::RemovePhone && self.phone.is_none())
            || (change == Change::Card && self.is_bare());
        if absent {
            return Seen::Error(AppError::Forbidden);
        }
        let confirmed = self.show_password(browser, password).and_then(|()| self.confirm_again(browser, session, code));
        confirmed.map_or_else(Seen::Error, |()| self.carry_out(browser, session, change))
    }

    /// The password of somebody who is signed in: the e-mail is known then, so only the password is wrong.
    pub(super) fn show_password(&mut self, browser: usize, password: Guess) -> Result<(), AppError> {
        self.give_password(browser, password).map_err(|error| match error {
            AppError::CredentialsWrong => AppError::PasswordWrong,
            other => other,
        })
    }

    /// The code beside the password. It counts like one of a sign-in, and is spent like one.
    fn confirm_again(&mut self, browser: usize, session: Session, code: Guess) -> Result<(), AppError> {
        let need = self.need(session);
        let key = self.code_key(browser);
        let failures = match need {
            Need::Nothing => return Ok(()),
            Need::App | Need::Phone => self.guess(key)?,
            Need::Either => return self.confirm_by_either(session, typed(browser), code, key),
        };
        let error = match need {
            Need::App => self.spend_app(code).err(),
            Need::Phone | Need::Either | Need::Nothing => {
                self.spend_text(Purpose::Confirm, (session.id, self.phone), code, None).err()
            }
        };
        if let Some(error) = error {
            return Err(self.pause_or(failures, error));
        }
        self.forgive(key);
        Ok(())
    }

    /// The code of the app's present step.
    fn spend_app(&mut self, code: Guess) -> Result<(), AppError> {
        let step = self.now / 30;
        match self.app {
            Some((app, last)) if code == Guess::Right && step > last => {
                self.app = Some((app, step));
                Ok(())
            }
            _ if code == Guess::Right => Err(AppError::CodeUsed),
            _ => Err(AppError::CodeWrong { left: None }),
        }
    }

    /// A code that may be of either: each thing that it is compared with is a guess.
    fn confirm_by_either(&mut self, session: Session, typed: Typed, code: Guess, key: Key) -> Result<(), AppError> {
        self.paused(key).map_or(Ok(()), Err)?;
        let bound = (session.id, self.phone);
        let live = self.outstanding(Purpose::Confirm, bound.0, bound.1).filter(|text| text.until > self.now);
        let of_text = match typed {
            Typed::Text => self.spend_text(Purpose::Confirm, bound, code, None).err(),
            Typed::App => Some(AppError::SmsCodeWrong { left: None }),
        };
        let Some(of_text) = of_text else {
            self.forgive(key);
            return Ok(());
        };
        if live.is_some() {
            let failures = self.guess(key)?;
            if failures >= self.limits.failures {
                if typed == Typed::App {
                    self.count_guess(Purpose::Confirm);
                }
                return Err(self.pause_or(failures, of_text));
            }
        }
        let failures = self.guess(key)?;
        let of_app = match typed {
            Typed::App => self.spend_app(code),
            Typed::Text => Err(AppError::CodeWrong { left: None }),
        };
        let Err(of_app) = of_app else {
            self.forgive(key);
            return Ok(());
        };
        if live.is_some() && typed == Typed::App {
            self.count_guess(Purpose::Confirm);
        }
        let error = match (of_text, of_app) {
            (AppError::SmsCodeUsed, _) => AppError::SmsCodeUsed,
            (AppError::SmsCodeExpired, _) if code == Guess::Right => AppError::SmsCodeExpired,
            (_, AppError::CodeUsed) => AppError::CodeUsed,
            _ if live.is_some() => AppError::SmsCodeWrong { left: None },
            (_, of_app) => of_app,
        };
        Err(self.pause_or(failures, error))
    }

    fn carry_out(&mut self, browser: usize, session: Session, change: Change) -> Seen {
        match change {
            Change::App => {
                self.apps += 1;
                self.waiting = Some(self.apps);
                let seen = self.wait_within(browser, session, false, routes::AUTHENTICATOR);
                self.browsers[browser].sign_in.as_mut().unwrap().app = self.waiting;
                return seen;
            }
            Change::Phone => return self.wait_within(browser, session, true, routes::PHONE),
            Change::Card => {
                self.new_card(browser);
                return Seen::Page(routes::RECOVERY_CODE);
            }
            // Where the company asks for a second step, the last one stays.
            Change::RemoveApp if self.asked && self.phone.is_none() => return Seen::Error(AppError::LastMethod),
            Change::RemovePhone if self.asked && self.app.is_none() => return Seen::Error(AppError::LastMethod),
            Change::RemoveApp => self.app = None,
            Change::RemovePhone => self.phone = None,
            Change::Password(_) => {}
        }
        self.epoch += 1;
        for number in 0..self.browsers.len() {
            let stays = number == browser || change == Change::Password(false);
            let present = self.browsers[number].session.as_mut().filter(|session| session.epoch + 1 == self.epoch);
            if let Some(session) = present.filter(|_| stays) {
                session.epoch = self.epoch;
            }
        }
        let removal = matches!(change, Change::RemoveApp | Change::RemovePhone);
        if removal && self.is_bare() {
            // The card goes with what it stood in for, and so does what the session was opened with.
            (self.card, self.stripped) = (None, self.stripped + 1);
            self.browsers[browser].session.as_mut().unwrap().proof = Proof::Password;
        }
        Seen::Page(routes::SECURITY)
    }
}
