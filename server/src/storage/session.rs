//! Full sessions.

use sqlx::AnyConnection;

use super::{CompanyId, PersonId, SessionId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// What opened a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password alone: nothing asks this person for more.
    Password,
    /// Password and authenticator.
    Authenticator,
    /// Password and a code that was sent as a text message.
    Phone,
    /// Password and recovery code.
    Recovery,
}

impl Proof {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Authenticator => "authenticator",
            Self::Phone => "phone",
            Self::Recovery => "recovery",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, sqlx::Error> {
        match text {
            "password" => Ok(Self::Password),
            "authenticator" => Ok(Self::Authenticator),
            "phone" => Ok(Self::Phone),
            "recovery" => Ok(Self::Recovery),
            other => Err(sqlx::Error::Decode(format!("no such proof: {other}").into())),
        }
    }
}

/// A session that is alive, with its person.
#[derive(Clone, Debug)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// E-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// The language that the person has chosen, if any.
    pub language: Option<String>,
    /// The language that the person last saw while signed in, if none was chosen.
    pub seen_language: Option<String>,
    /// The person's epoch.
    pub epoch: i64,
    /// What opened it.
    pub proof: Proof,
    /// When it was opened.
    pub created: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// When it ends at the latest.
    pub expires: Timestamp,
    /// For how long it may be idle, seconds, where a company of the person says so.
    pub idle: Option<i64>,
}

/// Lets the open sessions of a company's people, or of one of them, last no longer, and be idle no longer, than the company
/// says now. What it says no more, or says longer, leaves them as they are.
///
/// # Errors
/// The database's.
pub async fn shorten(db: &mut AnyConnection, company: CompanyId, of: Option<PersonId>) -> Result<(), StoreError> {
    let said = sqlx::query("SELECT session_life, session_idle FROM company WHERE id = $1");
    let said = said.bind(company.bytes()).fetch_one(&mut *db).await?;
    for (column, statement) in [
        (
            "session_life",
            "UPDATE session SET expires_at = created_at + $3 WHERE ended_at IS NULL AND expires_at > created_at + $3 \
             AND person_id IN (SELECT m.person_id FROM membership m WHERE m.company_id = $1 AND ($2 IS NULL OR m.person_id = $2))",
        ),
        (
            "session_idle",
            "UPDATE session SET idle = $3 WHERE ended_at IS NULL AND (idle IS NULL OR idle > $3) \
             AND person_id IN (SELECT m.person_id FROM membership m WHERE m.company_id = $1 AND ($2 IS NULL OR m.person_id = $2))",
        ),
    ] {
        let Some(seconds) = get::<Option<i64>>(&said, column)? else { continue };
        let shortened = sqlx::query(statement).bind(company.bytes()).bind(of.map(|person| person.bytes().to_vec()));
        shortened.bind(seconds).execute(&mut *db).await?;
    }
    Ok(())
}

/// Notes that a session was used.
///
/// # Errors
/// The database's.
pub async fn touch(db: &mut AnyConnection, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2")
        .bind(id.bytes())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// A session as its owner sees it among the others.
#[derive(Debug)]
pub struct Listed {
    /// Id.
    pub id: SessionId,
    /// Network address.
    pub address: String,
    /// Browser.
    pub agent: String,
    /// When it was last used.
    pub last_seen: Timestamp,
}

/// Lists a person's sessions that are alive, the last used one first.
///
/// # Errors
/// The database's.
pub async fn list_alive(
    db: &mut AnyConnection,
    person: PersonId,
    now: Timestamp,
    idle: i64,
) -> Result<Vec<Listed>, StoreError> {
    sqlx::query(
        "SELECT s.id, s.address, s.agent, s.last_seen_at FROM session s JOIN person p ON p.id = s.person_id \
         WHERE s.person_id = $1 AND s.ended_at IS NULL AND s.epoch = p.epoch \
         AND s.expires_at > $2 AND s.last_seen_at > $2 - CASE WHEN s.idle < $3 THEN s.idle ELSE $3 END ORDER BY s.last_seen_at DESC, s.id",
    )
    .bind(person.bytes())
    .bind(now.0)
    .bind(idle)
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| {
        Ok(Listed {
            id: get_id(row, "id")?,
            address: get(row, "address")?,
            agent: get(row, "agent")?,
            last_seen: Timestamp(get(row, "last_seen_at")?),
        })
    })
    .collect()
}

/// Whether a session was not ended and has not expired. The epoch is the caller's to compare.
///
/// # Errors
/// The database's.
pub async fn is_alive(db: &mut AnyConnection, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM session WHERE id = $1 AND ended_at IS NULL AND expires_at > $2")
        .bind(id.bytes())
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Ends one session of a person. False when the person has no such session, over or not.
///
/// # Errors
/// The database's.
pub async fn end_one(
    db: &mut AnyConnection,
    id: SessionId,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = sqlx::query(
        "UPDATE session SET ended_at = COALESCE(ended_at, $3), reveal = NULL WHERE id = $1 AND person_id = $2",
    )
    .bind(id.bytes())
    .bind(person.bytes())
    .bind(now.0)
    .execute(db)
    .await?
    .rows_affected();
    Ok(ended == 1)
}

/// Ends every session of a person but one.
///
/// # Errors
/// The database's.
pub async fn end_others(
    db: &mut AnyConnection,
    keep: SessionId,
    person: PersonId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let ended = sqlx::query(
        "UPDATE session SET ended_at = $3, reveal = NULL WHERE person_id = $2 AND id <> $1 AND ended_at IS NULL",
    );
    Ok(ended.bind(keep.bytes()).bind(person.bytes()).bind(now.0).execute(db).await?.rows_affected())
}

/// Takes one session along into a new epoch of its person.
///
/// # Errors
/// The database's.
pub async fn carry_one(db: &mut AnyConnection, id: SessionId, to: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET epoch = $2 WHERE id = $1").bind(id.bytes()).bind(to).execute(db).await?;
    Ok(())
}

/// Takes every session of a person's epoch along into the next one; half-finished sign-ins stay behind.
///
/// # Errors
/// The database's.
pub async fn carry_all(db: &mut AnyConnection, person: PersonId, from: i64, to: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET epoch = $3 WHERE person_id = $1 AND epoch = $2")
        .bind(person.bytes())
        .bind(from)
        .bind(to)
        .execute(db)
        .await?;
    Ok(())
}

/// Notes what a session is worth from now on.
///
/// # Errors
/// The database's.
pub async fn set_proof(db: &mut AnyConnection, id: SessionId, proof: Proof) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET proof = $2 WHERE id = $1")
        .bind(id.bytes())
        .bind(proof.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes sessions that ended before a moment, the oldest first, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM session WHERE id IN \
         (SELECT id FROM session WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}
