//! Who must use what, and from when.

use super::Role;
use crate::clock::Timestamp;

/// The policy of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyPolicy {
    /// False while the company is not in the roll-out: then nothing is enforced.
    pub available: bool,
    /// `Require MFA`.
    pub require_mfa: bool,
    /// From when; without one a required policy holds at once.
    pub deadline: Option<Deadline>,
}

/// A calendar day in a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    date: jiff::civil::Date,
    zone: jiff::tz::TimeZone,
}

impl Deadline {
    /// Reads a date (`YYYY-MM-DD`) and an IANA time zone.
    pub fn parse(date: &str, zone: &str) -> Option<Self> {
        Some(Self { date: date.parse().ok()?, zone: jiff::tz::TimeZone::get(zone).ok()? })
    }

    /// The day.
    pub fn date(&self) -> jiff::civil::Date {
        self.date
    }

    /// The time zone's IANA name.
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The first instant of the day in its time zone, in summer-time gaps and overlaps too.
    pub fn starts(&self) -> Timestamp {
        unimplemented!()
    }

    /// Whole calendar days from the day of `now` in the deadline's zone to the deadline; 0 or less once it has come.
    pub fn days_left(&self, _now: Timestamp) -> i64 {
        unimplemented!()
    }
}

/// One role of a person in one company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The company's name.
    pub company: String,
    /// The role there.
    pub role: Role,
    /// The company's policy.
    pub policy: CompanyPolicy,
    /// True when this person signs in at the company's identity provider.
    pub sso: bool,
}

/// The methods open to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Methods {
    /// An authenticator app.
    pub authenticator: bool,
    /// Text messages to any of the allowed countries, to US numbers only, or not at all.
    pub sms: SmsReach,
}

/// Where text messages may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsReach {
    /// To any allowed country.
    AllowedCountries,
    /// To US numbers only (payee admins).
    UnitedStates,
    /// Not at all (payor roles, people of an identity provider).
    Nowhere,
}

/// What is asked of a person now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// A second factor, now.
    Required {
        /// The companies whose policy asks for it.
        companies: Vec<String>,
        /// True when a role asks for it.
        by_role: bool,
    },
    /// A second factor from a date on; the earliest one counts.
    Upcoming {
        /// The company that set it.
        company: String,
        /// The date.
        deadline: Deadline,
    },
    /// Nothing, though a person may enrol.
    Optional,
    /// The identity provider takes care of it; no local factors are offered.
    AtIdentityProvider,
}

/// What is asked of a person with these roles at this moment, and which methods are open. The strictest wins.
pub fn requirement(_memberships: &[Membership], _now: Timestamp) -> (Requirement, Methods) {
    unimplemented!()
}
