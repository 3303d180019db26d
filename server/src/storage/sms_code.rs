//! Codes that were sent as text messages: one outstanding for each person and purpose.

use sqlx::AnyConnection;

use super::{FactorId, PersonId, SignInId, SmsMessageId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// What a code is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The second factor of a sign-in.
    SignIn,
    /// Showing that a number is the person's.
    Enrolment,
    /// Showing again that it is the person, in a session.
    Confirm,
}

impl Purpose {
    /// The name in the database and in the keyed hash.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Enrolment => "enrolment",
            Self::Confirm => "confirm",
        }
    }
}

/// The outstanding code of a person.
#[derive(Debug)]
pub struct SmsCode {
    /// The sign-in or enrolment that it is bound to.
    pub sign_in: SignInId,
    /// The phone that it went to.
    pub factor: FactorId,
    /// The message that carried it.
    pub message: SmsMessageId,
    /// Keyed hash.
    pub mac: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
    /// True once it was used.
    pub consumed: bool,
}

/// Finds the outstanding code of a person, used or expired ones included.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, person: PersonId, purpose: Purpose) -> Result<Option<SmsCode>, StoreError> {
    let row = sqlx::query(
        "SELECT sign_in_id, factor_id, message_id, mac, created_at, expires_at, consumed_at \
         FROM sms_code WHERE person_id = $1 AND purpose = $2",
    )
    .bind(person.bytes())
    .bind(purpose.as_str())
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SmsCode {
        sign_in: get_id(&row, "sign_in_id")?,
        factor: get_id(&row, "factor_id")?,
        message: get_id(&row, "message_id")?,
        mac: get(&row, "mac")?,
        created: Timestamp(get(&row, "created_at")?),
        expires: Timestamp(get(&row, "expires_at")?),
        consumed: get::<Option<i64>>(&row, "consumed_at")?.is_some(),
    }))
}

/// Puts a code in place of the one before it, which is worth nothing from now on (SMS-02).
///
/// # Errors
/// The database's.
pub async fn replace(
    db: &mut AnyConnection,
    person: PersonId,
    purpose: Purpose,
    code: &SmsCode,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sms_code (person_id, purpose, sign_in_id, factor_id, message_id, mac, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (person_id, purpose) DO UPDATE SET sign_in_id = excluded.sign_in_id, \
         factor_id = excluded.factor_id, message_id = excluded.message_id, mac = excluded.mac, \
         created_at = excluded.created_at, expires_at = excluded.expires_at, consumed_at = NULL, checks = 0",
    )
    .bind(person.bytes())
    .bind(purpose.as_str())
    .bind(code.sign_in.bytes())
    .bind(code.factor.bytes())
    .bind(code.message.bytes())
    .bind(code.mac.as_slice())
    .bind(code.created.0)
    .bind(code.expires.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Uses a code up. False when it was used, replaced or has run out.
///
/// # Errors
/// The database's.
pub async fn consume(
    db: &mut AnyConnection,
    person: PersonId,
    purpose: Purpose,
    message: SmsMessageId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = sqlx::query(
        "UPDATE sms_code SET consumed_at = $4 \
         WHERE person_id = $1 AND purpose = $2 AND message_id = $3 AND consumed_at IS NULL AND expires_at > $4",
    )
    .bind(person.bytes())
    .bind(purpose.as_str())
    .bind(message.bytes())
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(used == 1)
}

/// Counts a check of a code that was wrong. The last one that it has ends it.
///
/// # Errors
/// The database's.
pub async fn count_check(
    db: &mut AnyConnection,
    (person, purpose): (PersonId, Purpose),
    message: SmsMessageId,
    most: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sms_code SET checks = checks + 1, expires_at = CASE WHEN checks + 1 < $4 THEN expires_at \
         WHEN created_at > $5 THEN created_at ELSE $5 END \
         WHERE person_id = $1 AND purpose = $2 AND message_id = $3 AND expires_at > $5",
    )
    .bind(person.bytes())
    .bind(purpose.as_str())
    .bind(message.bytes())
    .bind(most)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a check of an enrolment before anything is compared, and says how many there were. `None` when the enrolment
/// is over or has had its checks.
///
/// # Errors
/// The database's.
pub async fn reserve_enrolment_check(
    db: &mut AnyConnection,
    sign_in: SignInId,
    most: i64,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "UPDATE sign_in SET attempts = attempts + 1 \
         WHERE id = $1 AND stage = 'enrolment' AND consumed_at IS NULL AND expires_at > $2 AND attempts < $3 \
         RETURNING attempts",
    )
    .bind(sign_in.bytes())
    .bind(now.0)
    .bind(most)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get(&row, "attempts")).transpose()?)
}

/// Deletes codes that ran out before a moment.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp) -> Result<u64, StoreError> {
    Ok(sqlx::query("DELETE FROM sms_code WHERE expires_at < $1").bind(before.0).execute(db).await?.rows_affected())
}
