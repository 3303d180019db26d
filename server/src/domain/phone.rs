//! Phone numbers that may receive codes.

use std::{fmt, panic};

use phonenumber::{Type, country::Id, metadata::DATABASE};

use super::{Country, SmsReach};

/// The longest text that is looked at, in bytes. No number with all its blanks is longer.
const MAX_TEXT: usize = 64;
/// Digits of a number with what is dialled in front of it; E.164 itself has 15 at most.
const MAX_DIGITS: usize = 20;
/// Digits that stay readable in a masked number.
const SHOWN: usize = 2;

/// A mobile number in one of [`super::COUNTRIES`], in the one spelling of E.164.
///
/// `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// `+` and digits.
    e164: String,
    country: &'static Country,
}

/// Why a number cannot receive codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneRefusal {
    /// No phone number, or one with an extension.
    Malformed,
    /// A number of a country that no text messages go to.
    Country,
    /// Premium rate or shared cost: somebody would earn from each message.
    Premium,
    /// Toll-free: takes no text messages.
    TollFree,
    /// A fixed line, a pager or another number that is not a mobile.
    NotMobile,
    /// This person may use a US number only (payee admins).
    UnitedStatesOnly,
    /// No number at all is open to this person.
    NotOpen,
}

impl PhoneNumber {
    /// Reads a number in any spelling: blanks, dashes, dots, brackets and marks of the writing direction do not
    /// matter. A number without `+` or an exit code is one of `region`; the country is that of the number.
    ///
    /// Never panics, whatever the text (RUSTSEC-2023-0082, RUSTSEC-2024-0369): the library sees digits alone, and
    /// stands behind a net all the same.
    ///
    /// # Errors
    /// [`PhoneRefusal`], never [`PhoneRefusal::UnitedStatesOnly`] or [`PhoneRefusal::NotOpen`].
    pub fn parse(text: &str, region: &'static Country) -> Result<Self, PhoneRefusal> {
        let dialled = Dialled::read(text).ok_or(PhoneRefusal::Malformed)?;
        panic::catch_unwind(|| dialled.resolve(region)).unwrap_or(Err(PhoneRefusal::Malformed))
    }

    /// Reads a number that was written by [`PhoneNumber::e164`].
    ///
    /// # Errors
    /// As [`PhoneNumber::parse`].
    pub fn from_e164(text: &str) -> Result<Self, PhoneRefusal> {
        let [first, ..] = &super::COUNTRIES;
        if text.starts_with('+') { Self::parse(text, first) } else { Err(PhoneRefusal::Malformed) }
    }

    /// The number as E.164: `+`, calling code, national number.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The country of the number; `+1` is told apart.
    pub fn country(&self) -> &'static Country {
        self.country
    }

    /// The number without its last four digits: neighbours share it.
    pub fn prefix(&self) -> &str {
        self.e164.get(..self.e164.len().saturating_sub(4)).unwrap_or_default()
    }

    /// The last two digits, to be spoken.
    pub fn ending(&self) -> &str {
        self.e164.get(self.e164.len().saturating_sub(SHOWN)..).unwrap_or_default()
    }

    /// `+1 ••• ••• ••42`, with blanks that do not break.
    pub fn masked(&self) -> String {
        let code = format!("+{}", self.country.calling_code);
        let mut left = self.e164.len().saturating_sub(code.len());
        let mut masked = code;
        while left > 0 {
            let group = if left > 4 { 3 } else { left };
            left -= group;
            masked.push('\u{a0}');
            let dots = if left == 0 { group.saturating_sub(SHOWN) } else { group };
            masked.extend(std::iter::repeat_n('•', dots));
        }
        masked + self.ending()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({} …)", self.country.iso)
    }
}

impl SmsReach {
    /// Whether somebody with this reach may use a number.
    ///
    /// # Errors
    /// [`PhoneRefusal::UnitedStatesOnly`] or [`PhoneRefusal::NotOpen`].
    pub fn admit(self, number: &PhoneNumber) -> Result<(), PhoneRefusal> {
        match self {
            Self::AllowedCountries => Ok(()),
            Self::UnitedStates if number.country.iso == "US" => Ok(()),
            Self::UnitedStates => Err(PhoneRefusal::UnitedStatesOnly),
            Self::Nowhere => Err(PhoneRefusal::NotOpen),
        }
    }

    /// The countries that somebody with this reach may choose from.
    pub fn countries(self) -> impl Iterator<Item = &'static Country> {
        super::COUNTRIES.iter().filter(move |country| match self {
            Self::AllowedCountries => true,
            Self::UnitedStates => country.iso == "US",
            Self::Nowhere => false,
        })
    }
}

/// What was typed, without all that does not matter.
struct Dialled {
    international: bool,
    digits: String,
}

impl Dialled {
    fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let mut dialled = Self { international: false, digits: String::new() };
        for c in text.chars().filter(|c| !is_ornament(*c)) {
            match c {
                '+' | '\u{ff0b}' if !dialled.international && dialled.digits.is_empty() => {
                    dialled.international = true;
                }
                _ => dialled.digits.push(digit(c)?),
            }
        }
        (4..=MAX_DIGITS).contains(&dialled.digits.len()).then_some(dialled)
    }

    fn resolve(&self, region: &'static Country) -> Result<PhoneNumber, PhoneRefusal> {
        let exit = region.exits.iter().find_map(|exit| self.digits.strip_prefix(exit));
        let number = match exit.filter(|_| !self.international) {
            Some(rest) => parse(None, &format!("+{}", without_obsolete(rest)))?,
            None if self.international => parse(None, &format!("+{}", without_obsolete(&self.digits)))?,
            None => parse(region.iso.parse().ok(), &self.digits)?,
        };
        // The library reads some spellings in two ways. What counts is what the number says as a whole.
        let e164 = written(&number);
        let number = parse(None, &e164)?;
        if e164 != written(&number) || !(8..=16).contains(&e164.len()) {
            return Err(PhoneRefusal::Malformed);
        }
        if !number.is_valid() {
            // Of a country out of reach the rest does not matter.
            let served = super::COUNTRIES.iter().any(|country| country.calling_code == number.code().value());
            return Err(if served { PhoneRefusal::Malformed } else { PhoneRefusal::Country });
        }
        match number.number_type(&DATABASE) {
            Type::Mobile | Type::FixedLineOrMobile => {}
            Type::PremiumRate | Type::SharedCost => return Err(PhoneRefusal::Premium),
            Type::TollFree => return Err(PhoneRefusal::TollFree),
            Type::FixedLine
            | Type::PersonalNumber
            | Type::Voip
            | Type::Pager
            | Type::Uan
            | Type::Emergency
            | Type::Voicemail
            | Type::ShortCode
            | Type::StandardRate
            | Type::Carrier
            | Type::NoInternational
            | Type::Unknown => return Err(PhoneRefusal::NotMobile),
        }
        let country = number.country().id().and_then(|id| Country::of(id.as_ref())).ok_or(PhoneRefusal::Country)?;
        Ok(PhoneNumber { e164, country })
    }
}

/// Mexico dropped the 1 between calling code and number in 2019; address books have kept it.
fn without_obsolete(digits: &str) -> std::borrow::Cow<'_, str> {
    match digits.strip_prefix("521") {
        Some(national) if national.len() == 10 => format!("52{national}").into(),
        Some(_) | None => digits.into(),
    }
}

fn parse(region: Option<Id>, text: &str) -> Result<phonenumber::PhoneNumber, PhoneRefusal> {
    phonenumber::parse(region, text).map_err(|error| match error {
        phonenumber::ParseError::InvalidCountryCode => PhoneRefusal::Country,
        _ => PhoneRefusal::Malformed,
    })
}

/// E.164, with the zeros that belong to Italian numbers.
fn written(number: &phonenumber::PhoneNumber) -> String {
    format!("+{}{}", number.code().value(), number.national())
}

/// Marks that people, address books and right-to-left keyboards put between digits.
fn is_ornament(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{ad}' | '\u{2007}' | '\u{2009}' | '\u{200b}'
            ..='\u{200f}'
                | '\u{2010}'..='\u{2015}'
                | '\u{202a}'..='\u{202f}'
                | '\u{2060}'..='\u{2069}'
                | '\u{2212}'
                | '\u{feff}'
    )
}

/// A digit, also one of an Arabic or a full-width keyboard, as ASCII.
fn digit(c: char) -> Option<char> {
    let value = [u32::from('0'), 0x660, 0x6f0, 0xff10].iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(*zero)?;
        (value < 10).then_some(value)
    })?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests;
