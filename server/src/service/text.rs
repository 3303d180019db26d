//! Dates, times and initials as people read them.

use app::{Language, t, text::Text};
use jiff::{Timestamp as Instant, Zoned, civil::Date, tz::TimeZone};

use crate::{clock::Timestamp, domain::Membership};

/// The time zone of a person: that of the first company which has one, else UTC.
pub(super) fn zone_of(memberships: &[Membership]) -> TimeZone {
    memberships.iter().find_map(|membership| membership.policy.zone.clone()).unwrap_or(TimeZone::UTC)
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Zoned {
    Instant::from_second(at.0).unwrap_or(Instant::MAX).to_zoned(zone.clone())
}

/// `November 18, 2026` and `2026-11-18`.
pub(super) fn day(at: Timestamp, zone: &TimeZone, language: Language) -> (String, String) {
    let date = zoned(at, zone).date();
    let pattern = t::date::DAY.fill_in(language, [("month", month(date, language))]);
    (date.strftime(&pattern).to_string(), date.to_string())
}

/// `Wednesday, November 18, 2026`.
pub(super) fn long_day(date: Date, language: Language) -> String {
    let names = [("weekday", weekday(date, language)), ("month", month(date, language))];
    date.strftime(&t::date::LONG_DAY.fill_in(language, names)).to_string()
}

/// `Wednesday, November 18, 2026 at 10:54 am UTC`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let zoned = zoned(at, zone);
    let names = [("weekday", weekday(zoned.date(), language)), ("month", month(zoned.date(), language))];
    zoned.strftime(&t::date::MOMENT.fill_in(language, names)).to_string()
}

/// `Nov`.
pub(super) fn short_month(date: Date, language: Language) -> String {
    let names = [
        t::date::SHORT_JANUARY,
        t::date::SHORT_FEBRUARY,
        t::date::SHORT_MARCH,
        t::date::SHORT_APRIL,
        t::date::SHORT_MAY,
        t::date::SHORT_JUNE,
        t::date::SHORT_JULY,
        t::date::SHORT_AUGUST,
        t::date::SHORT_SEPTEMBER,
        t::date::SHORT_OCTOBER,
        t::date::SHORT_NOVEMBER,
        t::date::SHORT_DECEMBER,
    ];
    nth(names, date.month(), language).to_owned()
}

fn month(date: Date, language: Language) -> &'static str {
    let names = [
        t::date::JANUARY,
        t::date::FEBRUARY,
        t::date::MARCH,
        t::date::APRIL,
        t::date::MAY,
        t::date::JUNE,
        t::date::JULY,
        t::date::AUGUST,
        t::date::SEPTEMBER,
        t::date::OCTOBER,
        t::date::NOVEMBER,
        t::date::DECEMBER,
    ];
    nth(names, date.month(), language)
}

fn weekday(date: Date, language: Language) -> &'static str {
    let names = [
        t::date::MONDAY,
        t::date::TUESDAY,
        t::date::WEDNESDAY,
        t::date::THURSDAY,
        t::date::FRIDAY,
        t::date::SATURDAY,
        t::date::SUNDAY,
    ];
    nth(names, date.weekday().to_monday_one_offset(), language)
}

/// The name of a number that counts from one.
fn nth<const N: usize>(names: [Text; N], number: i8, language: Language) -> &'static str {
    (1..).zip(names).find(|(counted, _)| *counted == number).map_or("", |(_, name)| name.get(language))
}

/// `10:54 am UTC`.
pub(super) fn time(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    zoned(at, zone).strftime(t::date::TIME.get(language)).to_string()
}

/// `2026-11-18T10:54:00-06:00` (RFC 3339).
pub(super) fn instant(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The first letters of the first and the last word of a name.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seconds before midnight in UTC, so that the zone shows.
    const AT: Timestamp = Timestamp(1_772_323_198);

    #[test]
    fn moment_is_written_out_in_each_language() {
        let berlin = TimeZone::fixed(jiff::tz::offset(1));
        for (language, expected) in [
            (Language::En, "Saturday, February 28, 2026 at 11:59 pm UTC"),
            (Language::Es, "sábado, 28 de febrero de 2026, 23:59 UTC"),
            (Language::Fr, "samedi 28 février 2026, 23:59 UTC"),
            (Language::De, "Samstag, 28. Februar 2026, 23:59 Uhr UTC"),
            (Language::It, "sabato 28 febbraio 2026, 23:59 UTC"),
        ] {
            assert_eq!(moment(AT, &TimeZone::UTC, language), expected);
            assert!(expected.ends_with(&time(AT, &TimeZone::UTC, language)));
        }
        assert_eq!(day(AT, &berlin, Language::De), ("1. März 2026".to_owned(), "2026-03-01".to_owned()));
        assert_eq!(day(AT, &berlin, Language::En), ("March 1, 2026".to_owned(), "2026-03-01".to_owned()));
    }

    #[test]
    fn every_day_of_a_year_has_its_names() {
        let first = Date::constant(2026, 1, 1);
        for date in first.series(jiff::Span::new().days(1)).take(365) {
            assert_eq!(long_day(date, Language::En), date.strftime("%A, %B %-d, %Y").to_string());
            assert_eq!(short_month(date, Language::En), date.strftime("%b").to_string());
            for language in Language::ALL {
                let text = long_day(date, language);
                assert!(text.contains("2026") && !text.contains(['{', '}', '%']), "{text}");
            }
        }
    }
}
