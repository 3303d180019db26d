//! The closed set of things that can go wrong, as the browser sees them.
//!
//! With JavaScript off an error travels in the address of the page, where anybody can write one, so
//! it carries no free text: numbers at most, and the page writes the sentence.

#[cfg(test)]
mod tests;
mod wire;

use leptos::{prelude::FromServerFnError, server_fn::codec::JsonEncoding, server_fn::error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use self::wire::Wire;

/// What is being guessed, and pauses on its own (product.md, section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// A password.
    Password,
    /// A second factor or a recovery code.
    Code,
}

impl Guess {
    /// Its name in the address of a pause and in the keys of counters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
        }
    }
}

/// What a server function answers instead of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "Wire")]
pub enum AppError {
    /// The request could not be read: wrong encoding, a missing or an over-long field.
    #[error("the request could not be read")]
    BadRequest,
    /// The e-mail address is not one that Muster can use.
    #[error("not an e-mail address")]
    EmailInvalid,
    /// Unknown person, wrong password, disabled account: one answer for all three.
    #[error("e-mail and password do not match")]
    CredentialsWrong,
    /// The right password of somebody whom an identity provider signs in: nothing of Muster's own opens this account.
    #[error("signed in by an identity provider")]
    AtIdentityProvider,
    /// The current password of somebody who is signed in, asked for again before a change.
    #[error("wrong password")]
    PasswordWrong,
    /// A new password with fewer than 12 characters.
    #[error("password too short")]
    PasswordShort,
    /// A new password that is on the list of known ones.
    #[error("password known")]
    PasswordKnown,
    /// A new password that is little more than the name, the e-mail, the company or this site.
    #[error("password personal")]
    PasswordPersonal,
    /// Not six digits.
    #[error("not a six-digit code")]
    CodeMalformed,
    /// A well-formed code that is not the right one.
    #[error("wrong code")]
    CodeWrong {
        /// How many checks this challenge still allows; `None` in an enrolment, which does not count them.
        left: Option<u8>,
    },
    /// The right code, but of a step that was used before (RFC 6238 §5.2).
    #[error("code used before")]
    CodeUsed,
    /// A right code of a clock that is off. Positive: the phone is ahead.
    #[error("the phone's clock is off")]
    ClockOff {
        /// Minutes, rounded away from zero.
        minutes: i32,
        /// How many checks this challenge still allows; `None` in an enrolment, which does not count them.
        left: Option<u8>,
    },
    /// The check character says that this recovery code was mistyped. Costs no attempt.
    #[error("recovery code mistyped")]
    RecoveryCodeMalformed,
    /// A well-formed recovery code that does not open this account (used, replaced or foreign).
    #[error("wrong recovery code")]
    RecoveryCodeWrong {
        /// How many checks this challenge still allows; `None` in an enrolment, which does not count them.
        left: Option<u8>,
    },
    /// A recovery code of this person that was used or replaced.
    #[error("code of an older recovery card")]
    RecoveryCodeOld {
        /// The number of its card.
        card: u32,
        /// The number of the newest card.
        newest: u32,
        /// How many checks this challenge still allows.
        left: Option<u8>,
    },
    /// `I Have Securely Saved This Code` was not ticked.
    #[error("tick missing")]
    TickMissing,
    /// It was ticked for a card that another one has replaced.
    #[error("recovery card replaced")]
    RecoveryCodeReplaced,
    /// The step's time is over, or its one use is spent: start again.
    #[error("step expired")]
    Expired,
    /// Too many wrong codes for this challenge: start again.
    #[error("challenge used up")]
    ChallengeDead,
    /// Too many failures: a pause, which ends by itself.
    #[error("paused")]
    Paused {
        /// Seconds until the pause ends.
        seconds: u32,
        /// What did not match.
        guess: Guess,
    },
    /// Nobody is signed in, or not far enough for this.
    #[error("not signed in")]
    NotSignedIn,
    /// Signed in, yet not allowed to do this.
    #[error("forbidden")]
    Forbidden,
    /// This method is not open to this person.
    #[error("method not allowed for this account")]
    MethodNotAllowed,
    /// A well-formed code that is not the one of the newest text message.
    #[error("wrong code of a text message")]
    SmsCodeWrong {
        /// How many checks are left.
        left: Option<u8>,
    },
    /// The code of the newest text message has run out.
    #[error("code of a text message expired")]
    SmsCodeExpired,
    /// The code of the newest text message, typed in before.
    #[error("code of a text message used before")]
    SmsCodeUsed,
    /// A code that is outstanding, and was sent for another sign-in of the same person.
    #[error("code of another sign-in")]
    SmsCodeElsewhere,
    /// The last text message is too fresh for another one.
    #[error("too soon for another text message")]
    SmsWait {
        /// Seconds until another one may go.
        seconds: u32,
    },
    /// No more text messages for now: a limit of the person, the number or the installation.
    #[error("no more text messages for now")]
    SmsLimit {
        /// Seconds until there are more at the latest.
        seconds: u32,
    },
    /// This was done as often as may be for now, and nothing was wrong.
    #[error("too often")]
    TooOften {
        /// Seconds until it goes again.
        seconds: u32,
    },
    /// No provider takes text messages just now.
    #[error("text messages cannot be sent")]
    SmsUnavailable,
    /// The provider says that this number cannot receive text messages.
    #[error("the number cannot receive text messages")]
    SmsUndeliverable,
    /// No phone number, or one with an extension.
    #[error("not a phone number")]
    PhoneInvalid,
    /// A number of a country that no text messages go to.
    #[error("no text messages to this country")]
    PhoneCountry,
    /// A premium-rate or shared-cost number.
    #[error("premium-rate number")]
    PhonePremium,
    /// A toll-free number.
    #[error("toll-free number")]
    PhoneTollFree,
    /// A fixed line, a pager or another number that is not a mobile.
    #[error("not a mobile number")]
    PhoneNotMobile,
    /// This person may use a US number only.
    #[error("US numbers only")]
    PhoneUsOnly,
    /// The number that is there already, in whatever spelling.
    #[error("the same number")]
    PhoneSame,
    /// A number that as many accounts have already as may have one number.
    #[error("number of too many accounts")]
    PhoneShared,
    /// No number waits for a code in this enrolment any more: it has to be given again.
    #[error("no number waits for a code")]
    PhoneAgain,
    /// A new password with too many bytes.
    #[error("new password too long")]
    PasswordLong,
    /// The last method of somebody who must have one.
    #[error("last method")]
    LastMethod,
    /// The server has too much to do just now.
    #[error("busy")]
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after: u32,
    },
    /// The database is away. Nothing was changed.
    #[error("unavailable")]
    Unavailable,
    /// A fault of ours, in the log under this number.
    #[error("internal error")]
    Internal {
        /// The number to read out to the operator.
        reference: u32,
    },
    /// The browser could not reach the server.
    #[error("offline")]
    Offline,
}

impl AppError {
    /// The HTTP status for programs; browsers without JavaScript get a redirect instead.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest
            | Self::EmailInvalid
            | Self::PasswordShort
            | Self::PasswordKnown
            | Self::PasswordPersonal
            | Self::CodeMalformed
            | Self::RecoveryCodeMalformed
            | Self::TickMissing
            | Self::PasswordLong
            | Self::PhoneInvalid
            | Self::PhoneCountry
            | Self::PhonePremium
            | Self::PhoneTollFree
            | Self::PhoneNotMobile
            | Self::PhoneSame
            | Self::PhoneShared
            | Self::PhoneAgain
            | Self::SmsUndeliverable => 400,
            Self::CredentialsWrong
            | Self::PasswordWrong
            | Self::CodeWrong { .. }
            | Self::CodeUsed
            | Self::ClockOff { .. }
            | Self::RecoveryCodeWrong { .. }
            | Self::RecoveryCodeOld { .. }
            | Self::SmsCodeWrong { .. }
            | Self::SmsCodeExpired
            | Self::SmsCodeUsed
            | Self::SmsCodeElsewhere
            | Self::Expired
            | Self::ChallengeDead
            | Self::NotSignedIn => 401,
            Self::AtIdentityProvider
            | Self::Forbidden
            | Self::MethodNotAllowed
            | Self::PhoneUsOnly
            | Self::LastMethod => 403,
            Self::RecoveryCodeReplaced => 409,
            Self::Paused { .. } | Self::SmsWait { .. } | Self::SmsLimit { .. } | Self::TooOften { .. } => 429,
            Self::Internal { .. } => 500,
            Self::SmsUnavailable | Self::Busy { .. } | Self::Unavailable | Self::Offline => 503,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) => Self::Offline,
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::BadRequest,
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Response(_) => Self::Internal { reference: 0 },
        }
    }
}
