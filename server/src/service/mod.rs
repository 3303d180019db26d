//! What Muster does, step by step. The only module that sees domain, storage and crypto at once.

mod address;
mod alone;
mod arrival;
mod attempt;
mod audit;
mod bound;
mod chain;
mod challenge;
mod change;
mod confirm;
mod delivery;
mod directory;
mod enrolment;
mod failure;
mod gather;
mod language;
mod letter;
mod limit;
mod lost_answer;
mod mark;
mod new_password;
mod notice;
mod outcome;
mod page;
mod password;
mod pause;
mod purge;
mod qr;
mod recovery;
mod reset;
mod reveal;
mod security;
mod session;
mod sign_in;
mod sms;
mod text;
mod wrong_codes;

use std::sync::Arc;

pub use chain::{Chain, ChainError, Head};
pub use delivery::Delivery;
pub use directory::{Added, CompanyRow, DirectoryError, NewPerson, PersonRow};
pub use gather::Gathering;
pub use notice::Event;
pub use outcome::{Change, Outcome};
pub use purge::PURGE_BATCH;
pub(crate) use reset::LIFE as RESET_LIFE;
pub use session::SessionInfo;
pub use sms::{ReportOutcome, SmsDay};

use crate::{
    clock::{Clock, Rng, Timestamp},
    crypto::{Keyring, Passwords},
    domain::{Limits, SmsLimits},
    sms::Gateways,
    storage::{self, Store, StoreError},
};

/// Settings of the flow.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The installation's name, shown in pages and in the authenticator app.
    pub issuer: String,
    /// The limits.
    pub limits: Limits,
    /// The address that people type, without a slash at its end: links in mails start with it, whatever a request says.
    pub public_url: String,
    /// The limits of text messages.
    pub sms: SmsLimits,
    /// The host that people type, for the last line of a text message; none where it is no name.
    pub host: Option<String>,
    /// True for `https`: cookies carry `Secure` and the `__Host-` prefix.
    pub secure_cookies: bool,
    /// True for the demo: the outbox can be read.
    pub demo: bool,
}

/// Everything that the flow works with; cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Store,
    /// The installation's keys.
    pub keys: Arc<Keyring>,
    /// The password hasher.
    pub passwords: Arc<Passwords>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The gateways for text messages; none when they are not switched on.
    pub sms: Gateways,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The codes that wait to be checked together; empty at the start.
    pub gathering: Arc<Gathering>,
}

impl Service {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`app::AppError::Unavailable`].
    pub async fn ready(&self) -> Result<(), app::AppError> {
        self.store.check().await.map_err(|_| app::AppError::Unavailable)
    }

    /// Compares the keys with those that this database was written with, and notes new ones.
    ///
    /// # Errors
    /// [`StoreError::Setup`] when a key is missing or is another one with the same number (SEC-03).
    pub async fn check_keys(&self) -> Result<(), StoreError> {
        let keys = self.keys.check_values();
        self.store
            .write(move |db| {
                Box::pin(async move {
                    for (id, value) in storage::key_check::list(db).await? {
                        match keys.iter().find(|(known, _)| i64::from(*known) == id) {
                            Some((_, known)) if known.as_slice() == value => {}
                            Some(_) => {
                                return Err(StoreError::Setup(format!(
                                    "key {id} of the key file is not the one that this database was written with"
                                )));
                            }
                            None => {
                                return Err(StoreError::Setup(format!(
                                    "key {id}, which this database was written with, is not in the key file"
                                )));
                            }
                        }
                    }
                    for (id, value) in &keys {
                        storage::key_check::insert(db, i64::from(*id), value).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
