//! Deleting what is over, a little at a time.

use sqlx::AnyConnection;

use super::{Service, arrival::NETWORKS_KEPT, delivery::KEPT};
use crate::{
    clock::Timestamp,
    domain::step_at,
    storage::{
        StoreError, address, delivery, factor, password_reset, refused_step, seen_network, session, sign_in, sms_code,
        sms_count, sms_message, throttle,
    },
};

/// Rows that one transaction deletes at most, so that no sign-in waits long behind it (DB-13).
pub const PURGE_BATCH: i64 = 1000;

/// A day, seconds: how long rows are kept after their end.
const DAY: i64 = 24 * 60 * 60;
/// For how many days it is kept what became of a text message.
const SMS_DAYS: i64 = 30;

/// What is deleted.
#[derive(Clone, Copy, Debug)]
enum Rows {
    SignIns,
    Sessions,
    Counters,
    Factors,
    Addresses,
    Resets,
    RefusedSteps,
    Networks,
    OverdueMails,
    SentMails,
    SealedMails,
    Texts,
}

impl Rows {
    const ALL: [Self; 12] = [
        Self::SignIns,
        Self::Sessions,
        Self::Counters,
        Self::Factors,
        Self::Addresses,
        Self::Resets,
        Self::RefusedSteps,
        Self::Networks,
        Self::OverdueMails,
        Self::SentMails,
        Self::SealedMails,
        Self::Texts,
    ];

    async fn purge(self, service: &Service, db: &mut AnyConnection, now: Timestamp) -> Result<u64, StoreError> {
        let before = now.plus(-DAY);
        match self {
            Self::SignIns => sign_in::purge(db, before, PURGE_BATCH).await,
            Self::Sessions => session::purge(db, before, PURGE_BATCH).await,
            Self::Counters => throttle::purge(db, before.plus(-DAY), now, PURGE_BATCH).await,
            Self::Factors => factor::purge(db, before, PURGE_BATCH).await,
            Self::Addresses => address::purge(db, now, PURGE_BATCH).await,
            Self::Resets => password_reset::purge(db, before, PURGE_BATCH).await,
            Self::RefusedSteps => refused_step::purge(db, step_at(before), PURGE_BATCH).await,
            Self::Networks => seen_network::purge(db, now.plus(-NETWORKS_KEPT), PURGE_BATCH).await,
            Self::OverdueMails => service.give_up_mails(db, now, PURGE_BATCH).await,
            Self::SentMails => delivery::purge(db, now.plus(-KEPT), PURGE_BATCH).await,
            Self::SealedMails => delivery::purge_sealed(db, now, PURGE_BATCH).await,
            Self::Texts => sms_message::purge(db, now.plus(-SMS_DAYS * DAY), PURGE_BATCH).await,
        }
    }
}

impl Service {
    /// Deletes what is over: sign-ins and sessions a day after their end, failure counters of yesterday,
    /// enrolments that nobody finished within a day (ENR-06), keys and numbers that were replaced or removed once they are a
    /// day old, addresses that are not told any more,
    /// networks that nobody has signed in from for 90 days, steps of an authenticator that were refused ahead of their time,
    /// and mails that were sent a month ago. Gives up the mails whose time is over. One transaction for each batch.
    ///
    /// # Errors
    /// The database's first one. What was deleted before it stays deleted, and it keeps nothing of another kind.
    pub async fn purge(&self) -> Result<(), StoreError> {
        let now = self.now();
        let mut result = Ok(());
        for rows in Rows::ALL {
            result = result.and(self.purge_rows(rows, now).await);
        }
        // The limits of text messages keep these few: a code of each purpose for a person, a few counters for a message.
        let texts = self.store.write(move |db| {
            Box::pin(async move {
                sms_code::purge(db, now.plus(-DAY)).await?;
                sms_count::purge(db, now.0.div_euclid(DAY) - SMS_DAYS).await?;
                Ok(())
            })
        });
        result.and(texts.await)
    }

    async fn purge_rows(&self, rows: Rows, now: Timestamp) -> Result<(), StoreError> {
        while self.purge_batch(rows, now).await? == PURGE_BATCH.unsigned_abs() {}
        Ok(())
    }

    async fn purge_batch(&self, rows: Rows, now: Timestamp) -> Result<u64, StoreError> {
        let service = self.clone();
        self.store.write(move |db| Box::pin(async move { rows.purge(&service, db, now).await })).await
    }
}
