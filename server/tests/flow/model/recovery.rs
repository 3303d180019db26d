//! The recovery code, and what it opens.

use app::{AppError, routes};

use super::{
    reference::Account,
    sign_in::{Proof, Session},
    step::{Guess, Seen, Stage},
};

impl Account {
    pub(super) fn recover(&mut self, browser: usize, guess: Guess) -> Seen {
        let Some(sign_in) = self.challenge(browser) else { return Seen::NotNow };
        let typed = self.typed(guess);
        let again = self.again(sign_in, typed);
        let (left, failures) = match self.check(browser, sign_in) {
            Ok(counted) => counted,
            Err(error) => return Seen::Error(error),
        };
        if typed.is_some() && typed == self.card() {
            self.forgive(sign_in.key);
            self.epoch += 1;
            self.new_card(browser);
            self.open(browser, Proof::Recovery);
            return Seen::Page(routes::RECOVERY_CODE);
        }
        if let Some(unheard) = again {
            self.forgive(sign_in.key);
            return self.hand_over(browser, unheard);
        }
        let error = match (left, typed, self.card()) {
            (None, ..) => AppError::ChallengeDead,
            (left, Some(card), Some(newest)) => AppError::RecoveryCodeOld { card, newest, left },
            (left, ..) => AppError::RecoveryCodeWrong { left },
        };
        Seen::Error(self.pause_or(failures, error))
    }

    /// The card whose code is typed, if there is one: the newest that the person has read, or the one that they read before.
    pub(super) fn typed(&self, guess: Guess) -> Option<u32> {
        let back = usize::from(guess == Guess::Wrong);
        self.known.iter().rev().nth(back).copied()
    }

    pub(super) fn save(&mut self, browser: usize) -> Seen {
        let Some(session) = self.session(browser) else { return Seen::NotNow };
        // Nobody has saved a card who was shown another one.
        if self.card().is_none() || self.card() != self.browsers[browser].shown {
            return Seen::Error(AppError::RecoveryCodeReplaced);
        }
        self.card = self.card.map(|(card, _)| (card, None));
        Seen::Page(if self.is_lost(session) { routes::CONFIRM } else { routes::HOME })
    }

    pub(super) fn renew(&mut self, browser: usize) -> Seen {
        if self.session(browser).is_none() {
            return Seen::NotNow;
        }
        if !self.waits(browser) {
            return Seen::Error(AppError::Forbidden);
        }
        self.new_card(browser);
        Seen::Page(routes::RECOVERY_CODE)
    }

    /// Whether the card is one that this browser has been shown and has not saved.
    pub(super) fn waits(&self, browser: usize) -> bool {
        self.card.is_some_and(|(_, waits)| waits == Some(browser))
    }

    /// Whether a recovery code has opened this session just now: then the password alone replaces the lost app.
    pub(super) fn is_lost(&self, session: Session) -> bool {
        session.proof == Proof::Recovery && self.now < session.opened + self.limits.enrolment
    }

    pub(super) fn start_set_up(&mut self, browser: usize, guess: Guess) -> Seen {
        let Some(session) = self.settled(browser) else { return Seen::NotNow };
        if !self.is_lost(session) && !self.is_bare() {
            return Seen::Error(AppError::Forbidden);
        }
        self.show_password(browser, guess).map_or_else(Seen::Error, |()| {
            let (seen, lost) =
                (self.wait_for(browser, Stage::Enrolment, self.limits.enrolment, routes::METHOD), !self.is_bare());
            self.browsers[browser].sign_in.as_mut().unwrap().lost = lost;
            seen
        })
    }
}
