//! The addresses of a person: where the account's notices go.

use sqlx::AnyConnection;

use super::{PersonId, StoreError, get};
use crate::clock::Timestamp;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// The person signs in with it.
    SignIn,
    /// It is told, and no more.
    Second,
}

/// An address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// E-mail.
    pub email: String,
    /// What it is, or was, for.
    pub kind: AddressKind,
    /// Set when it was removed or replaced: until when it is told all the same.
    pub told_until: Option<Timestamp>,
}

/// Every address that is told at this moment: the sign-in address, the second one, then those that were.
///
/// # Errors
/// The database's.
pub async fn list(db: &mut AnyConnection, person: PersonId, now: Timestamp) -> Result<Vec<Address>, StoreError> {
    sqlx::query(
        "SELECT email, kind, told_until FROM address WHERE person_id = $1 AND (told_until IS NULL OR told_until > $2) \
         ORDER BY told_until IS NOT NULL, kind DESC, email",
    )
    .bind(person.bytes())
    .bind(now.0)
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| {
        let kind: String = get(row, "kind")?;
        let until: Option<i64> = get(row, "told_until")?;
        Ok(Address {
            email: get(row, "email")?,
            kind: if kind == "second" { AddressKind::Second } else { AddressKind::SignIn },
            told_until: until.map(Timestamp),
        })
    })
    .collect()
}

/// Adds the sign-in address of a person who has none, or who had this one before.
///
/// # Errors
/// [`StoreError::Duplicate`] when there is one, or the database's.
pub async fn insert_sign_in(
    db: &mut AnyConnection,
    person: PersonId,
    email: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO address (person_id, email, kind, added_at) VALUES ($1, $2, 'sign-in', $3) \
         ON CONFLICT (person_id, email) DO UPDATE SET kind = 'sign-in', added_at = $3, told_until = NULL",
    )
    .bind(person.bytes())
    .bind(email)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Adds the second address. False when the person has this address.
///
/// # Errors
/// [`StoreError::Duplicate`] when the person has another second address, or the database's.
pub async fn insert_second(
    db: &mut AnyConnection,
    person: PersonId,
    email: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "INSERT INTO address (person_id, email, kind, added_at) VALUES ($1, $2, 'second', $3) \
         ON CONFLICT (person_id, email) DO UPDATE SET kind = 'second', added_at = $3, told_until = NULL \
         WHERE address.told_until IS NOT NULL",
    );
    let added = added.bind(person.bytes()).bind(email).bind(now.0).execute(db).await?;
    Ok(added.rows_affected() == 1)
}

/// Takes the second address away; it is told until `until`. False when it is not the person's second one.
///
/// # Errors
/// The database's.
pub async fn consume_second(
    db: &mut AnyConnection,
    person: PersonId,
    email: &str,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let removed = sqlx::query(
        "UPDATE address SET told_until = $3 \
         WHERE person_id = $1 AND email = $2 AND kind = 'second' AND told_until IS NULL",
    );
    Ok(removed.bind(person.bytes()).bind(email).bind(until.0).execute(db).await?.rows_affected() == 1)
}

/// Puts another sign-in address in place of this one, which is told until `until`. False when it is not
/// the person's sign-in address any more.
///
/// # Errors
/// [`StoreError::Duplicate`] when somebody signs in with the new one, or the database's.
pub async fn replace_sign_in(
    db: &mut AnyConnection,
    person: PersonId,
    change: (&str, &str),
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let (from, to) = change;
    let changed = sqlx::query("UPDATE person SET email = $3 WHERE id = $1 AND email = $2");
    if changed.bind(person.bytes()).bind(from).bind(to).execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE address SET told_until = $2 WHERE person_id = $1 AND kind = 'sign-in' AND told_until IS NULL")
        .bind(person.bytes())
        .bind(until.0)
        .execute(&mut *db)
        .await?;
    insert_sign_in(db, person, to, now).await?;
    Ok(true)
}

/// Deletes addresses that are not told any more, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, now: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM address WHERE told_until <= $1 AND (person_id, email) IN \
         (SELECT person_id, email FROM address WHERE told_until <= $1 ORDER BY told_until LIMIT $2)",
    );
    Ok(purged.bind(now.0).bind(most).execute(db).await?.rows_affected())
}
