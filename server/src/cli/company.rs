//! `muster company`

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, SettingsFile, name, output, with_service};
use crate::{
    domain::{CompanyPolicy, PolicyChange, Shorter, Start, parse_day, parse_span, parse_zone, write_span, zone_name},
    service::CompanyRow,
};

pub(super) const HELP: &str = "Examples:
  muster company add \"Harbor & Sons\"
  muster company policy \"Harbor & Sons\" --require-mfa on --date 2027-03-01 --zone America/Denver
  muster company policy \"Harbor & Sons\" --sms off
  muster company policy \"Harbor & Sons\" --session 8h --session-idle 15m
  muster company list

On SQLite, stop the server first: one process at a time has the database.";

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
    /// Set whether a company requires MFA, from when, its time zone, whether text messages will do, and how long sessions last
    #[command(after_help = "Examples:
  muster company policy \"Harbor & Sons\" --require-mfa on --date 2027-03-01 --zone America/Denver
  muster company policy \"Harbor & Sons\" --require-mfa on --now
  muster company policy \"Harbor & Sons\" --require-mfa off
  muster company policy \"Harbor & Sons\" --zone Europe/Berlin
  muster company policy \"Harbor & Sons\" --sms off
  muster company policy \"Harbor & Sons\" --session 8h --session-idle 15m
  muster company policy \"Harbor & Sons\" --session-idle default

What you do not name stays as it is, the date too: also while MFA is switched off. A date is the first minute of that day \
in the company's time zone, today or later. Nothing is required at once unless the date is today or you say `--now`: \
then whoever is not enrolled reaches nothing but enrolment.

Mails and pages give times in the company's time zone, in UTC without one.

With `--sms off` nobody in the company can enrol a phone, and the phones that are there stop counting: their people \
link an app at the next sign-in.

`--session` is how long a session lasts at most, `--session-idle` how long it may be idle; `limits.session` and \
`limits.session_idle` say that for the whole installation, and a company can only shorten it. Of a person's companies the \
shortest time counts. It holds at once, for the sessions that are open too; a longer time, or `default`, holds for those \
that begin from then on.")]
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
    #[arg(long, value_name = "on|off", required_unless_present_any = ["sms", "zone", "session", "session_idle"])]
    require_mfa: Option<Switch>,
    /// Whether codes may come as text messages
    #[arg(long, value_name = "on|off")]
    sms: Option<Switch>,
    /// From this day on: YYYY-MM-DD
    #[arg(long, requires = "require_mfa")]
    date: Option<String>,
    /// At once, in place of a date
    #[arg(long, requires = "require_mfa", conflicts_with = "date")]
    now: bool,
    /// Time zone of the company: an IANA name such as America/Denver
    #[arg(long)]
    zone: Option<String>,
    /// How long a session lasts at most, from 5m on; `default`: as long as the installation says
    #[arg(long, value_name = "8h|30m|default")]
    session: Option<String>,
    /// How long a session may be idle, from 5m on; `default`: as long as the installation says
    #[arg(long, value_name = "1h|15m|default")]
    session_idle: Option<String>,
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
    let change = change(policy)?;
    with_service(settings, async |service| {
        let set = service.set_policy(&policy.name, change.clone()).await?;
        output::print(&format!("{}: {}.", policy.name, told(&change, &set)))
    })
}

fn change(policy: &Policy) -> Result<PolicyChange, Failure> {
    if policy.require_mfa == Some(Switch::Off) && (policy.date.is_some() || policy.now) {
        return Err(Failure::unusable("a start goes with `--require-mfa on`", "leave out `--date` and `--now`"));
    }
    let day = policy.date.as_deref().map(|date| {
        let hint = "write it as YYYY-MM-DD, such as 2027-03-01";
        parse_day(date).ok_or_else(|| Failure::unusable("`--date` is not a day", hint))
    });
    let zone = policy.zone.as_deref().map(|zone| {
        let hint = "write its IANA name, such as America/Denver or Europe/Paris";
        parse_zone(zone).ok_or_else(|| Failure::unusable("`--zone` is not a time zone", hint))
    });
    Ok(PolicyChange {
        require_mfa: policy.require_mfa.map(|switch| switch == Switch::On),
        start: match day.transpose()? {
            Some(day) => Start::On(day),
            None if policy.now => Start::Now,
            None => Start::Kept,
        },
        zone: zone.transpose()?,
        sms: policy.sms.map(|switch| switch == Switch::On),
        session: shorter("--session", policy.session.as_deref())?,
        session_idle: shorter("--session-idle", policy.session_idle.as_deref())?,
    })
}

fn shorter(name: &str, time: Option<&str>) -> Result<Shorter, Failure> {
    let hint = "write hours, minutes or seconds, such as 8h or 15m, or `default`";
    match time {
        None => Ok(Shorter::Kept),
        Some("default") => Ok(Shorter::Lifted),
        Some(time) => parse_span(time)
            .map(Shorter::To)
            .ok_or_else(|| Failure::unusable(format!("`{name}` is not a span of time"), hint)),
    }
}

/// What holds from now on, of what was named.
fn told(change: &PolicyChange, set: &CompanyPolicy) -> String {
    let rule = change.require_mfa.is_some() || (change.zone.is_some() && set.require_mfa && set.deadline.is_some());
    let parts = [
        rule.then(|| rule_of(set)),
        change.zone.is_some().then(|| format!("times are those of {}", zone_of(set))),
        change.sms.map(|allowed| texts(allowed).to_owned()),
        (change.session != Shorter::Kept).then(|| match set.session {
            Some(seconds) => format!("sessions last {} at most", write_span(seconds)),
            None => "sessions last as long as the installation says".to_owned(),
        }),
        (change.session_idle != Shorter::Kept).then(|| match set.session_idle {
            Some(seconds) => format!("sessions end after {} of idleness", write_span(seconds)),
            None => "sessions may be idle as long as the installation says".to_owned(),
        }),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn list(settings: &SettingsFile) -> Result<(), Failure> {
    with_service(settings, async |service| {
        let companies = service.list_companies().await?;
        if companies.is_empty() {
            return output::print("There are no companies yet: add one with `muster company add NAME`.");
        }
        let row = |company: &CompanyRow| {
            let policy = &company.policy;
            let texts = texts(policy.sms).to_owned();
            let (zone, sessions) = (zone_of(policy).to_owned(), sessions_of(policy));
            [company.name.clone(), rule_of(policy), texts, zone, sessions, company.people.to_string()]
        };
        let rows: Vec<_> = companies.iter().map(row).collect();
        output::print(&output::table(["Company", "Policy", "SMS", "Time zone", "Sessions", "People"], &rows))
    })
}

fn rule_of(policy: &CompanyPolicy) -> String {
    match (policy.require_mfa, policy.deadline.as_ref()) {
        (false, _) => "MFA is not required".to_owned(),
        (true, None) => "MFA is required".to_owned(),
        (true, Some(deadline)) => format!("MFA is required from {} ({})", deadline.date(), deadline.zone()),
    }
}

fn zone_of(policy: &CompanyPolicy) -> &str {
    policy.zone.as_ref().map_or("UTC", zone_name)
}

fn sessions_of(policy: &CompanyPolicy) -> String {
    let life = policy.session.map(|seconds| format!("{} at most", write_span(seconds)));
    let idle = policy.session_idle.map(|seconds| format!("{} idle", write_span(seconds)));
    let said: Vec<_> = life.into_iter().chain(idle).collect();
    if said.is_empty() { "default".to_owned() } else { said.join(", ") }
}

fn texts(allowed: bool) -> &'static str {
    if allowed { "SMS is allowed" } else { "SMS is not allowed" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(require_mfa: Switch, date: &str, zone: &str) -> Policy {
        Policy {
            name: "Acme".to_owned(),
            require_mfa: Some(require_mfa),
            sms: None,
            date: Some(date.to_owned()),
            now: false,
            zone: Some(zone.to_owned()),
            session: None,
            session_idle: None,
        }
    }

    #[test]
    fn date_and_zone_are_read_or_each_refused_by_name() {
        let read = change(&policy(Switch::On, "2027-03-01", "America/Denver")).unwrap();
        assert_eq!(read.start, Start::On(jiff::civil::date(2027, 3, 1)));
        assert_eq!(read.zone, parse_zone("America/Denver"));
        for date in ["2027-02-30", "01.03.2027", "20270301", "", "2027-03-01T00:00"] {
            assert!(change(&policy(Switch::On, date, "UTC")).unwrap_err().to_string().contains("--date"), "{date}");
        }
        let error = change(&policy(Switch::On, "2027-03-01", "Denver")).unwrap_err().to_string();
        assert!(error.contains("--zone"), "{error}");
        assert!(change(&policy(Switch::Off, "2027-03-01", "UTC")).is_err());
    }
}
