//! Check values of the keys that this database was written with.

use sqlx::AnyConnection;

use super::{StoreError, get};

/// Every key's number and check value.
///
/// # Errors
/// The database's.
pub async fn list(db: &mut AnyConnection) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    sqlx::query("SELECT key_id, value FROM key_check ORDER BY key_id")
        .fetch_all(db)
        .await?
        .iter()
        .map(|row| Ok((get(row, "key_id")?, get(row, "value")?)))
        .collect()
}

/// Notes a key that is new to this database.
///
/// # Errors
/// The database's.
pub async fn insert(db: &mut AnyConnection, key_id: i64, value: &[u8]) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO key_check (key_id, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(key_id)
        .bind(value)
        .execute(db)
        .await?;
    Ok(())
}
