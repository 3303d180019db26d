//! Which failure counter counts what (product.md, section 8).

use std::net::IpAddr;

use app::{AppError, backend::Visit, model::Secret};
use data_encoding::HEXLOWER;
use sqlx::AnyConnection;

use super::Service;
use crate::{
    clock::{RngError, Timestamp, random},
    crypto::MacPurpose,
    storage::{
        StoreError,
        throttle::{self, Allowance},
    },
};

/// What is being guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// A password.
    Password,
    /// A second factor or a recovery code.
    Code,
}

impl Guess {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
        }
    }
}

/// What the mark in a browser that has completed a sign-in stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// With a second factor: the browser is known, and has a budget of its own.
    Known,
    /// With the password alone, where nothing asks for more: the owner need not be told of it as new. It has no budget of its
    /// own, or a stolen password would buy as many guesses at a later second factor as it collects marks.
    Familiar,
}

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
    /// In the order in which they count; one that is paused stops those after it.
    counters: Vec<(Vec<u8>, Allowance)>,
    /// True for a browser that has completed a sign-in to this account.
    pub(super) known: bool,
}

impl PasswordBudget {
    /// Counts a failure in advance; nothing is counted while a counter is paused, and the answer is when that ends. True
    /// when this failure starts a pause.
    pub(super) async fn reserve(
        &self,
        db: &mut AnyConnection,
        now: Timestamp,
    ) -> Result<Result<bool, Timestamp>, StoreError> {
        let mut pauses = false;
        for (place, (key, allowance)) in self.counters.iter().enumerate() {
            let Some(failures) = throttle::reserve(db, key, *allowance, now).await? else {
                for (counted, _) in self.counters.iter().take(place) {
                    throttle::release(db, counted).await?;
                }
                return Ok(Err(throttle::find_pause(db, key, now).await?.unwrap_or(now)));
            };
            pauses |= failures >= allowance.failures;
        }
        Ok(Ok(pauses))
    }

    /// Takes one failure back that was counted in advance.
    pub(super) async fn release(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for (key, _) in &self.counters {
            throttle::release(db, key).await?;
        }
        Ok(())
    }

    /// How many failures there were before one that was counted in advance and turned out to be none. From here to the end of
    /// the transaction nobody else counts or forgets one.
    pub(super) async fn failures(&self, db: &mut AnyConnection, now: Timestamp) -> Result<i64, StoreError> {
        // The last counter is the one of all browsers that are not known, else the browser's own.
        let Some((key, _)) = self.counters.last() else { return Ok(0) };
        Ok(throttle::hold_one(db, key, now).await?.failures - 1)
    }

    /// Forgets the failures after a success.
    pub(super) async fn reset(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for (key, _) in &self.counters {
            throttle::reset(db, key).await?;
        }
        Ok(())
    }
}

impl Service {
    /// The counters for guesses at the password of this account from this browser. A known browser has its own. Any other
    /// one counts at its network address, so that a stranger keeps nobody out who is elsewhere (FLOW-20), and together
    /// with all strangers, so that many addresses do not guess without bound (NIST SP 800-63B-4 §3.2.2).
    pub(super) fn password_budget(&self, email: &str, visit: &Visit) -> PasswordBudget {
        let Budget { key, known } = self.budget(Guess::Password, email, visit);
        let one = self.account_allowance();
        if known {
            return PasswordBudget { counters: vec![(key, one)], known };
        }
        let parts: [&[u8]; 4] = [b"password", email.as_bytes(), b"stranger", &network(visit.address)];
        let all = Allowance { failures: self.limits().passwords_by_strangers, ..one };
        PasswordBudget { counters: vec![(self.keys.mac(MacPurpose::Throttle, &parts), one), (key, all)], known }
    }

    /// The counter for guesses at this account from this browser. A known browser has its own, so that a
    /// stranger's guesses do not stop the owner; all strangers share one.
    pub(super) fn budget(&self, guess: Guess, email: &str, visit: &Visit) -> Budget {
        let device = visit.device.as_ref().and_then(|mark| self.marked(email, mark.expose(), Mark::Known));
        let own = device.as_deref().unwrap_or(b"stranger");
        let parts: [&[u8]; 3] = [guess.as_str().as_bytes(), email.as_bytes(), own];
        Budget { key: self.keys.mac(MacPurpose::Throttle, &parts), known: device.is_some() }
    }

    /// The counter for guesses from this network address; a whole /64 for IPv6.
    pub(super) fn address_key(&self, guess: Guess, address: IpAddr) -> Vec<u8> {
        self.network_key(guess.as_str().as_bytes(), address)
    }

    /// The counter for something else that a network address does.
    pub(super) fn network_key(&self, what: &[u8], address: IpAddr) -> Vec<u8> {
        self.keys.mac(MacPurpose::Throttle, &[b"address", what, &network(address)])
    }

    /// What one account allows.
    pub(super) fn account_allowance(&self) -> Allowance {
        let limits = self.limits();
        Allowance { failures: limits.failures, window: limits.window, pause: limits.pause }
    }

    /// Counts a failure of a network address. Successes do not take it back (FLOW-18).
    pub(super) async fn count_address(
        &self,
        db: &mut AnyConnection,
        guess: Guess,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let failures = match guess {
            Guess::Password => self.limits().passwords_per_address,
            Guess::Code => self.limits().codes_per_address,
        };
        throttle::reserve(db, &self.address_key(guess, address), Allowance::per(60, failures), now).await?;
        Ok(())
    }

    /// Whether a sign-in to this account was completed in this browser, in whatever way.
    pub(super) fn is_familiar(&self, email: &str, visit: &Visit) -> bool {
        let marked = |what| visit.device.as_ref().and_then(|mark| self.marked(email, mark.expose(), what));
        marked(Mark::Known).or_else(|| marked(Mark::Familiar)).is_some()
    }

    /// A new mark for a browser that has completed a sign-in to this account.
    pub(super) fn new_mark(&self, email: &str, what: Mark) -> Result<Secret, RngError> {
        let id = random::<16>(&*self.rng)?;
        let mac = self.keys.mac(MacPurpose::Device, &mark_parts(email, &id, what));
        Ok(Secret::new(format!("{}.{}", HEXLOWER.encode(&id), HEXLOWER.encode(&mac))))
    }

    /// The id in a mark, if it is ours, of this account, and stands for this.
    fn marked(&self, email: &str, mark: &str, what: Mark) -> Option<Vec<u8>> {
        let (id, mac) = mark.split_once('.')?;
        let id = HEXLOWER.decode(id.as_bytes()).ok()?;
        let mac = HEXLOWER.decode(mac.as_bytes()).ok()?;
        self.keys.verify_mac(MacPurpose::Device, &mark_parts(email, &id, what), &mac).then_some(id)
    }
}

fn mark_parts<'a>(email: &'a str, id: &'a [u8], what: Mark) -> Vec<&'a [u8]> {
    let mut parts = vec![email.as_bytes(), id];
    if what == Mark::Familiar {
        parts.push(b"familiar");
    }
    parts
}

/// What counts as one network: an address, or a /64 of IPv6, which one household has.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(8).collect(),
    }
}

/// The answer while a counter is paused.
pub(super) fn paused(until: Timestamp, now: Timestamp) -> AppError {
    AppError::Paused { seconds: u32::try_from(until.since(now).max(1)).unwrap_or(u32::MAX) }
}
