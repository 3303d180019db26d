//! The kinds of second factor.

use serde::{Deserialize, Serialize};

/// A kind of second factor. At most one of each per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// An authenticator app that shows time-based codes (RFC 6238).
    Authenticator,
    /// A phone that receives codes as text messages.
    Sms,
}
