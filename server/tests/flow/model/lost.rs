//! Answers that never arrive: what a recovery code has opened can be handed over once more, and a change stands.

use app::routes;

use super::{
    reference::Account,
    sign_in::{Browser, Proof, Session, SignIn},
    step::{Change, Guess, Seen},
};

/// What a recovery code has opened in a browser that never heard of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unheard {
    session: Session,
    /// The number of the new card.
    card: u32,
}

impl Account {
    /// The newest code that the person has read, and the answer to it is lost: the browser has what it had before, and nobody
    /// has seen the new card.
    pub(super) fn lose_answer(&mut self, browser: usize) -> Seen {
        let before = self.browsers[browser];
        let seen = self.recover(browser, Guess::Right);
        // A refusal arrives: it opens nothing that could be lost.
        if let (Seen::Page(_), Some(session), Some(card)) = (&seen, self.browsers[browser].session, self.card()) {
            self.known.retain(|known| *known != card);
            self.late = Some(Unheard { session, card });
            self.browsers[browser] = Browser { sign_in: None, unheard: self.late, ..before };
        }
        seen
    }

    /// A change is made, and the answer to it is lost: the browser has a session whose token is another one by now, and nothing
    /// of what was to come next. Nobody sees the card that was asked for, so the one before it goes on counting; a new password
    /// is known to whoever has typed it.
    pub(super) fn lose_change(&mut self, browser: usize, change: Change) -> Seen {
        let (before, card, known) = (self.browsers[browser], (self.card, self.last_card), self.known.len());
        let seen = self.change(browser, change, Guess::Right, Guess::Right);
        if let Seen::Page(_) = seen {
            self.browsers[browser] = Browser { session: None, ..before };
            if change == Change::Card {
                (self.card, self.last_card) = card;
                self.known.truncate(known);
            }
        }
        seen
    }

    /// What this sign-in hands over for a card.
    pub(super) fn again(&self, sign_in: SignIn, typed: Option<u32>) -> Option<Unheard> {
        sign_in.unheard.filter(|unheard| self.is_unheard(unheard) && typed == Some(unheard.card - 1))
    }

    /// For as long as somebody counts as having lost their factor, as long as nothing has taken the card's place, and as
    /// long as nobody has seen it.
    pub(super) fn is_unheard(&self, unheard: &Unheard) -> bool {
        let session = unheard.session;
        let waits = self.is_unsaved(unheard.card) && !self.known.contains(&unheard.card);
        session.epoch == self.epoch && self.is_lost(session) && waits
    }

    fn is_unsaved(&self, card: u32) -> bool {
        self.card.is_some_and(|(current, waits)| current == card && waits.is_some())
    }

    /// The same session, which ends when it would have; the answer that was lost opens nothing any more.
    pub(super) fn hand_over(&mut self, browser: usize, unheard: Unheard) -> Seen {
        self.open(browser, Proof::Recovery);
        self.browsers[browser].session = Some(Session { seen: self.now, ..unheard.session });
        self.browsers[browser].shown = Some(unheard.card);
        self.known.push(unheard.card);
        (self.late, self.handed_over) = (None, self.handed_over + 1);
        Seen::Page(routes::RECOVERY_CODE)
    }

    /// The answer that was lost is read after all, elsewhere: the new card, if it still waits there.
    pub(super) fn read_late(&mut self) -> Option<u32> {
        let waits = |late: &Unheard| {
            let unread = self.is_unsaved(late.card) && !self.known.contains(&late.card);
            self.is_open(late.session) && unread
        };
        let card = self.late.filter(waits)?.card;
        self.known.push(card);
        Some(card)
    }
}
