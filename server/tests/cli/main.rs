//! The built `muster` program, as a person runs it.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the harness of tests, where a panic is the answer"
)]

mod audit;
#[path = "../flow/support/cluster.rs"]
#[expect(dead_code, reason = "shared with the tests of the flow, which use more of it")]
mod cluster;
mod command_line;
mod demo;
mod directory;
mod key;
mod place;
mod proxy;
mod serve;
mod setting;
