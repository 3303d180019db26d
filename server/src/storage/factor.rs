//! Second factors.

use sqlx::{AnyConnection, any::AnyRow};

use super::{FactorId, PersonId, SignInId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// A bound authenticator.
#[derive(Debug)]
pub struct Authenticator {
    /// Id.
    pub id: FactorId,
    /// Sealed setup key.
    pub secret: Vec<u8>,
    /// The last step that was used, for whatever.
    pub last_step: i64,
    /// False after too many failures in a row: bound, yet no code of it is taken.
    pub active: bool,
}

/// Since when a bound factor is there, and when it last opened something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// When it was confirmed.
    pub confirmed: Timestamp,
    /// The step of its last right code; 0 before the first one. That of an app's code is the step the code belongs to,
    /// that of a text message's code is the one in which it was typed.
    pub last_step: i64,
}

/// The use of what a person has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The authenticator.
    pub authenticator: Option<Use>,
    /// The phone.
    pub phone: Option<Use>,
}

/// Finds since when the person's bound factors are there, and when they were last used.
///
/// # Errors
/// The database's.
pub async fn find_uses(db: &mut AnyConnection, person: PersonId) -> Result<Uses, StoreError> {
    let rows = sqlx::query(
        "SELECT method, confirmed_at, last_step FROM factor WHERE person_id = $1 AND state IN ('active', 'disabled')",
    )
    .bind(person.bytes())
    .fetch_all(db)
    .await?;
    let mut uses = Uses::default();
    for row in &rows {
        let found = Use { confirmed: Timestamp(get(row, "confirmed_at")?), last_step: get(row, "last_step")? };
        let place = if get::<String>(row, "method")? == "phone" { &mut uses.phone } else { &mut uses.authenticator };
        *place = Some(found);
    }
    Ok(uses)
}

/// An authenticator that waits for its first right code.
#[derive(Debug)]
pub struct PendingAuthenticator {
    /// Id.
    pub id: FactorId,
    /// Sealed setup key.
    pub secret: Vec<u8>,
}

/// Finds the person's bound authenticator, active or disabled.
///
/// # Errors
/// The database's.
pub async fn find_bound(db: &mut AnyConnection, person: PersonId) -> Result<Option<Authenticator>, StoreError> {
    let row = sqlx::query(
        "SELECT id, secret, last_step, state FROM factor \
         WHERE person_id = $1 AND method = 'authenticator' AND state IN ('active', 'disabled')",
    )
    .bind(person.bytes())
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Authenticator {
        id: get_id(&row, "id")?,
        secret: get(&row, "secret")?,
        last_step: get(&row, "last_step")?,
        active: get::<String>(&row, "state")? == "active",
    }))
}

/// Finds the pending authenticator of this enrolment. One that a later enrolment replaced is gone.
///
/// # Errors
/// The database's.
pub async fn find_pending(
    db: &mut AnyConnection,
    person: PersonId,
    sign_in: SignInId,
) -> Result<Option<PendingAuthenticator>, StoreError> {
    let row = sqlx::query(
        "SELECT id, secret FROM factor \
         WHERE person_id = $1 AND sign_in_id = $2 AND method = 'authenticator' AND state = 'pending'",
    )
    .bind(person.bytes())
    .bind(sign_in.bytes())
    .fetch_optional(db)
    .await?;
    row.map(|row| pending_from_row(&row)).transpose()
}

/// The same inside a change: until its end nobody else replaces or confirms this pending authenticator.
///
/// # Errors
/// The database's.
pub async fn reserve_pending(
    db: &mut AnyConnection,
    person: PersonId,
    sign_in: SignInId,
) -> Result<Option<PendingAuthenticator>, StoreError> {
    // Writes what is there already: PostgreSQL locks the row, and SQLite has one writer anyway.
    let row = sqlx::query(
        "UPDATE factor SET failures = failures \
         WHERE person_id = $1 AND sign_in_id = $2 AND method = 'authenticator' AND state = 'pending' \
         RETURNING id, secret",
    )
    .bind(person.bytes())
    .bind(sign_in.bytes())
    .fetch_optional(db)
    .await?;
    row.map(|row| pending_from_row(&row)).transpose()
}

fn pending_from_row(row: &AnyRow) -> Result<PendingAuthenticator, StoreError> {
    Ok(PendingAuthenticator { id: get_id(row, "id")?, secret: get(row, "secret")? })
}

/// Adds a pending authenticator; one of an earlier enrolment is dropped, one of this enrolment stays.
/// True when there is a new one.
///
/// # Errors
/// The database's.
pub async fn insert_pending(
    db: &mut AnyConnection,
    id: FactorId,
    person: PersonId,
    sign_in: SignInId,
    secret: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    sqlx::query("DELETE FROM factor WHERE person_id = $1 AND method = 'authenticator' AND state = 'pending' AND sign_in_id <> $2")
        .bind(person.bytes())
        .bind(sign_in.bytes())
        .execute(&mut *db)
        .await?;
    let inserted = sqlx::query(
        "INSERT INTO factor (id, person_id, method, state, sign_in_id, secret, created_at) \
         VALUES ($1, $2, 'authenticator', 'pending', $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(id.bytes())
    .bind(person.bytes())
    .bind(sign_in.bytes())
    .bind(secret)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Makes a pending factor the one of its kind that counts, in place of any other. `step` is that of the first right
/// code. False when it is not pending any more.
///
/// # Errors
/// The database's.
pub async fn consume_pending(
    db: &mut AnyConnection,
    id: FactorId,
    person: PersonId,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    sqlx::query(
        "UPDATE factor SET state = 'replaced' WHERE person_id = $1 AND state IN ('active', 'disabled') \
         AND method = (SELECT pending.method FROM factor pending WHERE pending.id = $2)",
    )
    .bind(person.bytes())
    .bind(id.bytes())
    .execute(&mut *db)
    .await?;
    let confirmed = sqlx::query(
        "UPDATE factor SET state = 'active', last_step = $2, confirmed_at = $3 \
         WHERE id = $1 AND person_id = $4 AND state = 'pending'",
    )
    .bind(id.bytes())
    .bind(step)
    .bind(now.0)
    .bind(person.bytes())
    .execute(db)
    .await?
    .rows_affected();
    Ok(confirmed == 1)
}

/// Marks a step as used. False when it, or a later one, was used before (RFC 6238 §5.2), or when it is refused.
///
/// # Errors
/// The database's.
pub async fn consume_step(db: &mut AnyConnection, id: FactorId, step: i64) -> Result<bool, StoreError> {
    let marked = sqlx::query(
        "UPDATE factor SET last_step = $2, failures = 0 WHERE id = $1 AND last_step < $2 AND state = 'active' \
         AND NOT EXISTS (SELECT 1 FROM refused_step s WHERE s.factor_id = factor.id AND s.step = $2)",
    )
    .bind(id.bytes())
    .bind(step)
    .execute(db)
    .await?
    .rows_affected();
    Ok(marked == 1)
}

/// Counts a failure; the one that reaches `most` in a row disables the factor (NIST SP 800-63B-4 §3.2.2).
/// True when it did.
///
/// # Errors
/// The database's.
pub async fn count_failure(db: &mut AnyConnection, id: FactorId, most: i64) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "UPDATE factor SET failures = failures + 1, \
         state = CASE WHEN failures + 1 >= $2 THEN 'disabled' ELSE state END \
         WHERE id = $1 AND state = 'active' RETURNING state",
    )
    .bind(id.bytes())
    .bind(most)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get::<String>(&row, "state")).transpose()?.as_deref() == Some("disabled"))
}

/// Takes a bound factor away. False when it is bound no more.
///
/// # Errors
/// The database's.
pub async fn remove(db: &mut AnyConnection, id: FactorId) -> Result<bool, StoreError> {
    let removed = sqlx::query("UPDATE factor SET state = 'replaced' WHERE id = $1 AND state IN ('active', 'disabled')")
        .bind(id.bytes())
        .execute(db)
        .await?
        .rows_affected();
    Ok(removed == 1)
}

/// Deletes factors made before a moment that are still pending, or do not count any more: nothing reads their keys and numbers.
/// `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    // Said twice: on PostgreSQL one that was confirmed meanwhile stays.
    let purged = sqlx::query(
        "DELETE FROM factor WHERE state IN ('pending', 'replaced') AND id IN \
         (SELECT id FROM factor WHERE state IN ('pending', 'replaced') AND created_at < $1 LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}
