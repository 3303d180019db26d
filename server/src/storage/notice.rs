//! The outbox: mail and text messages, written in the transaction of what they tell of.

use sqlx::AnyConnection;

use super::{NoticeId, PersonId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// A message to write.
#[derive(Debug)]
pub struct NewNotice<'a> {
    /// Id, from the source of randomness.
    pub id: NoticeId,
    /// The event: each address is told of it once.
    pub event: [u8; 16],
    /// Whom it tells.
    pub person: PersonId,
    /// E-mail address.
    pub recipient: &'a str,
    /// What it tells of.
    pub kind: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// Text.
    pub body: &'a str,
    /// The same as HTML.
    pub html: &'a str,
    /// Both, sealed, in place of them where they are not to be read in the database.
    pub sealed: Option<&'a [u8]>,
    /// Now.
    pub now: Timestamp,
    /// When nobody tries to send it any more.
    pub give_up: Timestamp,
}

/// A message in the outbox.
#[derive(Debug)]
pub struct Notice {
    /// Id.
    pub id: NoticeId,
    /// Whom it tells.
    pub person: PersonId,
    /// `mail` or `sms`.
    pub channel: String,
    /// Address or number.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// Text; empty where it is sealed.
    pub body: String,
    /// Text and HTML, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When it was written.
    pub created: Timestamp,
}

/// Adds a mail.
///
/// # Errors
/// [`StoreError::Duplicate`] when this address was told of this event, or the database's.
pub async fn insert_mail(db: &mut AnyConnection, notice: &NewNotice<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO notice \
         (id, event_id, person_id, channel, recipient, kind, subject, body, html, sealed, due_at, give_up_at, created_at) \
         VALUES ($1, $2, $3, 'mail', $4, $5, $6, $7, $10, $11, $8, $9, $8)",
    )
    .bind(notice.id.bytes())
    .bind(notice.event.as_slice())
    .bind(notice.person.bytes())
    .bind(notice.recipient)
    .bind(notice.kind)
    .bind(notice.subject)
    .bind(notice.body)
    .bind(notice.now.0)
    .bind(notice.give_up.0)
    .bind(notice.html)
    .bind(notice.sealed)
    .execute(db)
    .await?;
    Ok(())
}

/// Adds a text message to the demo's outbox, where it has arrived: it holds a code.
///
/// # Errors
/// The database's.
pub async fn insert_text(
    db: &mut AnyConnection,
    id: [u8; 16],
    person: PersonId,
    number: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO notice \
         (id, event_id, person_id, channel, recipient, kind, subject, body, state, due_at, give_up_at, created_at, sent_at) \
         VALUES ($1, $1, $2, 'sms', $3, 'code', '', $4, 'sent', $5, $5, $5, $5)",
    )
    .bind(id.as_slice())
    .bind(person.bytes())
    .bind(number)
    .bind(text)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// The latest messages, newest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &mut AnyConnection, most: i64) -> Result<Vec<Notice>, StoreError> {
    sqlx::query(
        "SELECT id, person_id, sealed, channel, recipient, subject, body, created_at FROM notice ORDER BY created_at DESC, id LIMIT $1",
    )
    .bind(most)
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| {
        Ok(Notice {
            id: get_id(row, "id")?,
            person: get_id(row, "person_id")?,
            sealed: get(row, "sealed")?,
            channel: get(row, "channel")?,
            recipient: get(row, "recipient")?,
            subject: get(row, "subject")?,
            body: get(row, "body")?,
            created: Timestamp(get(row, "created_at")?),
        })
    })
    .collect()
}
