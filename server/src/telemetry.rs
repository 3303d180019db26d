//! Structured logs on standard error, without secrets.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

use crate::config::{Log, LogFormat};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` is not a filter.
    #[error("RUST_LOG is not a filter such as `info` or `server=debug`")]
    Filter(#[source] ParseError),
    /// There is a log already.
    #[error("the log was started twice")]
    Twice,
}

/// Starts the log. `RUST_LOG`, if set, wins over `log.level`.
///
/// # Errors
/// [`TelemetryError`].
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let given = std::env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let filter = filter(log.level, given.as_deref())?;
    let base = fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match log.format {
        LogFormat::Text => base.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => base.json().flatten_event(true).try_init(),
    };
    started.map_err(|_| TelemetryError::Twice)?;
    report_panics();
    Ok(())
}

/// Muster's own events from the level on. Libraries only warn: what they tell below that is not ours to vouch for.
fn filter(level: Level, given: Option<&str>) -> Result<EnvFilter, TelemetryError> {
    let ours = format!("{},server={level},app={level}", if level == Level::ERROR { "error" } else { "warn" });
    EnvFilter::try_new(given.unwrap_or(&ours)).map_err(TelemetryError::Filter)
}

/// A panic is logged by its place. Its text is left out: it may hold what was being worked on (SEC-01).
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault in Muster stopped one task");
    }));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parts(level: Level) -> BTreeSet<String> {
        filter(level, None).unwrap().to_string().split(',').map(str::to_owned).collect()
    }

    #[test]
    fn level_holds_for_muster_and_libraries_only_warn() {
        assert_eq!(parts(Level::DEBUG), BTreeSet::from(["app=debug", "server=debug", "warn"].map(str::to_owned)));
        assert_eq!(parts(Level::ERROR), BTreeSet::from(["app=error", "server=error", "error"].map(str::to_owned)));
    }

    #[test]
    fn rust_log_wins_and_is_refused_when_it_is_no_filter() {
        assert_eq!(filter(Level::INFO, Some("sqlx=debug")).unwrap().to_string(), "sqlx=debug");
        assert!(matches!(filter(Level::INFO, Some("server=loud")), Err(TelemetryError::Filter(_))));
    }
}
