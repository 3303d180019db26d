//! Sign-ins between the right password and the second factor or the enrolment.

use sqlx::AnyConnection;

use super::{PersonId, SessionId, SignInId, StoreError, company::companies, get, get_id};
use crate::clock::Timestamp;

/// What a sign-in waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A second factor.
    Challenge,
    /// An enrolment.
    Enrolment,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::Enrolment => "enrolment",
        }
    }
}

/// A sign-in that is alive.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Id.
    pub id: SignInId,
    /// Whose it is.
    pub person: PersonId,
    /// The person's epoch when the password was right.
    pub epoch: i64,
    /// What it waits for.
    pub stage: Stage,
    /// The failure counter that its codes count against.
    pub throttle_key: Vec<u8>,
    /// True in a browser that has completed a sign-in to this account before.
    pub known: bool,
    /// Checks made so far.
    pub attempts: i64,
    /// The session that it was started in, if it changes a factor of somebody who is signed in.
    pub session: Option<SessionId>,
    /// True when the factors that are there are lost: the one of this enrolment takes the place of all of them.
    pub lost: bool,
    /// The session of a recovery whose answer was lost in this browser, which this sign-in may hand over again.
    pub resumes: Option<SessionId>,
    /// The network that the password came from, if there is nothing to note about it.
    pub seen_network: Option<Vec<u8>>,
}

/// Adds a sign-in.
///
/// # Errors
/// The database's.
pub async fn insert(
    db: &mut AnyConnection,
    sign_in: &SignIn,
    token_hash: &[u8],
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sign_in \
         (id, token_hash, person_id, stage, epoch, throttle_key, known, created_at, expires_at, session_id, \
          lost, resumes, seen_network) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(sign_in.id.bytes())
    .bind(token_hash)
    .bind(sign_in.person.bytes())
    .bind(sign_in.stage.as_str())
    .bind(sign_in.epoch)
    .bind(sign_in.throttle_key.as_slice())
    .bind(i64::from(sign_in.known))
    .bind(now.0)
    .bind(expires.0)
    .bind(sign_in.session.map(|id| id.bytes().to_vec()))
    .bind(i64::from(sign_in.lost))
    .bind(sign_in.resumes.map(|id| id.bytes().to_vec()))
    .bind(sign_in.seen_network.as_deref())
    .execute(db)
    .await?;
    Ok(())
}

/// Finds a sign-in that is alive: not consumed, not expired, of the person's present epoch, the person not
/// disabled and in a company that is not suspended, and the session that it was started in not over.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, token_hash: &[u8], now: Timestamp) -> Result<Option<SignIn>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT s.id, s.person_id, s.stage, s.epoch, s.throttle_key, s.known, s.attempts, s.session_id, s.lost, s.resumes, \
         s.seen_network \
         FROM sign_in s JOIN person p ON p.id = s.person_id \
         WHERE s.token_hash = $1 AND s.consumed_at IS NULL AND s.expires_at > $2 \
         AND p.epoch = s.epoch AND p.disabled_at IS NULL \
         AND (s.session_id IS NULL OR \
          EXISTS (SELECT 1 FROM session o WHERE o.id = s.session_id AND o.ended_at IS NULL AND o.expires_at > $2)) AND ",
        companies!("p.id"),
        " > 0",
    ))
    .bind(token_hash)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Finds the session in which a change of a factor was started that is over: finished, given up, or too late.
///
/// # Errors
/// The database's.
pub async fn find_over(
    db: &mut AnyConnection,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<SessionId>, StoreError> {
    let row = sqlx::query(
        "SELECT s.session_id FROM sign_in s JOIN person p ON p.id = s.person_id \
         WHERE s.token_hash = $1 AND s.session_id IS NOT NULL \
         AND (s.consumed_at IS NOT NULL OR s.expires_at <= $2 OR s.epoch <> p.epoch)",
    )
    .bind(token_hash)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get_id(&row, "session_id")).transpose()?)
}

/// Holds a sign-in inside a change: until its end nobody else spends it. False when it is not alive any more.
///
/// # Errors
/// The database's.
pub async fn reserve(db: &mut AnyConnection, id: SignInId, now: Timestamp) -> Result<bool, StoreError> {
    // Writes what is there already: PostgreSQL locks the row, and SQLite has one writer anyway.
    let held =
        sqlx::query("UPDATE sign_in SET attempts = attempts WHERE id = $1 AND consumed_at IS NULL AND expires_at > $2")
            .bind(id.bytes())
            .bind(now.0)
            .execute(db)
            .await?
            .rows_affected();
    Ok(held == 1)
}

/// Gives a reserved check back: nothing was compared.
///
/// # Errors
/// The database's.
pub async fn release_attempt(db: &mut AnyConnection, id: SignInId) -> Result<(), StoreError> {
    sqlx::query("UPDATE sign_in SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0")
        .bind(id.bytes())
        .execute(db)
        .await?;
    Ok(())
}

/// When a sign-in ends by itself.
///
/// # Errors
/// The database's.
pub async fn find_end(db: &mut AnyConnection, id: SignInId) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT expires_at FROM sign_in WHERE id = $1").bind(id.bytes()).fetch_optional(db).await?;
    Ok(row.map(|row| get(&row, "expires_at").map(Timestamp)).transpose()?)
}

/// Lets a sign-in live at least until a moment.
///
/// # Errors
/// The database's.
pub async fn extend(db: &mut AnyConnection, id: SignInId, until: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE sign_in SET expires_at = $2 WHERE id = $1 AND consumed_at IS NULL AND expires_at < $2")
        .bind(id.bytes())
        .bind(until.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Spends a sign-in. False when somebody else did before.
///
/// # Errors
/// The database's.
pub async fn consume(db: &mut AnyConnection, id: SignInId, now: Timestamp) -> Result<bool, StoreError> {
    let spent = sqlx::query("UPDATE sign_in SET consumed_at = $2 WHERE id = $1 AND consumed_at IS NULL")
        .bind(id.bytes())
        .bind(now.0)
        .execute(db)
        .await?
        .rows_affected();
    Ok(spent == 1)
}

/// Spends the sign-in of a token, if it is there.
///
/// # Errors
/// The database's.
pub async fn consume_token(db: &mut AnyConnection, token_hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE sign_in SET consumed_at = $2 WHERE token_hash = $1 AND consumed_at IS NULL")
        .bind(token_hash)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes sign-ins that ended before a moment, the oldest first, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM sign_in WHERE id IN \
         (SELECT id FROM sign_in WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}

fn from_row(row: &sqlx::any::AnyRow) -> Result<SignIn, StoreError> {
    let stage: String = get(row, "stage")?;
    Ok(SignIn {
        id: get_id(row, "id")?,
        person: get_id(row, "person_id")?,
        epoch: get(row, "epoch")?,
        stage: if stage == "challenge" { Stage::Challenge } else { Stage::Enrolment },
        throttle_key: get(row, "throttle_key")?,
        known: get::<i64>(row, "known")? == 1,
        attempts: get(row, "attempts")?,
        session: get::<Option<Vec<u8>>>(row, "session_id")?.map(SessionId::try_from).transpose()?,
        lost: get::<i64>(row, "lost")? == 1,
        resumes: get::<Option<Vec<u8>>>(row, "resumes")?.map(SessionId::try_from).transpose()?,
        seen_network: get(row, "seen_network")?,
    })
}
