//! Six-digit codes.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Six ASCII digits, leading zeros kept.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct OneTimeCode([u8; 6]);

impl OneTimeCode {
    /// Reads a code. ASCII blanks anywhere are allowed (apps show `123 456`), nothing else is.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 32 {
            return None;
        }
        let mut digits = [0; 6];
        let mut read = text.bytes().filter(|b| *b != b' ');
        for digit in &mut digits {
            *digit = read.next().filter(u8::is_ascii_digit)?;
        }
        read.next().is_none().then_some(Self(digits))
    }

    /// The six digits.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}
