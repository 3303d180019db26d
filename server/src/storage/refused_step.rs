//! Steps that are refused although nobody has used them: the answer to their code said when it would be right.

use sqlx::AnyConnection;

use super::{FactorId, StoreError};

/// Refuses the code of a step from now on, also when its time comes. No other step is touched.
///
/// # Errors
/// The database's.
pub async fn insert(db: &mut AnyConnection, factor: FactorId, step: i64) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO refused_step (factor_id, step) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(factor.bytes())
        .bind(step)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether a step is refused. For an authenticator that is held: its steps are refused by whoever holds it.
///
/// # Errors
/// The database's.
pub async fn is_refused(db: &mut AnyConnection, factor: FactorId, step: i64) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM refused_step WHERE factor_id = $1 AND step = $2")
        .bind(factor.bytes())
        .bind(step)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Deletes those before a step, whose codes are late by now, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: i64, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM refused_step WHERE step < $1 AND (factor_id, step) IN \
         (SELECT factor_id, step FROM refused_step WHERE step < $1 ORDER BY step LIMIT $2)",
    );
    Ok(purged.bind(before).bind(most).execute(db).await?.rows_affected())
}
