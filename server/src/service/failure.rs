//! The rich error inside the service, and what of it a person is told.

use app::AppError;

use crate::{
    clock::RngError,
    crypto::{CryptoError, PasswordError},
    storage::StoreError,
};

/// Why a step did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Something that a person is told as it is.
    #[error(transparent)]
    Told(#[from] AppError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Randomness.
    #[error(transparent)]
    Random(#[from] RngError),
}

impl Failure {
    /// What the person is told; whatever is a fault of ours is logged here, once, under the number they see.
    pub(super) fn tell(self, reference: impl FnOnce() -> u32) -> AppError {
        match self {
            Self::Told(error) => error,
            Self::Store(error @ (StoreError::Away(_) | StoreError::ReadOnly | StoreError::Collided(_))) => {
                tracing::warn!(%error, "the database did not do it now");
                AppError::Unavailable
            }
            Self::Store(StoreError::Lost) => AppError::Expired,
            Self::Password(PasswordError::Busy) => AppError::Busy { retry_after: 2 },
            Self::Password(PasswordError::Length) => AppError::BadRequest,
            Self::Store(_) | Self::Crypto(_) | Self::Password(_) | Self::Random(_) => {
                let reference = reference();
                tracing::error!(error = %self, reference, "a step failed");
                AppError::Internal { reference }
            }
        }
    }
}

/// Inside a change of the database the only error is the database's: the others undo the change.
impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error,
            Failure::Told(_) | Failure::Crypto(_) | Failure::Password(_) | Failure::Random(_) => {
                Self::Setup(failure.to_string())
            }
        }
    }
}
