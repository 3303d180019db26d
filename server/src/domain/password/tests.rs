use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::password::word::{WORDS, fold};

/// The list as it lies beside its generator.
const LIST: &str = include_str!("../../../../tools/known-passwords/list.txt");
/// The words, as they lie there.
const KNOWN_WORDS: [&str; 2] = [
    include_str!("../../../../tools/known-passwords/words.txt"),
    include_str!("../../../../tools/known-passwords/own.txt"),
];

fn ana() -> PasswordContext {
    PasswordContext::new(["Ana Torres", "ana.torres@harbor-sons.example", "Harbor & Sons", "Muster"])
}

#[test]
fn known_list_is_the_one_that_its_source_makes() {
    let lists: [(Vec<&str>, &[u8]); 2] =
        [(LIST.lines().collect(), KNOWN), (KNOWN_WORDS.iter().flat_map(|list| list.lines()).collect(), WORDS)];
    for (lines, table) in lists {
        let made = lines.iter().map(|line| prefix(&line.nfc().collect::<String>().to_lowercase()));
        let made: BTreeSet<_> = made.collect();
        let carried: Vec<_> = table.as_chunks::<PREFIX_BYTES>().0.to_vec();
        assert_eq!(made.into_iter().collect::<Vec<_>>(), carried, "node tools/known-passwords/build.mjs");
        assert_eq!(table.len() % PREFIX_BYTES, 0);
    }
    for word in KNOWN_WORDS.iter().flat_map(|list| list.lines()) {
        assert_eq!(fold(word, 'i').as_str(), word, "a word that nobody's password becomes");
    }
}

#[test]
fn known_words_in_disguise_are_refused() {
    for refused in [
        "Password123!",
        "password12345",
        "password2025",
        "welcome12345",
        "letmein12345",
        "iloveyou1234",
        "passw0rd1234",
        "changeme1234",
        "correcthorsebatterystaple",
        "motdepasse123",
        "passwort1234",
        "administrador",
        "Correct horse battery staple!",
        "P@$$w0rd!2025",
        "4dministrador",
        "let me in 123!",
        "Contraseña2025",
        "Fußball123456",
        "!!Willkommen!!",
        "W31come-2025!",
        "qwertyqwerty!",
        "123qwerty2025",
        "Juventus1897!",
        "password12345678901",
    ] {
        assert_eq!(check_password(refused, &ana()), Err(PasswordRefusal::Known), "{refused}");
    }
}

#[test]
fn passphrases_are_taken_also_with_digits_at_the_end() {
    for taken in [
        "four quiet green boats",
        "old crane over the river",
        "cuatro barcas verdes y quietas",
        "la grúa canta en mayo",
        "quatre bateaux verts et calmes",
        "le pont chante à minuit",
        "vier stille grüne Boote",
        "der Kran träumt vom Meer",
        "quattro barche verdi e calme",
        "la gru dorme sul fiume",
    ] {
        for ending in ["", "1", "2025", " 12345", "123!", "12345678901234"] {
            assert_eq!(check_password(&format!("{taken}{ending}"), &ana()), Ok(()), "{taken}{ending}");
        }
    }
    assert_eq!(check_password("wolf-8372-9174-2295", &ana()), Ok(()), "the digits are a password of their own");
}

/// ASVS 5.0 6.2.4: at least the 3,000 most frequent ones that the length would let pass.
#[test]
fn known_list_has_more_than_three_thousand_and_each_is_refused() {
    assert!(LIST.lines().count() >= 3000);
    for line in LIST.lines() {
        assert!(line.chars().count() >= MIN_CHARS, "{line}");
        for spelling in [line.to_owned(), line.to_uppercase()] {
            assert_eq!(check_password(&spelling, &ana()), Err(PasswordRefusal::Known), "{spelling}");
        }
    }
}

#[test]
fn length_is_counted_in_characters_after_normalisation_and_capped_in_bytes() {
    let cases = [
        ("", Err(PasswordRefusal::TooShort)),
        ("four words 4", Ok(())),
        ("four words ", Err(PasswordRefusal::TooShort)),
        ("    spaces  ", Ok(())),
        // Twelve characters, 48 bytes.
        ("🌲🌳🌴🌵🌾🌿🍀🍁🍂🍃🍄🌱", Ok(())),
        // Eleven letters, one of them written as two code points.
        ("grüne wies\u{0065}\u{0301}", Err(PasswordRefusal::TooShort)),
        ("grüne wies\u{0065}\u{0301}n", Ok(())),
        ("null\u{0}in it now", Ok(())),
    ];
    for (password, expected) in cases {
        assert_eq!(check_password(password, &PasswordContext::default()), expected, "{password:?}");
    }
    assert_eq!(check_password(&"long text".repeat(113), &ana()), Ok(()));
    assert_eq!(check_password(&"x".repeat(MAX_BYTES + 1), &ana()), Err(PasswordRefusal::TooLong));
}

#[test]
fn few_characters_over_and_over_are_no_password() {
    for refused in [
        "            ",
        "qwertyqwerty",
        "QWERTYqwerty",
        "123456123456123456",
        "abababababababab",
        "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    ] {
        assert_eq!(check_password(refused, &ana()), Err(PasswordRefusal::Known), "{refused}");
    }
    for taken in ["old pierold pier", "aaaaaaaaaaab"] {
        assert_eq!(check_password(taken, &ana()), Ok(()), "{taken}");
    }
}

#[test]
fn words_of_the_person_and_the_place_count_for_nothing() {
    for refused in [
        "anatorres2030",
        "Ana-Torres-2030",
        "ANA.TORRES@HARBOR-SONS.EXAMPLE",
        "harborsons123!",
        "Harbor&Sons2030!!",
        "muster muster muster",
        "torres1234567",
        "!!!!!! muster !!!!!!",
    ] {
        assert_eq!(check_password(refused, &ana()), Err(PasswordRefusal::Personal), "{refused}");
    }
    for taken in ["torres likes the old pier", "bananas on a boat", "muster 3 cold winters", "twelve cranes lift"] {
        assert_eq!(check_password(taken, &ana()), Ok(()), "{taken}");
    }
}

#[test]
fn short_words_and_signs_of_the_context_are_no_words() {
    let context = PasswordContext::new(["Al Li", "al@x.io", "A & B", ""]);
    assert_eq!(context, PasswordContext::default());
    assert_eq!(check_password("al li al li al li", &context), Ok(()));
}

proptest! {
    #[test]
    fn check_is_total_and_short_or_long_is_never_taken(password in ".{0,40}|[a-z]{1000,1100}|[\u{300}-\u{36f}ßİ0-9@$]{0,30}", name in ".{0,30}") {
        let answer = check_password(&password, &PasswordContext::new([name.as_str()]));
        if password.len() > MAX_BYTES || password.nfc().count() < MIN_CHARS {
            prop_assert!(answer.is_err());
        }
    }

    #[test]
    fn spelling_of_accents_makes_no_difference(password in "[a-zéüñô ]{8,20}") {
        let apart: String = password.nfd().collect();
        let context = ana();
        prop_assert_eq!(check_password(&password, &context), check_password(&apart, &context));
    }
}
