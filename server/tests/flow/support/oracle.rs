//! Programs of other people that answer the tests: `otplib`, `jsQR` and `ZXing` in Node, `pyotp` in Python.
//! `tools/setup test` installs them.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What is asked of a generator of codes: keys (base32) with moments (seconds since 1970), and addresses to read.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Question {
    pub(crate) codes: Vec<(String, i64)>,
    pub(crate) uris: Vec<String>,
}

/// What it says, in the order of the question.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) codes: Vec<String>,
    pub(crate) uris: Vec<Otpauth>,
}

/// What is in an `otpauth:` address.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Otpauth {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) secret: String,
    pub(crate) issuer: String,
    pub(crate) algorithm: String,
    pub(crate) digits: u8,
    pub(crate) period: u32,
}

/// What otplib says. Its label is the whole one, `issuer:account`.
pub(crate) fn ask_otplib(question: &Question) -> Answer {
    ask(Command::new("node").arg(script("otp.mjs")), question)
}

/// What pyotp says. Its label is the account alone.
pub(crate) fn ask_pyotp(question: &Question) -> Answer {
    let tools = std::env::var_os("MUSTER_TOOLS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("a home folder")).join(".cache/muster-tools"),
        PathBuf::from,
    );
    ask(Command::new(tools.join("python/bin/python")).arg(script("otp.py")), question)
}

/// What `jsQR` and what `ZXing` read from a picture, a row of `0` and `1` after the other.
pub(crate) fn read_by_node(width: usize, rows: &str) -> [Option<String>; 2] {
    #[derive(Serialize)]
    struct Picture<'a> {
        width: usize,
        rows: &'a str,
    }
    ask(Command::new("node").arg(script("qr.mjs")), &Picture { width, rows })
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/oracle").join(name)
}

fn ask<T: DeserializeOwned>(program: &mut Command, question: &impl Serialize) -> T {
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program:?}: {error}; `tools/setup test` installs it"));
    // A program that fails before it has read everything is told of below.
    let _ = child.stdin.take().unwrap().write_all(&serde_json::to_vec(question).unwrap());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
