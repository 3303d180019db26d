//! One-time codes from generators that share nothing with the server's.

use std::process::Command;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

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
    let output = Command::new("oathtool")
        .args(["--totp=sha1", "--digits=6", "--base32", &format!("--now=@{seconds}"), key])
        .output()
        .expect("oathtool is installed by `make test`");
    assert!(output.status.success(), "oathtool: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
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
