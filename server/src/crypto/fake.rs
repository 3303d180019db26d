//! Sources of randomness for tests.

use crate::clock::{Rng, RngError};

/// Always fails.
#[derive(Debug)]
pub(super) struct NoRng;

impl Rng for NoRng {
    fn fill(&self, _buffer: &mut [u8]) -> Result<(), RngError> {
        Err(RngError)
    }
}

/// Fills every buffer with one byte.
#[derive(Debug)]
pub(super) struct SameRng(pub(super) u8);

impl Rng for SameRng {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        buffer.fill(self.0);
        Ok(())
    }
}
