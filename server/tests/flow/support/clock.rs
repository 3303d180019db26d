//! A clock that is set by hand and a generator that repeats itself.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, Ordering},
};

use server::clock::{Clock, Rng, RngError, SystemClock, Timestamp};
use sha2::{Digest, Sha256};

/// 2030-01-01T00:00:10Z: ten seconds into a step of thirty.
const START: i64 = 1_893_456_010;

/// A clock that stands still until it is told otherwise, or runs beside the machine's.
#[derive(Debug)]
pub(crate) struct FakeClock {
    /// The present moment, or how far from the machine's clock it is, seconds.
    base: AtomicI64,
    runs: bool,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self { base: AtomicI64::new(START), runs: false }
    }
}

impl FakeClock {
    /// A clock that runs, some seconds off the machine's.
    pub(crate) fn running(offset: i64) -> Self {
        Self { base: AtomicI64::new(offset), runs: true }
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.base.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.base.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn seconds(&self) -> i64 {
        let machine = if self.runs { SystemClock.now().0 } else { 0 };
        machine + self.base.load(Ordering::SeqCst)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.seconds())
    }
}

/// SHA-256 over a seed and a counter: the same bytes in the same order for the same seed.
#[derive(Debug)]
pub(crate) struct SeededRng {
    seed: String,
    counter: Mutex<u64>,
}

impl SeededRng {
    pub(crate) fn new(seed: &str) -> Self {
        Self { seed: seed.to_owned(), counter: Mutex::new(0) }
    }
}

impl Rng for SeededRng {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        let mut counter = self.counter.lock().map_err(|_| RngError)?;
        for chunk in buffer.chunks_mut(32) {
            *counter += 1;
            let block = Sha256::new().chain_update(self.seed.as_bytes()).chain_update(counter.to_be_bytes()).finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}
