//! Sending mail: what a message is, and who takes it.
//!
//! The outbox (`storage::notice`) says what is to be sent and what became of it. A [`Mailer`] only hands one
//! message to a mail server, and says what the server answered.

mod message;
mod outbox;
mod smtp;

use std::fmt;

use app::model::{Email, Secret};
use async_trait::async_trait;

use crate::clock::Timestamp;

pub use message::compose;
pub use outbox::Outbox;
pub use smtp::{Security, Smtp, SmtpError, SmtpSettings, is_this_machine};

/// A message, ready to be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Id of its row in the outbox. The Message-ID is made from it, so a repeated message has the same one and
    /// mail programs show it once (RFC 5322 §3.6.4).
    pub id: [u8; 16],
    /// Whom it goes to.
    pub to: Email,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Secret,
    /// The same as HTML; empty when there is none.
    pub html: Secret,
    /// When it was written.
    pub at: Timestamp,
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailError {
    /// Not now: the server is away, slow, busy or not ours to use. The same message may be taken later.
    Passing(String),
    /// Never: the server has refused this recipient or this message for good (RFC 5321 §4.2.1, 5yz).
    Permanent(String),
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passing(reason) | Self::Permanent(reason) => f.write_str(reason),
        }
    }
}

/// Takes messages.
#[async_trait]
pub trait Mailer: Send + Sync + fmt::Debug {
    /// Hands a message over. `Ok` means that somebody else is responsible for it now (RFC 5321 §6.1).
    ///
    /// # Errors
    /// [`MailError`].
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
