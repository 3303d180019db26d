//! Failure counters, shared by every node and alive after a restart.

use sqlx::{AnyConnection, any::AnyRow};

use super::{StoreError, get, rows};
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

/// A counter as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// Failures since the last success, or since the last window began.
    pub failures: i64,
    /// When its pause ends; 0 without one.
    pub paused_until: Timestamp,
}

impl Counter {
    pub(super) fn from_row(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self { failures: get(row, "failures")?, paused_until: Timestamp(get(row, "paused_until")?) })
    }
}

/// Holds counters until the end of the transaction: nobody else counts or forgets a failure of them. Those that
/// are not there are made.
///
/// # Errors
/// The database's.
pub(super) async fn hold(
    db: &mut AnyConnection,
    keys: impl Iterator<Item = &[u8]>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // PostgreSQL locks the row of a conflict before it looks at the condition, and writes nothing; SQLite has one
    // writer anyway. In the order of the keys, so that no two transactions wait for each other.
    sqlx::query(
        "INSERT INTO throttle (key, failures, window_started, paused_until) \
         SELECT DISTINCT unhex(r.value ->> 0), 0, CAST($2 AS BIGINT), 0 FROM json_each($1) r WHERE TRUE ORDER BY 1 \
         ON CONFLICT (key) DO UPDATE SET failures = throttle.failures WHERE FALSE",
    )
    .bind(rows::list(keys.map(|key| vec![rows::bytes(key)])))
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Holds one counter, and reads it.
///
/// # Errors
/// The database's.
pub async fn hold_one(db: &mut AnyConnection, key: &[u8], now: Timestamp) -> Result<Counter, StoreError> {
    hold(db, [key].into_iter(), now).await?;
    let row = sqlx::query("SELECT failures, paused_until FROM throttle WHERE key = $1").bind(key).fetch_one(db).await?;
    Counter::from_row(&row)
}

/// Counts a failure: nothing while the counter is paused; a window that is over, or a pause that has ended, starts
/// the count anew; the failure that reaches the allowance starts the pause. `None` when the counter is paused.
///
/// Counted before anything is compared, a success takes it all back; counted afterwards, the counter must have been
/// held since before.
///
/// # Errors
/// The database's.
pub async fn reserve(
    db: &mut AnyConnection,
    key: &[u8],
    allowance: Allowance,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO throttle (key, failures, window_started, paused_until) \
         VALUES ($1, 1, $2, CASE WHEN $3 <= 1 THEN $2 + $5 ELSE 0 END) \
         ON CONFLICT (key) DO UPDATE SET \
         failures = CASE WHEN throttle.window_started <= $2 - $4 OR throttle.paused_until > 0 THEN 1 \
          ELSE throttle.failures + 1 END, \
         window_started = CASE WHEN throttle.window_started <= $2 - $4 OR throttle.paused_until > 0 THEN $2 \
          ELSE throttle.window_started END, \
         paused_until = CASE WHEN throttle.window_started <= $2 - $4 OR throttle.paused_until > 0 \
          THEN CASE WHEN $3 <= 1 THEN $2 + $5 ELSE 0 END \
          WHEN throttle.failures + 1 >= $3 THEN $2 + $5 ELSE 0 END \
         WHERE throttle.paused_until <= $2 RETURNING failures",
    )
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
