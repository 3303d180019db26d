//! The built `muster` program, as a person runs it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "the harness of tests, where a panic is the answer")]

mod command_line;
mod demo;
mod directory;
mod key;
mod place;
mod serve;
mod setting;
