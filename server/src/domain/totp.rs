//! Time-based one-time passwords: RFC 6238 with SHA-1, six digits, thirty seconds, one step of skew.

use std::fmt::Write as _;

use app::model::OneTimeCode;
use data_encoding::BASE32_NOPAD;
use totp_rs::{Algorithm, Builder, Totp};

use crate::clock::Timestamp;

/// Bytes of a setup key: 160 bits, as RFC 4226 §4 R6 recommends.
pub const SETUP_KEY_BYTES: usize = 20;
/// Seconds of a step.
pub const STEP_SECONDS: i64 = 30;
/// Digits of a code. Authenticator apps widely ignore other values, as they do other algorithms.
const DIGITS: u8 = 6;
/// Steps accepted on either side of the present one (RFC 6238 §5.2 recommends one at most).
const SKEW: i64 = 1;
/// Steps on either side in which a refused code still tells by how much the phone's clock is off: an hour.
const CLOCK_SEARCH: i64 = 60 * 60 / STEP_SECONDS;

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
        /// The step of the code, where its time is yet to come. Whoever tells the minutes tells when the code would be right, so
        /// the caller refuses this step for good; else each guess would be worth the whole hour.
        ahead: Option<i64>,
    },
    /// Not right.
    Wrong,
}

/// The step of a moment (RFC 6238 §4.2).
pub fn step_at(now: Timestamp) -> i64 {
    now.0.div_euclid(STEP_SECONDS)
}

/// The moment at which a step begins.
pub fn start_of(step: i64) -> Timestamp {
    Timestamp(step.saturating_mul(STEP_SECONDS))
}

/// Checks a code against a key. A step at or below `last_step` is refused, whatever it was used for.
///
/// A key shorter than 128 bits (RFC 4226 §4 R6) and a time before 1970 match nothing.
pub fn verify(key: &[u8], code: &OneTimeCode, now: Timestamp, last_step: Option<i64>) -> Verdict {
    Generator::new(key, Algorithm::SHA1, DIGITS)
        .map_or(Verdict::Wrong, |generator| generator.verdict(code.expose(), now, last_step))
}

/// A key with its parameters. The product knows one set of them; the tables of the RFCs need more.
struct Generator(Totp);

impl Generator {
    fn new(key: &[u8], algorithm: Algorithm, digits: u8) -> Option<Self> {
        let builder = Builder::new().with_algorithm(algorithm).with_digits(digits).with_skew(0).with_secret(key);
        builder.with_step_duration(STEP_SECONDS.unsigned_abs()).build().ok().map(Self)
    }

    fn verdict(&self, code: &str, now: Timestamp, last_step: Option<i64>) -> Verdict {
        let present = step_at(now);
        // The latest step first: should one code fit two steps, marking the later one spends both.
        let window = (-SKEW..=SKEW).rev().map(|away| present.saturating_add(away));
        match window.into_iter().find(|step| self.matches(code, *step)) {
            Some(step) if last_step.is_none_or(|last| step > last) => Verdict::Accepted { step },
            Some(_) => Verdict::Used,
            None => self.diagnosis(code, present, last_step),
        }
    }

    /// Looks for the step of a refused code. One that fits several tells nothing: which of them it is, nobody knows, and none
    /// of them may be told and accepted later.
    fn diagnosis(&self, code: &str, present: i64, last_step: Option<i64>) -> Verdict {
        let around = (-CLOCK_SEARCH..=CLOCK_SEARCH).filter(|away| away.abs() > SKEW);
        let mut found = around.filter(|away| self.matches(code, present.saturating_add(*away)));
        match (found.next(), found.next()) {
            (Some(away), None) => {
                let step = present.saturating_add(away);
                if last_step == Some(step) {
                    // An old code typed again, not a wrong clock.
                    return Verdict::Used;
                }
                Verdict::ClockOff { minutes: minutes_of(away), ahead: (away > 0).then_some(step) }
            }
            (None | Some(_), _) => Verdict::Wrong,
        }
    }

    /// Whether the code is that of the step; the comparison takes constant time.
    fn matches(&self, code: &str, step: i64) -> bool {
        step.checked_mul(STEP_SECONDS)
            .and_then(|time| u64::try_from(time).ok())
            .is_some_and(|time| self.0.check(code, time).is_some())
    }
}

/// Steps as minutes, rounded away from zero.
fn minutes_of(steps: i64) -> i32 {
    let seconds = steps.saturating_mul(STEP_SECONDS);
    let minutes = seconds.unsigned_abs().div_ceil(60);
    i32::try_from(minutes).map_or(i32::MAX, |minutes| if seconds < 0 { -minutes } else { minutes })
}

/// The `otpauth:` address with secret, issuer, algorithm, digits and period all written out.
///
/// Whatever is not unreserved in RFC 3986 §2.3 is percent-encoded. The label is `issuer:account`. Readers split
/// it at the first colon, encoded or not, so an issuer with a colon stands in the `issuer` parameter alone.
pub fn otpauth_uri(key: &[u8], issuer: &str, account: &str) -> String {
    let (secret, name, account) = (BASE32_NOPAD.encode(key), percent_encoded(issuer), percent_encoded(account));
    let prefix = if issuer.contains(':') { String::new() } else { format!("{name}:") };
    format!(
        "otpauth://totp/{prefix}{account}?secret={secret}&issuer={name}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )
}

/// The setup key in base32, in groups of four, for people who type it.
pub fn setup_key_groups(key: &[u8]) -> Vec<String> {
    let text = BASE32_NOPAD.encode(key);
    text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests;
