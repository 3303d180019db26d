//! The table of product.md, section 2, row by row, and what must hold for any mix of rows.

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp(1_790_000_000);

#[derive(Clone, Copy, Debug)]
enum Policy {
    NotAvailable,
    Off,
    AtOnce,
    Past,
    Coming,
    Later,
}

impl Policy {
    const ALL: [Self; 6] = [Self::NotAvailable, Self::Off, Self::AtOnce, Self::Past, Self::Coming, Self::Later];

    fn build(self) -> CompanyPolicy {
        let deadline = match self {
            Self::Past => Deadline::parse("2026-09-21", "UTC"),
            Self::Coming => Deadline::parse("2026-12-14", "America/Denver"),
            Self::Later => Deadline::parse("2027-01-04", "Europe/Berlin"),
            Self::NotAvailable | Self::Off | Self::AtOnce => None,
        };
        CompanyPolicy {
            available: !matches!(self, Self::NotAvailable),
            require_mfa: !matches!(self, Self::Off),
            zone: None,
            deadline,
            sms: true,
            session: None,
            session_idle: None,
        }
    }

    fn in_force(self) -> bool {
        matches!(self, Self::AtOnce | Self::Past)
    }
}

fn member_of(company: &str, role: Role, policy: Policy, sso: bool) -> Membership {
    Membership { company: company.to_owned(), role, policy: policy.build(), sso }
}

fn required(companies: &[&str], by_role: bool) -> Requirement {
    Requirement::Required { companies: companies.iter().map(|c| (*c).to_owned()).collect(), by_role }
}

fn upcoming(company: &str, policy: Policy) -> Requirement {
    Requirement::Upcoming { company: company.to_owned(), deadline: policy.build().deadline.unwrap() }
}

#[test]
fn flow_13_one_membership_follows_the_table() {
    for role in Role::ALL {
        for policy in Policy::ALL {
            for sso in [false, true] {
                let companies: &[&str] = if policy.in_force() && !sso { &["A"] } else { &[] };
                let wanted = match (role, policy) {
                    (Role::Member | Role::CompanyAdmin, _) if sso => Requirement::AtIdentityProvider,
                    (Role::Member | Role::CompanyAdmin, Policy::NotAvailable | Policy::Off) => Requirement::Optional,
                    (Role::Member | Role::CompanyAdmin, Policy::Coming | Policy::Later) => upcoming("A", policy),
                    (Role::Member | Role::CompanyAdmin, Policy::AtOnce | Policy::Past) => required(companies, false),
                    _ => required(companies, true),
                };
                let sms = match role {
                    _ if sso => SmsReach::Nowhere,
                    Role::Member | Role::CompanyAdmin => SmsReach::AllowedCountries,
                    Role::PayeeAdmin => SmsReach::UnitedStates,
                    _ => SmsReach::Nowhere,
                };
                let methods = Methods { authenticator: wanted != Requirement::AtIdentityProvider, sms };
                let got = requirement(&[member_of("A", role, policy, sso)], NOW);
                assert_eq!(got, (wanted, methods), "{role} {policy:?} sso {sso}");
            }
        }
    }
}

#[test]
fn flow_13_deadline_holds_from_its_first_second_in_the_companys_zone() {
    for (date, zone) in [
        ("2026-12-14", "America/Denver"),
        ("2018-11-04", "America/Sao_Paulo"),
        ("2021-03-28", "Asia/Beirut"),
        ("2021-11-07", "America/Havana"),
        ("9999-12-31", "UTC"),
    ] {
        let deadline = Deadline::parse(date, zone).unwrap();
        let policy = CompanyPolicy {
            available: true,
            require_mfa: true,
            deadline: Some(deadline.clone()),
            zone: None,
            sms: true,
            session: None,
            session_idle: None,
        };
        let person = [Membership { company: "A".to_owned(), role: Role::Member, policy, sso: false }];
        let first = deadline.starts();
        let before = Requirement::Upcoming { company: "A".to_owned(), deadline };
        assert_eq!(requirement(&person, first.plus(-1)).0, before, "{date} {zone}");
        assert_eq!(requirement(&person, first).0, required(&["A"], false), "{date} {zone}");
        assert_eq!(requirement(&person, first.plus(1)).0, required(&["A"], false), "{date} {zone}");
    }
}

#[test]
fn several_companies_the_strictest_wins() {
    let off = member_of("Off", Role::Member, Policy::Off, false);
    let later = member_of("Later", Role::CompanyAdmin, Policy::Later, false);
    let coming = member_of("Coming", Role::Member, Policy::Coming, false);
    let past = member_of("Past", Role::Member, Policy::Past, false);
    let once = member_of("Once", Role::Member, Policy::AtOnce, false);
    let provider = member_of("Provider", Role::Member, Policy::AtOnce, true);
    let payor = member_of("Past", Role::Disburser, Policy::Past, false);
    let asked = |people: &[&Membership]| requirement(&people.iter().map(|m| (*m).clone()).collect::<Vec<_>>(), NOW).0;

    assert_eq!(asked(&[]), Requirement::Optional);
    assert_eq!(asked(&[&off, &later, &coming]), upcoming("Coming", Policy::Coming));
    assert_eq!(asked(&[&later, &past, &coming, &once]), required(&["Past", "Once"], false));
    assert_eq!(asked(&[&past, &payor]), required(&["Past"], true));
    assert_eq!(asked(&[&provider, &off]), Requirement::AtIdentityProvider);
    assert_eq!(asked(&[&provider, &coming]), upcoming("Coming", Policy::Coming));
    assert_eq!(asked(&[&provider, &past]), required(&["Past"], false));
}

#[test]
fn two_companies_with_one_date_the_first_by_name_is_shown() {
    let zed = member_of("Zed", Role::Member, Policy::Coming, false);
    let ann = member_of("Ann", Role::Member, Policy::Coming, false);
    assert_eq!(requirement(&[zed, ann], NOW).0, upcoming("Ann", Policy::Coming));
}

#[test]
fn payor_on_sso_needs_an_app_of_their_own() {
    let (asked, methods) = requirement(&[member_of("A", Role::PaymentsAdmin, Policy::Off, true)], NOW);
    assert_eq!(asked, required(&[], true));
    assert_eq!(methods, Methods { authenticator: true, sms: SmsReach::Nowhere });
}

#[test]
fn password_alone_opens_a_session_only_where_nobody_asks_for_more() {
    use PasswordAlone::{Enrolment, Nothing, Session};
    for (role, policy, sso, wanted) in [
        (Role::Member, Policy::Off, false, Session),
        (Role::CompanyAdmin, Policy::Coming, false, Session),
        (Role::Member, Policy::Past, false, Enrolment),
        (Role::Disburser, Policy::Off, false, Enrolment),
        (Role::Member, Policy::Off, true, Nothing),
        (Role::CompanyAdmin, Policy::Past, true, Nothing),
        (Role::PayeeAdmin, Policy::Off, true, Enrolment),
        (Role::Disburser, Policy::Coming, true, Enrolment),
    ] {
        assert_eq!(password_alone(&[member_of("A", role, policy, sso)], NOW), wanted, "{role} {policy:?} sso {sso}");
    }
    let provider = member_of("A", Role::Member, Policy::Off, true);
    for (policy, wanted) in [(Policy::Off, Nothing), (Policy::Coming, Nothing), (Policy::Past, Enrolment)] {
        let person = [provider.clone(), member_of("B", Role::Member, policy, false)];
        assert_eq!(password_alone(&person, NOW), wanted, "{policy:?}");
    }
}

#[test]
fn payee_admin_who_is_a_member_elsewhere_stays_with_us_numbers() {
    let payee = member_of("A", Role::PayeeAdmin, Policy::Off, false);
    let member = member_of("B", Role::Member, Policy::Off, false);
    let payor = member_of("C", Role::BeneficiaryApprover, Policy::Off, false);
    let sms = |people: &[Membership]| requirement(people, NOW).1.sms;
    assert_eq!(sms(&[payee.clone(), member.clone()]), SmsReach::UnitedStates);
    assert_eq!(sms(&[payee, member, payor]), SmsReach::Nowhere);
}

fn strictness(asked: &Requirement) -> (u8, i64, usize, bool) {
    match asked {
        Requirement::Optional => (0, 0, 0, false),
        Requirement::AtIdentityProvider => (1, 0, 0, false),
        Requirement::Upcoming { deadline, .. } => (2, -deadline.starts().0, 0, false),
        Requirement::Required { companies, by_role } => (3, 0, companies.len(), *by_role),
    }
}

fn memberships() -> impl Strategy<Value = Membership> {
    let (role, policy) = (proptest::sample::select(&Role::ALL[..]), proptest::sample::select(&Policy::ALL[..]));
    ("[A-D]", role, policy, any::<bool>())
        .prop_map(|(company, role, policy, sso)| member_of(&company, role, policy, sso))
}

proptest! {
    #[test]
    fn one_more_membership_never_loosens(
        mut person in proptest::collection::vec(memberships(), 0..5),
        one_more in memberships(),
        place in any::<proptest::sample::Index>(),
    ) {
        let (before, open_before) = requirement(&person, NOW);
        person.insert(place.index(person.len() + 1), one_more);
        let (after, open_after) = requirement(&person, NOW);
        let (a, b) = (strictness(&before), strictness(&after));
        prop_assert!(a.0 <= b.0 && (a.0 != b.0 || (a.1 <= b.1 && a.2 <= b.2 && a.3 <= b.3)), "{before:?} {after:?}");
        // The app opens only where the identity provider alone no longer does.
        prop_assert!(open_before.sms <= open_after.sms);
        prop_assert!(open_after.authenticator || after == Requirement::AtIdentityProvider);
        prop_assert!(open_before.authenticator >= open_after.authenticator || before == Requirement::AtIdentityProvider);
    }

    #[test]
    fn time_never_loosens(
        person in proptest::collection::vec(memberships(), 0..5),
        now in 1_780_000_000_i64..1_800_000_000,
        more in 0_i64..20_000_000,
    ) {
        let (before, _) = requirement(&person, Timestamp(now));
        let (after, _) = requirement(&person, Timestamp(now + more));
        prop_assert!(strictness(&before) <= strictness(&after));
    }

    #[test]
    fn order_of_memberships_does_not_matter(person in proptest::collection::vec(memberships(), 0..5)) {
        let reversed: Vec<_> = person.iter().rev().cloned().collect();
        let ((forth, open), (back, open_back)) = (requirement(&person, NOW), requirement(&reversed, NOW));
        prop_assert_eq!(strictness(&forth), strictness(&back));
        prop_assert_eq!(open, open_back);
    }

    #[test]
    fn whoever_is_asked_has_a_method(person in proptest::collection::vec(memberships(), 0..5)) {
        let (asked, open) = requirement(&person, NOW);
        prop_assert!(open.authenticator || asked == Requirement::AtIdentityProvider);
        let alone = password_alone(&person, NOW);
        prop_assert!(alone != PasswordAlone::Session || person.iter().all(|m| !m.sso));
        prop_assert_eq!(alone == PasswordAlone::Enrolment, matches!(asked, Requirement::Required { .. }));
        if person.iter().any(|m| m.role.is_payor()) {
            prop_assert_eq!(open, Methods { authenticator: true, sms: SmsReach::Nowhere });
        }
    }
}
