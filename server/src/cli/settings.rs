//! `muster config`

use clap::Subcommand;

use super::{Failure, SettingsFile, output};
use crate::{
    config::{Config, KNOWN, Loaded},
    startup::{self, StartError, key_file},
};

pub(super) const HELP: &str = "Example:
  muster config check";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show every setting in force, where it came from, and what is wrong
    #[command(after_help = "Examples:
  muster config check
  muster config check --config /etc/muster/muster.toml

Looks at the settings and the key file, not at the database. Never prints a secret.
Each setting has a variable: table and key in capitals, joined with two underscores, such as
MUSTER_SERVER__LISTEN. MUSTER_DATABASE_URL is short for MUSTER_DATABASE__URL.")]
    Check,
}

/// `muster config check`
pub(super) fn check(settings: &SettingsFile) -> Result<(), Failure> {
    let loaded = settings.load()?;
    output::print(&table(&loaded))?;
    let mut wrong: Vec<String> = loaded.problems().iter().map(ToString::to_string).collect();
    let mut warnings = Vec::new();
    if let Ok(config) = loaded.into_config() {
        wrong.extend(unfit_to_serve(&config));
        warnings.extend(startup::warnings(&config));
    }
    for warning in warnings {
        output::print(&format!("\nwarning: {warning}"))?;
    }
    if wrong.is_empty() {
        return output::print("\nNothing is wrong: `muster serve` can use these settings.");
    }
    let message = format!("`muster serve` cannot use these settings:\n  {}", wrong.join("\n  "));
    Err(Failure::unusable(message, "change them and run `muster config check` again"))
}

fn table(loaded: &Loaded) -> String {
    let about = |name: &str| KNOWN.iter().find(|known| known.name == name).map_or("", |known| known.about);
    let row = |line: &crate::config::Line| {
        [line.name.to_owned(), line.value.clone(), line.source.to_string(), about(line.name).to_owned()]
    };
    let rows: Vec<_> = loaded.lines().iter().map(row).collect();
    output::table(["Setting", "Value", "From", "What it is"], &rows)
}

/// What `muster serve` would refuse beside the settings themselves.
fn unfit_to_serve(config: &Config) -> Vec<String> {
    let key = match &config.key_file {
        Some(path) => key_file::read(path).map(drop).map_err(StartError::from),
        None => Err(StartError::NoKey),
    };
    let url = startup::public_url(config).map(drop);
    let mail = startup::mailer(config).map(drop);
    [url, key, mail]
        .into_iter()
        .filter_map(Result::err)
        // That one's hint is this very command.
        .map(|error| match error.hint().filter(|_| !matches!(error, StartError::Mail(_))) {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
        .collect()
}
