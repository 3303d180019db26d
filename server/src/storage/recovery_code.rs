//! Recovery codes: one at a time for each person.

use sqlx::AnyConnection;

use super::{PersonId, RecoveryCodeId, SessionId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// The code that is neither used nor replaced.
#[derive(Debug)]
pub struct Current {
    /// Id.
    pub id: RecoveryCodeId,
    /// The number of its card, from 1.
    pub number: i64,
    /// Keyed hash.
    pub mac: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
    /// True when the person said that they saved it.
    pub acknowledged: bool,
    /// False after too many wrong codes in a row: there, yet not taken.
    pub active: bool,
    /// The session that it was made in, if it was made in one.
    pub session: Option<SessionId>,
}

impl Current {
    /// True when this session is the one that the card was made in, and nobody has said yet that it is saved. No other one
    /// has anything to do with it: whoever has stolen one would make a card of their own in its place.
    pub fn waits_in(&self, session: SessionId) -> bool {
        !self.acknowledged && self.session == Some(session)
    }
}

/// Finds the person's code, working or switched off.
///
/// # Errors
/// The database's.
pub async fn find_current(db: &mut AnyConnection, person: PersonId) -> Result<Option<Current>, StoreError> {
    let row = sqlx::query(
        "SELECT id, number, mac, created_at, acknowledged_at, disabled_at, session_id FROM recovery_code \
         WHERE person_id = $1 AND used_at IS NULL AND replaced_at IS NULL",
    )
    .bind(person.bytes())
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Current {
        id: get_id(&row, "id")?,
        number: get(&row, "number")?,
        mac: get(&row, "mac")?,
        created: Timestamp(get(&row, "created_at")?),
        acknowledged: get::<Option<i64>>(&row, "acknowledged_at")?.is_some(),
        active: get::<Option<i64>>(&row, "disabled_at")?.is_none(),
        session: get::<Option<Vec<u8>>>(&row, "session_id")?.map(SessionId::try_from).transpose()?,
    }))
}

/// Lists the person's cards that were used or replaced, the newest first, `most` of them: number and keyed hash.
///
/// # Errors
/// The database's.
pub async fn list_old(db: &mut AnyConnection, person: PersonId, most: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    sqlx::query(
        "SELECT number, mac FROM recovery_code \
         WHERE person_id = $1 AND (used_at IS NOT NULL OR replaced_at IS NOT NULL) ORDER BY number DESC LIMIT $2",
    )
    .bind(person.bytes())
    .bind(most)
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| Ok((get(row, "number")?, get(row, "mac")?)))
    .collect()
}

/// A code that was just made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// The number of its card, from 1.
    pub number: i64,
    /// True when the card before it could be used until now.
    pub replaces: bool,
}

/// Replaces whatever code there is by a new one, which gets the next number. It waits in the session, if it was made in one,
/// until it is saved.
///
/// # Errors
/// [`StoreError::Duplicate`] when somebody else was faster, or the database's.
pub async fn replace(
    db: &mut AnyConnection,
    id: RecoveryCodeId,
    person: PersonId,
    session: Option<SessionId>,
    mac: &[u8],
    now: Timestamp,
) -> Result<Made, StoreError> {
    let replaced = retire(db, person, now).await?;
    let row = sqlx::query(
        "INSERT INTO recovery_code (id, person_id, number, mac, created_at, session_id) \
         SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5 FROM recovery_code WHERE person_id = $2 RETURNING number",
    )
    .bind(id.bytes())
    .bind(person.bytes())
    .bind(mac)
    .bind(now.0)
    .bind(session.map(|id| id.bytes().to_vec()))
    .fetch_one(db)
    .await?;
    Ok(Made { number: get(&row, "number")?, replaces: replaced })
}

/// Takes the code of this number out of use, to make another. False when it was used or replaced before, so that of two
/// that are to take its place only one does.
///
/// # Errors
/// The database's.
pub async fn consume_number(
    db: &mut AnyConnection,
    person: PersonId,
    number: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE recovery_code SET replaced_at = $3 \
         WHERE person_id = $1 AND number = $2 AND used_at IS NULL AND replaced_at IS NULL",
    )
    .bind(person.bytes())
    .bind(number)
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(taken == 1)
}

/// Takes a code that was shown and not saved out of use, to make another. False when somebody else did, or the
/// code was saved or used, so that of two requests at once only one makes the other code.
///
/// # Errors
/// The database's.
pub async fn consume_unsaved(db: &mut AnyConnection, id: RecoveryCodeId, now: Timestamp) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE recovery_code SET replaced_at = $2 \
         WHERE id = $1 AND used_at IS NULL AND replaced_at IS NULL AND acknowledged_at IS NULL",
    )
    .bind(id.bytes())
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(taken == 1)
}

/// Spends a code. False when it was spent, replaced or switched off before.
///
/// # Errors
/// The database's.
pub async fn consume(db: &mut AnyConnection, id: RecoveryCodeId, now: Timestamp) -> Result<bool, StoreError> {
    let spent = sqlx::query(
        "UPDATE recovery_code SET used_at = $2 \
         WHERE id = $1 AND used_at IS NULL AND replaced_at IS NULL AND disabled_at IS NULL",
    )
    .bind(id.bytes())
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(spent == 1)
}

/// Counts a wrong code; the one that reaches `most` in a row switches the person's code off (NIST SP 800-63B-4 §3.2.2).
/// True when it did.
///
/// # Errors
/// The database's.
pub async fn count_failure(
    db: &mut AnyConnection,
    id: RecoveryCodeId,
    most: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "UPDATE recovery_code SET failures = failures + 1, \
         disabled_at = CASE WHEN failures + 1 >= $2 THEN $3 ELSE disabled_at END \
         WHERE id = $1 AND used_at IS NULL AND replaced_at IS NULL AND disabled_at IS NULL RETURNING disabled_at",
    )
    .bind(id.bytes())
    .bind(most)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get::<Option<i64>>(&row, "disabled_at")).transpose()?.flatten().is_some())
}

/// Takes the code that works now out of use, with no other in its place. False when there was none.
///
/// # Errors
/// The database's.
pub async fn retire(db: &mut AnyConnection, person: PersonId, now: Timestamp) -> Result<bool, StoreError> {
    let retired = sqlx::query(
        "UPDATE recovery_code SET replaced_at = $2 WHERE person_id = $1 AND used_at IS NULL AND replaced_at IS NULL",
    )
    .bind(person.bytes())
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(retired == 1)
}

/// Notes that the person saved the card of this number. False when it is not the one that works now, was made in another
/// session, or was noted before.
///
/// # Errors
/// The database's.
pub async fn acknowledge(
    db: &mut AnyConnection,
    person: PersonId,
    session: Option<SessionId>,
    number: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "UPDATE recovery_code SET acknowledged_at = $3 \
         WHERE person_id = $1 AND number = $2 AND session_id IS NOT DISTINCT FROM $4 \
         AND used_at IS NULL AND replaced_at IS NULL AND acknowledged_at IS NULL",
    )
    .bind(person.bytes())
    .bind(number)
    .bind(now.0)
    .bind(session.map(|id| id.bytes().to_vec()))
    .execute(db)
    .await?
    .rows_affected();
    Ok(noted == 1)
}
