//! A calendar day in a time zone, and its first instant.

use jiff::{
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

use crate::clock::Timestamp;

/// A calendar day in a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    date: Date,
    zone: TimeZone,
}

impl Deadline {
    /// Reads a date (`YYYY-MM-DD`, nothing else of ISO 8601) and an IANA time zone.
    pub fn parse(date: &str, zone: &str) -> Option<Self> {
        Some(Self::new(parse_day(date)?, parse_zone(zone)?))
    }

    /// A day in a zone.
    pub fn new(date: Date, zone: TimeZone) -> Self {
        Self { date, zone }
    }

    /// The same day in another zone.
    #[must_use]
    pub fn in_zone(&self, zone: TimeZone) -> Self {
        Self { date: self.date, zone }
    }

    /// The day.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The time zone's IANA name.
    pub fn zone(&self) -> &str {
        zone_name(&self.zone)
    }

    /// The first instant of the day in its time zone, in summer-time gaps and overlaps too.
    ///
    /// Of a midnight that comes twice the first counts. Where the clock jumps over midnight, the day begins
    /// with the jump; where it jumps over the whole day, with the first instant of the next one.
    pub fn starts(&self) -> Timestamp {
        let midnight = self.zone.to_ambiguous_timestamp(self.date.at(0, 0, 0, 0));
        let first = match midnight.offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                offset.to_timestamp(midnight.datetime())
            }
            // Read with the offset after the jump, midnight lies before the jump: the next transition is the jump.
            AmbiguousOffset::Gap { after, .. } => after
                .to_timestamp(midnight.datetime())
                .map(|early| self.zone.following(early).next().map_or(early, |jump| jump.timestamp())),
        };
        first.map_or_else(|_| self.starts_past_the_range(), |first| Timestamp(first.as_second()))
    }

    /// The last day of the year 9999 lies outside jiff's time stamps; the offset there is the last known one.
    fn starts_past_the_range(&self) -> Timestamp {
        let offset = self.zone.to_offset(jiff::Timestamp::MAX).seconds();
        Timestamp(seconds_between(jiff::civil::date(1970, 1, 1), self.date)).plus(-i64::from(offset))
    }

    /// Whole calendar days from the day of `now` in the deadline's zone to the deadline; 0 or less once it has come.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        let bounded = now.0.clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        let today = jiff::Timestamp::from_second(bounded).map(|now| self.zone.to_datetime(now).date());
        let days = seconds_between(today.unwrap_or(self.date), self.date) / (24 * 60 * 60);
        // A clock set back over midnight shows the day before once more, yet the deadline has come.
        if now < self.starts() { days } else { days.min(0) }
    }
}

/// Reads a day: `YYYY-MM-DD`, nothing else of ISO 8601.
pub fn parse_day(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain)
}

/// Reads an IANA time zone.
pub fn parse_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

/// The IANA name of a time zone.
pub fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// Seconds between two midnights, of days that all have 24 hours.
fn seconds_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_secs()
}

#[cfg(test)]
mod tests;
