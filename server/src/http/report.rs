//! Reports of browsers about what a page's policy stopped.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{body::Bytes, extract::State, http::StatusCode};

use super::Site;

/// Where reports go.
pub(super) const PATH: &str = "/csp-report";
/// The same for `report-to`.
pub(super) const ENDPOINTS: &str = "csp=\"/csp-report\"";

/// The part of a report that is kept, bytes.
const MAX_LINE: usize = 1024;
/// Lines in the log for each minute: anybody can send a report.
const LINES: u32 = 20;

/// How many reports may still be logged in this minute.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<Option<(Instant, u32)>>);

impl Budget {
    /// Whether one more may be logged.
    pub(super) fn spend(&self, now: Instant) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *window {
            Some((start, spent)) if now.duration_since(start) < Duration::from_mins(1) => {
                *window = Some((start, spent.saturating_add(1)));
                spent < LINES
            }
            _ => {
                *window = Some((now, 1));
                true
            }
        }
    }
}

/// Takes a report: into the log, if there is room, and that is all.
pub(super) async fn take(State(site): State<Arc<Site>>, body: Bytes) -> StatusCode {
    if site.reports.spend(Instant::now()) {
        let report = String::from_utf8_lossy(body.get(..MAX_LINE).unwrap_or(&body)).into_owned();
        tracing::warn!(?report, "a browser reports a breach of the content policy");
    }
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flood_of_reports_logged_up_to_the_budget() {
        let budget = Budget::default();
        let start = Instant::now();
        let logged = (0..1000).filter(|_| budget.spend(start)).count();
        assert_eq!(logged, usize::try_from(LINES).unwrap());
        assert!(budget.spend(start + Duration::from_secs(61)), "the next minute has its own budget");
    }
}
