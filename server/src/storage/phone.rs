//! Phones as second factors.

use sqlx::AnyConnection;

use super::{FactorId, PersonId, SignInId, StoreError, get, get_id, rows};
use crate::clock::Timestamp;

/// A phone that is bound, or waits for its first right code.
#[derive(Debug)]
pub struct Phone {
    /// Id.
    pub id: FactorId,
    /// Sealed number, E.164.
    pub number: Vec<u8>,
    /// False after too many failures in a row: bound, yet no code is sent to it.
    pub active: bool,
}

/// A phone to add.
#[derive(Debug)]
pub struct NewPhone<'a> {
    /// Id.
    pub id: FactorId,
    /// Whose it is to be.
    pub person: PersonId,
    /// The enrolment.
    pub sign_in: SignInId,
    /// Sealed number, E.164.
    pub number: &'a [u8],
    /// Keyed hash of the number.
    pub number_mac: &'a [u8],
    /// Now.
    pub now: Timestamp,
}

/// Finds the person's bound phone, active or disabled.
///
/// # Errors
/// The database's.
pub async fn find_bound(db: &mut AnyConnection, person: PersonId) -> Result<Option<Phone>, StoreError> {
    let row = sqlx::query(
        "SELECT id, secret, state FROM factor \
         WHERE person_id = $1 AND method = 'phone' AND state IN ('active', 'disabled')",
    )
    .bind(person.bytes())
    .fetch_optional(db)
    .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Finds the pending phone of this enrolment. One that a later enrolment replaced is gone.
///
/// # Errors
/// The database's.
pub async fn find_pending(
    db: &mut AnyConnection,
    person: PersonId,
    sign_in: SignInId,
) -> Result<Option<Phone>, StoreError> {
    let row = sqlx::query(
        "SELECT id, secret, state FROM factor \
         WHERE person_id = $1 AND sign_in_id = $2 AND method = 'phone' AND state = 'pending'",
    )
    .bind(person.bytes())
    .bind(sign_in.bytes())
    .fetch_optional(db)
    .await?;
    row.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &sqlx::any::AnyRow) -> Result<Phone, StoreError> {
    let state: String = get(row, "state")?;
    Ok(Phone { id: get_id(row, "id")?, number: get(row, "secret")?, active: state == "active" })
}

/// Adds a pending phone in place of any other that waits: a code for the earlier number is worth nothing (SMS-07).
///
/// # Errors
/// The database's.
pub async fn insert_pending(db: &mut AnyConnection, phone: &NewPhone<'_>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM factor WHERE person_id = $1 AND method = 'phone' AND state = 'pending'")
        .bind(phone.person.bytes())
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO factor (id, person_id, method, state, sign_in_id, secret, number_mac, created_at) \
         VALUES ($1, $2, 'phone', 'pending', $3, $4, $5, $6)",
    )
    .bind(phone.id.bytes())
    .bind(phone.person.bytes())
    .bind(phone.sign_in.bytes())
    .bind(phone.number)
    .bind(phone.number_mac)
    .bind(phone.now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes a right code, typed in this step, and forgets the failures before it. False when the phone does not count any
/// more.
///
/// # Errors
/// The database's.
pub async fn record_use(db: &mut AnyConnection, id: FactorId, step: i64) -> Result<bool, StoreError> {
    let reset = sqlx::query("UPDATE factor SET last_step = $2, failures = 0 WHERE id = $1 AND state = 'active'")
        .bind(id.bytes())
        .bind(step)
        .execute(db)
        .await?
        .rows_affected();
    Ok(reset == 1)
}

/// How many other accounts than this person's have a phone with this number, by its keyed hashes under all keys.
///
/// # Errors
/// The database's.
pub async fn count_others(
    db: &mut AnyConnection,
    number_macs: &[Vec<u8>],
    person: PersonId,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS accounts FROM factor \
         WHERE number_mac IN (SELECT unhex(r.value ->> 0) FROM json_each($1) r) AND state IN ('active', 'disabled') AND person_id <> $2",
    )
    .bind(rows::list(number_macs.iter().map(|mac| vec![rows::bytes(mac)])))
    .bind(person.bytes())
    .fetch_one(db)
    .await?;
    Ok(get(&row, "accounts")?)
}
