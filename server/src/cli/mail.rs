//! `muster mail`

use app::model::{Email, Secret};
use clap::Subcommand;

use super::{Failure, SettingsFile, output, user::email, with_service};
use crate::{
    clock::{Clock, SystemClock, SystemRng, random},
    mail::Mail,
    startup,
    storage::delivery::Failed,
};

pub(super) const HELP: &str = "Examples:
  muster mail test ana@harbor.example
  muster mail failed";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Send one mail through the mail server of the settings, and show what it answers
    #[command(after_help = "Example:
  muster mail test ana@harbor.example

Goes past the outbox and needs no database. Run it after every change of [smtp].")]
    Test {
        /// Where to send it
        #[arg(value_parser = email)]
        to: Email,
    },
    /// List the mails that were given up, newest first
    #[command(after_help = "Example:
  muster mail failed

A mail is given up when the mail server refuses it for good, or after five days of trying.")]
    Failed,
}

/// How many mails `failed` lists.
const MOST: i64 = 1000;

/// `muster mail …`
pub(super) fn run(command: &Command, settings: &SettingsFile) -> Result<(), Failure> {
    match command {
        Command::Test { to } => test(to, settings),
        Command::Failed => with_service(settings, async |service| {
            let rows: Vec<_> = service.list_failed_mail(MOST).await.map_err(Failure::from)?.iter().map(row).collect();
            if rows.is_empty() {
                return output::print("No mail was given up.");
            }
            output::print(&output::table(["Written", "To", "About", "Attempts", "Why"], &rows))
        }),
    }
}

fn row(mail: &Failed) -> [String; 5] {
    let written = jiff::Timestamp::from_second(mail.created.0).unwrap_or(jiff::Timestamp::MAX);
    let problem = if mail.problem.is_empty() { "not sent in time" } else { mail.problem.as_str() };
    [
        written.strftime("%F %R").to_string(),
        mail.recipient.clone(),
        mail.kind.clone(),
        mail.attempts.to_string(),
        problem.to_owned(),
    ]
}

fn test(to: &Email, settings: &SettingsFile) -> Result<(), Failure> {
    let config = settings.for_command()?;
    let mailer = startup::mailer(&config)?.ok_or_else(|| {
        Failure::unusable("no mail server is set: `smtp.host` is missing", "docs/mail.md has examples of [smtp]")
    })?;
    let id = random(&SystemRng).map_err(|error| Failure::failed(error.to_string(), "try again"))?;
    let mail = Mail {
        id,
        to: to.clone(),
        subject: format!("{}: this is a test", config.site_name),
        text: Secret::new("This mail shows that Muster can reach you. There is nothing to do.\n"),
        html: Secret::default(),
        at: SystemClock.now(),
    };
    startup::block_on(async {
        match mailer.send(&mail).await {
            Ok(()) => output::print(&format!("The mail server has taken a mail to {to}.")),
            Err(error) => Err(Failure::failed(
                format!("the mail server did not take it: {error}"),
                "compare [smtp] with what the mail server's operator says; docs/mail.md explains the usual answers",
            )),
        }
    })?
}
