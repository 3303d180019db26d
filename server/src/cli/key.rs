//! `muster key`

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Failure, output};
use crate::{clock::SystemRng, startup::key_file};

pub(super) const HELP: &str = "Example:
  muster key new /etc/muster/keys";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a new key file
    #[command(after_help = "Example:
  muster key new /etc/muster/keys

The file gets mode 600. A file that is there already is never overwritten. \
Keep a copy apart from the backups of the database: without it, everybody must enrol again.")]
    New {
        /// File to write
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `muster key new`
pub(super) fn new(file: &Path) -> Result<(), Failure> {
    match key_file::create(file, &SystemRng) {
        Ok(()) => output::print(&format!(
            "Wrote {}. Name it in the settings as `file` of [keys], and keep a copy apart from the backups of the \
             database.",
            file.display()
        )),
        Err(error @ key_file::KeyFileError::Exists(_)) => Err(Failure::failed(
            error.to_string(),
            "choose another name; with the old keys everything they sealed is lost",
        )),
        Err(error) => Err(error.into()),
    }
}
