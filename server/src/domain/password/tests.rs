use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// The list as it lies beside its generator.
const LIST: &str = include_str!("../../../../tools/known-passwords/list.txt");

fn ana() -> PasswordContext {
    PasswordContext::new(["Ana Torres", "ana.torres@harbor-sons.example", "Harbor & Sons", "Muster"])
}

#[test]
fn known_list_is_the_one_that_its_source_makes() {
    let made: BTreeSet<_> = LIST.lines().map(|line| prefix(&line.nfc().collect::<String>().to_lowercase())).collect();
    let carried: Vec<_> = KNOWN.as_chunks::<PREFIX_BYTES>().0.to_vec();
    assert_eq!(made.into_iter().collect::<Vec<_>>(), carried, "node tools/known-passwords/build.mjs");
    assert_eq!(KNOWN.len() % PREFIX_BYTES, 0);
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
    for taken in ["qwertyqwerty!", "old pierold pier", "aaaaaaaaaaab"] {
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
    fn check_is_total_and_short_or_long_is_never_taken(password in ".{0,40}|[a-z]{1000,1100}", name in ".{0,30}") {
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
