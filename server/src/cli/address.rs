//! `muster user address` and `muster user email`

use app::model::Email;
use clap::Subcommand;

use super::{Failure, SettingsFile, output, user::email, with_service, with_service_that_tells};
use crate::{
    clock::Timestamp,
    storage::address::{Address, AddressKind},
};

pub(super) const HELP: &str = "Examples:
  muster user address list ana@harbor.example
  muster user address add ana@harbor.example ana.ruiz@mail.example
  muster user address remove ana@harbor.example ana.ruiz@mail.example

Every message about an account goes to all of its addresses: the one that the person signs in with, \
one more at most, and for 30 days each one that was removed or replaced.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show where a person's messages go
    #[command(after_help = "Example:
  muster user address list ana@harbor.example")]
    List {
        /// E-mail that the person signs in with
        #[arg(value_parser = email)]
        email: Email,
    },
    /// Add a second address, and tell both
    #[command(after_help = "Example:
  muster user address add ana@harbor.example ana.ruiz@mail.example")]
    Add {
        /// E-mail that the person signs in with
        #[arg(value_parser = email)]
        email: Email,
        /// The second address
        #[arg(value_parser = email)]
        second: Email,
    },
    /// Take the second address away, and tell both
    #[command(after_help = "Example:
  muster user address remove ana@harbor.example ana.ruiz@mail.example")]
    Remove {
        /// E-mail that the person signs in with
        #[arg(value_parser = email)]
        email: Email,
        /// The second address
        #[arg(value_parser = email)]
        second: Email,
    },
}

/// `muster user address …`
pub(super) fn run(command: &Command, settings: &SettingsFile) -> Result<(), Failure> {
    match command {
        Command::List { email } => with_service(settings, async |service| {
            let rows: Vec<_> = service.list_addresses(email).await?.iter().map(row).collect();
            output::print(&output::table(["Address", "What for"], &rows))
        }),
        Command::Add { email, second } => with_service_that_tells(settings, async |service| {
            service.add_address(email, second).await?;
            output::print(&format!("Added {second}. Messages to {email} go there too, and both are told."))
        }),
        Command::Remove { email, second } => with_service_that_tells(settings, async |service| {
            let until = service.remove_address(email, second).await?;
            output::print(&format!("Removed {second}. Both are told; {second} gets messages until {}.", day(until)))
        }),
    }
}

/// `muster user email`
pub(super) fn change(email: &Email, to: &Email, settings: &SettingsFile) -> Result<(), Failure> {
    with_service_that_tells(settings, async |service| {
        let until = service.change_email(email, to).await?;
        output::print(&format!(
            "{email} signs in as {to} from now on, and was signed out everywhere. Both addresses are told; {email} gets \
             messages until {}.",
            day(until)
        ))
    })
}

fn row(address: &Address) -> [String; 2] {
    let what = match (address.told_until, address.kind) {
        (Some(until), _) => format!("no longer theirs, told until {}", day(until)),
        (None, AddressKind::SignIn) => "sign-in".to_owned(),
        (None, AddressKind::Second) => "second address".to_owned(),
    };
    [address.email.clone(), what]
}

/// A day as `2026-12-22` (UTC).
fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.0).unwrap_or(jiff::Timestamp::MAX).strftime("%F").to_string()
}
