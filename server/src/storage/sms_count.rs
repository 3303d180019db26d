//! How many text messages went out today, for each person, number, prefix, network address and in all; and how many did not,
//! because one of these limits or the share of a country stopped them.

use sqlx::AnyConnection;

use super::{StoreError, get};

/// What a counter stands at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Messages that went out, or may have gone out.
    pub sent: i64,
    /// Messages that did not, because the counter was at its bound.
    pub refused: i64,
}

/// What a counter stands at on a day.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, key: &[u8], day: i64) -> Result<Count, StoreError> {
    let row = sqlx::query("SELECT sent, refused FROM sms_count WHERE key = $1 AND day = $2")
        .bind(key)
        .bind(day)
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(Count::default()), |row| Ok(Count { sent: get(&row, "sent")?, refused: get(&row, "refused")? }))
}

/// Counts a message, in one step with the check that it may go. False when the counter is at its bound.
///
/// # Errors
/// The database's.
pub async fn reserve(db: &mut AnyConnection, key: &[u8], day: i64, most: i64) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "INSERT INTO sms_count (key, day, sent) SELECT $1, $2, 1 WHERE $3 > 0 \
         ON CONFLICT (key, day) DO UPDATE SET sent = sms_count.sent + 1 WHERE sms_count.sent < $3 RETURNING sent",
    )
    .bind(key)
    .bind(day)
    .bind(most)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Takes a message back that was counted and has not gone out.
///
/// # Errors
/// The database's.
pub async fn release(db: &mut AnyConnection, key: &[u8], day: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE sms_count SET sent = sent - 1 WHERE key = $1 AND day = $2 AND sent > 0")
        .bind(key)
        .bind(day)
        .execute(db)
        .await?;
    Ok(())
}

/// Counts a message that was not sent because its counter is at its bound. True for the first of the day.
///
/// # Errors
/// The database's.
pub async fn count_refused(db: &mut AnyConnection, key: &[u8], day: i64) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "INSERT INTO sms_count (key, day, refused) VALUES ($1, $2, 1) \
         ON CONFLICT (key, day) DO UPDATE SET refused = sms_count.refused + 1 RETURNING refused",
    )
    .bind(key)
    .bind(day)
    .fetch_one(db)
    .await?;
    Ok(get::<i64>(&row, "refused")? == 1)
}

/// Deletes the counters of the days before this one.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: i64) -> Result<u64, StoreError> {
    Ok(sqlx::query("DELETE FROM sms_count WHERE day < $1").bind(before).execute(db).await?.rows_affected())
}
