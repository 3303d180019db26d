//! How many text messages may go out in a day. A limit that is reached stops text messages, and nothing else.

use app::{AppError, backend::Visit};
use sqlx::AnyConnection;

use super::{Service, again::limit};
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    domain::{Country, PhoneNumber},
    service::{audit::Entry, failure::Failure},
    storage::{
        PersonId, StoreError,
        sign_in::SignIn,
        sms_code::Purpose,
        sms_count::{self, Count},
        sms_message,
    },
};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// What stops text messages, in the order in which it is asked.
const SCOPES: [&str; 6] = ["country", "person", "number", "prefix", "address", "day"];

/// The text messages of a day, midnight to midnight UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsDay {
    /// How many there were.
    pub count: Count,
    /// How many there may be.
    pub most: i64,
    /// Each kind of limit, with how many of its kind were reached: how many countries, how many numbers …
    pub stopped: Vec<(&'static str, i64)>,
}

/// The counters that have a message, to take it back from all of them.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    day: i64,
    keys: Vec<Vec<u8>>,
}

impl Counted {
    /// Takes the message back, in the order in which it was counted: so two of them never wait for each other.
    pub(super) async fn release(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for key in &self.keys {
            sms_count::release(db, key, self.day).await?;
        }
        Ok(())
    }
}

impl Service {
    /// Counts a message against everything that it counts against, or against nothing: then the answer is why.
    pub(super) async fn count_message(
        &self,
        db: &mut AnyConnection,
        purpose: Purpose,
        person: PersonId,
        number: &PhoneNumber,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<Counted, AppError>, Failure> {
        let tomorrow = limit(midnight(now).plus(DAY).since(now));
        if !self.country_is_used(db, purpose, number.country(), now).await? {
            let key = self.count_key("country", number.country().iso.as_bytes());
            self.stopped(db, "country", &key, person, number.country(), visit, now).await?;
            return Ok(Err(tomorrow));
        }
        let counters = self.counters(purpose, person, number, visit);
        let mut counted = Counted { day: day(now), keys: Vec::with_capacity(counters.len()) };
        for (scope, key, most) in counters {
            if !sms_count::reserve(db, &key, counted.day, most).await? {
                counted.release(db).await?;
                self.stopped(db, scope, &key, person, number.country(), visit, now).await?;
                return Ok(Err(tomorrow));
            }
            counted.keys.push(key);
        }
        Ok(Ok(counted))
    }

    /// What a message counts against, in the order in which it is counted, and how many may go.
    ///
    /// A number that is linked has a counter of its own for what its owner asks for. Whoever has codes sent to it, to
    /// link it to another account, does not use up the owner's; and neighbours who all have their phones are a crew, not
    /// a fraudster's block.
    fn counters(
        &self,
        purpose: Purpose,
        person: PersonId,
        number: &PhoneNumber,
        visit: &Visit,
    ) -> Vec<(&'static str, Vec<u8>, i64)> {
        let (limits, network) = (&self.settings.sms, self.network_key(b"sms", visit.address));
        let key = |counter, value: &[u8]| self.count_key(counter, value);
        let (whole, prefix) = (number.e164().as_bytes(), number.prefix().as_bytes());
        let mut counters = vec![("person", key("person", person.bytes()), limits.per_person)];
        match purpose {
            Purpose::Enrolment => {
                counters.push(("number", key("number", whole), limits.per_number));
                counters.push(("prefix", key("prefix", prefix), limits.per_prefix));
            }
            Purpose::SignIn | Purpose::Confirm => {
                counters.push(("number", key("linked number", whole), limits.per_number));
            }
        }
        counters.push(("address", key("address", &network), limits.per_address));
        counters.push(("day", key("day", b""), limits.per_day));
        counters
    }

    /// What stops the next code: asking too soon or too often, if that is so, unless the day is used up and ends later.
    /// Nothing is counted: no message was asked of the day.
    pub(super) async fn or_tomorrow(
        &self,
        db: &mut AnyConnection,
        (sign_in, purpose): (&SignIn, Purpose),
        number: Option<&PhoneNumber>,
        soon: Option<AppError>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<AppError>, Failure> {
        let number = match number {
            Some(number) => Some(number.clone()),
            None => self.phone_of(db, sign_in, purpose, now).await?.ok().map(|(_, number)| number),
        };
        let tomorrow = midnight(now).plus(DAY).since(now);
        let later = match soon {
            None => true,
            Some(AppError::SmsWait { seconds } | AppError::SmsLimit { seconds }) => tomorrow > i64::from(seconds),
            Some(_) => false,
        };
        let Some(number) = number.filter(|_| later) else { return Ok(soon) };
        if !self.country_is_used(db, purpose, number.country(), now).await? {
            return Ok(Some(limit(tomorrow)));
        }
        for (_, key, most) in self.counters(purpose, sign_in.person, &number, visit) {
            if sms_count::find(db, &key, day(now)).await?.sent >= most {
                return Ok(Some(limit(tomorrow)));
            }
        }
        Ok(soon)
    }

    /// False when too few of the codes that went to a country today to link a number were typed in: then no more of those go.
    /// Only those are judged whose time is over: at the start of a shift many have just been sent.
    ///
    /// A number that is linked was shown to be a person's. Codes to it earn a fraudster nothing, and after a day on which a
    /// carrier delivered none, stopping them would lock out a whole country.
    async fn country_is_used(
        &self,
        db: &mut AnyConnection,
        purpose: Purpose,
        country: &Country,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if purpose != Purpose::Enrolment {
            return Ok(true);
        }
        let limits = &self.settings.sms;
        let share = sms_message::share(db, country.iso, midnight(now), now.plus(-limits.code_ttl)).await?;
        Ok(share.sent < limits.country_sample || share.verified * 100 >= share.sent * limits.country_verified)
    }

    /// What text messages have used of today's budget, on all nodes together.
    ///
    /// # Errors
    /// The database's.
    pub async fn sms_day(&self) -> Result<SmsDay, StoreError> {
        let (mut db, day) = (self.store.read().await?, day(self.now()));
        let count = sms_count::find(&mut db, &self.count_key("day", b""), day).await?;
        let mut stopped = Vec::with_capacity(SCOPES.len());
        for scope in SCOPES {
            let reached = sms_count::find(&mut db, &self.count_key("stopped", scope.as_bytes()), day).await?;
            stopped.push((scope, reached.refused));
        }
        Ok(SmsDay { count, most: self.settings.sms.per_day, stopped })
    }

    /// Counts a message that did not go out, and tells the operator, once a day for each limit.
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
        sms_count::count_refused(db, &self.count_key("stopped", scope.as_bytes()), day(now)).await?;
        tracing::warn!(scope, country = country.iso, "text messages are stopped, until midnight UTC at the latest");
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
fn day(now: Timestamp) -> i64 {
    now.0.div_euclid(DAY)
}

/// The moment at which the day of a moment began.
fn midnight(now: Timestamp) -> Timestamp {
    Timestamp(day(now) * DAY)
}
