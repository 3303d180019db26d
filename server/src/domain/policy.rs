//! Who must use what, and from when.

mod change;

use app::model::Offer;
use jiff::tz::TimeZone;

pub use self::change::{PolicyChange, PolicyRefusal, Shorter, Start};
use super::{Deadline, Role};
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
    /// Where the company's people read what time it is; also the zone of the deadline. Without one: UTC.
    pub zone: Option<TimeZone>,
    /// False where the company does not let its people use text messages, which are a restricted authenticator
    /// (NIST SP 800-63B-4 §3.2.9). Holds whether the company is in the roll-out or not.
    pub sms: bool,
    /// How long a session of the company's people lasts at most, seconds; without one, as long as the installation says.
    pub session: Option<i64>,
    /// How long it may be idle, seconds; the same.
    pub session_idle: Option<i64>,
}

/// How far a company's policy has come.
enum Phase<'a> {
    /// Nothing is asked.
    Off,
    /// Asked from a day to come.
    Coming(&'a Deadline),
    /// Asked now.
    InForce,
}

impl CompanyPolicy {
    fn phase(&self, now: Timestamp) -> Phase<'_> {
        if !(self.available && self.require_mfa) {
            return Phase::Off;
        }
        match &self.deadline {
            Some(deadline) if now < deadline.starts() => Phase::Coming(deadline),
            Some(_) | None => Phase::InForce,
        }
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

/// Where text messages may go, from the widest reach to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SmsReach {
    /// To any allowed country.
    AllowedCountries,
    /// To US numbers only (payee admins).
    UnitedStates,
    /// Not at all (payor roles, people of an identity provider, a company that does not want it).
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
///
/// From strict to lax: required now, required from a date on, left to the identity provider, optional.
/// Payor roles and payee admins are asked whatever the company's policy and whoever signs them in; of all
/// others the policy of a company asks only where they do not sign in at that company's identity provider.
/// Text messages reach no further than the narrowest of the memberships allows (product.md, section 2).
pub fn requirement(memberships: &[Membership], now: Timestamp) -> (Requirement, Methods) {
    let required = required(memberships, now);
    let asked = required.or_else(|| upcoming(memberships, now)).unwrap_or_else(|| {
        if memberships.iter().any(|m| m.sso) { Requirement::AtIdentityProvider } else { Requirement::Optional }
    });
    let methods = Methods {
        authenticator: asked != Requirement::AtIdentityProvider,
        sms: memberships.iter().map(sms_reach).max().unwrap_or(SmsReach::AllowedCountries),
    };
    (asked, methods)
}

/// What a right password of Muster's own leads to, for somebody without a second factor that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordAlone {
    /// A session.
    Session,
    /// An enrolment.
    Enrolment,
    /// Nothing, whatever second factor there is too: an identity provider has the first word on who gets in, and nothing asks
    /// for more now.
    Nothing,
}

/// What a password alone leads to, for somebody with these roles at this moment: never to a session where an identity
/// provider signs this person in.
pub fn password_alone(memberships: &[Membership], now: Timestamp) -> PasswordAlone {
    let sso = memberships.iter().any(|membership| membership.sso);
    match requirement(memberships, now).0 {
        Requirement::Required { .. } => PasswordAlone::Enrolment,
        Requirement::Optional | Requirement::Upcoming { .. } if !sso => PasswordAlone::Session,
        Requirement::Optional | Requirement::Upcoming { .. } | Requirement::AtIdentityProvider => {
            PasswordAlone::Nothing
        }
    }
}

/// Whether `SMS Verification` is open to somebody with these roles, and if not, why. `switched_on` is false on an
/// installation without a gateway.
pub fn offer(memberships: &[Membership], switched_on: bool, now: Timestamp) -> Offer {
    match requirement(memberships, now).1.sms {
        SmsReach::Nowhere if memberships.iter().any(|membership| membership.role.is_payor()) => Offer::NotForPayors,
        SmsReach::Nowhere if memberships.iter().any(|membership| membership.sso) => Offer::NotWithSso,
        SmsReach::Nowhere => Offer::NotInCompany,
        SmsReach::AllowedCountries | SmsReach::UnitedStates if switched_on => Offer::Open,
        SmsReach::AllowedCountries | SmsReach::UnitedStates => Offer::NotAvailable,
    }
}

/// Whether a person may take a factor away: while another permitted one remains, or while nothing asks for one
/// (product.md, section 5).
pub fn may_remove(asked: &Requirement, another_remains: bool) -> bool {
    match asked {
        Requirement::Required { .. } => another_remains,
        Requirement::Upcoming { .. } | Requirement::Optional | Requirement::AtIdentityProvider => true,
    }
}

/// What is asked at this moment: by the policies in force, each company named once, and by the roles.
fn required(memberships: &[Membership], now: Timestamp) -> Option<Requirement> {
    let mut companies: Vec<String> = Vec::new();
    for membership in memberships.iter().filter(|m| !m.sso) {
        let in_force = matches!(membership.policy.phase(now), Phase::InForce);
        if in_force && !companies.contains(&membership.company) {
            companies.push(membership.company.clone());
        }
    }
    let by_role = memberships.iter().any(|m| m.role.always_needs_mfa());
    (by_role || !companies.is_empty()).then_some(Requirement::Required { companies, by_role })
}

/// The earliest day to come; of two companies with the same one, the first by name.
fn upcoming(memberships: &[Membership], now: Timestamp) -> Option<Requirement> {
    memberships
        .iter()
        .filter(|m| !m.sso)
        .filter_map(|m| match m.policy.phase(now) {
            Phase::Coming(deadline) => Some((deadline.starts(), &m.company, deadline)),
            Phase::Off | Phase::InForce => None,
        })
        .min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)))
        .map(|(_, company, deadline)| Requirement::Upcoming { company: company.clone(), deadline: deadline.clone() })
}

fn sms_reach(membership: &Membership) -> SmsReach {
    match membership.role {
        Role::PaymentsAdmin | Role::Disburser | Role::BeneficiaryApprover => SmsReach::Nowhere,
        Role::Member | Role::CompanyAdmin | Role::PayeeAdmin if membership.sso || !membership.policy.sms => {
            SmsReach::Nowhere
        }
        Role::PayeeAdmin => SmsReach::UnitedStates,
        Role::Member | Role::CompanyAdmin => SmsReach::AllowedCountries,
    }
}

#[cfg(test)]
mod tests;
