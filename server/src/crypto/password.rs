//! Passwords: argon2id with capped cost, and a bounded queue in front of it.

mod phc;
mod queue;

use std::{fmt, sync::Arc};

use app::model::Secret;
use argon2::Block;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use self::{
    phc::{SALT_BYTES, Stored},
    queue::Queue,
};
use crate::clock::{Rng, random};

/// Cost of a password hash. The default is the second recommended option of RFC 9106 §4, for servers whose memory is not for
/// passwords alone; it is five times the OWASP minimum of 19,456 KiB, 2 passes and 1 lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// The highest cost that is ever paid, for a stored hash too (PWD-08).
    pub const MAX: Self = Self { memory: 65_536, passes: 10, lanes: 4 };
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory: 65_536, passes: 3, lanes: 4 }
    }
}

/// Why a password was not hashed or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The queue is full.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// Longer than 1,024 bytes.
    #[error("the password is too long")]
    Length,
    /// The stored hash is malformed, of another algorithm, or above the cost cap (PWD-08).
    #[error("the stored password hash cannot be used")]
    Stored,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    Random,
    /// The cost that is set lies outside what argon2 takes, or above the cap.
    #[error("the password cost must be 1 to 10 passes, 1 to 4 lanes and 8 KiB per lane to 65,536 KiB of memory")]
    Cost,
}

/// The one place that hashes passwords.
pub struct Passwords {
    cost: Cost,
    dummy: Stored,
    queue: Arc<Queue>,
}

impl Passwords {
    /// The longest password, in bytes, before anything is done with it.
    pub const MAX_BYTES: usize = crate::domain::MAX_BYTES;

    /// Hashes at most `permits` at once; at most `queue` more wait. Makes the dummy hash for unknown people.
    ///
    /// # Errors
    /// [`PasswordError::Random`]; [`PasswordError::Cost`] when the cost is outside the limits.
    pub fn new(cost: Cost, permits: usize, queue: usize, rng: &dyn Rng) -> Result<Self, PasswordError> {
        // A random tag instead of a hash: the work is the same, and no password fits.
        let salt = random::<SALT_BYTES>(rng).map_err(|_| PasswordError::Random)?;
        let tag = random::<{ phc::TAG_BYTES }>(rng).map_err(|_| PasswordError::Random)?;
        let dummy = Stored::new(cost, &salt, &tag).ok_or(PasswordError::Cost)?;
        let queue = Arc::new(Queue::new(permits, queue, dummy.blocks()));
        Ok(Self { cost, dummy, queue })
    }

    /// Does the work for unknown people at another cost than that of new hashes: the one that most stored hashes have, or their
    /// time would tell who is known for as long as a changed cost has not reached them.
    #[must_use]
    pub fn with_dummy_of(mut self, cost: Cost) -> Self {
        self.dummy = self.dummy.at(cost).unwrap_or(self.dummy);
        self
    }

    /// The cost that a stored hash was made at; none for one that cannot be used.
    pub fn cost_of(stored: &str) -> Option<Cost> {
        Stored::parse(stored).map(|stored| stored.cost())
    }

    /// Hashes a new password (NFC-normalised, NIST SP 800-63B-4 §3.1.1.2) to a PHC string. Which ones are taken is
    /// the domain's to say.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, password: &Secret, rng: &dyn Rng) -> Result<String, PasswordError> {
        let password = normalised(password)?;
        let (cost, salt) = (self.cost, random::<SALT_BYTES>(rng).map_err(|_| PasswordError::Random)?);
        let work = self.queued(move |memory| phc::hash(cost, password.as_bytes(), &salt, memory));
        work.await?.ok_or(PasswordError::Cost)
    }

    /// Whether a stored hash was made at a lower cost than the one that is set now, so that the next right password is
    /// hashed anew (OWASP Password Storage Cheat Sheet). What cannot be used is not; that is told at the check.
    pub fn is_below_cost(&self, stored: &str) -> bool {
        Stored::parse(stored).is_some_and(|stored| stored.is_below(self.cost))
    }

    /// Checks a password; without a stored hash the same work is done and the answer is no.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn verify(&self, password: &Secret, stored: Option<String>) -> Result<bool, PasswordError> {
        let password = normalised(password)?;
        let known = stored.is_some();
        let stored = match stored {
            Some(text) => Stored::parse(&text).ok_or(PasswordError::Stored)?,
            None => self.dummy.clone(),
        };
        let fits = self.queued(move |memory| stored.fits(password.as_bytes(), memory)).await?;
        Ok(fits && known)
    }

    /// The one way to the queue; the event is what the tests count.
    async fn queued<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        tracing::trace!("a password is hashed");
        self.queue.run(work).await
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dummy = self.dummy.cost();
        f.debug_struct("Passwords").field("cost", &self.cost).field("dummy", &dummy).finish_non_exhaustive()
    }
}

/// The length is looked at before anything else, so that no over-long text costs work.
fn normalised(password: &Secret) -> Result<Zeroizing<String>, PasswordError> {
    let password = password.expose();
    if password.len() > Passwords::MAX_BYTES {
        return Err(PasswordError::Length);
    }
    // NFC triples a text in bytes at most: the buffer does not move, which would leave copies behind.
    let mut normal = Zeroizing::new(String::with_capacity(password.len().saturating_mul(3)));
    normal.extend(password.nfc());
    Ok(normal)
}

#[cfg(test)]
mod tests;
