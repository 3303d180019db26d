//! Dates, times and initials as people read them.

use jiff::{Timestamp as Instant, Zoned, tz::TimeZone};

use crate::{clock::Timestamp, domain::Membership};

/// The time zone of a person: that of a company with a deadline, else UTC.
pub(super) fn zone_of(memberships: &[Membership]) -> TimeZone {
    memberships
        .iter()
        .find_map(|membership| membership.policy.deadline.as_ref())
        .and_then(|deadline| TimeZone::get(deadline.zone()).ok())
        .unwrap_or(TimeZone::UTC)
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Zoned {
    Instant::from_second(at.0).unwrap_or(Instant::MAX).to_zoned(zone.clone())
}

/// `November 18, 2026` and `2026-11-18`.
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> (String, String) {
    let zoned = zoned(at, zone);
    (zoned.strftime("%B %-d, %Y").to_string(), zoned.strftime("%Y-%m-%d").to_string())
}

/// `Wednesday, November 18, 2026 at 10:54 am UTC`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%A, %B %-d, %Y at %-I:%M %P %Z").to_string()
}

/// `2026-11-18 10:54 (UTC)`: the same in every language (ISO 8601, but for the name of the zone).
pub(super) fn numeric_moment(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%F %R (%Z)").to_string()
}

/// The first letters of the first and the last word of a name.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}
