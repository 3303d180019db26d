//! The whole router with a fake port behind it, and the accept loop on real sockets.

mod action;
mod address;
mod cookie;
mod fake;
mod files;
mod fuzz;
mod gate;
mod header;
mod page;
mod program;
mod resilience;
mod socket;
