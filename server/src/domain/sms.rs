//! Text messages: how many, how long a code lives, and what it is.

use app::model::OneTimeCode;

use crate::clock::{Rng, RngError, random};

/// The longest life of a code, seconds.
pub const LONGEST_CODE: i64 = 30 * 60;
/// The life of a code that NIST SP 800-63B-4 §3.1.3.3 and ASVS 5.0 6.5.5 ask for, seconds.
pub const STRICT_CODE: i64 = 10 * 60;

/// How many text messages are sent, and for how long their codes are good (product.md, section 8). Days are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLimits {
    /// Life of a code, seconds.
    pub code_ttl: i64,
    /// Seconds between two codes of a person.
    pub resend_after: i64,
    /// Codes of one challenge or enrolment.
    pub per_challenge: i64,
    /// Codes a day to one person.
    pub per_person: i64,
    /// Codes a day to one number, whoever asks: those that link it, and apart from them those to whoever has it linked.
    pub per_number: i64,
    /// Codes a day that link numbers which differ in their last four digits alone: fraudsters own whole blocks.
    pub per_prefix: i64,
    /// Codes a day that one network address asks for. A building site shares one.
    pub per_address: i64,
    /// Codes a day of the whole installation.
    pub per_day: i64,
    /// Codes of a day to a country, with their time over, before the share of those that were typed in matters.
    pub country_sample: i64,
    /// The least share of them, percent. Below it no more codes go to that country, until the share is up again or
    /// the day is over.
    pub country_verified: i64,
    /// Accounts that may have one number: a family or a crew shares a phone, a fraudster has one for all.
    pub accounts_per_number: i64,
}

impl Default for SmsLimits {
    fn default() -> Self {
        Self {
            code_ttl: LONGEST_CODE,
            resend_after: 30,
            per_challenge: 5,
            per_person: 10,
            per_number: 10,
            per_prefix: 40,
            per_address: 200,
            per_day: 2000,
            country_sample: 50,
            country_verified: 25,
            accounts_per_number: 10,
        }
    }
}

/// A code of six digits, each of the million as likely as any other.
///
/// Twenty random bits that make no code are drawn again: a remainder would favour the low codes.
///
/// # Errors
/// Those of the source of randomness, also when it keeps giving the same bits.
pub fn draw_code(rng: &dyn Rng) -> Result<OneTimeCode, RngError> {
    // A sound source misses a hundred times in a row once in 10^133 draws.
    for _ in 0..100 {
        let [a, b, c] = random(rng)?;
        let number = u32::from_be_bytes([0, a & 0x0f, b, c]);
        if number < 1_000_000 {
            return OneTimeCode::parse(&format!("{number:06}")).ok_or(RngError);
        }
    }
    Err(RngError)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 over a counter.
    #[derive(Debug, Default)]
    struct Counted(Mutex<(u64, Vec<u8>)>);

    impl Rng for Counted {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
            let mut state = self.0.lock().unwrap();
            for byte in buffer {
                if state.1.is_empty() {
                    state.0 += 1;
                    state.1 = Sha256::digest(state.0.to_be_bytes()).to_vec();
                }
                *byte = state.1.pop().unwrap();
            }
            Ok(())
        }
    }

    #[derive(Debug)]
    struct Stuck;

    impl Rng for Stuck {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
            buffer.fill(0xff);
            Ok(())
        }
    }

    #[test]
    fn sms_17_a_million_codes_are_uniform_and_keep_their_zeros() {
        let rng = Counted::default();
        let mut cells = vec![0_u32; 1000];
        let mut digits = [[0_u32; 10]; 6];
        for _ in 0..1_000_000 {
            let code = draw_code(&rng).unwrap();
            let text = code.expose();
            assert_eq!(text.len(), 6);
            cells[(text.parse::<usize>().unwrap()) / 1000] += 1;
            for (place, digit) in text.bytes().enumerate() {
                digits[place][usize::from(digit - b'0')] += 1;
            }
        }
        // Chi-square, rounded down.
        let chi = |counts: &[u32]| {
            let mean = counts.iter().map(|count| u64::from(*count)).sum::<u64>() / counts.len() as u64;
            counts.iter().map(|count| u64::from(*count).abs_diff(mean).pow(2)).sum::<u64>() / mean
        };
        // Five standard deviations above the mean of chi-square with 999 and with 9 degrees of freedom.
        assert!(chi(&cells) < 999 + 224, "{}", chi(&cells));
        for place in digits {
            assert!(chi(&place) < 9 + 22, "{place:?}");
        }
    }

    #[test]
    fn stuck_source_makes_no_code() {
        assert!(draw_code(&Stuck).is_err());
    }
}
