//! `muster company`

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, SettingsFile, name, output, with_service};
use crate::{
    clock::Timestamp,
    domain::Deadline,
    service::{CompanyRow, PolicyChange},
};

pub(super) const HELP: &str = "Examples:
  muster company add \"Harbor & Sons\"
  muster company policy \"Harbor & Sons\" --require-mfa on --date 2027-03-01 --zone America/Denver
  muster company policy \"Harbor & Sons\" --sms off
  muster company list";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a company
    #[command(after_help = "Example:
  muster company add \"Harbor & Sons\"

MFA is available to the company and not required until `muster company policy` says so.")]
    Add {
        /// Name of the company
        name: String,
    },
    /// Set whether a company requires MFA, from when, and whether text messages will do
    #[command(after_help = "Examples:
  muster company policy \"Harbor & Sons\" --require-mfa on --date 2027-03-01 --zone America/Denver
  muster company policy \"Harbor & Sons\" --require-mfa on
  muster company policy \"Harbor & Sons\" --require-mfa off
  muster company policy \"Harbor & Sons\" --sms off

With a date, MFA is required from the first minute of that day in that zone. \
Without one it is required at once: whoever is not enrolled reaches nothing but enrolment.

With `--sms off` nobody in the company can enrol a phone, and the phones that are there stop counting: their people \
link an app at the next sign-in. What you do not name stays as it is.")]
    Policy(Policy),
    /// List the companies
    #[command(after_help = "Example:
  muster company list")]
    List,
}

#[derive(Debug, Args)]
pub(super) struct Policy {
    /// Name of the company
    name: String,
    /// Whether MFA is required
    #[arg(long, value_name = "on|off", required_unless_present = "sms")]
    require_mfa: Option<Switch>,
    /// Whether codes may come as text messages
    #[arg(long, value_name = "on|off")]
    sms: Option<Switch>,
    /// From this day on: YYYY-MM-DD
    #[arg(long, requires_all = ["zone", "require_mfa"])]
    date: Option<String>,
    /// Time zone of the day: an IANA name such as America/Denver
    #[arg(long, requires = "date")]
    zone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// Required, or allowed
    On,
    /// Not required, or not allowed
    Off,
}

/// `muster company …`
pub(super) fn run(command: &Command, settings: &SettingsFile) -> Result<(), Failure> {
    match command {
        Command::Add { name } => add(name, settings),
        Command::Policy(policy) => set_policy(policy, settings),
        Command::List => list(settings),
    }
}

fn add(name: &str, settings: &SettingsFile) -> Result<(), Failure> {
    let name = name::parse(name, "a company's")?;
    with_service(settings, async |service| {
        service.add_company(name).await?;
        output::print(&format!("Added {name}. MFA is not required there yet: see `muster company policy --help`."))
    })
}

fn set_policy(policy: &Policy, settings: &SettingsFile) -> Result<(), Failure> {
    let deadline = deadline(policy)?;
    let change = policy.require_mfa.map(|switch| PolicyChange { require_mfa: switch == Switch::On, deadline });
    let sms = policy.sms.map(|switch| switch == Switch::On);
    with_service(settings, async |service| {
        let mut told = Vec::new();
        if let Some(change) = &change {
            refuse_the_past(change.deadline.as_ref(), service.clock.now())?;
            service.set_policy(&policy.name, change).await?;
            told.push(rule(change.require_mfa, change.deadline.as_ref()));
        }
        if let Some(allowed) = sms {
            service.set_sms(&policy.name, allowed).await?;
            told.push(texts(allowed).to_owned());
        }
        output::print(&format!("{}: {}.", policy.name, told.join(", ")))
    })
}

fn deadline(policy: &Policy) -> Result<Option<Deadline>, Failure> {
    let (Some(date), Some(zone)) = (&policy.date, &policy.zone) else { return Ok(None) };
    if policy.require_mfa == Some(Switch::Off) {
        return Err(Failure::unusable("a date goes with `--require-mfa on`", "leave out `--date` and `--zone`"));
    }
    if date.len() != 10 || date.parse::<jiff::civil::Date>().is_err() {
        return Err(Failure::unusable("`--date` is not a day", "write it as YYYY-MM-DD, such as 2027-03-01"));
    }
    let deadline = Deadline::parse(date, zone);
    deadline.map(Some).ok_or_else(|| {
        Failure::unusable("`--zone` is not a time zone", "write its IANA name, such as America/Denver or Europe/Paris")
    })
}

/// Today or later, in the deadline's zone (product.md, section 6).
fn refuse_the_past(deadline: Option<&Deadline>, now: Timestamp) -> Result<(), Failure> {
    match deadline {
        Some(deadline) if deadline.days_left(now) < 0 => Err(Failure::unusable(
            "the date has passed",
            "choose today or later, or leave `--date` and `--zone` out to require MFA at once",
        )),
        Some(_) | None => Ok(()),
    }
}

fn list(settings: &SettingsFile) -> Result<(), Failure> {
    with_service(settings, async |service| {
        let companies = service.list_companies().await?;
        if companies.is_empty() {
            return output::print("There are no companies yet: add one with `muster company add NAME`.");
        }
        let row = |company: &CompanyRow| {
            let rule = rule(company.require_mfa, company.deadline.as_ref());
            [company.name.clone(), rule, texts(company.sms).to_owned(), company.people.to_string()]
        };
        let rows: Vec<_> = companies.iter().map(row).collect();
        output::print(&output::table(["Company", "Policy", "SMS", "People"], &rows))
    })
}

fn rule(require_mfa: bool, deadline: Option<&Deadline>) -> String {
    match (require_mfa, deadline) {
        (false, _) => "MFA is not required".to_owned(),
        (true, None) => "MFA is required".to_owned(),
        (true, Some(deadline)) => format!("MFA is required from {} ({})", deadline.date(), deadline.zone()),
    }
}

fn texts(allowed: bool) -> &'static str {
    if allowed { "SMS is allowed" } else { "SMS is not allowed" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(require_mfa: Switch, date: &str, zone: &str) -> Policy {
        let require_mfa = Some(require_mfa);
        Policy {
            name: "Acme".to_owned(),
            require_mfa,
            sms: None,
            date: Some(date.to_owned()),
            zone: Some(zone.to_owned()),
        }
    }

    #[test]
    fn date_and_zone_are_read_or_each_refused_by_name() {
        let read = deadline(&policy(Switch::On, "2027-03-01", "America/Denver")).unwrap().unwrap();
        assert_eq!(rule(true, Some(&read)), "MFA is required from 2027-03-01 (America/Denver)");
        for date in ["2027-02-30", "01.03.2027", "20270301", "", "2027-03-01T00:00"] {
            assert!(deadline(&policy(Switch::On, date, "UTC")).unwrap_err().to_string().contains("--date"), "{date}");
        }
        let error = deadline(&policy(Switch::On, "2027-03-01", "Denver")).unwrap_err().to_string();
        assert!(error.contains("--zone"), "{error}");
        assert!(deadline(&policy(Switch::Off, "2027-03-01", "UTC")).is_err());
    }
}
