//! How a company's policy may be changed (product.md, section 6).

use jiff::{civil::Date, tz::TimeZone};

use super::CompanyPolicy;
use crate::{
    clock::Timestamp,
    domain::{Deadline, Limits, write_span},
};

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
    /// How long a session lasts at most.
    pub session: Shorter,
    /// How long a session may be idle.
    pub session_idle: Shorter,
}

/// What becomes of a time that a company may shorten, and no company may lengthen (product.md, section 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shorter {
    /// It stays as it is.
    #[default]
    Kept,
    /// It is what the installation says.
    Lifted,
    /// So many seconds.
    To(i64),
}

/// The shortest time that a company may set, seconds: less would sign people out while they type, and the use of a session
/// is noted once a minute only.
const SHORTEST: i64 = 5 * 60;

impl Shorter {
    fn checked(self, most: i64) -> Result<(), PolicyRefusal> {
        match self {
            Self::To(seconds) if seconds > most => Err(PolicyRefusal::Longer(most)),
            Self::To(seconds) if seconds < SHORTEST => Err(PolicyRefusal::TooShort),
            Self::To(_) | Self::Kept | Self::Lifted => Ok(()),
        }
    }

    fn of(self, kept: Option<i64>) -> Option<i64> {
        match self {
            Self::Kept => kept,
            Self::Lifted => None,
            Self::To(seconds) => Some(seconds),
        }
    }
}

impl PolicyChange {
    /// Whether the times that are named shorten those of the installation.
    ///
    /// # Errors
    /// [`PolicyRefusal::Longer`], [`PolicyRefusal::TooShort`].
    pub fn within(&self, limits: &Limits) -> Result<(), PolicyRefusal> {
        self.session.checked(limits.session)?;
        self.session_idle.checked(limits.session_idle)
    }
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
    /// Longer than the installation allows.
    #[error("a company can only shorten how long sessions last or may be idle: here that is {} at most", write_span(*.0))]
    Longer(i64),
    /// Nobody could work like that.
    #[error("sessions of less than {} would end while somebody types", write_span(SHORTEST))]
    TooShort,
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
        Ok(Self {
            available: self.available,
            require_mfa,
            deadline,
            zone,
            sms: change.sms.unwrap_or(self.sms),
            session: change.session.of(self.session),
            session_idle: change.session_idle.of(self.session_idle),
        })
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
            session: None,
            session_idle: None,
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
    fn time_of_sessions_is_shortened_kept_lifted_and_never_lengthened() {
        let change = |session, session_idle| PolicyChange { session, session_idle, ..PolicyChange::default() };
        let short = policy(false, None).changed(&change(Shorter::To(28_800), Shorter::To(900)), NOW).unwrap();
        assert_eq!((short.session, short.session_idle), (Some(28_800), Some(900)));
        assert_eq!(short.changed(&PolicyChange::default(), NOW).unwrap(), short);
        let lifted = short.changed(&change(Shorter::Lifted, Shorter::Kept), NOW).unwrap();
        assert_eq!((lifted.session, lifted.session_idle), (None, Some(900)));
        let limits = Limits::default();
        assert_eq!(change(Shorter::To(86_400), Shorter::To(300)).within(&limits), Ok(()));
        assert_eq!(change(Shorter::To(86_401), Shorter::Kept).within(&limits), Err(PolicyRefusal::Longer(86_400)));
        assert_eq!(change(Shorter::Kept, Shorter::To(3601)).within(&limits), Err(PolicyRefusal::Longer(3600)));
        assert_eq!(change(Shorter::To(299), Shorter::Kept).within(&limits), Err(PolicyRefusal::TooShort));
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
