//! What the memory of the server may not be written to.

use std::io;

/// Sees to it that a crash leaves no file with the memory, which holds keys and passwords (`ulimit -c 0`).
///
/// # Errors
/// The system's, which lets every process lower its own limit.
#[cfg(unix)]
pub fn leave_no_core_file() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?)
}

/// Nothing: such files are not known there.
///
/// # Errors
/// None; the same signature as on Unix.
#[cfg(not(unix))]
pub fn leave_no_core_file() -> io::Result<()> {
    Ok(())
}
