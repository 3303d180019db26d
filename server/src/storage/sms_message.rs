//! What became of each text message. Numbers and texts are not kept.

use sqlx::AnyConnection;

use super::{PersonId, SmsMessageId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way to the provider.
    Sending,
    /// The provider has taken it.
    Sent,
    /// Nobody knows whether the provider has taken it.
    Unknown,
    /// No provider has taken it.
    Refused,
    /// The phone has it.
    Delivered,
    /// The provider could not deliver it.
    Failed,
}

impl State {
    const ALL: [Self; 6] = [Self::Sending, Self::Sent, Self::Unknown, Self::Refused, Self::Delivered, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A message.
#[derive(Debug)]
pub struct SmsMessage {
    /// Id.
    pub id: SmsMessageId,
    /// How far it has come.
    pub state: State,
    /// The gateway that took it.
    pub gateway: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When the provider took it.
    pub sent: Option<Timestamp>,
    /// When the phone had it.
    pub delivered: Option<Timestamp>,
}

/// Adds a message that is about to be sent to this country.
///
/// # Errors
/// The database's.
pub async fn insert(
    db: &mut AnyConnection,
    id: SmsMessageId,
    person: PersonId,
    country: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sms_message (id, person_id, country, state, created_at) VALUES ($1, $2, $3, 'sending', $4)",
    )
    .bind(id.bytes())
    .bind(person.bytes())
    .bind(country)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes what a gateway answered. A report that was faster stands.
///
/// # Errors
/// The database's.
pub async fn record_answer(
    db: &mut AnyConnection,
    id: SmsMessageId,
    state: State,
    gateway: Option<&str>,
    reference: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sent = (state == State::Sent).then_some(now.0);
    sqlx::query(
        "UPDATE sms_message SET state = CASE WHEN state = 'sending' THEN $2 ELSE state END, \
         gateway = $3, reference = $4, sent_at = $5 WHERE id = $1",
    )
    .bind(id.bytes())
    .bind(state.as_str())
    .bind(gateway)
    .bind(reference)
    .bind(sent)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes a delivery report, and says whose message it was about. `None` when it changed nothing: it came twice, or after a
/// final one.
///
/// # Errors
/// The database's.
pub async fn record_report(
    db: &mut AnyConnection,
    id: SmsMessageId,
    delivered: bool,
    now: Timestamp,
) -> Result<Option<PersonId>, StoreError> {
    let state = if delivered { State::Delivered } else { State::Failed };
    let row = sqlx::query(
        "UPDATE sms_message SET state = $2, delivered_at = $3, sent_at = COALESCE(sent_at, $4) \
         WHERE id = $1 AND state IN ('sending', 'sent', 'unknown') RETURNING person_id",
    )
    .bind(id.bytes())
    .bind(state.as_str())
    .bind(delivered.then_some(now.0))
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get_id(&row, "person_id")).transpose()?)
}

/// Finds a message.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, id: SmsMessageId) -> Result<Option<SmsMessage>, StoreError> {
    let row =
        sqlx::query("SELECT id, state, gateway, created_at, sent_at, delivered_at FROM sms_message WHERE id = $1")
            .bind(id.bytes())
            .fetch_optional(db)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let state: String = get(&row, "state")?;
    let state = State::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(Some(SmsMessage {
        id: get_id(&row, "id")?,
        state: state.ok_or_else(|| sqlx::Error::Decode("no such state of a message".into()))?,
        gateway: get(&row, "gateway")?,
        created: Timestamp(get(&row, "created_at")?),
        sent: get::<Option<i64>>(&row, "sent_at")?.map(Timestamp),
        delivered: get::<Option<i64>>(&row, "delivered_at")?.map(Timestamp),
    }))
}

/// Deletes messages made before a moment.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp) -> Result<u64, StoreError> {
    Ok(sqlx::query("DELETE FROM sms_message WHERE created_at < $1").bind(before.0).execute(db).await?.rows_affected())
}
