//! Sessions that are about to be opened.

use sqlx::AnyConnection;

use super::{PersonId, SessionId, SignInId, StoreError, company::shortest, rows, session::Proof};
use crate::clock::Timestamp;

/// A session to add.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Id.
    pub id: SessionId,
    /// SHA-256 of the token.
    pub token_hash: &'a [u8],
    /// Whose it is.
    pub person: PersonId,
    /// The sign-in that it came from; one sign-in makes one session.
    pub sign_in: Option<SignInId>,
    /// The person's epoch.
    pub epoch: i64,
    /// What opened it.
    pub proof: Proof,
    /// A sealed recovery code to show once.
    pub reveal: Option<&'a [u8]>,
    /// Network address.
    pub address: &'a str,
    /// Browser.
    pub agent: &'a str,
    /// Now.
    pub now: Timestamp,
    /// When it ends at the latest; earlier, where a company of the person says so.
    pub expires: Timestamp,
}

/// Adds sessions, in one statement.
///
/// # Errors
/// [`StoreError::Duplicate`] when a sign-in has made one already, or the database's.
pub async fn insert<'a>(
    db: &mut AnyConnection,
    sessions: impl IntoIterator<Item = &'a NewSession<'a>>,
) -> Result<(), StoreError> {
    let list = rows::list(sessions.into_iter().map(|session| {
        vec![
            rows::bytes(session.id.bytes()),
            rows::bytes(session.token_hash),
            rows::bytes(session.person.bytes()),
            session.sign_in.map(|id| rows::bytes(id.bytes())).into(),
            session.epoch.into(),
            session.proof.as_str().into(),
            session.reveal.map(rows::bytes).into(),
            session.address.into(),
            session.agent.into(),
            session.now.0.into(),
            session.expires.0.into(),
        ]
    }));
    sqlx::query(concat!(
        "INSERT INTO session (id, token_hash, person_id, sign_in_id, epoch, proof, reveal, address, agent, \
         created_at, last_seen_at, expires_at, idle) \
         SELECT unhex(r.value ->> 0), unhex(r.value ->> 1), unhex(r.value ->> 2), unhex(r.value ->> 3), \
         CAST(r.value ->> 4 AS BIGINT), r.value ->> 5, unhex(r.value ->> 6), r.value ->> 7, r.value ->> 8, \
         CAST(r.value ->> 9 AS BIGINT), CAST(r.value ->> 9 AS BIGINT), COALESCE(",
        shortest!(
            "CAST(r.value ->> 9 AS BIGINT)",
            "session_life",
            "unhex(r.value ->> 2)",
            "CAST(r.value ->> 10 AS BIGINT) - CAST(r.value ->> 9 AS BIGINT)"
        ),
        ", CAST(r.value ->> 10 AS BIGINT)), ",
        shortest!(
            "0",
            "session_idle",
            "unhex(r.value ->> 2)",
            "CAST(r.value ->> 10 AS BIGINT) - CAST(r.value ->> 9 AS BIGINT)"
        ),
        " FROM json_each($1) r",
    ))
    .bind(list)
    .execute(db)
    .await?;
    Ok(())
}
