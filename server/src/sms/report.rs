//! Delivery reports: what a provider tells about a message that it has taken.

use crate::storage::SmsMessageId;

/// A request that says to be a delivery report.
#[derive(Clone, Copy, Debug)]
pub struct ReportRequest<'a> {
    /// The address that the provider called, from the public address on.
    pub url: &'a str,
    /// Its signature, as the header of this provider has it.
    pub signature: &'a str,
    /// The time stamp beside it; empty where the provider has none.
    pub timestamp: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The message, by our own number.
    pub id: SmsMessageId,
    /// True when the phone has it, false when it never will; none while it is on its way.
    pub delivered: Option<bool>,
}

/// Why a report is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// There is no such gateway here, or it sends no reports.
    #[error("no such gateway")]
    NoGateway,
    /// No signature, a wrong one, or one of another time.
    #[error("not signed by the provider")]
    Unsigned,
    /// Signed, and yet nothing that can be read.
    #[error("no delivery report")]
    Malformed,
}

/// Our number of a message in the spelling of addresses and reports.
pub(super) fn message_id(text: &str) -> Option<SmsMessageId> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
