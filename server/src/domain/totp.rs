//! Time-based one-time passwords: RFC 6238 with SHA-1, six digits, thirty seconds, one step of skew.

use app::model::OneTimeCode;

use crate::clock::Timestamp;

/// Bytes of a setup key: 160 bits, as RFC 4226 §4 R6 recommends.
pub const SETUP_KEY_BYTES: usize = 20;
/// Seconds of a step.
pub const STEP_SECONDS: i64 = 30;

/// What a code is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, and its step was not used before. The caller marks the step by a conditional write.
    Accepted {
        /// The step to mark.
        step: i64,
    },
    /// Right, but its step is at or below the last used one.
    Used,
    /// Right for a clock that is off by more than the skew (up to an hour); refused all the same.
    ClockOff {
        /// Minutes, rounded away from zero; positive when the phone is ahead.
        minutes: i32,
    },
    /// Not right.
    Wrong,
}

/// Checks a code against a key. A step at or below `last_step` is refused, whatever it was used for.
pub fn verify(_key: &[u8], _code: &OneTimeCode, _now: Timestamp, _last_step: Option<i64>) -> Verdict {
    unimplemented!()
}

/// The `otpauth:` address with secret, issuer, algorithm, digits and period all written out.
pub fn otpauth_uri(_key: &[u8], _issuer: &str, _account: &str) -> String {
    unimplemented!()
}
