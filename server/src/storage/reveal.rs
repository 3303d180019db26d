//! A new recovery code waits in a session for its one look.

use sqlx::AnyConnection;

use super::{SessionId, StoreError, get};

/// A recovery code that waits.
#[derive(Debug)]
pub struct Waiting {
    /// The code, sealed.
    pub sealed: Vec<u8>,
    /// The number of the card whose place it takes when it is looked at; none for one that counts already.
    pub after: Option<i64>,
}

/// Keeps a sealed recovery code to show once in this session; `after` is that of [`Waiting`].
///
/// # Errors
/// The database's.
pub async fn set(db: &mut AnyConnection, id: SessionId, sealed: &[u8], after: Option<i64>) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET reveal = $2, reveal_after = $3 WHERE id = $1")
        .bind(id.bytes())
        .bind(sealed)
        .bind(after)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether a code waits in this session that is to take the place of the card of this number.
///
/// # Errors
/// The database's.
pub async fn replaces(db: &mut AnyConnection, id: SessionId, card: i64) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting FROM session WHERE id = $1 AND reveal IS NOT NULL AND reveal_after = $2",
    )
    .bind(id.bytes())
    .bind(card)
    .fetch_one(db)
    .await?;
    Ok(get::<i64>(&row, "waiting")? == 1)
}

/// Takes the sealed recovery code out of the session: there for one look only, by whoever holds the token that the session
/// has now. It may have been handed over since the caller found it ([`super::lost_answer::consume_unseen`]).
///
/// # Errors
/// The database's.
pub async fn consume_reveal(
    db: &mut AnyConnection,
    id: SessionId,
    token_hash: &[u8],
) -> Result<Option<Waiting>, StoreError> {
    let row = sqlx::query(
        "SELECT reveal, reveal_after FROM session WHERE id = $1 AND token_hash = $2 AND reveal IS NOT NULL",
    )
    .bind(id.bytes())
    .bind(token_hash)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let waiting = Waiting { sealed: get(&row, "reveal")?, after: get(&row, "reveal_after")? };
    // The one that was read, not another that took its place between the two statements.
    let taken = sqlx::query("UPDATE session SET reveal = NULL WHERE id = $1 AND token_hash = $2 AND reveal = $3")
        .bind(id.bytes())
        .bind(token_hash)
        .bind(&*waiting.sealed)
        .execute(db)
        .await?
        .rows_affected();
    Ok((taken == 1).then_some(waiting))
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
