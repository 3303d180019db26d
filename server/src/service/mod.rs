//! What Muster does, step by step. The only module that sees domain, storage and crypto at once.

mod directory;

use std::sync::Arc;

pub use directory::{CompanyRow, DirectoryError, NewPerson, PersonRow, PolicyChange};

use crate::{
    clock::{Clock, Rng},
    crypto::{Keyring, Passwords},
    domain::Limits,
    storage::Store,
};

/// Settings of the flow.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The installation's name, shown in pages and in the authenticator app.
    pub issuer: String,
    /// The limits.
    pub limits: Limits,
    /// True for `https`: cookies carry `Secure` and the `__Host-` prefix.
    pub secure_cookies: bool,
    /// True for the demo: the outbox can be read.
    pub demo: bool,
}

/// Everything that the flow works with.
pub struct Service {
    /// The database.
    pub store: Store,
    /// The installation's keys.
    pub keys: Keyring,
    /// The password hasher.
    pub passwords: Passwords,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The settings.
    pub settings: Settings,
}

/// Who is signed in, for programs: the answer of `GET /api/session`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SessionInfo {
    /// The person's e-mail.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// When the session ends at the latest, seconds since 1970.
    pub expires_at: i64,
    /// True when a second factor was used to open it.
    pub second_factor: bool,
}

impl Service {
    /// The person of a session token, if the session is alive at this moment. Never from a cache.
    ///
    /// # Errors
    /// [`app::AppError::NotSignedIn`], or [`app::AppError::Unavailable`] when the database is away.
    pub async fn session(&self, _token: &app::model::Secret) -> Result<SessionInfo, app::AppError> {
        unimplemented!()
    }

    /// Whether the database answers and can be written to.
    ///
    /// # Errors
    /// [`app::AppError::Unavailable`].
    pub async fn ready(&self) -> Result<(), app::AppError> {
        unimplemented!()
    }
}
