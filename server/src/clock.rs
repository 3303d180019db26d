//! Time and randomness as arguments: the only place that asks the system for either.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

/// Whole seconds since 1970-01-01T00:00:00Z. Sixty-four bits, so past 2038 (RFC 6238 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and some seconds; stops at the ends of the range instead of wrapping.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Whole seconds from `earlier` to this moment.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
    }
}

/// The source of randomness failed: whatever wanted a secret must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct RngError;

/// A source of unpredictable bytes.
pub trait Rng: Send + Sync + fmt::Debug {
    /// Fills the buffer.
    ///
    /// # Errors
    /// [`RngError`] when the source fails; the buffer must not be used then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
        getrandom::fill(buffer).map_err(|_| RngError)
    }
}

/// Random bytes in an array.
///
/// # Errors
/// Those of the source.
pub fn random<const N: usize>(rng: &dyn Rng) -> Result<[u8; N], RngError> {
    let mut bytes = [0; N];
    rng.fill(&mut bytes)?;
    Ok(bytes)
}
