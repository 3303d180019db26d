//! The outbox as those see it who send mail. A row is taken by one conditional write that moves `due_at` on by a
//! lease: no other node takes it before. What became of it is written only while `attempts` is still that of the
//! taking, so a node that was away for longer than its lease changes nothing any more.

use sqlx::{AnyConnection, any::AnyRow};

use super::{NoticeId, PersonId, StoreError, get, get_id};
use crate::clock::Timestamp;

/// The mail in the first place that nobody has taken since the attempt in the second. Its state is hidden from the index of
/// those that wait: with old statistics PostgreSQL takes that for empty, and would read all of them for each.
macro_rules! still_waits {
    () => {
        " WHERE id = $1 AND attempts = $2 AND COALESCE(state, '') = 'waiting'"
    };
}

/// A mail that was taken to be sent.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Id.
    pub id: NoticeId,
    /// Whom it tells.
    pub person: PersonId,
    /// E-mail address.
    pub recipient: String,
    /// What it tells of.
    pub kind: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// The same as HTML.
    pub html: String,
    /// Both, sealed, where they are not to be read in the database.
    pub sealed: Option<Vec<u8>>,
    /// Attempts so far, this one included.
    pub attempts: i64,
    /// When it was written.
    pub created: Timestamp,
}

/// A mail that nobody tries to send any more.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Whom it should have told.
    pub person: PersonId,
    /// E-mail address.
    pub recipient: String,
    /// What it tells of.
    pub kind: String,
    /// Why the last attempt failed.
    pub problem: String,
    /// Attempts.
    pub attempts: i64,
    /// When it was written.
    pub created: Timestamp,
}

/// Whether a mail is due.
///
/// # Errors
/// The database's.
pub async fn find_due(db: &mut AnyConnection, now: Timestamp) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS due FROM notice \
         WHERE state = 'waiting' AND channel = 'mail' AND due_at <= $1 AND give_up_at > $1 LIMIT 1",
    );
    Ok(row.bind(now.0).fetch_optional(db).await?.is_some())
}

/// Takes the mail that has been due for longest, one with a link before any other: somebody waits for it, and it dies within half an
/// hour. Nobody else takes it before `lease`.
///
/// # Errors
/// The database's.
pub async fn reserve_due(
    db: &mut AnyConnection,
    now: Timestamp,
    lease: Timestamp,
) -> Result<Option<Taken>, StoreError> {
    let row = sqlx::query(
        "UPDATE notice SET attempts = attempts + 1, due_at = $2 WHERE id = COALESCE((SELECT id FROM notice \
         WHERE state = 'waiting' AND sealed IS NOT NULL AND channel = 'mail' AND due_at <= $1 AND give_up_at > $1 \
         ORDER BY due_at LIMIT 1), (SELECT id FROM notice \
         WHERE state = 'waiting' AND channel = 'mail' AND due_at <= $1 AND give_up_at > $1 ORDER BY due_at LIMIT 1)) \
         AND state = 'waiting' AND due_at <= $1 \
         RETURNING id, person_id, recipient, kind, subject, body, html, sealed, attempts, created_at",
    )
    .bind(now.0)
    .bind(lease.0)
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Taken {
            id: get_id(&row, "id")?,
            person: get_id(&row, "person_id")?,
            recipient: get(&row, "recipient")?,
            kind: get(&row, "kind")?,
            subject: get(&row, "subject")?,
            body: get(&row, "body")?,
            html: get(&row, "html")?,
            sealed: get(&row, "sealed")?,
            attempts: get(&row, "attempts")?,
            created: Timestamp(get(&row, "created_at")?),
        })
    })
    .transpose()
}

/// Notes that a mail server has taken it. False when the lease was over and somebody else has it.
///
/// # Errors
/// The database's.
pub async fn consume_sent(
    db: &mut AnyConnection,
    id: NoticeId,
    attempts: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sent = sqlx::query(concat!("UPDATE notice SET state = 'sent', sent_at = $3, problem = ''", still_waits!()));
    Ok(sent.bind(id.bytes()).bind(attempts).bind(now.0).execute(db).await?.rows_affected() == 1)
}

/// Puts it back, to be taken again at `due`. False when somebody else has it.
///
/// # Errors
/// The database's.
pub async fn release(
    db: &mut AnyConnection,
    id: NoticeId,
    attempts: i64,
    problem: &str,
    due: Timestamp,
) -> Result<bool, StoreError> {
    let released = sqlx::query(concat!("UPDATE notice SET due_at = $4, problem = $3", still_waits!()));
    let released = released.bind(id.bytes()).bind(attempts).bind(problem).bind(due.0).execute(db).await?;
    Ok(released.rows_affected() == 1)
}

/// Gives one up for good. False when somebody else has it.
///
/// # Errors
/// The database's.
pub async fn consume_failed(
    db: &mut AnyConnection,
    id: NoticeId,
    attempts: i64,
    problem: &str,
) -> Result<bool, StoreError> {
    let failed =
        sqlx::query(concat!("UPDATE notice SET state = 'failed', sealed = NULL, problem = $3", still_waits!()));
    Ok(failed.bind(id.bytes()).bind(attempts).bind(problem).execute(db).await?.rows_affected() == 1)
}

/// Gives up the mails whose time is over and that nobody is just sending, `most` of them at once.
///
/// # Errors
/// The database's.
pub async fn consume_overdue(db: &mut AnyConnection, now: Timestamp, most: i64) -> Result<Vec<Failed>, StoreError> {
    // Said twice: on PostgreSQL one that another node has given up meanwhile is not given up again.
    let rows = sqlx::query(
        "UPDATE notice SET state = 'failed', sealed = NULL \
         WHERE state = 'waiting' AND channel = 'mail' AND give_up_at <= $1 AND due_at <= $1 AND id IN \
         (SELECT id FROM notice WHERE state = 'waiting' AND channel = 'mail' AND give_up_at <= $1 AND due_at <= $1 \
          ORDER BY due_at LIMIT $2) \
         RETURNING person_id, recipient, kind, problem, attempts, created_at",
    );
    rows.bind(now.0).bind(most).fetch_all(db).await?.iter().map(failed).collect()
}

/// The mails that were given up, newest first.
///
/// # Errors
/// The database's.
pub async fn list_failed(db: &mut AnyConnection, most: i64) -> Result<Vec<Failed>, StoreError> {
    let rows = sqlx::query(
        "SELECT person_id, recipient, kind, problem, attempts, created_at FROM notice \
         WHERE state = 'failed' AND channel = 'mail' ORDER BY created_at DESC, id LIMIT $1",
    );
    rows.bind(most).fetch_all(db).await?.iter().map(failed).collect()
}

impl Failed {
    /// A mail that was refused.
    pub fn of(taken: Taken, problem: String) -> Self {
        let Taken { person, recipient, kind, attempts, created, .. } = taken;
        Self { person, recipient, kind, problem, attempts, created }
    }
}

fn failed(row: &AnyRow) -> Result<Failed, StoreError> {
    Ok(Failed {
        person: get_id(row, "person_id")?,
        recipient: get(row, "recipient")?,
        kind: get(row, "kind")?,
        problem: get(row, "problem")?,
        attempts: get(row, "attempts")?,
        created: Timestamp(get(row, "created_at")?),
    })
}

/// Deletes mails that were sent and made before a moment, the oldest first, `most` of them at once. How many it were.
///
/// # Errors
/// The database's.
pub async fn purge(db: &mut AnyConnection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "DELETE FROM notice WHERE id IN \
         (SELECT id FROM notice WHERE state = 'sent' AND created_at < $1 ORDER BY created_at LIMIT $2)",
    );
    Ok(purged.bind(before.0).bind(most).execute(db).await?.rows_affected())
}

/// Takes what was sealed out of mails that were sent and are past their time, `most` of them at once. How many it were. Those
/// that were given up have lost it with that.
///
/// # Errors
/// The database's.
pub async fn purge_sealed(db: &mut AnyConnection, now: Timestamp, most: i64) -> Result<u64, StoreError> {
    let purged = sqlx::query(
        "UPDATE notice SET sealed = NULL WHERE id IN \
         (SELECT id FROM notice WHERE state = 'sent' AND sealed IS NOT NULL AND give_up_at <= $1 LIMIT $2)",
    );
    Ok(purged.bind(now.0).bind(most).execute(db).await?.rows_affected())
}
