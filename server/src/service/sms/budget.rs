//! How many text messages may go out in a day. A counter at its bound stops text messages, and nothing else.

use app::{AppError, backend::Visit};
use sqlx::AnyConnection;

use super::{Service, limit};
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    domain::{Country, PhoneNumber},
    service::{audit::Entry, failure::Failure},
    storage::{
        PersonId, StoreError,
        sms_count::{self, Bound, Count},
    },
};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// The text messages of a day, midnight to midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsDay {
    /// How many there were.
    pub count: Count,
    /// How many there may be.
    pub most: i64,
}

impl Service {
    /// Counts a message against everything that it counts against, always in the same order, so that two messages
    /// never wait for each other. The answer when one of the counters is at its bound; those before it keep the count.
    pub(super) async fn count_message(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        number: &PhoneNumber,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<AppError>, Failure> {
        let (limits, network) = (&self.settings.sms, self.network_key(b"sms", visit.address));
        let tomorrow = limit(DAY - now.0.rem_euclid(DAY));
        let share = Bound::Share { sample: limits.country_sample, percent: limits.country_verified };
        let counters: [(&'static str, &[u8], Bound, AppError); 6] = [
            ("person", person.bytes(), Bound::Most(limits.per_person), tomorrow),
            ("number", number.e164().as_bytes(), Bound::Most(limits.per_number), tomorrow),
            ("prefix", number.prefix().as_bytes(), Bound::Most(limits.per_prefix), tomorrow),
            ("address", &network, Bound::Most(limits.per_address), tomorrow),
            ("country", number.country().iso.as_bytes(), share, AppError::SmsUnavailable),
            ("day", b"", Bound::Most(limits.per_day), AppError::SmsUnavailable),
        ];
        for (scope, value, bound, error) in counters {
            let key = self.count_key(scope, value);
            if !sms_count::reserve(db, &key, day(now), bound).await? {
                self.stopped(db, scope, &key, person, number.country(), visit, now).await?;
                return Ok(Some(error));
            }
        }
        Ok(None)
    }

    /// What text messages have used of today's budget, on all nodes together.
    ///
    /// # Errors
    /// The database's.
    pub async fn sms_day(&self) -> Result<SmsDay, StoreError> {
        let mut db = self.store.read().await?;
        let count = sms_count::find(&mut db, &self.count_key("day", b""), day(self.now())).await?;
        Ok(SmsDay { count, most: self.settings.sms.per_day })
    }

    /// Counts a code that was typed in.
    pub(super) async fn count_verified(
        &self,
        db: &mut AnyConnection,
        number: &PhoneNumber,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = self.count_key("country", number.country().iso.as_bytes());
        sms_count::count_verified(db, &key, day(now)).await
    }

    /// Tells the operator, once a day for each counter.
    #[expect(clippy::too_many_arguments, reason = "all of it is what is told")]
    async fn stopped(
        &self,
        db: &mut AnyConnection,
        scope: &'static str,
        key: &[u8],
        person: PersonId,
        country: &Country,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if !sms_count::count_refused(db, key, day(now)).await? {
            return Ok(());
        }
        tracing::warn!(scope, country = country.iso, "text messages are stopped until midnight UTC");
        let entry = Entry {
            kind: "sms.stopped",
            person: Some(person),
            actor: "system",
            address: &visit.address.to_string(),
            detail: serde_json::json!({ "scope": scope, "country": country.iso }),
            now,
        };
        self.note(db, entry).await
    }

    fn count_key(&self, scope: &'static str, value: &[u8]) -> Vec<u8> {
        self.keys.mac(MacPurpose::Throttle, &[b"sms", scope.as_bytes(), value])
    }
}

/// The day of a moment, counted from 1970.
pub(super) fn day(now: Timestamp) -> i64 {
    now.0.div_euclid(DAY)
}
