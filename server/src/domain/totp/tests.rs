//! The tables of both RFCs, the edges of the window, the clock doctor and the address in the QR code.

use proptest::prelude::*;

use super::*;

const KEY: &[u8] = b"12345678901234567890";

fn code_of(step: i64) -> OneTimeCode {
    let time = u64::try_from(step * STEP_SECONDS).unwrap();
    let text = Builder::new().with_secret(KEY).build().unwrap().generate(time).to_string();
    OneTimeCode::parse(&text).unwrap()
}

fn code(text: &str) -> OneTimeCode {
    OneTimeCode::parse(text).unwrap()
}

/// What the code of a step so far away from the present one is worth.
fn clock_off(away: i64, minutes: i32, present: i64) -> Verdict {
    Verdict::ClockOff { minutes, ahead: (away > 0).then_some(present + away) }
}

#[test]
fn totp_01_rfc_6238_appendix_b_all_rows_accepted() {
    let long = KEY.repeat(4);
    let rows = [
        (59_i64, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ];
    let kinds = [(Algorithm::SHA1, 20), (Algorithm::SHA256, 32), (Algorithm::SHA512, 64)];
    for (time, codes) in rows {
        for ((algorithm, length), code) in kinds.into_iter().zip(codes) {
            let generator = Generator::new(&long[..length], algorithm, 8).unwrap();
            let step = time / STEP_SECONDS;
            assert_eq!(
                generator.verdict(code, Timestamp(time), None),
                Verdict::Accepted { step },
                "{algorithm} {time}"
            );
            assert!(!generator.matches(code, step + 1), "{algorithm} {time}");
        }
    }
}

#[test]
fn totp_01_rfc_4226_appendix_d_all_counters_accepted() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (step, text) in (0_i64..).zip(codes) {
        let verdict = verify(KEY, &code(text), Timestamp(step * STEP_SECONDS), None);
        assert_eq!(verdict, Verdict::Accepted { step }, "{step}");
    }
}

#[test]
fn totp_08_one_step_either_side_accepted_two_refused() {
    let (now, present) = (Timestamp(1_790_000_010), 59_666_667);
    for away in -1..=1 {
        let step = present + away;
        assert_eq!(verify(KEY, &code_of(step), now, None), Verdict::Accepted { step }, "{away}");
    }
    assert_eq!(verify(KEY, &code_of(present + 2), now, None), clock_off(2, 1, present));
    assert_eq!(verify(KEY, &code_of(present - 2), now, None), clock_off(-2, -1, present));
}

#[test]
fn totp_08_window_moves_exactly_at_the_step() {
    let step = 59_666_667;
    let (first, last) = (step * STEP_SECONDS, step * STEP_SECONDS + 29);
    for now in [first - 30, first - 1, first, last, last + 1, last + 30] {
        assert_eq!(verify(KEY, &code_of(step), Timestamp(now), None), Verdict::Accepted { step }, "{now}");
    }
    for now in [first - 31, last + 31] {
        let verdict = verify(KEY, &code_of(step), Timestamp(now), None);
        assert!(matches!(verdict, Verdict::ClockOff { .. }), "{now}: {verdict:?}");
    }
}

#[test]
fn totp_03_04_05_step_at_or_below_the_last_one_is_used() {
    let (now, present) = (Timestamp(1_790_000_010), 59_666_667);
    for (step, last, wanted) in [
        (present, present, Verdict::Used),
        (present - 1, present, Verdict::Used),
        (present, present + 1, Verdict::Used),
        (present + 1, present, Verdict::Accepted { step: present + 1 }),
        (present, present - 1, Verdict::Accepted { step: present }),
        (present, i64::MAX, Verdict::Used),
        (present, i64::MIN, Verdict::Accepted { step: present }),
    ] {
        assert_eq!(verify(KEY, &code_of(step), now, Some(last)), wanted, "{step} after {last}");
    }
}

#[test]
fn totp_03_used_code_minutes_later_is_used_and_no_wrong_clock() {
    let (now, present) = (Timestamp(1_790_000_010), 59_666_667);
    assert_eq!(verify(KEY, &code_of(present - 10), now, Some(present - 10)), Verdict::Used);
    assert_eq!(verify(KEY, &code_of(present - 10), now, Some(present - 11)), clock_off(-10, -5, present));
    assert_eq!(verify(KEY, &code_of(present - 10), now, Some(present)), clock_off(-10, -5, present));
}

#[test]
fn code_that_fits_two_steps_spends_both() {
    // The first such pair of this key: steps 153,567 and 153,569 have one code.
    let (earlier, later) = (153_567, 153_569);
    let (now, twice) = (Timestamp((earlier + 1) * STEP_SECONDS), code("468457"));
    assert_eq!((code_of(earlier), code_of(later)), (twice.clone(), twice.clone()));
    assert_eq!(verify(KEY, &twice, now, None), Verdict::Accepted { step: later });
    assert_eq!(verify(KEY, &twice, now, Some(earlier)), Verdict::Accepted { step: later });
    assert_eq!(verify(KEY, &twice, now, Some(later)), Verdict::Used);
}

#[test]
fn totp_15_times_past_32_bits_accepted() {
    for now in [1_i64 << 31, (1 << 31) + 1, 1 << 32, (1 << 32) + 29, 20_000_000_000, 253_402_300_799] {
        let step = now / STEP_SECONDS;
        assert_eq!(verify(KEY, &code_of(step), Timestamp(now), None), Verdict::Accepted { step }, "{now}");
    }
}

#[test]
fn totp_17_leading_zeros_count() {
    let zeros = (59_666_667..59_676_667).find(|step| code_of(*step).expose().starts_with("00")).unwrap();
    let now = Timestamp(zeros * STEP_SECONDS);
    assert_eq!(verify(KEY, &code_of(zeros), now, None), Verdict::Accepted { step: zeros });
    let generator = Generator::new(KEY, Algorithm::SHA1, DIGITS).unwrap();
    let without = code_of(zeros).expose().trim_start_matches('0').to_owned();
    assert_eq!(generator.verdict(&without, now, None), Verdict::Wrong);
}

#[test]
fn clock_doctor_rounds_away_from_zero_and_looks_an_hour_far() {
    let (now, present) = (Timestamp(1_790_000_010), 59_666_667);
    for (away, minutes) in [(2, 1), (3, 2), (4, 2), (5, 3), (119, 60), (120, 60), (-2, -1), (-3, -2), (-120, -60)] {
        assert_eq!(verify(KEY, &code_of(present + away), now, None), clock_off(away, minutes, present), "{away}");
    }
    assert_eq!(verify(KEY, &code_of(present + 121), now, None), Verdict::Wrong);
    assert_eq!(verify(KEY, &code_of(present - 121), now, None), Verdict::Wrong);
}

#[test]
fn code_of_two_steps_within_the_hour_says_nothing_about_the_clock() {
    // The same pair as above, seen from a moment that is far from both.
    let (earlier, later) = (153_567, 153_569);
    for present in [earlier - 10, later + 10] {
        assert_eq!(verify(KEY, &code_of(later), Timestamp(present * STEP_SECONDS), None), Verdict::Wrong);
    }
}

#[test]
fn first_minute_of_1970_does_not_look_before_it() {
    assert_eq!(verify(KEY, &code_of(0), Timestamp(0), None), Verdict::Accepted { step: 0 });
    assert_eq!(verify(KEY, &code_of(1), Timestamp(-1), None), clock_off(2, 1, -1));
    assert_eq!(verify(KEY, &code_of(0), Timestamp(-1), None), Verdict::Accepted { step: 0 });
}

#[test]
fn short_key_matches_nothing() {
    assert_eq!(verify(&[], &code("000000"), Timestamp(59), None), Verdict::Wrong);
    assert_eq!(verify(&KEY[..15], &code("287082"), Timestamp(59), None), Verdict::Wrong);
}

#[test]
fn uri_writes_every_parameter_out() {
    assert_eq!(
        otpauth_uri(KEY, "Muster", "ana@harbor.example"),
        "otpauth://totp/Muster:ana%40harbor.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Muster\
         &algorithm=SHA1&digits=6&period=30"
    );
}

#[test]
fn qr_01_odd_names_come_back_from_another_reader() {
    let long = "x".repeat(128);
    let names = ["a:b", "100 % & #1?", "Gerüst & Söhne 🏗️", "שלום", "\u{202e}evil", "a/b+c=d", &long];
    for issuer in names {
        for account in ["ana@harbor.example", "o'neil+1%2@x.example", "ß🙂@x.example"] {
            let read = Totp::from_url_unchecked(otpauth_uri(KEY, issuer, account)).unwrap();
            assert_eq!((read.issuer(), read.account_name()), (Some(issuer), account));
            assert_eq!((read.secret().as_bytes(), read.digits(), read.step()), (KEY, 6, 30));
            assert_eq!(read.algorithm(), Algorithm::SHA1);
        }
    }
    let read = Totp::from_url_unchecked(otpauth_uri(KEY, "Muster", "a:b")).unwrap();
    assert_eq!((read.issuer(), read.account_name()), (Some("Muster"), "a:b"));
}

#[test]
fn setup_key_stands_in_groups_of_four() {
    assert_eq!(setup_key_groups(KEY).join(" "), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    assert_eq!(setup_key_groups(&[0; SETUP_KEY_BYTES]).concat().len(), 32);
    assert!(setup_key_groups(&[]).is_empty());
}

proptest! {
    #[test]
    fn verify_is_total(
        key in proptest::collection::vec(any::<u8>(), 0..64),
        text in "[0-9]{6}",
        now in any::<i64>(),
        last in any::<Option<i64>>(),
    ) {
        let verdict = verify(&key, &code(&text), Timestamp(now), last);
        if let Verdict::Accepted { step } = verdict {
            prop_assert!(last.is_none_or(|last| step > last));
            prop_assert!((now.div_euclid(30) - step).abs() <= 1);
        }
    }

    /// What is told of the clock names the one step in the coming hour that the code could open, so that it can be refused.
    #[test]
    fn told_step_is_the_only_one_that_the_code_fits(away in -125_i64..=125, start in 0_i64..5_000_000_000) {
        let present = start / STEP_SECONDS + 200;
        let (typed, now) = (code_of(present + away), Timestamp(present * STEP_SECONDS));
        if let Verdict::ClockOff { ahead, .. } = verify(KEY, &typed, now, None) {
            prop_assert_eq!(ahead, (away > 0).then_some(present + away));
            let fitting = (present + 2..=present + CLOCK_SEARCH).filter(|step| code_of(*step) == typed);
            prop_assert_eq!(fitting.collect::<Vec<_>>(), ahead.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn uri_is_plain_ascii_and_reads_back(issuer in "[^:]{1,64}", account in "[^:]{1,64}") {
        let uri = otpauth_uri(KEY, &issuer, &account);
        prop_assert!(uri.bytes().all(|b| b.is_ascii_graphic()));
        let read = Totp::from_url_unchecked(&uri).unwrap();
        prop_assert_eq!((read.issuer(), read.account_name()), (Some(&*issuer), &*account));
    }
}
