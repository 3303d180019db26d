//! Sending what the outbox holds: take one, hand it over, write down what became of it.
//!
//! Any number of nodes do this at once. A row is taken by a conditional write that lets nobody else have it for the
//! time of a lease, which is longer than a mail server is waited for. A node that dies in between has either not
//! sent it, or sent it and not said so: after the lease it is sent again, with the same Message-ID.

use app::model::{Email, Secret};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{Service, audit::Entry, failure::Failure};
use crate::{
    clock::{Timestamp, random},
    crypto::Place,
    domain::backoff,
    mail::{Mail, MailError, Mailer},
    storage::{
        NoticeId, PersonId, StoreError,
        delivery::{self, Failed, Taken},
    },
};

/// Seconds for which a mail belongs to whoever took it: longer than `smtp.timeout` may be.
const LEASE: i64 = 5 * 60;
/// Seconds for which mails that were sent stay in the outbox.
pub(super) const KEPT: i64 = 30 * 24 * 60 * 60;

/// What one round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing was due, or somebody else took it.
    Idle,
    /// A mail server has taken one.
    Sent,
    /// One was not taken, and will be tried again.
    PutOff,
    /// One was refused for good.
    Failed,
}

/// Text and HTML of a mail that is not to be read in the database.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    /// Text.
    pub(super) text: Secret,
    /// HTML.
    pub(super) html: Secret,
}

impl Service {
    /// Sends one mail, if one is due.
    ///
    /// # Errors
    /// The database's. The mail is tried again then, after its lease.
    pub async fn deliver_one(&self, mailer: &dyn Mailer) -> Result<Delivery, StoreError> {
        let now = self.now();
        let due = async { delivery::find_due(&mut *self.store.read().await?, now).await };
        if !self.store.read_in_time(due).await? {
            return Ok(Delivery::Idle);
        }
        let lease = now.plus(LEASE);
        let taken =
            self.store.write(move |db| Box::pin(async move { delivery::reserve_due(db, now, lease).await })).await?;
        let Some(taken) = taken else { return Ok(Delivery::Idle) };
        let result = match self.open_mail(&taken) {
            Ok(mail) => mailer.send(&mail).await,
            Err(reason) => Err(MailError::Permanent(reason)),
        };
        self.settle_mail(taken, result).await
    }

    /// A mail as it is handed over.
    fn open_mail(&self, taken: &Taken) -> Result<Mail, String> {
        let (text, html) = match &taken.sealed {
            Some(sealed) => {
                let Sealed { text, html } = self.open_sealed(&taken.person, &taken.id, sealed)?;
                (text, html)
            }
            None => (Secret::new(taken.body.as_str()), Secret::new(taken.html.as_str())),
        };
        let to = Email::parse(&taken.recipient).ok_or("the recipient is not an address that mail can go to")?;
        let id = taken.id.bytes().try_into().map_err(|_| "its id is not one")?;
        Ok(Mail { id, to, subject: taken.subject.clone(), text, html, at: taken.created })
    }

    /// Text and HTML of a mail that is sealed in the database.
    pub(super) fn open_sealed(&self, person: &PersonId, id: &NoticeId, sealed: &[u8]) -> Result<Sealed, String> {
        let opened = self.keys.open(mail_place(person, id), sealed).map_err(|error| error.to_string())?;
        serde_json::from_slice(&opened).map_err(|_| "what was sealed is not a mail".to_owned())
    }

    /// Writes down what became of a mail.
    async fn settle_mail(&self, taken: Taken, result: Result<(), MailError>) -> Result<Delivery, StoreError> {
        let (service, now, id, attempts) = (self.clone(), self.now(), taken.id, taken.attempts);
        let due = match &result {
            Err(MailError::Passing(_)) => now.plus(backoff(attempts, u16::from_be_bytes(self.jitter()))),
            Ok(()) | Err(MailError::Permanent(_)) => now,
        };
        let (ours, delivery) = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    Ok(match result {
                        Ok(()) => (delivery::consume_sent(db, id, attempts, now).await?, Delivery::Sent),
                        Err(MailError::Passing(problem)) => {
                            tracing::warn!(
                                kind = taken.kind,
                                attempts,
                                problem,
                                "a mail was not sent, it is tried again"
                            );
                            (delivery::release(db, id, attempts, &problem, due).await?, Delivery::PutOff)
                        }
                        Err(MailError::Permanent(problem)) => {
                            let ours = delivery::consume_failed(db, id, attempts, &problem).await?;
                            if ours {
                                let failed = Failed::of(taken, problem);
                                service.note_failed_mail(db, &failed, now).await?;
                            }
                            (ours, Delivery::Failed)
                        }
                    })
                })
            })
            .await?;
        if !ours {
            tracing::warn!("a mail took longer than its lease: another node has sent it, or sends it again");
        }
        Ok(delivery)
    }

    /// Without randomness everything is tried again at its earliest.
    fn jitter(&self) -> [u8; 2] {
        random(&*self.rng).unwrap_or_default()
    }

    /// Notes a mail that nobody tries to send any more.
    async fn note_failed_mail(&self, db: &mut AnyConnection, failed: &Failed, now: Timestamp) -> Result<(), Failure> {
        tracing::error!(
            kind = failed.kind,
            attempts = failed.attempts,
            problem = failed.problem,
            "a mail was given up"
        );
        let detail = serde_json::json!({
            "address": failed.recipient,
            "about": failed.kind,
            "attempts": failed.attempts,
            "problem": failed.problem,
        });
        let entry =
            Entry { kind: "mail.failed", person: Some(failed.person), actor: "muster", address: "", detail, now };
        self.note(db, entry).await
    }

    /// Gives up the mails whose time is over, `most` of them at once. How many it were.
    pub(super) async fn give_up_mails(
        &self,
        db: &mut AnyConnection,
        now: Timestamp,
        most: i64,
    ) -> Result<u64, StoreError> {
        let overdue = delivery::consume_overdue(db, now, most).await?;
        for failed in &overdue {
            self.note_failed_mail(db, failed, now).await?;
        }
        Ok(u64::try_from(overdue.len()).unwrap_or(u64::MAX))
    }

    /// The mails that were given up, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_failed_mail(&self, most: i64) -> Result<Vec<Failed>, StoreError> {
        delivery::list_failed(&mut *self.store.read().await?, most).await
    }
}

/// Where a mail is sealed that is not to be read in the database.
pub(super) fn mail_place<'a>(person: &'a PersonId, notice: &'a NoticeId) -> Place<'a> {
    Place { table: "notice", column: "sealed", person: person.bytes(), row: notice.bytes() }
}
