//! Failure counters, shared by every node and alive after a restart.

use sqlx::AnyConnection;

use super::{StoreError, get};
use crate::clock::Timestamp;

/// How many failures a counter allows, and what happens then.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Failures within the window that start a pause.
    pub failures: i64,
    /// The window, seconds.
    pub window: i64,
    /// The pause, seconds.
    pub pause: i64,
}

impl Allowance {
    /// So many within a window of seconds, and a pause that is as long.
    #[must_use]
    pub fn per(window: i64, failures: i64) -> Self {
        Self { failures, window, pause: window }
    }
}

/// What one more failure does to a counter that is there: nothing while it is paused; a window that is
/// over, or a pause that has ended, starts the count anew; the failure that reaches the allowance
/// starts the pause. Places: now, failures, window, pause.
macro_rules! on_conflict {
    ($now:literal, $failures:literal, $window:literal, $pause:literal) => {
        concat!(
            "ON CONFLICT (key) DO UPDATE SET \
             failures = CASE WHEN throttle.window_started <= ",
            $now,
            " - ",
            $window,
            " OR throttle.paused_until > 0 THEN 1 ELSE throttle.failures + 1 END, \
             window_started = CASE WHEN throttle.window_started <= ",
            $now,
            " - ",
            $window,
            " OR throttle.paused_until > 0 THEN ",
            $now,
            " ELSE throttle.window_started END, \
             paused_until = CASE WHEN throttle.window_started <= ",
            $now,
            " - ",
            $window,
            " OR throttle.paused_until > 0 THEN CASE WHEN ",
            $failures,
            " <= 1 THEN ",
            $now,
            " + ",
            $pause,
            " ELSE 0 END WHEN throttle.failures + 1 >= ",
            $failures,
            " THEN ",
            $now,
            " + ",
            $pause,
            " ELSE 0 END WHERE throttle.paused_until <= ",
            $now,
            " RETURNING failures"
        )
    };
}
pub(super) use on_conflict;

/// Counts a failure in advance, before anything is compared; the one that reaches the allowance starts
/// the pause, and a success takes it all back. `None` when the counter is paused.
///
/// # Errors
/// The database's.
pub async fn reserve(
    db: &mut AnyConnection,
    key: &[u8],
    allowance: Allowance,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(concat!(
        "INSERT INTO throttle (key, failures, window_started, paused_until) ",
        "VALUES ($1, 1, $2, CASE WHEN $3 <= 1 THEN $2 + $5 ELSE 0 END) ",
        on_conflict!("$2", "$3", "$4", "$5"),
    ))
    .bind(key)
    .bind(now.0)
    .bind(allowance.failures)
    .bind(allowance.window)
    .bind(allowance.pause)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get(&row, "failures")).transpose()?)
}

/// When the pause of a counter ends, if it is paused.
///
/// # Errors
/// The database's.
pub async fn find_pause(db: &mut AnyConnection, key: &[u8], now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT paused_until FROM throttle WHERE key = $1 AND paused_until > $2")
        .bind(key)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| get(&row, "paused_until").map(Timestamp)).transpose()?)
}

/// Takes one failure back that was counted in advance, and the pause that it started.
///
/// # Errors
/// The database's.
pub async fn release(db: &mut AnyConnection, key: &[u8]) -> Result<(), StoreError> {
    sqlx::query("UPDATE throttle SET failures = failures - 1, paused_until = 0 WHERE key = $1 AND failures > 0")
        .bind(key)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets the failures of a counter after a success.
///
/// # Errors
/// The database's.
pub async fn reset(db: &mut AnyConnection, key: &[u8]) -> Result<(), StoreError> {
    sqlx::query("UPDATE throttle SET failures = 0, paused_until = 0 WHERE key = $1").bind(key).execute(db).await?;
    Ok(())
}

/// Deletes counters that were last started before a moment and are not paused, the oldest first, `most` of
/// them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, now: Timestamp, most: i64) -> Result<u64, StoreError> {
    // Said twice: on PostgreSQL one that has started again meanwhile stays.
    let purged = sqlx::query(
        "DELETE FROM throttle WHERE window_started < $1 AND paused_until <= $2 AND key IN \
         (SELECT key FROM throttle WHERE window_started < $1 AND paused_until <= $2 ORDER BY window_started LIMIT $3)",
    );
    Ok(purged.bind(before.0).bind(now.0).bind(most).execute(db).await?.rows_affected())
}
