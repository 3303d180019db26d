//! FUZZ-03 and SMS-11: what may receive a code, and what may not, in which spelling.

use proptest::prelude::*;

use super::*;
use crate::domain::COUNTRIES;

fn parse(text: &str, region: &str) -> Result<String, PhoneRefusal> {
    PhoneNumber::parse(text, Country::of(region).unwrap()).map(|number| number.e164)
}

/// An example of a mobile number for each country, from libphonenumber's own metadata, and how people write it there.
const MOBILES: [(&str, &str, &str); 13] = [
    ("US", "+12015550123", "(201) 555-0123"),
    ("CA", "+15062345678", "506-234-5678"),
    ("MX", "+522221234567", "222 123 4567"),
    ("GB", "+447400123456", "07400 123456"),
    ("IE", "+353850123456", "085 012 3456"),
    ("FR", "+33612345678", "06 12 34 56 78"),
    ("DE", "+4915123456789", "01512 3456789"),
    ("ES", "+34612345678", "612 34 56 78"),
    ("IT", "+393123456789", "312 345 6789"),
    ("AU", "+61412345678", "0412 345 678"),
    ("NZ", "+64211234567", "021 123 4567"),
    ("SG", "+6581234567", "8123 4567"),
    ("HK", "+85251234567", "5123 4567"),
];

#[test]
fn sms_11_every_country_takes_its_mobiles_in_national_and_international_spelling() {
    for (iso, e164, national) in MOBILES {
        let number = PhoneNumber::parse(national, Country::of(iso).unwrap()).unwrap();
        assert_eq!((number.e164(), number.country().iso), (e164, iso));
        // The country is that of the number, whatever is chosen in the list.
        for region in COUNTRIES.iter().map(|country| country.iso) {
            assert_eq!(parse(e164, region).as_deref(), Ok(e164), "{e164} in {region}");
        }
        assert_eq!(PhoneNumber::from_e164(e164).unwrap(), number);
        assert_eq!(PhoneNumber::from_e164(&e164[1..]), Err(PhoneRefusal::Malformed));
    }
}

#[test]
fn sms_11_every_spelling_of_one_number_is_one_number() {
    for text in [
        "+1 201 555 0123",
        "+1 (201) 555-0123",
        "+1(201)5550123",
        "1 201 555 0123",
        "1-201-555-0123",
        "201.555.0123",
        "011 1 201 555 0123",
        " 201 555 0123 ",
        "\u{200f}+1 201 555 0123\u{200e}",
        "\u{202a}+1\u{a0}201\u{a0}555\u{2011}0123\u{202c}",
        "\u{ff0b}\u{ff11}\u{ff12}\u{ff10}\u{ff11}\u{ff15}\u{ff15}\u{ff15}\u{ff10}\u{ff11}\u{ff12}\u{ff13}",
        "\u{662}\u{660}\u{661} 555 \u{6f0}123",
    ] {
        assert_eq!(parse(text, "US").as_deref(), Ok("+12015550123"), "{text:?}");
    }
    for text in ["+44 (0)7400 123456", "0044 7400 123456", "07400/123456", "+44 07400 123456"] {
        assert_eq!(parse(text, "GB").as_deref(), Ok("+447400123456"), "{text:?}");
    }
    assert_eq!(parse("0011 44 7400 123456", "AU").as_deref(), Ok("+447400123456"));
    assert_eq!(parse("001 44 7400 123456", "HK").as_deref(), Ok("+447400123456"));
    for (text, region) in
        [("+52 1 222 123 4567", "MX"), ("00 52 1 222 123 4567", "MX"), ("011 52 1 222 123 4567", "US")]
    {
        assert_eq!(parse(text, region).as_deref(), Ok("+522221234567"), "{text:?}");
    }
}

#[test]
fn sms_11_plus_one_is_told_apart() {
    let country = |text| PhoneNumber::parse(text, Country::of("US").unwrap()).map(|number| number.country.iso);
    assert_eq!(country("+1 201 555 0123"), Ok("US"));
    assert_eq!(country("416 555 0123"), Ok("CA"));
    // Jamaica, the Dominican Republic and Barbados share the calling code, and none of the rest.
    for text in ["+1 876 210 1234", "+1 809 234 5678", "+1 246 250 1234"] {
        assert_eq!(country(text), Err(PhoneRefusal::Country), "{text}");
    }
}

#[test]
fn sms_11_numbers_that_cannot_or_must_not_get_codes_are_refused_with_the_reason() {
    use PhoneRefusal::{Country as Abroad, Malformed, NotMobile, Premium, TollFree};
    for (text, region, reason) in [
        ("+1 900 234 5678", "US", Premium),
        ("+44 9012 345678", "GB", Premium),
        ("+33 891 123456", "FR", Premium),
        ("+49 900 1234567", "DE", Premium),
        ("+44 843 123 4567", "GB", Premium),
        ("+33 810 123456", "FR", Premium),
        ("+1 800 234 5678", "US", TollFree),
        ("+44 808 1570000", "GB", TollFree),
        ("+34 900 123456", "ES", TollFree),
        ("+44 20 7946 0018", "GB", NotMobile),
        ("+33 1 23 45 67 89", "FR", NotMobile),
        ("+49 30 123456", "DE", NotMobile),
        ("+39 02 12345678", "IT", NotMobile),
        ("+44 76 4012 3456", "GB", NotMobile),
        ("+44 70 1234 5678", "GB", NotMobile),
        ("+44 56 1234 5678", "GB", NotMobile),
        ("+870 773 111 632", "US", Abroad),
        ("+8816 3162 3456", "US", Abroad),
        ("+32 470 12 34 56", "US", Abroad),
        ("+7 912 345 67 89", "US", Abroad),
        ("+999 123 456 789", "US", Abroad),
        ("+44 7781 123456", "GB", Abroad),
        ("", "US", Malformed),
        ("12", "US", Malformed),
        ("+", "US", Malformed),
        ("++1 201 555 0123", "US", Malformed),
        ("1+201 555 0123", "US", Malformed),
        ("555 0123", "US", Malformed),
        ("0412 345 678", "US", Malformed),
        ("+1 201 555 0123 ext. 5", "US", Malformed),
        ("+12015550123;ext=5", "US", Malformed),
        ("tel:+12015550123", "US", Malformed),
        ("+1 201 555 0123,,5", "US", Malformed),
        ("1-800-FLOWERS", "US", Malformed),
        ("1234567890123456789012345678901234567890", "US", Malformed),
        ("+1 201 555 0123\r\nBcc: else", "US", Malformed),
        ("+1 201 555 0123%0a", "US", Malformed),
        ("\u{661}\u{2460}", "US", Malformed),
    ] {
        assert_eq!(parse(text, region), Err(reason), "{text:?} in {region}");
    }
    assert_eq!(parse(&"1".repeat(64 * 1024), "US"), Err(Malformed));
}

#[test]
fn masked_number_shows_country_and_two_digits_alone() {
    let masked = |text| PhoneNumber::from_e164(text).unwrap().masked().replace('\u{a0}', " ");
    assert_eq!(masked("+12015550142"), "+1 ••• ••• ••42");
    assert_eq!(masked("+6581234567"), "+65 ••• ••• 67");
    assert_eq!(masked("+4915123456789"), "+49 ••• ••• ••• 89");
    let number = PhoneNumber::from_e164("+12015550142").unwrap();
    assert_eq!((number.ending(), number.prefix()), ("42", "+1201555"));
    assert_eq!(format!("{number:?}"), "PhoneNumber(US …)");
}

#[test]
fn reach_admits_numbers_as_the_table_says() {
    for (iso, e164, _) in MOBILES {
        let number = PhoneNumber::from_e164(e164).unwrap();
        assert_eq!(SmsReach::AllowedCountries.admit(&number), Ok(()));
        let payee = if iso == "US" { Ok(()) } else { Err(PhoneRefusal::UnitedStatesOnly) };
        assert_eq!(SmsReach::UnitedStates.admit(&number), payee, "{iso}");
        assert_eq!(SmsReach::Nowhere.admit(&number), Err(PhoneRefusal::NotOpen));
    }
    let listed = |reach: SmsReach| reach.countries().map(|country| country.iso).collect::<Vec<_>>();
    assert_eq!(listed(SmsReach::AllowedCountries).len(), 13);
    assert_eq!(listed(SmsReach::UnitedStates), ["US"]);
    assert!(listed(SmsReach::Nowhere).is_empty());
}

/// `\+[1-9]\d{6,14}`.
fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn fuzz_03_whatever_is_typed_is_refused_or_one_e164_number(
        text in "(?s)\\+?[0-9 ().-]{0,20}|.{0,30}|[+0-9;=a-z,#*\u{200f}\u{660}-\u{669}]{0,24}",
        region in 0_usize..13,
    ) {
        if let Ok(number) = PhoneNumber::parse(&text, &COUNTRIES[region]) {
            prop_assert!(is_e164(number.e164()), "{text:?}: {}", number.e164());
            prop_assert_eq!(PhoneNumber::from_e164(number.e164()), Ok(number.clone()));
            prop_assert!(number.masked().ends_with(number.ending()));
        }
    }

    #[test]
    fn fuzz_03_ornaments_change_nothing(
        index in 0_usize..13,
        marks in proptest::collection::vec(proptest::sample::select(&[" ", "-", ".", "(", ")", "\u{200f}", "\u{a0}", ""][..]), 16),
    ) {
        let (_, e164, _) = MOBILES[index];
        let typed: String = e164.chars().zip(&marks).flat_map(|(c, mark)| std::iter::once(c).chain(mark.chars())).collect();
        prop_assert_eq!(parse(&typed, "US"), Ok(e164.to_owned()), "{:?}", typed);
    }
}
