//! The whole router with a fake port behind it, and the accept loop on real sockets.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "shared between the modules of this one test program")]

mod action;
mod address;
mod cookie;
mod fake;
mod files;
mod fuzz;
mod gate;
mod header;
mod language;
mod page;
mod program;
mod resilience;
mod site;
mod socket;
