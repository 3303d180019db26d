//! How a company's policy may be changed (product.md, section 6).

use jiff::{civil::Date, tz::TimeZone};

use super::CompanyPolicy;
use crate::{clock::Timestamp, domain::Deadline};

/// A change of a company's policy. What is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PolicyChange {
    /// `Require MFA`.
    pub require_mfa: Option<bool>,
    /// From when.
    pub start: Start,
    /// The company's time zone. A date that stays is that day in the new zone.
    pub zone: Option<TimeZone>,
    /// Whether text messages may be used.
    pub sms: Option<bool>,
}

/// From when MFA is to be required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// From the date that is stored.
    #[default]
    Kept,
    /// At once, and no date is stored.
    Now,
    /// From the first minute of a day in the company's time zone.
    On(Date),
}

/// Why a change is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// MFA would be required with no date to go by: at once, which nobody has asked for.
    #[error("there is no date yet from which MFA is to be required")]
    NoDate,
    /// The date, named or stored, lies before today.
    #[error("the date {0} has passed")]
    Past(Date),
    /// A date says nothing without a zone.
    #[error("the company has no time zone yet, so a date has no first minute")]
    NoZone,
}

impl CompanyPolicy {
    /// The policy after a change. Nothing enforces at once unless the date is today or [`Start::Now`] says so; a date
    /// that was named may be moved and never lies in the past.
    ///
    /// # Errors
    /// [`PolicyRefusal`].
    pub fn changed(&self, change: &PolicyChange, now: Timestamp) -> Result<Self, PolicyRefusal> {
        let require_mfa = change.require_mfa.unwrap_or(self.require_mfa);
        let zone = change.zone.clone().or_else(|| self.zone.clone());
        let deadline = match change.start {
            Start::Now => None,
            Start::On(date) => {
                Some(today_or_later(Deadline::new(date, zone.clone().ok_or(PolicyRefusal::NoZone)?), now)?)
            }
            Start::Kept => {
                let kept = self.deadline.as_ref();
                let kept = kept.map(|kept| zone.clone().map_or_else(|| kept.clone(), |zone| kept.in_zone(zone)));
                if require_mfa && !self.require_mfa {
                    Some(today_or_later(kept.ok_or(PolicyRefusal::NoDate)?, now)?)
                } else {
                    kept
                }
            }
        };
        Ok(Self { available: self.available, require_mfa, deadline, zone, sms: change.sms.unwrap_or(self.sms) })
    }
}

fn today_or_later(deadline: Deadline, now: Timestamp) -> Result<Deadline, PolicyRefusal> {
    if deadline.days_left(now) < 0 { Err(PolicyRefusal::Past(deadline.date())) } else { Ok(deadline) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{parse_day, parse_zone};

    /// 2026-09-21T14:13:20Z.
    const NOW: Timestamp = Timestamp(1_790_000_000);

    fn policy(require_mfa: bool, date: Option<&str>) -> CompanyPolicy {
        CompanyPolicy {
            available: true,
            require_mfa,
            deadline: date.map(|date| Deadline::parse(date, "America/Denver").unwrap()),
            zone: parse_zone("America/Denver"),
            sms: true,
        }
    }

    fn on(start: Start) -> PolicyChange {
        PolicyChange { require_mfa: Some(true), start, ..PolicyChange::default() }
    }

    #[test]
    fn flow_13_date_that_is_not_named_stays() {
        let coming = policy(true, Some("2026-10-21"));
        assert_eq!(coming.changed(&on(Start::Kept), NOW).unwrap(), coming);
        assert_eq!(coming.changed(&PolicyChange::default(), NOW).unwrap(), coming);
        let off = PolicyChange { require_mfa: Some(false), ..PolicyChange::default() };
        let off = coming.changed(&off, NOW).unwrap();
        assert!(!off.require_mfa && off.deadline == coming.deadline);
        assert_eq!(off.changed(&on(Start::Kept), NOW).unwrap(), coming);
        let past = policy(true, Some("2026-09-01"));
        assert_eq!(past.changed(&on(Start::Kept), NOW).unwrap(), past, "what is in force stays in force");
    }

    #[test]
    fn flow_13_nothing_enforces_at_once_unless_it_is_said() {
        assert_eq!(policy(false, None).changed(&on(Start::Kept), NOW), Err(PolicyRefusal::NoDate));
        let past = policy(false, Some("2026-09-20"));
        assert_eq!(past.changed(&on(Start::Kept), NOW), Err(PolicyRefusal::Past(parse_day("2026-09-20").unwrap())));
        let day = |text| on(Start::On(parse_day(text).unwrap()));
        assert!(matches!(policy(true, None).changed(&day("2026-09-20"), NOW), Err(PolicyRefusal::Past(_))));
        assert_eq!(policy(false, None).changed(&day("2026-09-21"), NOW).unwrap(), policy(true, Some("2026-09-21")));
        assert_eq!(past.changed(&on(Start::Now), NOW).unwrap(), policy(true, None));
    }

    #[test]
    fn zone_stands_alone_and_takes_the_date_along() {
        let berlin = || PolicyChange { zone: parse_zone("Europe/Berlin"), ..PolicyChange::default() };
        let moved = policy(true, Some("2026-10-21")).changed(&berlin(), NOW).unwrap();
        assert_eq!(moved.deadline, Deadline::parse("2026-10-21", "Europe/Berlin"));
        assert_eq!(moved.zone, parse_zone("Europe/Berlin"));
        let nowhere = CompanyPolicy { zone: None, ..policy(false, None) };
        let day = on(Start::On(parse_day("2026-10-21").unwrap()));
        assert_eq!(nowhere.changed(&day, NOW), Err(PolicyRefusal::NoZone));
        let set = nowhere.changed(&berlin(), NOW).unwrap();
        assert!(set.deadline.is_none() && !set.require_mfa && set.zone == parse_zone("Europe/Berlin"));
    }
}
