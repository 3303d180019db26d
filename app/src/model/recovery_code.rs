//! Recovery codes: 24 Crockford base32 characters, the last one a check character.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Why a typed recovery code cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryCodeError {
    /// Not 24 characters of the alphabet.
    #[error("not 24 letters and digits")]
    Shape,
    /// The check character does not fit: a typing error.
    #[error("the check character does not fit")]
    Check,
}

/// A recovery code: 115 random bits and a check character.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; RecoveryCode::LEN]);

impl RecoveryCode {
    /// Characters, the check character among them.
    pub const LEN: usize = 24;
    /// The longest text that is looked at.
    pub const MAX_INPUT: usize = 64;
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Makes a code from random bytes, of which the low five bits each are used.
    pub fn from_random(random: &[u8; Self::LEN - 1]) -> Self {
        let mut values = [0; Self::LEN];
        for (value, byte) in values.iter_mut().zip(random) {
            *value = byte & 31;
        }
        let check = check_value(values.iter().take(Self::LEN - 1).copied());
        if let Some(last) = values.last_mut() {
            *last = check;
        }
        Self(values)
    }

    /// Reads a code in any case, with or without blanks and hyphens, `O` as 0, `I` and `L` as 1.
    ///
    /// # Errors
    /// [`RecoveryCodeError::Shape`] for anything but 24 characters of the alphabet,
    /// [`RecoveryCodeError::Check`] when the check character tells of a typing error.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        if text.len() > Self::MAX_INPUT {
            return Err(RecoveryCodeError::Shape);
        }
        let mut values = [0; Self::LEN];
        let mut read = text.bytes().filter(|b| !b" -\t\r\n".contains(b));
        for value in &mut values {
            *value = read.next().and_then(value_of).ok_or(RecoveryCodeError::Shape)?;
        }
        if read.next().is_some() {
            return Err(RecoveryCodeError::Shape);
        }
        let check = check_value(values.iter().take(Self::LEN - 1).copied());
        if values.last() == Some(&check) { Ok(Self(values)) } else { Err(RecoveryCodeError::Check) }
    }

    /// The six groups of four, as they are shown and printed.
    pub fn groups(&self) -> [String; 6] {
        let mut groups: [String; 6] = Default::default();
        for (group, values) in groups.iter_mut().zip(self.0.chunks(4)) {
            group.extend(values.iter().filter_map(|v| Self::ALPHABET.get(usize::from(*v)).map(|c| char::from(*c))));
        }
        groups
    }

    /// The 24 characters without separators: what the keyed hash is made of.
    pub fn canonical(&self) -> String {
        self.groups().concat()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

fn value_of(byte: u8) -> Option<u8> {
    let byte = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    RecoveryCode::ALPHABET.iter().position(|c| *c == byte).and_then(|i| u8::try_from(i).ok())
}

/// A weighted sum over GF(32): the weights are distinct powers of the generator, so every single
/// wrong character and every swap of two neighbours changes it.
fn check_value(values: impl Iterator<Item = u8>) -> u8 {
    // Horner's rule with the generator x of GF(2)[x] / (x^5 + x^2 + 1).
    values.fold(0, |sum, value| times_x(sum ^ value))
}

fn times_x(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}
