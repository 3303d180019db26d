//! One-time codes from generators that share nothing with the server's.

use std::process::Command;

use app::model::OneTimeCode;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use server::{
    clock::{SystemRng, Timestamp, random},
    domain::{Verdict, verify},
};
use sha1::Sha1;

use super::{Question, ask_otplib, ask_pyotp};

/// The code of a base32 key at a moment: RFC 6238 with SHA-1, six digits, thirty seconds.
pub(crate) fn code_at(key: &str, seconds: i64) -> String {
    let key = BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let counter = (seconds / 30).to_be_bytes();
    let hash = Hmac::<Sha1>::new_from_slice(&key).unwrap().chain_update(counter).finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The same from `oathtool`, a program of other people.
pub(crate) fn code_of_oathtool(key: &str, seconds: i64) -> String {
    codes_of_oathtool(key, seconds, 1).remove(0)
}

/// The codes of this step and of those after it.
fn codes_of_oathtool(key: &str, seconds: i64, count: usize) -> Vec<String> {
    let (now, window) = (format!("--now=@{seconds}"), format!("--window={}", count - 1));
    let output = Command::new("oathtool")
        .args(["--totp=sha1", "--digits=6", "--base32", &now, &window, key])
        .output()
        .expect("oathtool is installed by `make test`");
    assert!(output.status.success(), "oathtool: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// 50 keys, 20 steps each, at moments from 1970 to past 2106: oathtool, pyotp and otplib show one code, and the server
/// takes it, as that very step.
#[test]
fn totp_02_thousand_codes_of_three_other_generators_are_taken() {
    let rng = SystemRng;
    let (mut question, mut shown) = (Question::default(), Vec::new());
    for _ in 0..50 {
        let key = random::<20>(&rng).unwrap();
        let text = BASE32_NOPAD.encode(&key);
        let from = i64::from_be_bytes(random(&rng).unwrap()).rem_euclid(5_000_000_000);
        let codes = codes_of_oathtool(&text, from, 21);
        assert_eq!(codes.len(), 21);
        for ((code, after), step) in codes.iter().zip(codes.iter().skip(1)).zip(from / 30..) {
            let typed = OneTimeCode::parse(code).unwrap();
            let verdict = verify(&key, &typed, Timestamp(step * 30), Some(step - 1));
            // Two neighbouring steps may share a code; the later one is marked then.
            let accepted = |marked| verdict == Verdict::Accepted { step: marked };
            assert!(accepted(step) || (code == after && accepted(step + 1)), "{code} at {step}: {verdict:?}");
            question.codes.push((text.clone(), step * 30));
            shown.push(code.clone());
        }
    }
    assert_eq!(shown.len(), 1000);
    assert_eq!(ask_pyotp(&question).codes, shown, "pyotp");
    assert_eq!(ask_otplib(&question).codes, shown, "otplib");
}

/// RFC 6238 App. B: the last six digits of the eight in its table.
#[test]
fn rfc_6238_vectors_generator_agrees() {
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let table = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (seconds, code) in table {
        assert_eq!(code_at(KEY, seconds), code);
        assert_eq!(code_of_oathtool(KEY, seconds), code);
    }
}
