//! Passwords: argon2id with capped cost, and a bounded queue in front of it.

use app::model::Secret;

use crate::clock::Rng;

/// Cost of a password hash (RFC 9106; OWASP minimum 19,456 KiB, 2 passes, 1 lane).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

/// Why a password was not hashed or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The queue is full.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// Longer than 1,024 bytes, or shorter than the shortest new one.
    #[error("the password is too long or too short")]
    Length,
    /// The stored hash is malformed, of another algorithm, or above the cost cap (PWD-08).
    #[error("the stored password hash cannot be used")]
    Stored,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    Random,
}

/// The one place that hashes passwords.
#[derive(Debug)]
pub struct Passwords {}

impl Passwords {
    /// The longest password, in bytes, before anything is done with it.
    pub const MAX_BYTES: usize = 1024;
    /// The shortest new password, in characters.
    pub const MIN_CHARS: usize = 12;

    /// Hashes at most `permits` at once; at most `queue` more wait. Makes the dummy hash for unknown people.
    ///
    /// # Errors
    /// [`PasswordError::Random`].
    pub fn new(_cost: Cost, _permits: usize, _queue: usize, _rng: &dyn Rng) -> Result<Self, PasswordError> {
        unimplemented!()
    }

    /// Hashes a new password (NFC-normalised, NIST SP 800-63B-4 §3.1.1.2) to a PHC string.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, _password: &Secret, _rng: &dyn Rng) -> Result<String, PasswordError> {
        unimplemented!()
    }

    /// Checks a password; without a stored hash the same work is done and the answer is no.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn verify(&self, _password: &Secret, _stored: Option<String>) -> Result<bool, PasswordError> {
        unimplemented!()
    }
}
