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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Values 0 to 22; the check character was computed apart, with a table of the powers in GF(32).
    const SAMPLE: &str = "0123456789ABCDEFGHJKMNP2";

    fn sample() -> RecoveryCode {
        let mut values = [0; 23];
        values.iter_mut().zip(0..).for_each(|(value, n)| *value = n);
        RecoveryCode::from_random(&values)
    }

    fn text_of(characters: &[u8]) -> String {
        String::from_utf8(characters.to_vec()).unwrap()
    }

    #[test]
    fn code_has_six_groups_and_a_known_check_character() {
        assert_eq!(sample().canonical(), SAMPLE);
        assert_eq!(sample().groups().map(|group| group.len()), [4; 6]);
        assert_eq!(sample().groups().concat(), sample().canonical());
    }

    #[test]
    fn only_the_low_five_bits_of_each_random_byte_count() {
        let (low, high) = ([0b000_10110; 23], [0b111_10110; 23]);
        assert_eq!(RecoveryCode::from_random(&low), RecoveryCode::from_random(&high));
    }

    #[test]
    fn rec_06_case_separators_and_look_alikes_are_normalised() {
        let groups = sample().groups();
        for text in [
            groups.concat(),
            groups.join("-"),
            groups.join(" "),
            groups.join(" - "),
            groups.concat().to_lowercase(),
            format!("\t{}\r\n", groups.join("-")),
            groups.concat().replacen('0', "O", 1),
            groups.concat().replacen('0', "o", 1),
            groups.concat().replacen('1', "I", 1),
            groups.concat().replacen('1', "i", 1),
            groups.concat().replacen('1', "L", 1),
            groups.concat().replacen('1', "l", 1),
        ] {
            assert_eq!(RecoveryCode::parse(&text), Ok(sample()), "{text:?}");
        }
    }

    #[test]
    fn rec_06_anything_else_is_refused() {
        let good = sample().canonical();
        for bad in [
            String::new(),
            good[1..].to_owned(),
            format!("{good}0"),
            good.replacen('2', "U", 1),
            good.replacen('2', "_", 1),
            good.replacen('2', "\u{ff12}", 1),
            good.replacen('2', "2\0", 1),
            good.replacen('2', "2\u{2013}", 1),
            good.replacen('2', "2\u{a0}", 1),
            format!("{good}{}", " ".repeat(41)),
            "0".repeat(1 << 20),
        ] {
            assert_eq!(RecoveryCode::parse(&bad), Err(RecoveryCodeError::Shape), "{bad:?}");
        }
        assert_eq!(RecoveryCode::parse(&format!("{good}{}", " ".repeat(40))), Ok(sample()));
    }

    #[test]
    fn debug_does_not_print_the_code() {
        assert_eq!(format!("{:?}", sample()), "RecoveryCode(…)");
    }

    proptest! {
        #[test]
        fn fuzz_02_made_codes_read_back(random in any::<[u8; 23]>()) {
            let code = RecoveryCode::from_random(&random);
            prop_assert_eq!(RecoveryCode::parse(&code.canonical()), Ok(code.clone()));
            prop_assert_eq!(RecoveryCode::parse(&code.groups().join("-").to_lowercase()), Ok(code));
        }

        #[test]
        fn fuzz_02_parser_is_total(text in "(?s).{0,70}|[0-9A-Za-z -]{20,40}") {
            if let Ok(code) = RecoveryCode::parse(&text) {
                prop_assert_eq!(RecoveryCode::parse(&code.canonical()), Ok(code));
            }
        }

        #[test]
        fn fuzz_02_every_single_wrong_character_is_caught(random in any::<[u8; 23]>()) {
            let code = RecoveryCode::from_random(&random).canonical().into_bytes();
            for place in 0..RecoveryCode::LEN {
                for wrong in RecoveryCode::ALPHABET.iter().filter(|wrong| **wrong != code[place]) {
                    let mut typed = code.clone();
                    typed[place] = *wrong;
                    prop_assert_eq!(RecoveryCode::parse(&text_of(&typed)), Err(RecoveryCodeError::Check));
                }
            }
        }

        #[test]
        fn fuzz_02_every_swap_of_neighbours_is_caught(random in any::<[u8; 23]>()) {
            let code = RecoveryCode::from_random(&random).canonical().into_bytes();
            for place in (1..RecoveryCode::LEN).filter(|place| code[*place] != code[place - 1]) {
                let mut typed = code.clone();
                typed.swap(place - 1, place);
                prop_assert_eq!(RecoveryCode::parse(&text_of(&typed)), Err(RecoveryCodeError::Check));
            }
        }
    }

    #[test]
    fn rec_11_every_random_bit_reaches_the_code() {
        let codes: HashSet<_> = (0..23)
            .flat_map(|byte| (0..5).map(move |bit| (byte, bit)))
            .map(|(byte, bit)| {
                let mut random = [0; 23];
                random[byte] = 1 << bit;
                RecoveryCode::from_random(&random).canonical()
            })
            .collect();
        assert_eq!(codes.len(), 115);
    }
}
