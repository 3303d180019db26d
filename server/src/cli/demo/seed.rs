//! Fills the demo's database. Can be cut off at any point and started again.

use app::model::{Email, Secret};
use jiff::{civil::Date, tz::TimeZone};

use super::{
    super::Failure,
    people::{COMPANIES, Company, FIRST, PASSWORD, Person, Rule},
};
use crate::{
    clock::Timestamp,
    domain::{PolicyChange, Start, parse_zone},
    service::{CompanyRow, DirectoryError, NewPerson, PersonRow, Service},
    storage::{Store, StoreError, company},
};

/// What a person was enrolled with. Known at the start that made it, and never again.
#[derive(Debug)]
pub(super) struct Enrolment {
    /// E-mail.
    pub(super) email: &'static str,
    /// Setup key, base32.
    pub(super) setup_key: Secret,
    /// Recovery code.
    pub(super) recovery_code: Secret,
}

/// What was found and made.
#[derive(Debug)]
pub(super) struct Seeded {
    /// True when people of an earlier start were there.
    pub(super) found: bool,
    /// Who was enrolled now.
    pub(super) enrolments: Vec<Enrolment>,
}

/// Adds the companies and people that are not there yet.
pub(super) async fn seed(service: &Service) -> Result<Seeded, Failure> {
    let companies = service.list_companies().await?;
    let people = service.list_people(None).await?;
    let mut enrolments = Vec::new();
    for company in COMPANIES {
        let known = companies.iter().find(|row| row.name == company.name);
        add_company(service, company, known).await?;
        for person in company.people {
            let known = people.iter().find(|row| row.email == person.email);
            enrolments.extend(add_person(service, company, person, known).await?);
        }
    }
    Ok(Seeded { found: !companies.is_empty(), enrolments })
}

/// Refuses a database that is not the demo's, before anything is written. It may be of an earlier version, or empty.
pub(super) async fn check(store: &Store, kept: bool) -> Result<(), Failure> {
    let names = match company::list_names(&mut *store.read().await?).await {
        // There is no such table yet.
        Err(StoreError::Refused(_)) => Vec::new(),
        other => other?,
    };
    check_database(&names, kept)
}

/// Everybody knows the demo's passwords, so they go into no database that serves others; and what was sealed
/// with a key that was thrown away does not open any more.
fn check_database(companies: &[String], kept: bool) -> Result<(), Failure> {
    let ours = companies.iter().any(|company| company == FIRST);
    if !companies.is_empty() && !ours {
        return Err(Failure::unusable(
            "this database holds other companies: the demo would add people whose passwords everybody knows",
            "name an empty database",
        ));
    }
    if ours && !kept {
        return Err(Failure::unusable(
            "this database holds the people of an earlier demo, and their key was in its folder",
            "name that folder with `--data DIR`, or an empty database",
        ));
    }
    Ok(())
}

/// Adds a company with its policy; one without people was cut off before its policy was sure.
async fn add_company(service: &Service, company: &Company, known: Option<&CompanyRow>) -> Result<(), DirectoryError> {
    if known.is_none() {
        service.add_company(company.name).await?;
    }
    if known.is_none_or(|row| row.people == 0) {
        let change = policy(company.rule, service.clock.now());
        service.set_policy(company.name, change).await?;
    }
    Ok(())
}

fn policy(rule: Rule, now: Timestamp) -> PolicyChange {
    let (require_mfa, start, zone) = match rule {
        Rule::Optional => (false, Start::Kept, None),
        Rule::Now => (true, Start::Now, None),
        Rule::Later(days, zone) => {
            let zone = parse_zone(zone).unwrap_or(TimeZone::UTC);
            // Without a day there is no start that nobody asked for: the change is refused.
            let start = day_after(now, days, &zone).map_or(Start::Kept, Start::On);
            (true, start, Some(zone))
        }
    };
    PolicyChange { require_mfa: Some(require_mfa), start, zone, ..PolicyChange::default() }
}

/// The day some days after the one of `now` in a time zone.
fn day_after(now: Timestamp, days: i32, zone: &TimeZone) -> Option<Date> {
    let today = zone.to_datetime(jiff::Timestamp::from_second(now.0).ok()?).date();
    today.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

async fn add_person(
    service: &Service,
    company: &Company,
    person: &Person,
    known: Option<&PersonRow>,
) -> Result<Option<Enrolment>, DirectoryError> {
    let Some(email) = Email::parse(person.email) else { return Ok(None) };
    if known.is_none() {
        let new = NewPerson {
            email: email.clone(),
            name: person.name.to_owned(),
            company: company.name.to_owned(),
            role: person.role,
            password: Some(Secret::new(PASSWORD)),
        };
        service.add_person(&new).await?;
    }
    if !person.enrolled || known.is_some_and(|row| row.authenticator.is_some()) {
        return Ok(None);
    }
    let (setup_key, recovery_code) = service.enrol_for_demo(&email).await?;
    Ok(Some(Enrolment { email: person.email, setup_key, recovery_code }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_is_thirty_days_after_the_day_in_denver() {
        // 2026-11-22T03:00:00Z is still the 21st in Denver.
        let change = policy(Rule::Later(30, "America/Denver"), Timestamp(1_795_316_400));
        assert_eq!(change.require_mfa, Some(true));
        assert_eq!(change.start, Start::On(jiff::civil::date(2026, 12, 21)));
        assert_eq!(change.zone, parse_zone("America/Denver"));
    }

    #[test]
    fn database_of_others_is_refused() {
        assert!(check_database(&[], false).is_ok());
        assert!(check_database(&["Acme".to_owned(), FIRST.to_owned()], true).is_ok());
        assert!(check_database(&["Acme".to_owned()], true).unwrap_err().to_string().contains("other companies"));
    }

    #[test]
    fn people_of_an_earlier_demo_need_the_folder_with_their_key() {
        assert!(check_database(&[FIRST.to_owned()], false).unwrap_err().to_string().contains("--data DIR"));
    }
}
