//! Delivery reports of the providers.

use serde_json::json;

use super::Service;
use crate::{
    service::{audit::Entry, failure::Failure},
    sms::{ReportError, ReportRequest},
    storage::{StoreError, sms_message},
};

/// How a report was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOutcome {
    /// Noted, or known before.
    Taken,
    /// Not taken.
    Refused(ReportError),
    /// The database is away: the provider shall try again.
    Away,
}

impl Service {
    /// Notes a delivery report, if it is signed by the provider that took the message. One that comes twice, or from
    /// another provider, changes nothing (SMS-15). A refusal is not logged here: anybody can cause one.
    pub async fn take_report(&self, gateway: &str, request: &ReportRequest<'_>) -> ReportOutcome {
        let (gateway, report) = match self.sms.report(gateway, request) {
            Ok(report) => report,
            Err(error) => return ReportOutcome::Refused(error),
        };
        let Some(delivered) = report.delivered else { return ReportOutcome::Taken };
        let (service, now) = (self.clone(), self.now());
        let noted = self.store.write(move |db| {
            Box::pin(async move {
                let changed = sms_message::record_report(db, report.id, gateway, delivered, now).await?;
                if let Some(person) = changed.filter(|_| !delivered) {
                    let entry = Entry {
                        kind: "sms.undelivered",
                        person: Some(person),
                        actor: "system",
                        address: "",
                        detail: json!(null),
                        now,
                    };
                    service.note(db, entry).await.map_err(|error: Failure| StoreError::from(error))?;
                }
                Ok(())
            })
        });
        match noted.await {
            Ok(()) => ReportOutcome::Taken,
            Err(error) => {
                tracing::warn!(%error, "a delivery report was not noted");
                ReportOutcome::Away
            }
        }
    }
}
