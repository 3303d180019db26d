//! What people are told by mail. Never a code, never a secret.

use sqlx::AnyConnection;

use super::{Service, failure::Failure, text};
use crate::{
    clock::{Timestamp, random},
    storage::{self, PersonId},
};

/// An event that a person is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// An authenticator app was linked.
    AuthenticatorLinked,
    /// A recovery code opened the account.
    RecoveryCodeUsed,
    /// Somebody with the right password has typed five wrong codes.
    StrangerGuesses,
    /// Too many wrong codes in a row: the app is switched off.
    AuthenticatorDisabled,
}

impl Event {
    fn kind(self) -> &'static str {
        match self {
            Self::AuthenticatorLinked => "authenticator-linked",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::StrangerGuesses => "stranger-guesses",
            Self::AuthenticatorDisabled => "authenticator-disabled",
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::AuthenticatorLinked => "An authenticator app was linked to your account",
            Self::RecoveryCodeUsed => "Your recovery code was used",
            Self::StrangerGuesses => "Somebody knows your password",
            Self::AuthenticatorDisabled => "Your authenticator app was switched off",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::AuthenticatorLinked => {
                "From now on you sign in with your password and a code from this app. Every other sign-in was ended."
            }
            Self::RecoveryCodeUsed => {
                "Somebody signed in with your password and your recovery code. That code is used up, a new one was \
                 made, and every other sign-in was ended."
            }
            Self::StrangerGuesses => {
                "Somebody typed your right password in a browser that we do not know, and then five wrong codes. \
                 They did not get in."
            }
            Self::AuthenticatorDisabled => {
                "There were too many wrong codes in a row, so codes from your app are not taken any more. Sign in with \
                 your recovery code, or ask your company's administrator."
            }
        }
    }
}

/// Where an event came from.
pub(super) struct Origin<'a> {
    /// Network address.
    pub(super) address: &'a str,
    /// Browser.
    pub(super) agent: &'a str,
    /// When.
    pub(super) now: Timestamp,
}

impl Service {
    /// Writes the mail about an event into the outbox, in the transaction of the event.
    pub(super) async fn tell(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        email: &str,
        event: Event,
        origin: &Origin<'_>,
    ) -> Result<(), Failure> {
        let body = format!(
            "{}\n\nWhen: {}\nWhere: {}\nDevice: {}\n\nWas it you? Then there is nothing to do.\n\
             Was it not you? Change your password now and tell your company's administrator.\n\n\
             We never ask for a code, by phone, by mail or by text message.\n",
            event.text(),
            text::moment(origin.now, &jiff::tz::TimeZone::UTC),
            origin.address,
            origin.agent,
        );
        storage::notice::insert_mail(
            db,
            &storage::notice::NewNotice {
                id: random(&*self.rng)?,
                person,
                recipient: email,
                kind: event.kind(),
                subject: event.subject(),
                body: &body,
                now: origin.now,
            },
        )
        .await?;
        Ok(())
    }
}
