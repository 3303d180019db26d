//! Tokens of sessions: what they open, and what ends or replaces them.

use sqlx::AnyConnection;

use super::{PersonId, SessionId, StoreError, get, get_id, rows};
use crate::clock::Timestamp;

/// Ends the sessions of some tokens that are alive. Which of them it has ended, each by the SHA-256 of its token and whose
/// it was.
///
/// # Errors
/// The database's.
pub async fn end(
    db: &mut AnyConnection,
    token_hashes: &[&[u8]],
    now: Timestamp,
    idle: i64,
) -> Result<Vec<(Vec<u8>, PersonId)>, StoreError> {
    let ended = sqlx::query(
        "UPDATE session SET ended_at = $2, reveal = NULL FROM json_each($1) r \
         WHERE session.token_hash = unhex(r.value ->> 0) AND session.ended_at IS NULL \
         AND session.expires_at > $2 \
         AND session.last_seen_at > $2 - CASE WHEN session.idle < $3 THEN session.idle ELSE $3 END \
         AND session.epoch = (SELECT p.epoch FROM person p WHERE p.id = session.person_id) \
         RETURNING session.token_hash, session.person_id",
    )
    .bind(rows::list(token_hashes.iter().map(|hash| vec![rows::bytes(hash)])))
    .bind(now.0)
    .bind(idle)
    .fetch_all(db)
    .await?;
    ended.iter().map(|row| Ok((get(row, "token_hash")?, get_id(row, "person_id")?))).collect()
}

/// Whether a session that was not ended and has not expired is still that of this token. The epoch is the caller's to
/// compare.
///
/// # Errors
/// The database's.
pub async fn is_current(
    db: &mut AnyConnection,
    id: SessionId,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM session WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $3",
    )
    .bind(id.bytes())
    .bind(token_hash)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Gives a session another token; the one before opens nothing from then on. False when the session is over, or its token
/// is not that one any more.
///
/// # Errors
/// The database's.
pub async fn consume(
    db: &mut AnyConnection,
    id: SessionId,
    token_hash: &[u8],
    new: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query(
        "UPDATE session SET token_hash = $3 \
         WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $4",
    )
    .bind(id.bytes())
    .bind(token_hash)
    .bind(new)
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(renewed == 1)
}
