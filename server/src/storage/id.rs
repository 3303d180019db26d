//! Ids: 128 random bits, one type for each table.

use crate::clock::{Rng, RngError, random};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new id.
            ///
            /// # Errors
            /// Those of the source of randomness.
            pub fn generate(rng: &dyn Rng) -> Result<Self, RngError> {
                random(rng).map(Self)
            }

            /// The bytes.
            pub fn bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<Vec<u8>> for $name {
            type Error = sqlx::Error;

            fn try_from(bytes: Vec<u8>) -> Result<Self, sqlx::Error> {
                bytes.try_into().map(Self).map_err(|_| sqlx::Error::Decode("an id is not 16 bytes".into()))
            }
        }
    )+};
}

ids! {
    /// Id of a company.
    CompanyId,
    /// Id of a person.
    PersonId,
    /// Id of a sign-in.
    SignInId,
    /// Id of a session.
    SessionId,
    /// Id of a factor.
    FactorId,
    /// Id of a recovery code.
    RecoveryCodeId,
    /// Id of a message in the outbox.
    NoticeId,
    /// Id of a text message.
    SmsMessageId,
}
