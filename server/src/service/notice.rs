//! What people are told by mail. Never a code, never a secret.

use sqlx::AnyConnection;

use super::{Service, failure::Failure, text};
use crate::{
    clock::{Timestamp, random},
    storage::{
        NoticeId, PersonId, address,
        notice::{self, NewNotice},
    },
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
    /// A new password was set.
    PasswordChanged,
    /// A second address was added.
    AddressAdded,
    /// The second address was taken away.
    AddressRemoved,
    /// The sign-in address is another one.
    EmailChanged,
}

impl Event {
    fn kind(self) -> &'static str {
        match self {
            Self::AuthenticatorLinked => "authenticator-linked",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::StrangerGuesses => "stranger-guesses",
            Self::AuthenticatorDisabled => "authenticator-disabled",
            Self::PasswordChanged => "password-changed",
            Self::AddressAdded => "address-added",
            Self::AddressRemoved => "address-removed",
            Self::EmailChanged => "email-changed",
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::AuthenticatorLinked => "An authenticator app was linked to your account",
            Self::RecoveryCodeUsed => "Your recovery code was used",
            Self::StrangerGuesses => "Somebody knows your password",
            Self::AuthenticatorDisabled => "Your authenticator app was switched off",
            Self::PasswordChanged => "Your password was changed",
            Self::AddressAdded => "An email address was added to your account",
            Self::AddressRemoved => "An email address was removed from your account",
            Self::EmailChanged => "You sign in with another email address now",
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
            Self::PasswordChanged => "A new password was set for your account. Every sign-in was ended.",
            Self::AddressAdded => "From now on this account's messages go to one more email address.",
            Self::AddressRemoved => {
                "From now on this account's messages go to one email address less. We still write to the old one for 30 \
                 days."
            }
            Self::EmailChanged => {
                "The email address that you sign in with was changed. Every sign-in was ended. We still write to the \
                 old address for 30 days."
            }
        }
    }
}

/// Where an event came from.
pub(super) struct Origin<'a> {
    /// Network address; empty for the command line.
    pub(super) address: &'a str,
    /// Browser.
    pub(super) agent: &'a str,
    /// When.
    pub(super) now: Timestamp,
}

impl Origin<'_> {
    /// The command line.
    pub(super) fn command_line(now: Timestamp) -> Self {
        Self { address: "", agent: "", now }
    }
}

/// Seconds for which a mail is tried: as long as a mail server that is away is usually waited for (RFC 5321 §4.5.4.1).
const PATIENCE: i64 = 5 * 24 * 60 * 60;

impl Service {
    /// Writes the mails about an event into the outbox, one for each address of the person, in the
    /// transaction of the event.
    pub(super) async fn tell(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        event: Event,
        origin: &Origin<'_>,
    ) -> Result<(), Failure> {
        let id = random(&*self.rng)?;
        for address in address::list(db, person, origin.now).await? {
            let mail = NewNotice {
                id: NoticeId::generate(&*self.rng)?,
                event: id,
                person,
                recipient: &address.email,
                kind: event.kind(),
                subject: event.subject(),
                body: &body(event, origin),
                now: origin.now,
                give_up: origin.now.plus(PATIENCE),
            };
            notice::insert_mail(db, &mail).await?;
        }
        Ok(())
    }
}

fn body(event: Event, origin: &Origin<'_>) -> String {
    let from = match (origin.address, origin.agent) {
        ("", _) => "Where: the administration of this server".to_owned(),
        (address, agent) => format!("Where: {address}\nDevice: {agent}"),
    };
    format!(
        "{}\n\nWhen: {}\n{from}\n\nWas it you? Then there is nothing to do.\n\
         Was it not you? Change your password now and tell your company's administrator.\n\n\
         We never ask for a code, by phone, by mail or by text message.\n",
        event.text(),
        text::moment(origin.now, &jiff::tz::TimeZone::UTC),
    )
}
