//! The marks in a browser by which accounts know it again (product.md, section 8): used for limits and for what the owner is
//! told, never in place of a factor.
//!
//! One cookie holds a few of them, since a crew shares a tablet. Each is `id.mac`, both in hexadecimal, the mac over the
//! account and what the mark stands for.

use app::{Guess, backend::Visit, model::Secret};
use data_encoding::HEXLOWER;

use super::{Service, outcome::Change};
use crate::{
    clock::{RngError, random},
    crypto::MacPurpose,
};

/// Accounts that know one browser; of more, the one that was used longest ago is forgotten. It bounds the work of a request
/// too: a mark is compared three times at most.
const MOST: usize = 8;
/// What parts two marks in the cookie.
const BETWEEN: char = '~';

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A sign-in with a second factor: the browser is known, and has budgets of its own.
    Known,
    /// A sign-in with the password alone, where nothing asks for more. The browser has a budget of its own for passwords. It
    /// has none for codes, or a stolen password would buy as many guesses at a later second factor as it collects marks.
    Familiar,
    /// A new password by mail. The browser has a budget of its own for passwords, so that no stranger keeps the new one out;
    /// it is as strange as any other in everything else.
    Reset,
}

impl Mark {
    const ALL: [Self; 3] = [Self::Known, Self::Familiar, Self::Reset];

    /// Whether a browser with this mark has a budget of its own.
    fn has_budget(self, guess: Guess) -> bool {
        match self {
            Self::Known => true,
            Self::Familiar | Self::Reset => guess == Guess::Password,
        }
    }

    /// What it is called in what is hashed.
    pub(super) fn name(self) -> &'static [u8] {
        match self {
            Self::Known => b"known",
            Self::Familiar => b"familiar",
            Self::Reset => b"reset",
        }
    }

    /// What is hashed with account and id. The first marks were all of one kind, and had none.
    fn label(self) -> Option<&'static [u8]> {
        (self != Self::Known).then_some(self.name())
    }
}

impl Service {
    /// The id of this browser for the account, if it has a budget of its own for such guesses, and why.
    pub(super) fn budget_mark(&self, guess: Guess, email: &str, visit: &Visit) -> Option<(Mark, Vec<u8>)> {
        let mut marks = marks(visit).filter_map(|mark| self.standing_for(email, mark));
        marks.find(|(what, _)| what.has_budget(guess))
    }

    /// Whether a sign-in to this account was completed in this browser, in whatever way.
    pub(super) fn is_familiar(&self, email: &str, visit: &Visit) -> bool {
        marks(visit)
            .filter_map(|mark| self.standing_for(email, mark))
            .any(|(what, _)| matches!(what, Mark::Known | Mark::Familiar))
    }

    /// Marks a browser for an account, beside the other accounts that know it. A better mark stays; a mark that stays moves
    /// to the front, and lives as long as a new one.
    pub(super) fn remember(&self, email: &str, visit: &Visit, what: Mark) -> Result<Change, RngError> {
        let (ours, others): (Vec<_>, Vec<_>) = marks(visit).partition(|mark| self.standing_for(email, mark).is_some());
        let is_better = |mark: &&str| match (self.standing_for(email, mark), what) {
            (Some((Mark::Known, _)), _) | (Some((Mark::Familiar, _)), Mark::Familiar | Mark::Reset) => true,
            (Some((Mark::Familiar | Mark::Reset, _)) | None, _) => false,
        };
        let mark = match ours.into_iter().find(is_better) {
            Some(mark) => mark.to_owned(),
            None => self.new_mark(email, what)?,
        };
        let kept = [mark.as_str()].into_iter().chain(others.into_iter().filter(|mark| read(mark).is_some()));
        let marks: Vec<_> = kept.take(MOST).collect();
        Ok(Change::Device(Secret::new(marks.join(&BETWEEN.to_string()))))
    }

    fn new_mark(&self, email: &str, what: Mark) -> Result<String, RngError> {
        let id = random::<16>(&*self.rng)?;
        let mac = self.keys.mac(MacPurpose::Device, &parts(email, &id, what));
        Ok(format!("{}.{}", HEXLOWER.encode(&id), HEXLOWER.encode(&mac)))
    }

    /// What a mark stands for, and its id, if it is ours and of this account.
    fn standing_for(&self, email: &str, mark: &str) -> Option<(Mark, Vec<u8>)> {
        let (id, mac) = read(mark)?;
        let found = Mark::ALL
            .into_iter()
            .find(|what| self.keys.verify_mac(MacPurpose::Device, &parts(email, &id, *what), &mac))?;
        Some((found, id))
    }
}

/// The marks in a browser, the last used first.
fn marks(visit: &Visit) -> impl Iterator<Item = &str> {
    visit.device.iter().flat_map(|cookie| cookie.expose().split(BETWEEN)).take(MOST)
}

/// Id and mac of a mark of the right form.
fn read(mark: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (id, mac) = mark.split_once('.')?;
    let id = HEXLOWER.decode(id.as_bytes()).ok().filter(|id| id.len() == 16)?;
    // The number of the key, and HMAC-SHA-256.
    let mac = HEXLOWER.decode(mac.as_bytes()).ok().filter(|mac| mac.len() == 4 + 32)?;
    Some((id, mac))
}

fn parts<'a>(email: &'a str, id: &'a [u8], what: Mark) -> Vec<&'a [u8]> {
    [email.as_bytes(), id].into_iter().chain(what.label()).collect()
}
