//! Companies, their policy, and who belongs to them.

use sqlx::AnyConnection;

use super::{CompanyId, PersonId, StoreError, get, get_id};
use crate::{
    clock::Timestamp,
    domain::{CompanyPolicy, Deadline, Membership, Role, parse_zone, zone_name},
};

/// How many companies that are not suspended a person belongs to, as part of a statement: with none nobody
/// signs in. A number and no `EXISTS`, which PostgreSQL would turn into a join and, before it has met the sizes
/// of the tables, into one that reads all members.
macro_rules! companies {
    ($person:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM membership m JOIN company c ON c.id = m.company_id WHERE m.person_id = ",
            $person,
            " AND c.suspended_at IS NULL)"
        )
    };
}
pub(super) use companies;

/// The shortest of what the companies of a person that are not suspended say about sessions, as part of a statement, and what
/// is added to it; NULL where none says anything below a bound.
macro_rules! shortest {
    ($start:literal, $column:literal, $person:literal, $bound:literal) => {
        concat!(
            "(SELECT ",
            $start,
            " + MIN(c.",
            $column,
            ") FROM membership m JOIN company c ON c.id = m.company_id WHERE m.person_id = ",
            $person,
            " AND c.suspended_at IS NULL AND c.",
            $column,
            " < ",
            $bound,
            ")"
        )
    };
}
pub(super) use shortest;

/// The domain of an e-mail, what stands behind the last `@`, as part of a statement: all that comes after the rest of the
/// address once its end has lost every character but `@`. Both databases know how.
macro_rules! domain {
    ($email:literal) => {
        concat!("lower(substr(", $email, ", length(rtrim(", $email, ", replace(", $email, ", '@', ''))) + 1))")
    };
}

/// A company in a list.
#[derive(Clone, Debug)]
pub struct CompanyRow {
    /// Name.
    pub name: String,
    /// Policy.
    pub policy: CompanyPolicy,
    /// How many people.
    pub people: i64,
}

/// A person's role in a company, in a list.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// E-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// Company.
    pub company: String,
    /// Role.
    pub role: Role,
    /// Whether codes of the authenticator are taken, if there is one.
    pub authenticator: Option<bool>,
    /// The same for the phone. Whether it counts is a matter of the person's roles.
    pub phone: Option<bool>,
    /// True when disabled.
    pub disabled: bool,
}

/// Adds a company, with MFA available and not required.
///
/// # Errors
/// [`StoreError::Duplicate`], or the database's.
pub async fn insert(db: &mut AnyConnection, id: CompanyId, name: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO company (id, name, mfa_available, require_mfa, created_at) VALUES ($1, $2, 1, 0, $3)")
        .bind(id.bytes())
        .bind(name)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Finds a company by name.
///
/// # Errors
/// The database's.
pub async fn find(db: &mut AnyConnection, name: &str) -> Result<Option<CompanyId>, StoreError> {
    let row = sqlx::query("SELECT id FROM company WHERE name = $1").bind(name).fetch_optional(db).await?;
    Ok(row.map(|row| get_id(&row, "id")).transpose()?)
}

/// The name of every company, from a database of whatever version.
///
/// # Errors
/// [`StoreError::Refused`] before the first migration, or the database's.
pub async fn list_names(db: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT name FROM company").fetch_all(db).await?;
    rows.iter().map(|row| Ok(get(row, "name")?)).collect()
}

/// A company and its policy, by name, for a change of it: who else wants to change it waits for the end of this
/// transaction.
///
/// # Errors
/// The database's.
pub async fn lock_policy(db: &mut AnyConnection, name: &str) -> Result<Option<(CompanyId, CompanyPolicy)>, StoreError> {
    // A write that changes nothing takes the row in both databases.
    let row = sqlx::query(
        "UPDATE company SET require_mfa = require_mfa WHERE name = $1 \
         RETURNING id, mfa_available, require_mfa, enforce_date, time_zone, zone, allow_sms, session_life, session_idle",
    )
    .bind(name)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((get_id(&row, "id")?, policy(&row)?))).transpose()
}

/// Sets a company's policy, and when that was: the page of the administrator, which is to come, tells since when a policy holds.
///
/// # Errors
/// The database's.
pub async fn set_policy(
    db: &mut AnyConnection,
    id: CompanyId,
    policy: &CompanyPolicy,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE company SET require_mfa = $2, enforce_date = $3, time_zone = $4, zone = $5, allow_sms = $6, \
         policy_set_at = $7, session_life = $8, session_idle = $9 WHERE id = $1",
    )
    .bind(id.bytes())
    .bind(i64::from(policy.require_mfa))
    .bind(policy.deadline.as_ref().map(|deadline| deadline.date().to_string()))
    .bind(policy.deadline.as_ref().map(|deadline| deadline.zone().to_owned()))
    .bind(policy.zone.as_ref().map(|zone| zone_name(zone).to_owned()))
    .bind(i64::from(policy.sms))
    .bind(now.0)
    .bind(policy.session)
    .bind(policy.session_idle)
    .execute(db)
    .await?;
    Ok(())
}

/// Every company, by name.
///
/// # Errors
/// The database's.
pub async fn list(db: &mut AnyConnection) -> Result<Vec<CompanyRow>, StoreError> {
    sqlx::query(
        "SELECT c.name, c.mfa_available, c.require_mfa, c.enforce_date, c.time_zone, c.zone, c.allow_sms, \
         c.session_life, c.session_idle, \
         (SELECT COUNT(DISTINCT m.person_id) FROM membership m WHERE m.company_id = c.id) AS people \
         FROM company c ORDER BY c.name",
    )
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| Ok(CompanyRow { name: get(row, "name")?, policy: policy(row)?, people: get(row, "people")? }))
    .collect()
}

/// Gives a person a role in a company; nothing happens when they have it.
///
/// # Errors
/// The database's.
pub async fn insert_member(
    db: &mut AnyConnection,
    company: CompanyId,
    person: PersonId,
    role: Role,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO membership (company_id, person_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(company.bytes())
        .bind(person.bytes())
        .bind(role.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// The roles of a person in the companies that are not suspended, with their policies, and whether the person signs in at
/// the identity provider of each: the domain of their e-mail is that company's.
///
/// # Errors
/// The database's.
pub async fn list_memberships(db: &mut AnyConnection, person: PersonId) -> Result<Vec<Membership>, StoreError> {
    sqlx::query(concat!(
        // Whether a company is suspended is asked of the membership: PostgreSQL takes `suspended_at IS NULL` for rare until
        // its tables are analysed, and would begin with all companies.
        "SELECT c.name, c.mfa_available, c.require_mfa, c.enforce_date, c.time_zone, c.zone, c.allow_sms, \
         c.session_life, c.session_idle, m.role, \
         (SELECT COUNT(*) FROM sso_domain d WHERE d.company_id = c.id AND d.domain = \
          (SELECT ",
        domain!("p.email"),
        " FROM person p WHERE p.id = $1)) AS sso \
         FROM membership m JOIN company c ON c.id = m.company_id \
         WHERE m.person_id = $1 AND m.company_id = \
          (SELECT o.id FROM company o WHERE o.id = m.company_id AND o.suspended_at IS NULL) ORDER BY c.name, m.role",
    ))
    .bind(person.bytes())
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| {
        let sso = get::<i64>(row, "sso")? > 0;
        Ok(Membership { company: get(row, "name")?, role: role(row)?, policy: policy(row)?, sso })
    })
    .collect()
}

/// Everybody, or everybody of one company, by e-mail.
///
/// # Errors
/// The database's.
pub async fn list_people(db: &mut AnyConnection, company: Option<CompanyId>) -> Result<Vec<PersonRow>, StoreError> {
    sqlx::query(
        "SELECT p.email, p.name, c.name AS company, m.role, p.disabled_at, \
         (SELECT f.state FROM factor f WHERE f.person_id = p.id AND f.method = 'authenticator' AND f.state IN ('active', 'disabled')) AS app, \
         (SELECT f.state FROM factor f WHERE f.person_id = p.id AND f.method = 'phone' AND f.state IN ('active', 'disabled')) AS phone \
         FROM membership m JOIN company c ON c.id = m.company_id JOIN person p ON p.id = m.person_id \
         WHERE $1 IS NULL OR c.id = $1 ORDER BY p.email, c.name, m.role",
    )
    .bind(company.map(|id| id.bytes().to_vec()))
    .fetch_all(db)
    .await?
    .iter()
    .map(|row| {
        Ok(PersonRow {
            email: get(row, "email")?,
            name: get(row, "name")?,
            company: get(row, "company")?,
            role: role(row)?,
            authenticator: get::<Option<&str>>(row, "app")?.map(|state| state == "active"),
            phone: get::<Option<&str>>(row, "phone")?.map(|state| state == "active"),
            disabled: get::<Option<i64>>(row, "disabled_at")?.is_some(),
        })
    })
    .collect()
}

fn role(row: &sqlx::any::AnyRow) -> Result<Role, StoreError> {
    let name: String = get(row, "role")?;
    Role::parse(&name).ok_or_else(|| sqlx::Error::Decode(format!("no such role: {name}").into()).into())
}

fn policy(row: &sqlx::any::AnyRow) -> Result<CompanyPolicy, StoreError> {
    let date: Option<String> = get(row, "enforce_date")?;
    let deadline: Option<String> = get(row, "time_zone")?;
    let own: Option<String> = get(row, "zone")?;
    let zone = match deadline.clone().or(own) {
        None => None,
        Some(zone) => {
            Some(parse_zone(&zone).ok_or_else(|| sqlx::Error::Decode(format!("no such time zone: {zone}").into()))?)
        }
    };
    let deadline = match date.zip(deadline) {
        None => None,
        Some((date, zone)) => Some(
            Deadline::parse(&date, &zone)
                .ok_or_else(|| sqlx::Error::Decode(format!("no such deadline: {date} {zone}").into()))?,
        ),
    };
    Ok(CompanyPolicy {
        available: get::<i64>(row, "mfa_available")? == 1,
        require_mfa: get::<i64>(row, "require_mfa")? == 1,
        deadline,
        zone,
        sms: get::<i64>(row, "allow_sms")? == 1,
        session: get(row, "session_life")?,
        session_idle: get(row, "session_idle")?,
    })
}
