//! Failure counters, shared by every node and alive after a restart.

use sqlx::{AnyConnection, any::AnyRow};

use super::{StoreError, get, rows};
use crate::clock::Timestamp;

/// The most failures whose moments a counter keeps; it bounds the size of a row.
const LISTED: i64 = 1000;
/// Digits of a moment in that list: enough until the year 2286.
const DIGITS: i64 = 10;

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

/// What became of a failure that was to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Failures since the last success, or since the last window began, this one among them.
    pub failures: i64,
    /// True for the one that starts a pause.
    pub pauses: bool,
}

/// A counter that takes nothing more for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// When its pause ends.
    pub until: Timestamp,
    /// True while some of what fills it is only being checked: that may yet turn out to be no failure, which ends the pause.
    pub checking: bool,
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

/// Counts a failure: nothing while the counter is paused, which is `None`. A pause that has ended starts the count anew. The
/// failure that is the last of as many as are allowed within one window starts the pause, wherever in time the window begins.
///
/// The counter must have been held since before the comparison.
///
/// # Errors
/// The database's.
pub async fn count(
    db: &mut AnyConnection,
    key: &[u8],
    allowance: Allowance,
    now: Timestamp,
) -> Result<Option<Counted>, StoreError> {
    add(db, key, allowance, now, 0).await
}

/// The same before anything is compared: [`settle`] says that it was a failure, [`release`] and [`reset`] that it was none.
///
/// # Errors
/// The database's.
pub async fn reserve(
    db: &mut AnyConnection,
    key: &[u8],
    allowance: Allowance,
    now: Timestamp,
) -> Result<Option<Counted>, StoreError> {
    add(db, key, allowance, now, 1).await
}

/// Two rules start a pause. The row lists the moments of the last failures, the newest first, which makes the window exact: it
/// has no edge at which two windows' worth of failures pass. The list has an end, and an allowance beyond it has the count
/// since the window began; below it the list is never later than the count.
async fn add(
    db: &mut AnyConnection,
    key: &[u8],
    allowance: Allowance,
    now: Timestamp,
    checking: i64,
) -> Result<Option<Counted>, StoreError> {
    // Characters of the list that are kept, and the place of the moment that decides: that of the failure which would be the
    // first of as many as are allowed, this one being the last.
    let kept = (allowance.failures - 1).clamp(0, LISTED - 1) * DIGITS;
    let deciding = (allowance.failures - 2).max(0) * DIGITS + 1;
    let row = sqlx::query(
        "INSERT INTO throttle (key, failures, window_started, paused_until, times, checking) \
         VALUES ($1, 1, $2, CASE WHEN $3 <= 1 THEN $2 + $5 ELSE 0 END, CAST($6 AS TEXT), $10) \
         ON CONFLICT (key) DO UPDATE SET \
         failures = CASE WHEN throttle.window_started <= $2 - $4 OR throttle.paused_until > 0 THEN 1 \
          ELSE throttle.failures + 1 END, \
         window_started = CASE WHEN throttle.window_started <= $2 - $4 OR throttle.paused_until > 0 THEN $2 \
          ELSE throttle.window_started END, \
         checking = CASE WHEN throttle.window_started <= $2 - $4 OR throttle.paused_until > 0 THEN $10 \
          ELSE throttle.checking + $10 END, \
         times = CASE WHEN throttle.paused_until > 0 THEN CAST($6 AS TEXT) \
          ELSE CAST($6 AS TEXT) || substr(throttle.times, 1, CAST($7 AS INTEGER)) END, refused = 0, \
         paused_until = CASE WHEN $3 <= 1 THEN $2 + $5 WHEN throttle.paused_until > 0 THEN 0 \
          WHEN substr(throttle.times, CAST($8 AS INTEGER), 10) > CAST($9 AS TEXT) THEN $2 + $5 \
          WHEN throttle.window_started > $2 - $4 AND throttle.failures + 1 >= $3 THEN $2 + $5 ELSE 0 END \
         WHERE throttle.paused_until <= $2 RETURNING failures, paused_until",
    )
    .bind(key)
    .bind(now.0)
    .bind(allowance.failures)
    .bind(allowance.window)
    .bind(allowance.pause)
    .bind(listed(now))
    .bind(kept)
    .bind(deciding)
    .bind(listed(now.plus(-allowance.window)))
    .bind(checking)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(Counted { failures: get(&row, "failures")?, pauses: get::<i64>(&row, "paused_until")? > 0 }))
        .transpose()
}

/// A moment as it stands in the list of a counter: of one length, so that the order of the texts is that of time.
fn listed(at: Timestamp) -> String {
    format!("{:010}", at.0.max(0))
}

/// When the pause of a counter ends, if it is paused.
///
/// # Errors
/// The database's.
pub async fn find_pause(db: &mut AnyConnection, key: &[u8], now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    Ok(find_full(db, key, now).await?.map(|full| full.until))
}

/// The same with what has paused it.
///
/// # Errors
/// The database's.
pub async fn find_full(db: &mut AnyConnection, key: &[u8], now: Timestamp) -> Result<Option<Full>, StoreError> {
    let row = sqlx::query("SELECT paused_until, checking FROM throttle WHERE key = $1 AND paused_until > $2")
        .bind(key)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Full { until: Timestamp(get(&row, "paused_until")?), checking: get::<i64>(&row, "checking")? > 0 }))
}

/// Notes that something was refused while a counter is paused. True for the first in a pause.
///
/// # Errors
/// The database's.
pub async fn note_refusal(db: &mut AnyConnection, key: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let noted = sqlx::query("UPDATE throttle SET refused = 1 WHERE key = $1 AND paused_until > $2 AND refused = 0");
    Ok(noted.bind(key).bind(now.0).execute(db).await?.rows_affected() == 1)
}

/// Says of a failure that was counted in advance that it is one: the comparison is over.
///
/// # Errors
/// The database's.
pub async fn settle(db: &mut AnyConnection, key: &[u8]) -> Result<(), StoreError> {
    sqlx::query("UPDATE throttle SET checking = checking - 1 WHERE key = $1 AND checking > 0")
        .bind(key)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes one failure back that was counted in advance, and the pause that it started.
///
/// # Errors
/// The database's.
pub async fn release(db: &mut AnyConnection, key: &[u8]) -> Result<(), StoreError> {
    // The newest moment of the list goes, be it that of a check beside this one: they lie no further apart than a check takes.
    sqlx::query(
        "UPDATE throttle SET failures = failures - 1, times = substr(times, 11), paused_until = 0, \
         checking = CASE WHEN checking > 0 THEN checking - 1 ELSE 0 END WHERE key = $1 AND failures > 0",
    )
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
    sqlx::query("UPDATE throttle SET failures = 0, times = '', paused_until = 0, checking = 0 WHERE key = $1")
        .bind(key)
        .execute(db)
        .await?;
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
