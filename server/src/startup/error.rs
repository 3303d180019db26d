//! Why Muster did not start, and what to do about it.

use std::{io, net::SocketAddr};

use super::key_file::KeyFileError;
use crate::{
    config::ConfigError, crypto::PasswordError, mail::SmtpError, sms::SetUpError, storage::StoreError,
    telemetry::TelemetryError,
};

/// Why Muster did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No key file is named.
    #[error("there is no key file: `keys.file` is not set")]
    NoKey,
    /// The key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// `muster serve` does not know its address.
    #[error("`server.public_url` is not set: the address that people type, such as https://muster.example")]
    NoPublicUrl,
    /// Plain HTTP.
    #[error(
        "`server.public_url` starts with http: over plain HTTP passwords, codes and sessions can be read on the way, \
         and browsers refuse the session cookie"
    )]
    PlainHttp,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A gateway for text messages.
    #[error(transparent)]
    Sms(#[from] SetUpError),
    /// The password hasher.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The mail server's settings.
    #[error(transparent)]
    Mail(#[from] SmtpError),
    /// The log.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        reason: io::Error,
    },
    /// The system refused threads, signals or connections.
    #[error("the system refused: {0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoKey => Some("make one with `muster key new FILE` and name it in the settings"),
            Self::Config(_) | Self::Mail(_) => Some("`muster config check` shows every setting and where it came from"),
            Self::PlainHttp => Some("put a proxy that ends TLS in front, or try `muster demo` on this machine"),
            Self::Listen { .. } => Some("end what listens there, or choose another address and port"),
            Self::Key(KeyFileError::File(_) | KeyFileError::Content { .. }) => Some(
                "a lost key file cannot be made again: take it from its copy; a new installation makes one with \
                      `muster key new FILE`",
            ),
            Self::Store(StoreError::Away(_)) => Some("check `database.url` and whether the database runs"),
            Self::Store(StoreError::ReadOnly) => Some(
                "name the primary in `database.url`, or promote this server: `pg_ctl promote`, or `SELECT pg_promote()`",
            ),
            Self::NoPublicUrl
            | Self::Key(_)
            | Self::Store(_)
            | Self::Sms(_)
            | Self::Password(_)
            | Self::Telemetry(_)
            | Self::System(_) => None,
        }
    }

    /// True when the settings are at fault, so that trying again does not help.
    pub fn is_setting(&self) -> bool {
        match self {
            Self::Config(_) | Self::NoKey | Self::Key(_) | Self::NoPublicUrl | Self::PlainHttp | Self::Mail(_) => true,
            Self::Store(_)
            | Self::Sms(_)
            | Self::Password(_)
            | Self::Telemetry(_)
            | Self::Listen { .. }
            | Self::System(_) => false,
        }
    }
}
