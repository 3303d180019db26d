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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fuzz_01_six_digits_with_or_without_blanks_are_read() {
        for text in ["012345", "012 345", " 0 1 2 3 4 5 ", "   012345", "012345   "] {
            assert_eq!(OneTimeCode::parse(text).unwrap().expose(), "012345", "{text:?}");
        }
    }

    #[test]
    fn totp_09_anything_else_is_refused() {
        for text in [
            "",
            " ",
            "null",
            "12345",
            "1234567",
            "12345678",
            "+12345",
            "-12345",
            "12345.",
            "1e5000",
            "0x1234",
            "12345a",
            "12-345",
            "123\u{a0}456",
            "123\t456",
            "123456\n",
            "12345\0",
            "123456\0",
            "\u{200f}123456",
            "[123456]",
            "\u{ff10}\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}",
            "\u{660}\u{661}\u{662}\u{663}\u{664}\u{665}",
        ] {
            assert_eq!(OneTimeCode::parse(text), None, "{text:?}");
        }
        assert_eq!(OneTimeCode::parse(&format!("{}123456", " ".repeat(64 * 1024))), None);
        assert_eq!(OneTimeCode::parse(&"1".repeat(64 * 1024)), None);
    }

    #[test]
    fn debug_does_not_print_the_digits() {
        assert_eq!(format!("{:?}", OneTimeCode::parse("012345").unwrap()), "OneTimeCode(…)");
    }

    proptest! {
        #[test]
        fn fuzz_01_accepted_exactly_when_six_digits_are_left_without_blanks(text in "(?s)[0-9 ]{0,12}|[0-9 +a-f]{0,9}|.{0,12}") {
            let bare = text.replace(' ', "");
            let wanted = (bare.len() == 6 && bare.bytes().all(|b| b.is_ascii_digit())).then_some(bare);
            prop_assert_eq!(OneTimeCode::parse(&text).map(|code| code.expose().to_owned()), wanted);
        }
    }
}
