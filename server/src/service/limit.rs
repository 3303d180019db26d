//! Which failure counter counts what (product.md, section 8).

use std::net::IpAddr;

use app::{AppError, Guess, backend::Visit};
use sqlx::AnyConnection;

use super::{Service, audit::Entry, failure::Failure, mark::Mark};
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    storage::{
        PersonId, StoreError,
        throttle::{self, Allowance, Full},
    },
};

/// The counter of an account as one browser meets it.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    /// Key of the counter.
    pub(super) key: Vec<u8>,
    /// True for a browser that has completed a sign-in to this account.
    pub(super) known: bool,
}

/// The counters of a password, as one browser meets them.
#[derive(Clone, Debug)]
pub(super) struct PasswordBudget {
    /// Those of the account, in the order in which they count; one that is paused stops those after it.
    account: Vec<(Vec<u8>, Allowance)>,
    /// That of the network address, always after those of the account: nobody who holds it waits for anything else, so no
    /// two transactions wait for each other. A browser with a budget of its own has none (FLOW-20).
    address: Option<(Vec<u8>, Allowance)>,
}

/// Which strangers a wrong password has paused at an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// Those at its network address.
    Here,
    /// All of them.
    Everywhere,
}

impl PasswordBudget {
    /// Counts a failure in advance; nothing is counted while a counter is full, and the answer is which one, and how. Else
    /// the pause of strangers that this failure starts.
    pub(super) async fn reserve(
        &self,
        db: &mut AnyConnection,
        now: Timestamp,
    ) -> Result<Result<Option<Pause>, (&[u8], Full)>, StoreError> {
        // Looked at first, so that whoever goes on all the same writes nothing.
        if let Some((key, _)) = &self.address
            && let Some(full) = throttle::find_full(db, key, now).await?
        {
            return Ok(Err((key, full)));
        }
        let mut pauses = None;
        for (place, (key, allowance)) in self.account.iter().chain(&self.address).enumerate() {
            let Some(counted) = throttle::reserve(db, key, *allowance, now).await? else {
                for (before, _) in self.account.iter().take(place) {
                    throttle::release(db, before).await?;
                }
                let full = throttle::find_full(db, key, now).await?;
                return Ok(Err((key, full.unwrap_or(Full { until: now, checking: true }))));
            };
            if self.address.is_some() && counted.pauses {
                // In the order of `stranger_counters`; what comes after them is the address, whatever the account.
                pauses = [Some(Pause::Here), Some(Pause::Everywhere)].get(place).copied().unwrap_or(pauses);
            }
        }
        Ok(Ok(pauses))
    }

    /// Takes one failure back that was counted in advance.
    pub(super) async fn release(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for (key, _) in self.account.iter().chain(&self.address) {
            throttle::release(db, key).await?;
        }
        Ok(())
    }

    /// Says that what was counted in advance was a failure.
    pub(super) async fn settle(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for (key, _) in self.account.iter().chain(&self.address) {
            throttle::settle(db, key).await?;
        }
        Ok(())
    }

    /// How many failures there were before one that was counted in advance and turned out to be none. From here to the end of
    /// the transaction nobody else counts or forgets one.
    pub(super) async fn failures(&self, db: &mut AnyConnection, now: Timestamp) -> Result<i64, StoreError> {
        // The last counter is the one of all browsers of its kind, else the browser's own.
        let Some((key, _)) = self.account.last() else { return Ok(0) };
        Ok(throttle::hold_one(db, key, now).await?.failures - 1)
    }

    /// Forgets the failures of the account after a success.
    pub(super) async fn reset(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for (key, _) in &self.account {
            throttle::reset(db, key).await?;
        }
        Ok(())
    }

    /// Takes back after a success what was counted in advance at the network address, and nothing else: a success does not
    /// clear other people's failures (FLOW-18). The last thing of its transaction, so that a whole site behind one address
    /// waits for its counter as shortly as possible.
    pub(super) async fn release_address(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        if let Some((key, _)) = &self.address {
            throttle::release(db, key).await?;
        }
        Ok(())
    }
}

impl Service {
    /// The counters for guesses at the password of this account from this browser. One that the account knows has its own, and
    /// nothing that others do at its network address stops it. Any other one counts for this account at its address, so that
    /// a stranger keeps nobody out who is elsewhere (FLOW-20), together with all strangers, so that many addresses do not
    /// guess without bound (NIST SP 800-63B-4 §3.2.2), and at its address for all accounts.
    pub(super) fn password_budget(&self, email: &str, visit: &Visit) -> PasswordBudget {
        let one = self.account_allowance();
        let all = Allowance { failures: self.limits().passwords_by_strangers, ..one };
        let Some((mark, id)) = self.budget_mark(Guess::Password, email, visit) else {
            let address = self.address_key(Guess::Password, visit.address);
            let any = Allowance::per(60, self.limits().passwords_per_address);
            return PasswordBudget { account: self.stranger_counters(email, visit), address: Some((address, any)) };
        };
        let own = (self.account_key(Guess::Password, email, &id), one);
        // Whoever had what it takes could collect marks of a kind: together they buy no more guesses at the next password.
        let kind = (self.account_key(Guess::Password, email, mark.name()), all);
        PasswordBudget { account: vec![own, kind], address: None }
    }

    /// The counters for guesses at a password by strangers: at this network address, and everywhere.
    fn stranger_counters(&self, email: &str, visit: &Visit) -> Vec<(Vec<u8>, Allowance)> {
        let one = self.account_allowance();
        let all = Allowance { failures: self.limits().passwords_by_strangers, ..one };
        let parts: [&[u8]; 4] = [b"password", email.as_bytes(), b"stranger", &network(visit.address)];
        let here = self.keys.mac(MacPurpose::Throttle, &parts);
        vec![(here, one), (self.account_key(Guess::Password, email, STRANGER), all)]
    }

    /// Forgets the guesses at a password that counts no more: those in this browser, and those of strangers. A new password
    /// must not wait for what was guessed at the old one.
    pub(super) async fn forget_guesses(
        &self,
        db: &mut AnyConnection,
        email: &str,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        self.password_budget(email, visit).reset(db).await?;
        PasswordBudget { account: self.stranger_counters(email, visit), address: None }.reset(db).await
    }

    /// The same for a new password that was set in no browser. The pause of one network address goes with its time: which ones
    /// there are is not known.
    pub(super) async fn forget_guesses_everywhere(
        &self,
        db: &mut AnyConnection,
        email: &str,
    ) -> Result<(), StoreError> {
        for whose in [STRANGER, Mark::Known.name(), Mark::Familiar.name(), Mark::Reset.name()] {
            throttle::reset(db, &self.account_key(Guess::Password, email, whose)).await?;
        }
        Ok(())
    }

    /// The counter for guesses at this account from this browser. A known browser has its own, so that a
    /// stranger's guesses do not stop the owner; all strangers share one.
    pub(super) fn budget(&self, guess: Guess, email: &str, visit: &Visit) -> Budget {
        let mark = self.budget_mark(guess, email, visit).map(|(_, id)| id);
        let key = self.account_key(guess, email, mark.as_deref().unwrap_or(STRANGER));
        Budget { key, known: mark.is_some() }
    }

    /// The counter of one browser, or of a kind of browsers.
    fn account_key(&self, guess: Guess, email: &str, whose: &[u8]) -> Vec<u8> {
        self.keys.mac(MacPurpose::Throttle, &[guess.name().as_bytes(), email.as_bytes(), whose])
    }

    /// The counter for guesses from this network address; a whole /64 for IPv6.
    pub(super) fn address_key(&self, guess: Guess, address: IpAddr) -> Vec<u8> {
        self.network_key(guess.name().as_bytes(), address)
    }

    /// The counter for something else that a network address does.
    pub(super) fn network_key(&self, what: &[u8], address: IpAddr) -> Vec<u8> {
        self.keys.mac(MacPurpose::Throttle, &[b"address", what, &network(address)])
    }

    /// Counts what a person does without fault, where each time costs others something. The answer to somebody who has done it
    /// as often as may be in an hour.
    pub(super) async fn too_often(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        what: &[u8],
        most: i64,
        now: Timestamp,
    ) -> Result<Option<AppError>, StoreError> {
        let key = self.keys.mac(MacPurpose::Throttle, &[b"person", what, person.bytes()]);
        if throttle::count(db, &key, Allowance::per(60 * 60, most), now).await?.is_some() {
            return Ok(None);
        }
        let until = throttle::find_pause(db, &key, now).await?.unwrap_or(now);
        Ok(Some(AppError::TooOften { seconds: seconds_to(until, now) }))
    }

    /// What one account allows.
    pub(super) fn account_allowance(&self) -> Allowance {
        let limits = self.limits();
        Allowance { failures: limits.failures, window: limits.window, pause: limits.pause }
    }

    /// The answer to a code while codes from this network address are paused. That is for strangers: the others have budgets
    /// of their own.
    pub(super) async fn refuse_address(
        &self,
        db: &mut AnyConnection,
        (person, known): (PersonId, bool),
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<AppError>, Failure> {
        if known {
            return Ok(None);
        }
        let key = self.address_key(Guess::Code, visit.address);
        let until = throttle::find_pause(db, &key, now).await?;
        self.refuse_guess(db, Guess::Code, (&key, until), Some(person), visit, now).await
    }

    /// The answer to a guess while its counter is paused. The first one of a pause is noted: the log tells that somebody goes on
    /// (ASVS 5.0 16.3.3), and does not grow with how often.
    pub(super) async fn refuse_guess(
        &self,
        db: &mut AnyConnection,
        guess: Guess,
        (key, until): (&[u8], Option<Timestamp>),
        person: Option<PersonId>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<AppError>, Failure> {
        let Some(until) = until.filter(|until| *until > now) else { return Ok(None) };
        if throttle::note_refusal(db, key, now).await? {
            let kind = match guess {
                Guess::Password => "password.refused",
                Guess::Code => "code.refused",
            };
            let (address, detail) = (visit.address.to_string(), serde_json::json!({ "until": until.0 }));
            self.note(db, Entry { kind, person, actor: "self", address: &address, detail, now }).await?;
        }
        Ok(Some(paused(guess, until, now)))
    }

    /// Counts a stranger's wrong code at the network address. Successes do not take it back (FLOW-18).
    pub(super) async fn count_address(
        &self,
        db: &mut AnyConnection,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let allowance = Allowance::per(60, self.limits().codes_per_address);
        throttle::count(db, &self.address_key(Guess::Code, address), allowance, now).await?;
        Ok(())
    }
}

/// Every browser that the account does not know.
const STRANGER: &[u8] = b"stranger";

/// What counts as one network: an address, or a /64 of IPv6, which one household has.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(8).collect(),
    }
}

/// The answer while a counter is paused.
pub(super) fn paused(guess: Guess, until: Timestamp, now: Timestamp) -> AppError {
    AppError::Paused { seconds: seconds_to(until, now), guess }
}

/// Seconds from now to a moment, at least one.
pub(super) fn seconds_to(until: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(until.since(now).max(1)).unwrap_or(u32::MAX)
}
