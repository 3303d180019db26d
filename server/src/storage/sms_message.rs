//! What became of each text message. Numbers and texts are not kept.

use sqlx::AnyConnection;

use super::{PersonId, SignInId, SmsMessageId, StoreError, get, get_id, sms_code::Purpose};
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
    /// How far it has come.
    pub state: State,
    /// The gateway that took it.
    pub gateway: Option<String>,
    /// How many messages its sign-in had had with it.
    pub sends: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When the provider took it.
    pub sent: Option<Timestamp>,
    /// When the phone had it.
    pub delivered: Option<Timestamp>,
    /// True once its code was typed in.
    pub verified: bool,
}

/// A message that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage {
    /// Id.
    pub id: SmsMessageId,
    /// Whom it is for.
    pub person: PersonId,
    /// The sign-in, enrolment or session that it was asked for in.
    pub sign_in: SignInId,
    /// What its code is good for.
    pub purpose: Purpose,
    /// The country that it goes to, ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// How many messages that sign-in has had with it.
    pub sends: i64,
    /// Now.
    pub now: Timestamp,
}

macro_rules! select {
    () => {
        "SELECT state, gateway, sends, created_at, sent_at, delivered_at, verified_at FROM sms_message"
    };
}

/// Adds a message that is about to be sent.
///
/// # Errors
/// The database's.
pub async fn insert(db: &mut AnyConnection, message: &NewMessage) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sms_message (id, person_id, sign_in_id, purpose, country, sends, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'sending', $7)",
    )
    .bind(message.id.bytes())
    .bind(message.person.bytes())
    .bind(message.sign_in.bytes())
    .bind(message.purpose.as_str())
    .bind(message.country)
    .bind(message.sends)
    .bind(message.now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes what a gateway answered. False when a report was faster: that stands.
///
/// # Errors
/// The database's.
pub async fn record_answer(
    db: &mut AnyConnection,
    id: SmsMessageId,
    state: State,
    gateway: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "UPDATE sms_message SET state = $2, gateway = $3, sent_at = $4 WHERE id = $1 AND state = 'sending'",
    )
    .bind(id.bytes())
    .bind(state.as_str())
    .bind(gateway)
    .bind((state == State::Sent).then_some(now.0))
    .execute(&mut *db)
    .await?
    .rows_affected();
    if noted == 1 {
        return Ok(true);
    }
    let reported = sqlx::query("UPDATE sms_message SET gateway = $2 WHERE id = $1");
    reported.bind(id.bytes()).bind(gateway).execute(db).await?;
    Ok(false)
}

/// Notes a delivery report of a gateway, and says whose message it was about. `None` when it changed nothing: it came
/// twice, after a final one, or another gateway has taken the message. While nobody has noted which one did, a report may be
/// faster than that.
///
/// # Errors
/// The database's.
pub async fn record_report(
    db: &mut AnyConnection,
    id: SmsMessageId,
    gateway: &str,
    delivered: bool,
    now: Timestamp,
) -> Result<Option<PersonId>, StoreError> {
    let state = if delivered { State::Delivered } else { State::Failed };
    let row = sqlx::query(
        "UPDATE sms_message SET state = $2, delivered_at = $3, sent_at = COALESCE(sent_at, $4) \
         WHERE id = $1 AND state IN ('sending', 'sent', 'unknown') AND (gateway = $5 OR gateway IS NULL) \
         RETURNING person_id",
    )
    .bind(id.bytes())
    .bind(state.as_str())
    .bind(delivered.then_some(now.0))
    .bind(now.0)
    .bind(gateway)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| get_id(&row, "person_id")).transpose()?)
}

/// Notes that the code of a message was typed in.
///
/// # Errors
/// The database's.
pub async fn record_verified(db: &mut AnyConnection, id: SmsMessageId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE sms_message SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL")
        .bind(id.bytes())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// How many codes were typed in of those that a provider has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Messages that a provider has taken, but for those that it could not deliver.
    pub sent: i64,
    /// Those of them whose code was typed in.
    pub verified: i64,
}

/// The share of a country, of the messages made from one moment to another, both included, that were to link a number.
///
/// # Errors
/// The database's.
pub async fn share(
    db: &mut AnyConnection,
    country: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Share, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS sent, COUNT(verified_at) AS verified FROM sms_message \
         WHERE country = $1 AND purpose = 'enrolment' AND created_at >= $2 AND created_at <= $3 AND state IN ('sent', 'delivered')",
    )
    .bind(country)
    .bind(from.0)
    .bind(until.0)
    .fetch_one(db)
    .await?;
    Ok(Share { sent: get(&row, "sent")?, verified: get(&row, "verified")? })
}

/// How the newest messages of a gateway went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// How many are judged.
    pub judged: i64,
    /// Those of them that their phones have.
    pub delivered: i64,
    /// When its newest message was made, judged or not.
    pub newest: Timestamp,
}

/// How the newest messages of a gateway went, `most` of them: those that their phones have, and those that it took before a
/// moment.
///
/// # Errors
/// The database's.
pub async fn arrivals(
    db: &mut AnyConnection,
    gateway: &str,
    before: Timestamp,
    most: i64,
) -> Result<Arrivals, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS judged, COUNT(delivered_at) AS delivered, \
         (SELECT COALESCE(MAX(created_at), 0) FROM sms_message WHERE gateway = $1) AS newest FROM \
         (SELECT delivered_at FROM sms_message WHERE gateway = $1 \
          AND (delivered_at IS NOT NULL OR (created_at <= $2 AND state IN ('sent', 'failed'))) \
          ORDER BY created_at DESC LIMIT $3) AS newest_messages",
    )
    .bind(gateway)
    .bind(before.0)
    .bind(most)
    .fetch_one(db)
    .await?;
    Ok(Arrivals {
        judged: get(&row, "judged")?,
        delivered: get(&row, "delivered")?,
        newest: Timestamp(get(&row, "newest")?),
    })
}

/// Whether a gateway has ever reported a message as delivered, as far as messages are kept.
///
/// # Errors
/// The database's.
pub async fn has_delivered(db: &mut AnyConnection, gateway: &str) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM sms_message WHERE gateway = $1 AND delivered_at IS NOT NULL LIMIT 1");
    Ok(found.bind(gateway).fetch_optional(db).await?.is_some())
}

/// Finds a message.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, id: SmsMessageId) -> Result<Option<SmsMessage>, StoreError> {
    let row = sqlx::query(concat!(select!(), " WHERE id = $1")).bind(id.bytes()).fetch_optional(db).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Finds the newest message of a sign-in, an enrolment or a session.
///
/// # Errors
/// The database's.
pub async fn find_last(db: &mut AnyConnection, sign_in: SignInId) -> Result<Option<SmsMessage>, StoreError> {
    let last = sqlx::query(concat!(select!(), " WHERE sign_in_id = $1 ORDER BY created_at DESC, sends DESC LIMIT 1"));
    let row = last.bind(sign_in.bytes()).fetch_optional(db).await?;
    row.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &sqlx::any::AnyRow) -> Result<SmsMessage, StoreError> {
    let state: String = get(row, "state")?;
    let state = State::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(SmsMessage {
        state: state.ok_or_else(|| sqlx::Error::Decode("no such state of a message".into()))?,
        gateway: get(row, "gateway")?,
        sends: get(row, "sends")?,
        created: Timestamp(get(row, "created_at")?),
        sent: get::<Option<i64>>(row, "sent_at")?.map(Timestamp),
        delivered: get::<Option<i64>>(row, "delivered_at")?.map(Timestamp),
        verified: get::<Option<i64>>(row, "verified_at")?.is_some(),
    })
}

/// Deletes messages made before a moment, the oldest first, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM sms_message WHERE id IN \
         (SELECT id FROM sms_message WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}
