//! A new recovery code waits in a session for its one look.

use sqlx::AnyConnection;

use super::{SessionId, StoreError, get};

/// Takes the sealed recovery code out of the session: there for one look only, by whoever holds the token that the session
/// has now. It may have been handed over since the caller found it ([`super::lost_answer::consume_unseen`]).
///
/// # Errors
/// The database's.
pub async fn consume_reveal(
    db: &mut AnyConnection,
    id: SessionId,
    token_hash: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("SELECT reveal FROM session WHERE id = $1 AND token_hash = $2 AND reveal IS NOT NULL")
        .bind(id.bytes())
        .bind(token_hash)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let sealed: Vec<u8> = get(&row, "reveal")?;
    // The one that was read, not another that took its place between the two statements.
    let taken = sqlx::query("UPDATE session SET reveal = NULL WHERE id = $1 AND token_hash = $2 AND reveal = $3")
        .bind(id.bytes())
        .bind(token_hash)
        .bind(&*sealed)
        .execute(db)
        .await?
        .rows_affected();
    Ok((taken == 1).then_some(sealed))
}

/// Notes which card a session has shown.
///
/// # Errors
/// The database's.
pub async fn note_shown(db: &mut AnyConnection, id: SessionId, card: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET shown_card = $2 WHERE id = $1").bind(id.bytes()).bind(card).execute(db).await?;
    Ok(())
}

/// Whether this card is the last one that a session has shown.
///
/// # Errors
/// The database's.
pub async fn has_shown(db: &mut AnyConnection, id: SessionId, card: i64) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS shown FROM session WHERE id = $1 AND shown_card = $2")
        .bind(id.bytes())
        .bind(card)
        .fetch_one(db)
        .await?;
    Ok(get::<i64>(&row, "shown")? == 1)
}
