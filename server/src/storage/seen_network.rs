//! The networks that a person has signed in from.

use sqlx::AnyConnection;

use super::{PersonId, StoreError, get, get_id, rows};
use crate::clock::Timestamp;

/// Whether a network of a person was noted as used since a moment.
///
/// # Errors
/// The database's.
pub async fn is_noted(
    db: &mut AnyConnection,
    person: PersonId,
    network: &[u8],
    since: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM seen_network WHERE person_id = $1 AND network = $2 AND seen_at > $3")
        .bind(person.bytes())
        .bind(network)
        .bind(since.0)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Notes that people have signed in from networks, each person at most once in a list. Answers with those whose network
/// was not there before, while another one was: of two sign-ins at the same moment, one.
///
/// # Errors
/// The database's.
pub async fn note(
    db: &mut AnyConnection,
    seen: &[(PersonId, Vec<u8>)],
    now: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    // In one order, so that no two transactions wait for each other. An update always moves `seen_at` past `first_at`.
    let noted = sqlx::query(
        "INSERT INTO seen_network (person_id, network, first_at, seen_at) \
         SELECT unhex(r.value ->> 0), unhex(r.value ->> 1), CAST($2 AS BIGINT), CAST($2 AS BIGINT) \
         FROM json_each($1) r WHERE TRUE ORDER BY 1 \
         ON CONFLICT (person_id, network) DO UPDATE SET seen_at = excluded.seen_at \
         WHERE seen_network.seen_at < excluded.seen_at RETURNING person_id, first_at, seen_at, \
         CASE WHEN EXISTS (SELECT 1 FROM seen_network o \
          WHERE o.person_id = seen_network.person_id AND o.network <> seen_network.network) THEN 1 ELSE 0 END AS others",
    )
    .bind(rows::list(seen.iter().map(|(person, network)| vec![rows::bytes(person.bytes()), rows::bytes(network)])))
    .bind(now.0)
    .fetch_all(db)
    .await?;
    let mut new = Vec::new();
    for row in &noted {
        if get::<i64>(row, "first_at")? == get::<i64>(row, "seen_at")? && get::<i64>(row, "others")? == 1 {
            new.push(get_id(row, "person_id")?);
        }
    }
    Ok(new)
}

/// Deletes networks that were last used before a moment, the oldest first, `most` of them at once; of each person the last
/// one stays, so that a sign-in after a long time is not taken for the first. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM seen_network WHERE seen_at < $1 AND (person_id, network) IN \
         (SELECT o.person_id, o.network FROM seen_network o WHERE o.seen_at < $1 AND EXISTS \
          (SELECT 1 FROM seen_network n WHERE n.person_id = o.person_id \
           AND (n.seen_at > o.seen_at OR n.seen_at = o.seen_at AND n.network > o.network)) \
          ORDER BY o.seen_at LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}
