//! Links that set a new password: one for each person, used once.

use sqlx::AnyConnection;

use super::{PersonId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// A link that still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Whose password it sets.
    pub person: PersonId,
    /// The person's epoch, which is that of the link.
    pub epoch: i64,
}

/// Makes a link in place of any other of this person.
///
/// # Errors
/// The database's.
pub async fn replace(
    db: &mut AnyConnection,
    reset: Reset,
    token_hash: &[u8; 32],
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO password_reset (person_id, token_hash, epoch, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (person_id) DO UPDATE SET \
         token_hash = $2, epoch = $3, created_at = $4, expires_at = $5, consumed_at = NULL",
    )
    .bind(reset.person.bytes())
    .bind(token_hash.as_slice())
    .bind(reset.epoch)
    .bind(now.0)
    .bind(expires.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Finds the link of a token, if it still works.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Reset>, StoreError> {
    let row = sqlx::query(
        "SELECT r.person_id, r.epoch FROM password_reset r JOIN person p ON p.id = r.person_id AND p.epoch = r.epoch \
         WHERE r.token_hash = $1 AND r.consumed_at IS NULL AND r.expires_at > $2",
    );
    let row = row.bind(token_hash.as_slice()).bind(now.0).fetch_optional(db).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Whether a link of this person still works.
///
/// # Errors
/// The database's.
pub async fn is_alive(db: &mut AnyConnection, person: PersonId, now: Timestamp) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT r.person_id FROM password_reset r JOIN person p ON p.id = r.person_id AND p.epoch = r.epoch \
         WHERE r.person_id = $1 AND r.consumed_at IS NULL AND r.expires_at > $2",
    );
    Ok(row.bind(person.bytes()).bind(now.0).fetch_optional(db).await?.is_some())
}

/// Uses the link of a token up. `None` when it was used, is over, or a newer one or a new password has ended it.
///
/// # Errors
/// The database's.
pub async fn consume(
    db: &mut AnyConnection,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Reset>, StoreError> {
    let row = sqlx::query(
        "UPDATE password_reset SET consumed_at = $2 \
         WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2 \
         AND epoch = (SELECT p.epoch FROM person p WHERE p.id = password_reset.person_id) \
         RETURNING person_id, epoch",
    );
    let row = row.bind(token_hash.as_slice()).bind(now.0).fetch_optional(db).await?;
    row.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &sqlx::any::AnyRow) -> Result<Reset, StoreError> {
    Ok(Reset { person: get_id(row, "person_id")?, epoch: get(row, "epoch")? })
}

/// Deletes links that ended before a moment, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    // Said twice: on PostgreSQL a person's row that holds a new link meanwhile stays.
    let purged = sqlx::query(
        "DELETE FROM password_reset WHERE expires_at < $1 AND person_id IN \
         (SELECT person_id FROM password_reset WHERE expires_at < $1 LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}
