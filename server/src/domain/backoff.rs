//! When to try again what did not work.

/// The first wait, in seconds.
const FIRST: i64 = 60;
/// The longest wait before it is spread out, in seconds.
const LONGEST: i64 = 60 * 60;

/// Seconds to wait after this many attempts: a minute, then twice as long each time up to an hour, and from that half
/// to one and a half, so that what failed together does not come back together. `jitter` is random.
pub fn backoff(attempts: i64, jitter: u16) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 32) - 1).unwrap_or(0);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    whole / 2 + whole * i64::from(jitter) / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let middle = |attempts| backoff(attempts, u16::MAX / 2);
        assert_eq!([1, 2, 3, 6, 7, 8, 100].map(middle), [59, 119, 239, 1919, 3599, 3599, 3599]);
        assert_eq!((backoff(1, 0), backoff(1, u16::MAX)), (30, 90));
    }

    proptest! {
        #[test]
        fn every_wait_is_half_a_minute_to_an_hour_and_a_half(attempts in any::<i64>(), jitter in any::<u16>()) {
            prop_assert!((30..=5400).contains(&backoff(attempts, jitter)));
        }
    }
}
