//! `muster audit`

use clap::Subcommand;

use super::{Failure, SettingsFile, output, with_service};
use crate::{
    service::{ChainError, Head},
    storage::StoreError,
};

pub(super) const HELP: &str = "Example:
  muster audit verify";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check that no event of the audit log was changed, removed or forged
    #[command(after_help = "Examples:
  muster audit verify
  muster audit verify --expect 120:4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a

Reads every event and every block and changes nothing. Exit code 0: the log holds; 1: it does not, \
and the message names the first place. It needs the key file that the log was written with. \
With SQLite, stop the server first.

A log whose end was cut off whole holds up to where it was cut. So keep its heads in another place: \
the last line of this command, or the line with `head` that the server logs at its start and every \
hour. With --expect, the log must still hold that head.")]
    Verify {
        /// A head of the log, kept elsewhere, that the log must hold
        #[arg(long, value_name = "NUMBER:HASH")]
        expect: Option<Head>,
    },
}

/// `muster audit …`
pub(super) fn run(command: &Command, settings: &SettingsFile) -> Result<(), Failure> {
    match command {
        Command::Verify { expect } => verify(settings, *expect),
    }
}

fn verify(settings: &SettingsFile, expect: Option<Head>) -> Result<(), Failure> {
    with_service(settings, async |service| {
        let chain = service.verify_audit_chain(expect).await?;
        output::print(&format!(
            "The audit log holds: {} events in {} blocks, {} more wait for the next block.",
            chain.sealed,
            chain.blocks(),
            chain.open
        ))?;
        chain.head.map_or(Ok(()), |head| output::print(&format!("Its head: {head}")))
    })
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Store(error @ StoreError::Away(_)) => {
                Self::failed(error.to_string(), "check `database.url` and whether the database runs")
            }
            other => Self::failed(
                other.to_string(),
                "somebody wrote to the database beside Muster, or a backup was put back: keep a copy as it is now, and \
                 compare it with the last backup that held",
            ),
        }
    }
}
