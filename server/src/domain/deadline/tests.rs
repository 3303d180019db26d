//! FLOW-13, the part that is pure: from which second on a deadline holds, in every kind of day.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn deadline(date: &str, zone: &str) -> Deadline {
    Deadline::parse(date, zone).unwrap()
}

fn utc(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_second())
}

#[test]
fn flow_13_days_of_every_kind_start_at_their_first_instant() {
    for (date, zone, start) in [
        ("2026-12-14", "America/Denver", "2026-12-14T07:00:00Z"),
        ("2026-12-14", "UTC", "2026-12-14T00:00:00Z"),
        ("2026-12-14", "Asia/Kathmandu", "2026-12-13T18:15:00Z"),
        // Midnight does not exist: the clock jumps from 00:00 to 01:00.
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00:00Z"),
        ("2021-03-28", "Asia/Beirut", "2021-03-27T22:00:00Z"),
        // The jump starts before midnight: from 23:30 to 00:30.
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30:00Z"),
        // Midnight comes twice: 01:00 is set back to 00:00.
        ("2021-11-07", "America/Havana", "2021-11-07T04:00:00Z"),
        // Midnight comes twice: 00:01 is set back to 23:01 of the day before.
        ("2006-10-29", "America/St_Johns", "2006-10-29T02:30:00Z"),
        // The hour before midnight comes twice, midnight once.
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00Z"),
        // The whole day does not exist.
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ] {
        assert_eq!(deadline(date, zone).starts(), utc(start), "{date} in {zone}");
    }
}

#[test]
fn flow_13_year_9999_starts_after_every_other_day() {
    for zone in ["Pacific/Kiritimati", "UTC", "America/Denver", "Etc/GMT+12"] {
        let (last, before) = (deadline("9999-12-31", zone), deadline("9999-12-30", zone));
        assert_eq!(last.starts().since(before.starts()), 86_400, "{zone}");
        assert_eq!(last.days_left(before.starts()), 1, "{zone}");
    }
    assert_eq!(deadline("9999-12-31", "UTC").starts(), Timestamp(253_402_214_400));
}

#[test]
fn flow_13_days_left_count_calendar_days_of_the_zone() {
    let day = deadline("2026-12-14", "America/Denver");
    for (now, left) in [
        ("2026-11-14T12:00:00Z", 30),
        ("2026-12-13T06:59:59Z", 2),
        ("2026-12-13T07:00:00Z", 1),
        ("2026-12-14T06:59:59Z", 1),
        ("2026-12-14T07:00:00Z", 0),
        ("2026-12-15T07:00:00Z", -1),
    ] {
        assert_eq!(day.days_left(utc(now)), left, "{now}");
    }
}

#[test]
fn days_left_of_a_clock_at_either_end_does_not_panic() {
    let day = deadline("2026-12-14", "America/Denver");
    assert!(day.days_left(Timestamp(i64::MIN)) > 4_000_000);
    assert!(day.days_left(Timestamp(i64::MAX)) < -2_000_000);
}

#[test]
fn flow_13_other_spellings_of_a_date_or_zone_are_refused() {
    for date in
        ["", "2026-02-29", "2026-13-01", "20261214", "2026-12-14T00:00:00", "-002026-12-14", "2026-1-1", " 2026-12-14"]
    {
        assert_eq!(Deadline::parse(date, "UTC"), None, "{date}");
    }
    for zone in ["", "Mars/Olympus", "+02:00", "Etc/Unknown", "../../etc/passwd", "America/Denver\0"] {
        assert_eq!(Deadline::parse("2026-12-14", zone), None, "{zone}");
    }
    let day = deadline("2026-12-14", "america/denver");
    assert_eq!((day.zone(), day.date().to_string().as_str()), ("America/Denver", "2026-12-14"));
}

fn zones() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "UTC",
        "America/Sao_Paulo",
        "America/Havana",
        "America/Toronto",
        "America/St_Johns",
        "America/Nuuk",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Beirut",
        "Asia/Gaza",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Antarctica/Troll",
    ])
}

proptest! {
    #[test]
    fn a_later_date_never_starts_earlier(zone in zones(), day in -30_000_i64..40_000, more in 0_i64..800) {
        let at = |days: i64| {
            let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            deadline(&date.to_string(), zone).starts()
        };
        prop_assert!(at(day) <= at(day + more));
    }

    #[test]
    fn the_first_instant_is_on_the_day_and_the_second_before_is_not(zone in zones(), day in -30_000_i64..40_000) {
        let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        let start = deadline(&date.to_string(), zone).starts();
        let local = |at: Timestamp| {
            TimeZone::get(zone).unwrap().to_datetime(jiff::Timestamp::from_second(at.0).unwrap()).date()
        };
        // `>=`: Samoa and Kiribati each left out a day.
        prop_assert!(local(start) >= date);
        prop_assert!(local(start.plus(-1)) < date);
    }

    #[test]
    fn days_left_is_positive_exactly_before_the_start(zone in zones(), day in 0_i64..40_000, away in -200_000_i64..200_000) {
        let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        let deadline = deadline(&date.to_string(), zone);
        let now = deadline.starts().plus(away);
        prop_assert_eq!(deadline.days_left(now) > 0, away < 0);
    }

    #[test]
    fn parse_never_panics(date in ".{0,24}", zone in ".{0,40}") {
        let _ = Deadline::parse(&date, &zone);
    }
}
