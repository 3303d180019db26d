//! Steps whose change is durable and whose answer never arrived: the browser still has the token of the sign-in.

use sqlx::AnyConnection;

use super::{PersonId, SessionId, SignInId, StoreError, get, get_id, new_session::NewSession};
use crate::clock::Timestamp;

/// A session `o` that the recovery code `u` has opened, no longer ago than the moment in the given place, whose new code `n`
/// nobody has seen, and which nothing that ends or replaces either has happened since.
macro_rules! unseen {
    ($since:literal) => {
        concat!(
            // `n` is no join: with old statistics PostgreSQL takes its index for empty, and would begin with all codes.
            "JOIN person p ON p.id = o.person_id AND p.epoch = o.epoch \
             JOIN recovery_code u ON u.person_id = o.person_id AND u.used_at = o.created_at AND u.number = \
              (SELECT n.number - 1 FROM recovery_code n WHERE n.person_id = o.person_id AND n.used_at IS NULL \
               AND n.replaced_at IS NULL AND n.acknowledged_at IS NULL AND n.disabled_at IS NULL) \
             WHERE o.proof = 'recovery' AND o.reveal IS NOT NULL AND o.ended_at IS NULL AND o.created_at > ",
            $since,
        )
    };
}

/// Finds the session whose answer was lost in the browser with this sign-in, or with one before it, and whose it is.
///
/// # Errors
/// The database's.
pub async fn find_unseen(
    db: &mut AnyConnection,
    token_hash: &[u8],
    since: Timestamp,
) -> Result<Option<(SessionId, PersonId)>, StoreError> {
    let row = sqlx::query(concat!(
        // Not one join by either column: no index serves that, and every session would be read. What the sign-in has opened
        // itself comes first: one that could hand over a session may have opened another one with a newer card.
        "SELECT o.id, o.person_id FROM sign_in s JOIN session o \
          ON o.id = COALESCE((SELECT id FROM session WHERE sign_in_id = s.id), s.resumes) ",
        unseen!("$2"),
        " AND s.token_hash = $1",
    ))
    .bind(token_hash)
    .bind(since.0)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((get_id(&row, "id")?, get_id(&row, "person_id")?))).transpose()
}

/// The session that this sign-in may hand over again, and the keyed hash of the code that has opened it.
///
/// # Errors
/// The database's.
pub async fn find_resumed(
    db: &mut AnyConnection,
    sign_in: SignInId,
    since: Timestamp,
) -> Result<Option<(SessionId, Vec<u8>)>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT o.id, u.mac FROM sign_in s JOIN session o ON o.id = s.resumes AND o.person_id = s.person_id ",
        unseen!("$2"),
        " AND s.id = $1",
    ))
    .bind(sign_in.bytes())
    .bind(since.0)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((get_id(&row, "id")?, get(&row, "mac")?))).transpose()
}

/// Whether the sign-in of this token has opened a session, and its time is not over yet.
///
/// # Errors
/// The database's.
pub async fn is_answered(db: &mut AnyConnection, token_hash: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT o.id FROM sign_in s JOIN session o ON o.sign_in_id = s.id WHERE s.token_hash = $1 AND s.expires_at > $2",
    )
    .bind(token_hash)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Gives a session that nobody has seen a new token, so that the one that was lost opens nothing. Of `session` it takes
/// what is of the visit; the life of the session stays as it is. False when somebody has seen or ended it meanwhile.
///
/// # Errors
/// The database's.
pub async fn consume_unseen(db: &mut AnyConnection, session: &NewSession<'_>) -> Result<bool, StoreError> {
    let handed = sqlx::query(
        "UPDATE session SET token_hash = $2, sign_in_id = $3, address = $4, agent = $5, last_seen_at = $6 \
         WHERE id = $1 AND reveal IS NOT NULL AND ended_at IS NULL AND epoch = $7",
    )
    .bind(session.id.bytes())
    .bind(session.token_hash)
    .bind(session.sign_in.map(|id| id.bytes().to_vec()))
    .bind(session.address)
    .bind(session.agent)
    .bind(session.now.0)
    .bind(session.epoch)
    .execute(db)
    .await?
    .rows_affected();
    Ok(handed == 1)
}
