//! An error as it is read, from an address or an answer.

use serde::Deserialize;

use super::{AppError, Guess};

/// The error as it is read: all fields of all kinds, none but these. Reading the enum itself would
/// go through serde's buffer for any value whatsoever, which costs the browser several kilobytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    kind: Kind,
    left: Option<u8>,
    minutes: Option<i32>,
    seconds: Option<u32>,
    guess: Option<Guess>,
    retry_after: Option<u32>,
    reference: Option<u32>,
    card: Option<u32>,
    newest: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    BadRequest,
    EmailInvalid,
    CredentialsWrong,
    AtIdentityProvider,
    PasswordWrong,
    PasswordShort,
    PasswordKnown,
    PasswordPersonal,
    CodeMalformed,
    CodeWrong,
    CodeUsed,
    ClockOff,
    RecoveryCodeMalformed,
    RecoveryCodeWrong,
    RecoveryCodeOld,
    TickMissing,
    RecoveryCodeReplaced,
    Expired,
    ChallengeDead,
    Paused,
    NotSignedIn,
    Forbidden,
    MethodNotAllowed,
    SmsCodeWrong,
    SmsCodeExpired,
    SmsCodeUsed,
    SmsCodeElsewhere,
    SmsWait,
    SmsLimit,
    TooOften,
    SmsUnavailable,
    SmsUndeliverable,
    PhoneInvalid,
    PhoneCountry,
    PhonePremium,
    PhoneTollFree,
    PhoneNotMobile,
    PhoneUsOnly,
    PhoneSame,
    PhoneShared,
    PhoneAgain,
    PasswordLong,
    LastMethod,
    Busy,
    Unavailable,
    Internal,
    Offline,
}

impl TryFrom<Wire> for AppError {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        const MISSING: &str = "a field is missing";
        Ok(match wire.kind {
            Kind::BadRequest => Self::BadRequest,
            Kind::EmailInvalid => Self::EmailInvalid,
            Kind::CredentialsWrong => Self::CredentialsWrong,
            Kind::AtIdentityProvider => Self::AtIdentityProvider,
            Kind::PasswordWrong => Self::PasswordWrong,
            Kind::PasswordShort => Self::PasswordShort,
            Kind::PasswordKnown => Self::PasswordKnown,
            Kind::PasswordPersonal => Self::PasswordPersonal,
            Kind::CodeMalformed => Self::CodeMalformed,
            Kind::CodeWrong => Self::CodeWrong { left: wire.left },
            Kind::CodeUsed => Self::CodeUsed,
            Kind::ClockOff => Self::ClockOff { minutes: wire.minutes.ok_or(MISSING)?, left: wire.left },
            Kind::RecoveryCodeMalformed => Self::RecoveryCodeMalformed,
            Kind::RecoveryCodeWrong => Self::RecoveryCodeWrong { left: wire.left },
            Kind::RecoveryCodeOld => Self::RecoveryCodeOld {
                card: wire.card.ok_or(MISSING)?,
                newest: wire.newest.ok_or(MISSING)?,
                left: wire.left,
            },
            Kind::TickMissing => Self::TickMissing,
            Kind::RecoveryCodeReplaced => Self::RecoveryCodeReplaced,
            Kind::Expired => Self::Expired,
            Kind::ChallengeDead => Self::ChallengeDead,
            Kind::Paused => Self::Paused { seconds: wire.seconds.ok_or(MISSING)?, guess: wire.guess.ok_or(MISSING)? },
            Kind::NotSignedIn => Self::NotSignedIn,
            Kind::Forbidden => Self::Forbidden,
            Kind::MethodNotAllowed => Self::MethodNotAllowed,
            Kind::SmsCodeWrong => Self::SmsCodeWrong { left: wire.left },
            Kind::SmsCodeExpired => Self::SmsCodeExpired,
            Kind::SmsCodeUsed => Self::SmsCodeUsed,
            Kind::SmsCodeElsewhere => Self::SmsCodeElsewhere,
            Kind::SmsWait => Self::SmsWait { seconds: wire.seconds.ok_or(MISSING)? },
            Kind::TooOften => Self::TooOften { seconds: wire.seconds.ok_or(MISSING)? },
            Kind::SmsLimit => Self::SmsLimit { seconds: wire.seconds.ok_or(MISSING)? },
            Kind::SmsUnavailable => Self::SmsUnavailable,
            Kind::SmsUndeliverable => Self::SmsUndeliverable,
            Kind::PhoneInvalid => Self::PhoneInvalid,
            Kind::PhoneCountry => Self::PhoneCountry,
            Kind::PhonePremium => Self::PhonePremium,
            Kind::PhoneTollFree => Self::PhoneTollFree,
            Kind::PhoneNotMobile => Self::PhoneNotMobile,
            Kind::PhoneUsOnly => Self::PhoneUsOnly,
            Kind::PhoneSame => Self::PhoneSame,
            Kind::PhoneShared => Self::PhoneShared,
            Kind::PhoneAgain => Self::PhoneAgain,
            Kind::PasswordLong => Self::PasswordLong,
            Kind::LastMethod => Self::LastMethod,
            Kind::Busy => Self::Busy { retry_after: wire.retry_after.ok_or(MISSING)? },
            Kind::Unavailable => Self::Unavailable,
            Kind::Internal => Self::Internal { reference: wire.reference.ok_or(MISSING)? },
            Kind::Offline => Self::Offline,
        })
    }
}
