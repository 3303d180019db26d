//! The database: SQLite or PostgreSQL, one SQL text for both.
//!
//! `find_` gives an `Option`, `insert_` adds, `consume_` and `reserve_` are conditional writes that
//! succeed once, `list_` and `purge_` say what they do.

pub mod address;
pub mod audit;
pub mod challenge;
pub mod company;
mod connect;
pub mod delivery;
mod error;
pub mod factor;
mod health;
mod id;
pub mod key_check;
pub mod lost_answer;
pub mod new_session;
pub mod notice;
pub mod password_reset;
pub mod person;
pub mod phone;
pub mod recovery_code;
pub mod refused_step;
pub mod reveal;
mod rows;
pub mod seen_network;
pub mod session;
mod session_reader;
pub mod session_token;
pub mod sign_in;
mod silence;
pub mod sms_code;
pub mod sms_count;
pub mod sms_message;
pub mod throttle;
mod write;

pub use connect::{DatabaseSettings, FEWEST_CONNECTIONS};
pub use error::StoreError;
pub use id::{CompanyId, FactorId, NoticeId, PersonId, RecoveryCodeId, SessionId, SignInId, SmsMessageId};
pub use silence::Reading;

use std::future::Future;

use futures_util::future::BoxFuture;
use sqlx::{Any, AnyConnection, AnyPool, any::AnyRow};

use self::silence::{Silence, Wait};
use crate::clock::Timestamp;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    readers: AnyPool,
    writer: write::Writer,
    sessions: session_reader::SessionReader,
    silence: Silence,
    engine: connect::Engine,
    health: std::sync::Arc<health::Health>,
}

impl Store {
    /// A connection to read with.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn read(&self) -> Result<Reading, StoreError> {
        Ok(Reading::new(self.readers.acquire().await?, self.silence.clone()))
    }

    /// Reads for whom no deadline of a request ends it when the database goes silent.
    ///
    /// # Errors
    /// Those of the reading, or [`StoreError::Away`].
    pub async fn read_in_time<T>(&self, reading: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.silence.within(Wait::Change, reading).await
    }

    /// Runs a change in a transaction and answers once it is durable. The change must not wait for
    /// anything but the database, and runs anew where PostgreSQL undid it in favour of another. What it returns as
    /// `Ok` is committed, also when that is a refusal.
    ///
    /// # Errors
    /// Those of the change, or [`StoreError::Away`] when it could not be committed.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Clone + Send + 'static,
    {
        let written = self.writer.run(change).await;
        if matches!(written, Err(StoreError::Away(_))) {
            self.health.doubt();
        }
        written
    }

    /// The session of a token, if it is alive at this moment: not ended, not expired, not idle for `idle`
    /// seconds, of the person's present epoch, the person not disabled and in a company that is not suspended.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_session(
        &self,
        token_hash: &[u8; 32],
        now: Timestamp,
        idle: i64,
    ) -> Result<Option<session::Session>, StoreError> {
        self.sessions.find(token_hash, now, idle).await
    }
}

/// Reads a column; the error names the column.
fn get<'r, T>(row: &'r AnyRow, column: &str) -> Result<T, sqlx::Error>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    sqlx::Row::try_get(row, column)
}

/// Reads an id.
fn get_id<T: TryFrom<Vec<u8>, Error = sqlx::Error>>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    get::<Vec<u8>>(row, column)?.try_into()
}
