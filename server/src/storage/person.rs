//! People.

use sqlx::AnyConnection;

use super::{PersonId, StoreError, address, company::companies, get, get_id};
use crate::clock::Timestamp;

/// A person as the sign-in sees them.
#[derive(Clone, Debug)]
pub struct Person {
    /// Id.
    pub id: PersonId,
    /// E-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// The language of pages and messages, if one was chosen.
    pub language: Option<String>,
    /// The language that the person last saw while signed in, if none was chosen.
    pub seen_language: Option<String>,
    /// Sealed password hash.
    pub password: Option<Vec<u8>>,
    /// What every session and sign-in of this person must carry to be alive.
    pub epoch: i64,
    /// False when disabled, or when every company of the person is suspended.
    pub active: bool,
}

macro_rules! select {
    () => {
        concat!(
            "SELECT p.id, p.email, p.name, p.language, p.seen_language, p.password, p.epoch, p.disabled_at, ",
            companies!("p.id"),
            " AS companies FROM person p"
        )
    };
}

/// Finds a person by e-mail.
///
/// # Errors
/// The database's.
pub async fn find_by_email(db: &mut AnyConnection, email: &str) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query(concat!(select!(), " WHERE p.email = $1")).bind(email).fetch_optional(db).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Keeps the language that a person has chosen.
///
/// # Errors
/// The database's.
pub async fn set_language(db: &mut AnyConnection, id: PersonId, code: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE person SET language = $2 WHERE id = $1").bind(id.bytes()).bind(code).execute(db).await?;
    Ok(())
}

/// Keeps the language that a signed-in person sees, of those who have not chosen one.
///
/// # Errors
/// The database's.
pub async fn set_seen_language(db: &mut AnyConnection, id: PersonId, code: &str) -> Result<(), StoreError> {
    let seen = sqlx::query("UPDATE person SET seen_language = $2 WHERE id = $1 AND language IS NULL");
    seen.bind(id.bytes()).bind(code).execute(db).await?;
    Ok(())
}

/// Finds a person by id.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query(concat!(select!(), " WHERE p.id = $1")).bind(id.bytes()).fetch_optional(db).await?;
    row.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &sqlx::any::AnyRow) -> Result<Person, StoreError> {
    let disabled: Option<i64> = get(row, "disabled_at")?;
    let companies: i64 = get(row, "companies")?;
    Ok(Person {
        id: get_id(row, "id")?,
        email: get(row, "email")?,
        name: get(row, "name")?,
        language: get(row, "language")?,
        seen_language: get(row, "seen_language")?,
        password: get(row, "password")?,
        epoch: get(row, "epoch")?,
        active: disabled.is_none() && companies > 0,
    })
}

/// Adds a person without a password, who is told at the address that they sign in with.
///
/// # Errors
/// [`StoreError::Duplicate`], or the database's.
pub async fn insert(
    db: &mut AnyConnection,
    id: PersonId,
    email: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO person (id, email, name, created_at) VALUES ($1, $2, $3, $4)")
        .bind(id.bytes())
        .bind(email)
        .bind(name)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    address::insert_sign_in(db, id, email, now).await
}

/// Sets a sealed password hash.
///
/// # Errors
/// The database's.
pub async fn set_password(db: &mut AnyConnection, id: PersonId, sealed: &[u8]) -> Result<(), StoreError> {
    sqlx::query("UPDATE person SET password = $2 WHERE id = $1").bind(id.bytes()).bind(sealed).execute(db).await?;
    Ok(())
}

/// Holds a person inside a change: until its end nobody else ends their sessions. False when the epoch is another
/// one already, or the person may not sign in.
///
/// # Errors
/// The database's.
pub async fn reserve(db: &mut AnyConnection, id: PersonId, epoch: i64) -> Result<bool, StoreError> {
    // Writes what is there already, see `sign_in::reserve`.
    let held = sqlx::query(concat!(
        "UPDATE person SET epoch = epoch WHERE id = $1 AND epoch = $2 AND disabled_at IS NULL AND ",
        companies!("person.id"),
        " > 0",
    ))
    .bind(id.bytes())
    .bind(epoch)
    .execute(db)
    .await?
    .rows_affected();
    Ok(held == 1)
}

/// Ends every session and sign-in of a person at once. `None` when the epoch is not `from` any more:
/// somebody else was faster.
///
/// # Errors
/// The database's.
pub async fn consume_epoch(db: &mut AnyConnection, id: PersonId, from: i64) -> Result<Option<i64>, StoreError> {
    let changed = sqlx::query("UPDATE person SET epoch = epoch + 1 WHERE id = $1 AND epoch = $2")
        .bind(id.bytes())
        .bind(from)
        .execute(db)
        .await?
        .rows_affected();
    Ok((changed == 1).then_some(from + 1))
}

/// The sealed password hashes of some people, `most` of them, whoever they are.
///
/// # Errors
/// The database's.
pub async fn list_passwords(db: &mut AnyConnection, most: i64) -> Result<Vec<(PersonId, Vec<u8>)>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, password FROM person WHERE password IS NOT NULL AND disabled_at IS NULL ORDER BY id LIMIT $1",
    );
    let rows = rows.bind(most).fetch_all(db).await?;
    rows.iter().map(|row| Ok((get_id(row, "id")?, get(row, "password")?))).collect()
}

/// Puts another hash of the same password in place of the one that was checked. Nothing ends. False when the password is
/// another one by now.
///
/// # Errors
/// The database's.
pub async fn renew_password(
    db: &mut AnyConnection,
    id: PersonId,
    checked: &[u8],
    sealed: &[u8],
) -> Result<bool, StoreError> {
    let renewed = sqlx::query("UPDATE person SET password = $3 WHERE id = $1 AND password = $2")
        .bind(id.bytes())
        .bind(checked)
        .bind(sealed)
        .execute(db)
        .await?
        .rows_affected();
    Ok(renewed == 1)
}

/// Sets the look of the pages; `None` leaves it to the device.
///
/// # Errors
/// The database's.
pub async fn set_theme(db: &mut AnyConnection, id: PersonId, theme: Option<&str>) -> Result<(), StoreError> {
    sqlx::query("UPDATE person SET theme = $2 WHERE id = $1")
        .bind(id.bytes())
        .bind(theme.map(str::to_owned))
        .execute(db)
        .await?;
    Ok(())
}

/// The look that the person chose.
///
/// # Errors
/// The database's.
pub async fn find_theme(db: &mut AnyConnection, id: PersonId) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT theme FROM person WHERE id = $1").bind(id.bytes()).fetch_optional(db).await?;
    Ok(row.map(|row| get::<Option<String>>(&row, "theme")).transpose()?.flatten())
}
