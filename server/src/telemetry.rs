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
    use std::{
        collections::BTreeSet,
        sync::{Arc, Mutex},
    };

    use super::*;

    /// A log that can be read.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn web_05_panic_is_logged_by_its_place_and_not_by_its_text() {
        let kept = Kept::default();
        let writer = kept.clone();
        let before = std::panic::take_hook();
        report_panics();
        tracing::subscriber::with_default(fmt().with_writer(move || writer.clone()).finish(), || {
            let panicked = std::panic::catch_unwind(|| panic!("the code is 123456"));
            assert!(panicked.is_err());
        });
        std::panic::set_hook(before);
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(log.contains("telemetry.rs:") && !log.contains("the code is"), "{log}");
    }

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
