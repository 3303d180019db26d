//! The events that people are told of by mail, and the words for each.

use app::{Language, t};

/// An event that a person is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An authenticator app was linked.
    AuthenticatorLinked {
        /// Whether it has put an end to a recovery card.
        old_card: bool,
    },
    /// Another authenticator app was linked in place of the one before.
    AuthenticatorChanged,
    /// The authenticator app was taken away.
    AuthenticatorRemoved,
    /// Too many wrong codes in a row: the app is switched off.
    AuthenticatorDisabled,
    /// A phone was linked.
    PhoneLinked {
        /// Whether it has put an end to a recovery card.
        old_card: bool,
    },
    /// Another number was linked in place of the one before.
    PhoneChanged,
    /// The phone was taken away.
    PhoneRemoved,
    /// Too many wrong codes in a row: the phone is switched off.
    PhoneDisabled,
    /// A new recovery code was made on request.
    RecoveryCodeMade,
    /// A recovery code opened the account.
    RecoveryCodeUsed,
    /// Too many wrong recovery codes in a row: it is switched off.
    RecoveryCodeDisabled,
    /// Somebody with the right password has typed five wrong codes in browsers that are not known.
    StrangerGuesses,
    /// Somebody with the right password has typed twenty wrong codes, in whichever browsers.
    ManyWrongCodes,
    /// Wrong passwords in browsers that are not known have started a pause.
    PasswordGuesses {
        /// Whether it is one of all of them, not only of those at one network address.
        everywhere: bool,
    },
    /// A new password was set.
    PasswordChanged,
    /// Somebody asked for a link that sets a new password; told to the addresses that it did not go to.
    PasswordResetAsked,
    /// A second address was added.
    AddressAdded,
    /// The second address was taken away.
    AddressRemoved,
    /// The sign-in address is another one.
    EmailChanged,
    /// Somebody came in after several wrong tries.
    SignedInAfterFailures {
        /// How many.
        failures: i64,
    },
    /// Somebody came in from a browser and a network that the account does not know.
    SignedInFromNewPlace,
}

/// Subject and text of an event.
pub(super) type Words = (app::text::Text, app::text::Text);

impl Event {
    /// Every event.
    pub const ALL: [Self; 22] = [
        Self::AuthenticatorLinked { old_card: true },
        Self::AuthenticatorChanged,
        Self::AuthenticatorRemoved,
        Self::AuthenticatorDisabled,
        Self::PhoneLinked { old_card: true },
        Self::PhoneChanged,
        Self::PhoneRemoved,
        Self::PhoneDisabled,
        Self::RecoveryCodeMade,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodeDisabled,
        Self::StrangerGuesses,
        Self::ManyWrongCodes,
        Self::PasswordGuesses { everywhere: false },
        Self::PasswordGuesses { everywhere: true },
        Self::PasswordChanged,
        Self::PasswordResetAsked,
        Self::AddressAdded,
        Self::AddressRemoved,
        Self::EmailChanged,
        Self::SignedInAfterFailures { failures: 5 },
        Self::SignedInFromNewPlace,
    ];

    /// Its name in the outbox and in the audit log.
    pub fn kind(self) -> &'static str {
        match self {
            Self::AuthenticatorLinked { .. } => "authenticator-linked",
            Self::AuthenticatorChanged => "authenticator-changed",
            Self::AuthenticatorRemoved => "authenticator-removed",
            Self::AuthenticatorDisabled => "authenticator-disabled",
            Self::PhoneLinked { .. } => "phone-linked",
            Self::PhoneChanged => "phone-changed",
            Self::PhoneRemoved => "phone-removed",
            Self::PhoneDisabled => "phone-disabled",
            Self::RecoveryCodeMade => "recovery-code-made",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::RecoveryCodeDisabled => "recovery-code-disabled",
            Self::StrangerGuesses => "stranger-guesses",
            Self::ManyWrongCodes => "many-wrong-codes",
            Self::PasswordGuesses { everywhere: false } => "password-guesses",
            Self::PasswordGuesses { everywhere: true } => "password-guesses-everywhere",
            Self::PasswordChanged => "password-changed",
            Self::PasswordResetAsked => "password-reset-asked",
            Self::AddressAdded => "address-added",
            Self::AddressRemoved => "address-removed",
            Self::EmailChanged => "email-changed",
            Self::SignedInAfterFailures { .. } => "signed-in-after-failures",
            Self::SignedInFromNewPlace => "signed-in-from-new-place",
        }
    }

    pub(super) fn words(self) -> Words {
        match self {
            Self::AuthenticatorLinked { .. } => {
                (t::mail::AUTHENTICATOR_LINKED_SUBJECT, t::mail::AUTHENTICATOR_LINKED_TEXT)
            }
            Self::AuthenticatorChanged => (t::mail::AUTHENTICATOR_CHANGED_SUBJECT, t::mail::AUTHENTICATOR_CHANGED_TEXT),
            Self::AuthenticatorRemoved => (t::mail::AUTHENTICATOR_REMOVED_SUBJECT, t::mail::AUTHENTICATOR_REMOVED_TEXT),
            Self::AuthenticatorDisabled => {
                (t::mail::AUTHENTICATOR_DISABLED_SUBJECT, t::mail::AUTHENTICATOR_DISABLED_TEXT)
            }
            Self::PhoneLinked { .. } => (t::mail::PHONE_LINKED_SUBJECT, t::mail::PHONE_LINKED_TEXT),
            Self::PhoneChanged => (t::mail::PHONE_CHANGED_SUBJECT, t::mail::PHONE_CHANGED_TEXT),
            Self::PhoneRemoved => (t::mail::PHONE_REMOVED_SUBJECT, t::mail::PHONE_REMOVED_TEXT),
            Self::PhoneDisabled => (t::mail::PHONE_DISABLED_SUBJECT, t::mail::PHONE_DISABLED_TEXT),
            Self::RecoveryCodeMade => (t::mail::RECOVERY_CODE_MADE_SUBJECT, t::mail::RECOVERY_CODE_MADE_TEXT),
            Self::RecoveryCodeUsed => (t::mail::RECOVERY_CODE_USED_SUBJECT, t::mail::RECOVERY_CODE_USED_TEXT),
            Self::RecoveryCodeDisabled => {
                (t::mail::RECOVERY_CODE_DISABLED_SUBJECT, t::mail::RECOVERY_CODE_DISABLED_TEXT)
            }
            Self::StrangerGuesses => (t::mail::STRANGER_GUESSES_SUBJECT, t::mail::STRANGER_GUESSES_TEXT),
            Self::ManyWrongCodes => (t::mail::MANY_WRONG_CODES_SUBJECT, t::mail::MANY_WRONG_CODES_TEXT),
            Self::PasswordGuesses { everywhere: false } => {
                (t::mail::PASSWORD_GUESSES_SUBJECT, t::mail::PASSWORD_GUESSES_TEXT)
            }
            Self::PasswordGuesses { everywhere: true } => {
                (t::mail::PASSWORD_GUESSES_SUBJECT, t::mail::PASSWORD_GUESSES_EVERYWHERE_TEXT)
            }
            Self::PasswordChanged => (t::mail::PASSWORD_CHANGED_SUBJECT, t::mail::PASSWORD_CHANGED_TEXT),
            Self::PasswordResetAsked => (t::mail::PASSWORD_RESET_ASKED_SUBJECT, t::mail::PASSWORD_RESET_ASKED_TEXT),
            Self::AddressAdded => (t::mail::ADDRESS_ADDED_SUBJECT, t::mail::ADDRESS_ADDED_TEXT),
            Self::AddressRemoved => (t::mail::ADDRESS_REMOVED_SUBJECT, t::mail::ADDRESS_REMOVED_TEXT),
            Self::EmailChanged => (t::mail::EMAIL_CHANGED_SUBJECT, t::mail::EMAIL_CHANGED_TEXT),
            Self::SignedInAfterFailures { .. } => {
                (t::mail::SIGNED_IN_AFTER_FAILURES_SUBJECT, t::mail::SIGNED_IN_AFTER_FAILURES_TEXT)
            }
            Self::SignedInFromNewPlace => {
                (t::mail::SIGNED_IN_FROM_NEW_PLACE_SUBJECT, t::mail::SIGNED_IN_FROM_NEW_PLACE_TEXT)
            }
        }
    }

    /// Whether the change came with a recovery card in place of another.
    pub(super) fn ends_a_card(self) -> bool {
        match self {
            Self::AuthenticatorLinked { old_card } | Self::PhoneLinked { old_card } => old_card,
            other => matches!(other, Self::AuthenticatorChanged | Self::PhoneChanged),
        }
    }
    /// What is told beside time, place and device.
    pub(super) fn fact(self, language: Language) -> Option<(String, String)> {
        let Self::SignedInAfterFailures { failures } = self else { return None };
        Some((t::mail::WRONG_TRIES.get(language).to_owned(), failures.to_string()))
    }
}
