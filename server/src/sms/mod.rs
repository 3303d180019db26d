//! Gateways for text messages.
//!
//! A message is handed to one provider. Only when that one has certainly not taken it, it goes to the second: a
//! message whose fate is unknown is never sent again by itself, since it might arrive twice.

mod breaker;
mod client;
mod outbox;
mod report;
mod twilio;
mod webhook;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;

pub use outbox::Outbox;
pub use report::{Report, ReportError, ReportRequest};
pub use twilio::{Twilio, TwilioSettings};
pub use webhook::{Webhook, WebhookSettings};

use crate::{
    clock::Timestamp,
    domain::PhoneNumber,
    storage::{PersonId, SmsMessageId},
};
use breaker::Breaker;

/// How long a provider has to answer. Two of them have to fit into the time of a request.
const PATIENCE: Duration = Duration::from_secs(6);

/// A text message. `Debug` prints neither number nor text.
pub struct Message {
    /// Our number of it, which comes back with a delivery report.
    pub id: SmsMessageId,
    /// Whom it is for.
    pub person: PersonId,
    /// Where it goes.
    pub to: PhoneNumber,
    /// The text.
    pub text: zeroize::Zeroizing<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("to", &self.to).finish_non_exhaustive()
    }
}

/// Why a provider did not take a message. The reason is for the log and holds neither number nor text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The provider has certainly not taken it, nor would it take any other: it cannot be reached, has too much to do,
    /// or does not know us. Another one may try.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider works and does not take this message, for what it is or where it goes. Another one may try.
    #[error("declined: {0}")]
    Declined(String),
    /// The number cannot receive it; no other provider will do better.
    #[error("undeliverable: {0}")]
    Undeliverable(String),
    /// Nobody knows whether the provider has taken it.
    #[error("unknown: {0}")]
    Unknown(String),
}

/// A provider.
#[async_trait]
pub trait SmsGateway: Send + Sync + fmt::Debug {
    /// Its name in settings, log and database.
    fn name(&self) -> &'static str;

    /// Hands a message over.
    ///
    /// # Errors
    /// [`SendError`].
    async fn send(&self, message: &Message) -> Result<(), SendError>;

    /// Reads a delivery report after its signature.
    ///
    /// # Errors
    /// [`ReportError`]; [`ReportError::NoGateway`] from a provider that sends none.
    fn report(&self, _request: &ReportRequest<'_>) -> Result<Report, ReportError> {
        Err(ReportError::NoGateway)
    }
}

/// A gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Its addresses do not join.
    #[error("the address of the gateway cannot be used: {0}")]
    Address(#[from] url::ParseError),
    /// Its client cannot be made.
    #[error("no HTTPS client: {0}")]
    Client(#[from] reqwest::Error),
}

/// What became of a message.
#[derive(Debug)]
pub struct Dispatch {
    /// The gateway that answered last; none when there was none to ask.
    pub gateway: Option<&'static str>,
    /// Its answer.
    pub result: Result<(), SendError>,
}

/// The gateways of an installation, the preferred one first.
#[derive(Clone, Debug, Default)]
pub struct Gateways {
    all: Arc<[Guarded]>,
    patience: Duration,
}

#[derive(Debug)]
struct Guarded {
    gateway: Arc<dyn SmsGateway>,
    breaker: Breaker,
}

impl Gateways {
    /// These gateways, the preferred one first.
    pub fn new(gateways: impl IntoIterator<Item = Arc<dyn SmsGateway>>) -> Self {
        let all = gateways.into_iter().map(|gateway| Guarded { gateway, breaker: Breaker::default() }).collect();
        Self { all, patience: PATIENCE }
    }

    /// False when text messages are not switched on.
    pub fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// The gateway that is asked first, where there is another one.
    pub fn preferred(&self) -> Option<&'static str> {
        match &*self.all {
            [first, _, ..] => Some(first.gateway.name()),
            [_] | [] => None,
        }
    }

    /// Reads a delivery report that came for the gateway of this name, and says which gateway it is.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn report(&self, name: &str, request: &ReportRequest<'_>) -> Result<(&'static str, Report), ReportError> {
        let named = self.all.iter().map(|guarded| &guarded.gateway).find(|gateway| gateway.name() == name);
        let gateway = named.ok_or(ReportError::NoGateway)?;
        Ok((gateway.name(), gateway.report(request)?))
    }

    /// Hands a message to the first gateway that takes it. `avoid` comes last: what it took before did not arrive.
    pub async fn send(&self, message: &Message, avoid: Option<&str>, now: Timestamp) -> Dispatch {
        let avoided = |guarded: &&Guarded| Some(guarded.gateway.name()) == avoid;
        let order = self.all.iter().filter(|guarded| !avoided(guarded)).chain(self.all.iter().filter(avoided));
        let mut last = Dispatch { gateway: None, result: Err(SendError::Refused("no gateway to ask".into())) };
        for Guarded { gateway, breaker } in order {
            if !breaker.admits(now) {
                continue;
            }
            let answer = timeout(self.patience, gateway.send(message)).await;
            let result = answer.unwrap_or_else(|_| Err(SendError::Unknown("no answer in time".into())));
            breaker.note(!matches!(result, Err(SendError::Refused(_) | SendError::Unknown(_))), now);
            if let Err(error) = &result {
                tracing::warn!(gateway = gateway.name(), %error, "a text message was not handed over");
            }
            let done = !matches!(result, Err(SendError::Refused(_) | SendError::Declined(_)));
            last = Dispatch { gateway: Some(gateway.name()), result };
            if done {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests;
