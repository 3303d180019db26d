//! The companies and people of the demo.

use crate::domain::Role;

/// Everybody's password.
pub(super) const PASSWORD: &str = "muster demo 2026";

/// From when a company of the demo requires MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Not at all.
    Optional,
    /// At once.
    Now,
    /// From the day this many days after the first start, in this time zone.
    Later(i32, &'static str),
}

/// A company of the demo.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) people: &'static [Person],
}

/// A person of the demo.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// True when the demo enrols this person.
    pub(super) enrolled: bool,
    /// What signing in as this person shows.
    pub(super) note: &'static str,
}

const fn person(email: &'static str, name: &'static str, role: Role, note: &'static str) -> Person {
    Person { email, name, role, enrolled: false, note }
}

const ENROLS: &str = "must enrol at sign-in";

/// The demo's own company: a database with other companies and without this one is not a demo's.
pub(super) const FIRST: &str = "Harbor & Sons";

/// Everything that the demo starts with.
pub(super) const COMPANIES: &[Company] = &[
    Company {
        name: FIRST,
        rule: Rule::Now,
        people: &[
            person("ana@harbor.example", "Ana Ruiz", Role::Member, ENROLS),
            person("abe@harbor.example", "Abe Kowalski", Role::Member, ENROLS),
            person("amy@harbor.example", "Amy Tran", Role::Member, ENROLS),
            person("bo@harbor.example", "Bo Lindqvist", Role::CompanyAdmin, ENROLS),
            person("cy@harbor.example", "Cy Okafor", Role::PaymentsAdmin, "must enrol, authenticator app only"),
            person("dan@harbor.example", "Dan Haddad", Role::Disburser, "must enrol, authenticator app only"),
            person(
                "bea@harbor.example",
                "Bea Sorensen",
                Role::BeneficiaryApprover,
                "must enrol, authenticator app only",
            ),
            Person {
                email: "flo@harbor.example",
                name: "Flo Marchetti",
                role: Role::Member,
                enrolled: true,
                note: "enrolled: asked for a code",
            },
        ],
    },
    Company {
        name: "Delta Drywall",
        rule: Rule::Optional,
        people: &[person("di@delta.example", "Di Novak", Role::PayeeAdmin, "must enrol: is paid through the platform")],
    },
    Company {
        name: "Later Ltd",
        rule: Rule::Later(30, "America/Denver"),
        people: &[
            person("eli@later.example", "Eli Brandt", Role::Member, "signs in, is told the date"),
            person("lea@later.example", "Lea Fontaine", Role::CompanyAdmin, "signs in, is told the date"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use app::model::Email;

    use super::*;
    use crate::domain::{PasswordContext, check_password};

    #[test]
    fn everybody_has_a_usable_address_of_their_own() {
        let people: Vec<_> = COMPANIES.iter().flat_map(|company| company.people).collect();
        let emails: BTreeSet<_> = people.iter().map(|p| Email::parse(p.email).unwrap()).collect();
        assert_eq!(emails.len(), people.len());
        assert!(people.iter().zip(&emails).all(|(p, _)| p.email == p.email.to_ascii_lowercase()));
    }

    #[test]
    fn somebody_is_there_in_every_role() {
        let roles: BTreeSet<_> = COMPANIES.iter().flat_map(|company| company.people).map(|p| p.role).collect();
        assert_eq!(roles, BTreeSet::from(Role::ALL));
    }

    #[test]
    fn password_is_one_that_muster_takes() {
        for company in COMPANIES {
            for person in company.people {
                let context = PasswordContext::new([person.name, person.email, company.name, "Muster"]);
                assert_eq!(check_password(PASSWORD, &context), Ok(()), "{}", person.email);
            }
        }
    }
}
