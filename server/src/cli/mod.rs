//! The commands of the `muster` program.
//!
//! Results go to standard output, errors and logs to standard error. Exit codes: 0 done, 1 failed,
//! 2 the command line or the settings cannot be used.

mod address;
mod audit;
mod company;
mod demo;
mod failure;
mod key;
mod mail;
mod name;
mod output;
mod serve;
mod settings;
mod user;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Config, Inputs, Loaded},
    service::Service,
    startup::{self, StartError},
    telemetry,
};
use failure::Failure;

/// Self-hosted sign-in with two-factor enrolment that a whole company finishes by its deadline.
#[derive(Debug, Parser)]
#[command(
    name = "muster",
    version,
    after_help = "Examples:
  muster demo                       try Muster on this machine
  muster key new /etc/muster/keys   a first installation: make its keys,
  muster config check                 see that the settings are right,
  muster migrate                      prepare the database,
  muster serve                        and run it

Exit codes: 0 done, 1 failed, 2 the command line or the settings cannot be used."
)]
struct Cli {
    /// Settings file [default: muster.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = config::CONFIG_VARIABLE)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    #[command(after_help = serve::HELP)]
    Serve,
    /// Try Muster on this machine, with people in every role
    #[command(after_help = demo::HELP)]
    Demo(demo::Arguments),
    /// Bring the database's schema up to date
    #[command(after_help = serve::MIGRATE_HELP)]
    Migrate,
    /// Companies and their policy
    #[command(subcommand, after_help = company::HELP)]
    Company(company::Command),
    /// People and their passwords
    #[command(subcommand, after_help = user::HELP)]
    User(user::Command),
    /// The mail server, and mails that were given up
    #[command(subcommand, after_help = mail::HELP)]
    Mail(mail::Command),
    /// The audit log
    #[command(subcommand, after_help = audit::HELP)]
    Audit(audit::Command),
    /// The settings
    #[command(subcommand, after_help = settings::HELP)]
    Config(settings::Command),
    /// The keys that seal secrets in the database
    #[command(subcommand, after_help = key::HELP)]
    Key(key::Command),
}

/// Runs the command named on the command line.
pub fn run() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) => return output::usage(&error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

impl Cli {
    fn run(self) -> Result<(), Failure> {
        let settings = SettingsFile(self.config);
        match self.command {
            Command::Serve => serve::serve(&settings),
            Command::Demo(arguments) => demo::run(&arguments, &settings),
            Command::Migrate => serve::migrate(&settings),
            Command::Company(command) => company::run(&command, &settings),
            Command::User(command) => user::run(&command, &settings),
            Command::Mail(command) => mail::run(&command, &settings),
            Command::Audit(command) => audit::run(&command, &settings),
            Command::Config(settings::Command::Check) => settings::check(&settings),
            Command::Key(key::Command::New { file }) => key::new(&file),
        }
    }
}

/// The settings file named on the command line, if any.
struct SettingsFile(Option<PathBuf>);

impl SettingsFile {
    fn load(&self) -> Result<Loaded, StartError> {
        Ok(config::load(&Inputs::gather(self.0.as_deref())?))
    }

    /// Settings for a command that ends by itself: its log only warns unless a level is set.
    fn for_command(&self) -> Result<Config, StartError> {
        quiet(self.load()?)
    }
}

/// Starts the log, with warnings only unless a level is set.
fn quiet(loaded: Loaded) -> Result<Config, StartError> {
    let unset = loaded.is_default("log.level");
    let mut config = loaded.into_config()?;
    if unset {
        config.log.level = tracing::Level::WARN;
    }
    telemetry::start(&config.log)?;
    Ok(config)
}

/// Runs one piece of work on the Directory and closes the database.
fn with_service(
    settings: &SettingsFile,
    work: impl AsyncFnOnce(&Service) -> Result<(), Failure>,
) -> Result<(), Failure> {
    run_on_service(&settings.for_command()?, work)
}

/// The same for work that people are told of by mail: what the mails say to do is done at the public address.
fn with_service_that_tells(
    settings: &SettingsFile,
    work: impl AsyncFnOnce(&Service) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = settings.for_command()?;
    startup::public_url(&config)?;
    run_on_service(&config, work)
}

fn run_on_service(config: &Config, work: impl AsyncFnOnce(&Service) -> Result<(), Failure>) -> Result<(), Failure> {
    startup::block_on(async {
        let store = startup::open_store(config).await?;
        let service = startup::service(config, store, config.server.public_url.as_ref(), false).await?;
        let outcome = work(&service).await;
        service.store.close().await;
        outcome
    })?
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn every_command(command: &clap::Command, path: &str, visit: &mut dyn FnMut(&str, &clap::Command)) {
        visit(path, command);
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            every_command(sub, &format!("{path} {}", sub.get_name()), visit);
        }
    }

    #[test]
    fn command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_explanation_and_an_example_that_it_accepts() {
        let mut examples = Vec::new();
        every_command(&Cli::command(), "muster", &mut |path, command| {
            assert!(command.get_about().is_some(), "{path} has no explanation");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let own: Vec<_> = help.lines().map(str::trim).filter(|line| line.starts_with(path)).collect();
            assert!(help.contains("Example") && !own.is_empty(), "{path} has no example");
            examples.extend(own.into_iter().map(|line| line.split("   ").next().unwrap_or(line).to_owned()));
        });
        for example in examples {
            let line = example.split(" < ").next().unwrap();
            let words: Vec<String> = words(line);
            assert!(Cli::try_parse_from(&words).is_ok(), "the example `{example}` is refused");
        }
    }

    /// Splits a line at blanks outside double quotes.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_argument_is_explained() {
        every_command(&Cli::command(), "muster", &mut |path, command| {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path}: {} is not explained", argument.get_id());
            }
        });
    }

    #[test]
    fn no_command_takes_a_password_or_a_key_as_an_argument() {
        every_command(&Cli::command(), "muster", &mut |path, command| {
            for argument in command.get_arguments() {
                assert!(!["password", "secret", "key"].contains(&argument.get_id().as_str()), "{path}");
            }
        });
    }
}
