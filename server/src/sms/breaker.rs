//! Leaves a provider alone that does not work. One that works and takes a certain message not is no such provider: whoever asks
//! for texts that no provider takes must not end them for everybody.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use crate::clock::Timestamp;

/// Failures in a row after which a provider is left alone.
const FAILURES: u32 = 5;
/// For how long, seconds. Then one message tries.
const PAUSE: i64 = 30;

/// The breaker of one provider, on this node: it only chooses whom to ask, so no other node needs it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: AtomicU32,
    open_until: AtomicI64,
}

impl Breaker {
    /// Whether the provider may be asked now. After a pause one message may, and the others wait for what it finds.
    pub(super) fn admits(&self, now: Timestamp) -> bool {
        let until = self.open_until.load(Ordering::Acquire);
        if until == 0 {
            return true;
        }
        until <= now.0
            && self.open_until.compare_exchange(until, now.plus(PAUSE).0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Notes how it went: whether the provider works.
    pub(super) fn note(&self, answered: bool, now: Timestamp) {
        if answered {
            self.failures.store(0, Ordering::Release);
            self.open_until.store(0, Ordering::Release);
        } else if self.failures.fetch_add(1, Ordering::AcqRel).saturating_add(1) >= FAILURES {
            self.open_until.store(now.plus(PAUSE).0, Ordering::Release);
        }
    }
}
