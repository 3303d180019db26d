//! DB-10 and FUZZ-07: a record opens at its own place, unchanged, under its own key, or not at all.

use std::collections::HashSet;

use app::model::RecoveryCode;
use proptest::prelude::*;

use super::*;
use crate::{
    clock::SystemRng,
    crypto::fake::{NoRng, SameRng},
};

const ONE: &str = "1:0101010101010101010101010101010101010101010101010101010101010101";
const TWO: &str = "2:0202020202020202020202020202020202020202020202020202020202020202";
const HOME: Place<'_> = Place { table: "factor", column: "secret", person: b"ana", row: b"row-1" };
const PURPOSES: [MacPurpose; 6] = [
    MacPurpose::RecoveryCode,
    MacPurpose::SmsCode,
    MacPurpose::Phone,
    MacPurpose::Device,
    MacPurpose::Throttle,
    MacPurpose::Audit,
];

fn ring(lines: &[&str]) -> Keyring {
    Keyring::parse(&lines.join("\n")).unwrap()
}

fn seal(keys: &Keyring, plain: &[u8]) -> Vec<u8> {
    keys.seal(&SystemRng, HOME, plain).unwrap()
}

#[test]
fn record_has_the_written_layout() {
    let sealed = ring(&[TWO]).seal(&SameRng(9), HOME, b"secret").unwrap();
    assert_eq!(sealed[..5], [1, 0, 0, 0, 2]);
    assert_eq!(sealed[5..29], [9; 24]);
    assert_eq!(sealed.len(), 1 + 4 + 24 + 6 + 16);
}

/// Computed apart from this program: HKDF, HMAC and XChaCha20-Poly1305 written out in Python and checked against
/// draft-irtf-cfrg-xchacha-03 A.3.1. What is in a database must open after every upgrade.
#[test]
fn records_and_hashes_of_version_1_stay_as_they_are() {
    let keys = ring(&[ONE]);
    let sealed = keys.seal(&SameRng(9), HOME, b"12345678901234567890").unwrap();
    assert_eq!(
        HEXLOWER.encode(&sealed),
        "0100000001090909090909090909090909090909090909090909090909\
         1ba4fe763fb17b9c8ec7f7256c87d6ef46f4cec4e7c53a667635c73a128abf6b9ab1e81e"
    );
    assert_eq!(
        HEXLOWER.encode(&keys.mac(MacPurpose::RecoveryCode, &[b"ab", b"c"])),
        "0000000176c24d1ef810093a8837b7a38c5e93a1b09912aef64fe8279fc548db895dd709"
    );
    let (id, check) = keys.check_values()[0];
    assert_eq!(id, 1);
    assert_eq!(HEXLOWER.encode(&check), "b66414f380b20ac5342ad854f0144b68a383b320ac6be21937b342eadf3ad004");
}

#[test]
fn db_10_moved_record_does_not_open() {
    let keys = ring(&[ONE]);
    let sealed = seal(&keys, b"secret");
    assert_eq!(**keys.open(HOME, &sealed).unwrap(), *b"secret");
    for place in [
        Place { table: "factors", ..HOME },
        Place { column: "pending", ..HOME },
        Place { person: b"abe", ..HOME },
        Place { row: b"row-2", ..HOME },
        Place { person: b"row-1", row: b"ana", ..HOME },
        Place { table: "secret", column: "factor", ..HOME },
        Place { table: "factors", column: "ecret", ..HOME },
        Place { person: b"anar", row: b"ow-1", ..HOME },
        Place { person: b"", row: b"", ..HOME },
    ] {
        assert_eq!(keys.open(place, &sealed).unwrap_err(), CryptoError::Open, "{place:?}");
    }
}

#[test]
fn db_10_record_with_another_key_number_does_not_open() {
    // Both numbers with the same key: the number itself is bound into the record.
    let keys = ring(&[ONE, &ONE.replacen('1', "3", 1)]);
    let mut sealed = seal(&keys, b"secret");
    assert!(keys.open(HOME, &sealed).is_ok());
    for id in [1_u32, 2, u32::MAX] {
        sealed[1..5].copy_from_slice(&id.to_be_bytes());
        assert_eq!(keys.open(HOME, &sealed).unwrap_err(), CryptoError::Open, "{id}");
    }
}

#[test]
fn older_records_open_and_the_highest_key_seals() {
    let (old, both) = (ring(&[ONE]), ring(&[TWO, ONE]));
    let (before, after) = (seal(&old, b"secret"), seal(&both, b"secret"));
    assert_eq!(after[1..5], [0, 0, 0, 2]);
    assert_eq!(**both.open(HOME, &before).unwrap(), *b"secret");
    assert_eq!(**both.open(HOME, &after).unwrap(), *b"secret");
    assert_eq!(old.open(HOME, &after).unwrap_err(), CryptoError::Open);
    let (code, other) = (old.mac(MacPurpose::RecoveryCode, &[b"x"]), both.mac(MacPurpose::RecoveryCode, &[b"x"]));
    assert!(both.verify_mac(MacPurpose::RecoveryCode, &[b"x"], &code));
    assert!(both.verify_mac(MacPurpose::RecoveryCode, &[b"x"], &other));
    assert!(!old.verify_mac(MacPurpose::RecoveryCode, &[b"x"], &other));
}

#[test]
fn nonces_of_a_hundred_thousand_records_differ() {
    let keys = ring(&[ONE]);
    let nonces: HashSet<_> = (0..100_000).map(|_| seal(&keys, b"")[5..29].to_vec()).collect();
    assert_eq!(nonces.len(), 100_000);
}

#[test]
fn rec_11_a_hundred_thousand_recovery_codes_of_the_systems_generator_differ() {
    let codes: HashSet<_> =
        (0..100_000).map(|_| RecoveryCode::from_random(&random(&SystemRng).unwrap()).canonical()).collect();
    assert_eq!(codes.len(), 100_000);
}

#[test]
fn failing_source_seals_nothing_and_makes_no_key() {
    assert_eq!(ring(&[ONE]).seal(&NoRng, HOME, b"secret").unwrap_err(), CryptoError::Random);
    assert_eq!(Keyring::generate(&NoRng).unwrap_err(), CryptoError::Random);
}

#[test]
fn generated_file_is_a_key_file_with_key_one() {
    let (first, second) = (Keyring::generate(&SystemRng).unwrap(), Keyring::generate(&SystemRng).unwrap());
    assert_ne!(*first, *second);
    let keys = Keyring::parse(&first).unwrap();
    assert_eq!(format!("{keys:?}"), "Keyring { keys: [1] }");
    assert_eq!(**keys.open(HOME, &seal(&keys, b"secret")).unwrap(), *b"secret");
}

#[test]
fn check_values_tell_the_same_key_from_another() {
    let renamed = ring(&[&TWO.replacen('2', "1", 1)]);
    assert_eq!(ring(&[ONE]).check_values(), ring(&[ONE, TWO]).check_values()[..1]);
    assert_ne!(ring(&[ONE]).check_values(), renamed.check_values());
}

#[test]
fn mac_of_one_purpose_is_none_of_another() {
    let keys = ring(&[ONE]);
    for made in PURPOSES {
        let stored = keys.mac(made, &[b"code"]);
        for asked in PURPOSES {
            assert_eq!(keys.verify_mac(asked, &[b"code"], &stored), made == asked, "{made:?} {asked:?}");
        }
    }
}

#[test]
fn mac_knows_where_a_part_ends() {
    let keys = ring(&[ONE]);
    let stored = keys.mac(MacPurpose::SmsCode, &[b"ab", b"c"]);
    assert_eq!((stored.len(), &stored[..4]), (36, &[0, 0, 0, 1][..]));
    assert!(keys.verify_mac(MacPurpose::SmsCode, &[b"ab", b"c"], &stored));
    for parts in [&[&b"a"[..], b"bc"][..], &[b"abc"], &[b"ab", b"c", b""], &[b"", b"ab", b"c"], &[b"c", b"ab"], &[]] {
        assert!(!keys.verify_mac(MacPurpose::SmsCode, parts, &stored), "{parts:?}");
    }
}

#[test]
fn shortened_or_changed_mac_is_refused() {
    let keys = ring(&[ONE]);
    let stored = keys.mac(MacPurpose::RecoveryCode, &[b"code"]);
    for length in 0..stored.len() {
        assert!(!keys.verify_mac(MacPurpose::RecoveryCode, &[b"code"], &stored[..length]), "{length}");
    }
    for bit in 0..stored.len() * 8 {
        let mut changed = stored.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!keys.verify_mac(MacPurpose::RecoveryCode, &[b"code"], &changed), "{bit}");
    }
    assert!(!keys.verify_mac(MacPurpose::RecoveryCode, &[b"code"], &[&stored[..], &[0]].concat()));
}

#[test]
fn key_file_allows_comments_blanks_and_either_case() {
    let text = format!("# keys\r\n\r\n  {}  \n\t\n{}\n", ONE, TWO.replace('2', "A").replacen('A', "2", 1));
    assert_eq!(format!("{:?}", Keyring::parse(&text).unwrap()), "Keyring { keys: [1, 2] }");
}

#[test]
fn unusable_key_files_are_refused_by_line() {
    for bad in ["1", ":", ":00", "+1:", "-1:", " 1 :", "1 :", "4294967296:", "x:", "1::"] {
        let line = format!("{bad}{}", if bad.ends_with(':') { &ONE[2..] } else { "" });
        let error = Keyring::parse(&format!("{TWO}\n{line}")).unwrap_err();
        assert!(matches!(error, KeyError::Format { line: 2 }), "{line}: {error}");
    }
    for bad in ["1:", &ONE[..65], &format!("{ONE}0"), &ONE.replacen("01", "0g", 1), &ONE.replacen("01", "é", 1)] {
        assert!(matches!(Keyring::parse(bad), Err(KeyError::Format { line: 1 })), "{bad}");
    }
    assert!(matches!(Keyring::parse(&format!("{ONE}\n01:{}", &TWO[2..])), Err(KeyError::Duplicate { id: 1 })));
    assert!(matches!(Keyring::parse("# nothing\n"), Err(KeyError::Empty)));
}

proptest! {
    #[test]
    fn fuzz_07_sealed_value_opens_and_no_changed_one_does(
        plain in proptest::collection::vec(any::<u8>(), 0..200),
        bit in any::<proptest::sample::Index>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let keys = ring(&[ONE, TWO]);
        let sealed = seal(&keys, &plain);
        prop_assert_eq!(&**keys.open(HOME, &sealed).unwrap(), &plain[..]);
        let bit = bit.index(sealed.len() * 8);
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(keys.open(HOME, &changed).unwrap_err(), CryptoError::Open);
        prop_assert_eq!(keys.open(HOME, &sealed[..cut.index(sealed.len())]).unwrap_err(), CryptoError::Open);
        prop_assert_eq!(keys.open(HOME, &[&sealed[..], &[0]].concat()).unwrap_err(), CryptoError::Open);
    }

    #[test]
    fn fuzz_07_decoder_never_panics(record in proptest::collection::vec(any::<u8>(), 0..120)) {
        let started = [&[1, 0, 0, 0, 1][..], &record].concat();
        let keys = ring(&[ONE]);
        prop_assert_eq!(keys.open(HOME, &record).unwrap_err(), CryptoError::Open);
        prop_assert_eq!(keys.open(HOME, &started).unwrap_err(), CryptoError::Open);
    }

    #[test]
    fn db_10_record_opens_at_its_place_only(
        person in proptest::collection::vec(any::<u8>(), 0..8),
        row in proptest::collection::vec(any::<u8>(), 0..8),
        other_person in proptest::collection::vec(any::<u8>(), 0..8),
        other_row in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let keys = ring(&[ONE]);
        let (here, there) = (
            Place { person: &person, row: &row, ..HOME },
            Place { person: &other_person, row: &other_row, ..HOME },
        );
        let sealed = keys.seal(&SystemRng, here, b"secret").unwrap();
        let same = person == other_person && row == other_row;
        prop_assert_eq!(keys.open(there, &sealed).is_ok(), same);
    }

    #[test]
    fn key_file_errors_never_hold_key_text(digits in "[0-9a-f]{10,80}", start in "[0-9x+]{0,3}:?", line in 0_usize..5) {
        let text = format!("{}{start}{digits}z", "\n".repeat(line));
        let error = Keyring::parse(&text).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            prop_assert!(!digits.as_bytes().windows(8).any(|part| shown.contains(std::str::from_utf8(part).unwrap())));
        }
    }

    #[test]
    fn key_file_parser_never_panics(text in "(?s).{0,200}") {
        let _ = Keyring::parse(&text);
    }
}
