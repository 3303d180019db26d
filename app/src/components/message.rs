//! Which sentence belongs to what went wrong.
//!
//! Each says what happened and what to do next, never whose fault it was.

use crate::{AppError, t, text::Template};

/// Minutes of a pause, never less than one.
pub fn minutes(seconds: u32) -> u32 {
    seconds.div_ceil(60).max(1)
}

/// A pause in words: `3 minutes`.
pub fn pause(seconds: u32) -> String {
    t::frame::MINUTES.count(minutes(seconds))
}

/// The short words with the tries that are left, where tries are counted.
fn with_tries(short: String, left: Option<u8>) -> String {
    match left {
        Some(left) => format!("{short} {}", t::message::TRIES.count(left.into())),
        None => short,
    }
}

/// One of two sentences, by whether the clock is behind or ahead.
fn clock(minutes: i32, behind: Template<1>, ahead: Template<1>) -> String {
    let time = t::frame::MINUTES.count(minutes.unsigned_abs());
    let sentence = if minutes < 0 { behind } else { ahead };
    sentence.fill([("time", &time)])
}

/// Some seconds as minutes, and from two hours on as hours.
fn span(seconds: u32) -> String {
    match minutes(seconds) {
        minutes @ ..120 => t::frame::MINUTES.count(minutes),
        minutes => t::frame::HOURS.count(minutes.div_ceil(60)),
    }
}

/// The sentence on top of the page.
pub fn sentence(error: AppError) -> String {
    let text = match error {
        AppError::BadRequest => t::message::BAD_REQUEST,
        AppError::EmailInvalid => t::message::EMAIL_INVALID,
        AppError::CredentialsWrong => t::message::CREDENTIALS_WRONG,
        AppError::AtIdentityProvider => t::message::AT_IDENTITY_PROVIDER,
        AppError::PasswordWrong => t::message::PASSWORD_WRONG,
        AppError::PasswordShort => t::message::PASSWORD_SHORT,
        AppError::PasswordLong => t::message::PASSWORD_LONG,
        AppError::PasswordKnown => t::message::PASSWORD_KNOWN,
        AppError::PasswordPersonal => t::message::PASSWORD_PERSONAL,
        AppError::CodeMalformed => t::message::CODE_MALFORMED,
        AppError::CodeWrong { .. } => t::message::CODE_WRONG,
        AppError::CodeUsed => t::message::CODE_USED,
        AppError::ClockOff { minutes, .. } => {
            return clock(minutes, t::message::CLOCK_BEHIND, t::message::CLOCK_AHEAD);
        }
        AppError::RecoveryCodeMalformed => t::message::RECOVERY_CODE_MALFORMED,
        AppError::RecoveryCodeWrong { .. } => t::message::RECOVERY_CODE_WRONG,
        AppError::RecoveryCodeOld { card, newest, .. } => {
            let (card, newest) = (card.to_string(), newest.to_string());
            return t::message::RECOVERY_CODE_OLD.fill([("card", &card), ("newest", &newest)]);
        }
        AppError::TickMissing => t::message::TICK_MISSING,
        AppError::RecoveryCodeReplaced => t::message::RECOVERY_CODE_REPLACED,
        AppError::Expired => t::message::EXPIRED,
        AppError::ChallengeDead => t::message::CHALLENGE_DEAD,
        AppError::Paused { seconds, .. } => return t::message::PAUSED.fill([("time", &pause(seconds))]),
        AppError::NotSignedIn => t::message::NOT_SIGNED_IN,
        AppError::Forbidden => t::message::FORBIDDEN,
        AppError::MethodNotAllowed => t::message::METHOD_NOT_ALLOWED,
        AppError::LastMethod => t::message::LAST_METHOD,
        AppError::SmsCodeWrong { .. } => t::message::SMS_CODE_WRONG,
        AppError::SmsWait { seconds } => {
            return t::message::SMS_WAIT.fill([("time", &t::frame::SECONDS.count(seconds.max(1)))]);
        }
        AppError::TooOften { seconds } => return t::message::TOO_OFTEN.fill([("time", &span(seconds))]),
        AppError::SmsLimit { seconds } => return t::message::SMS_LIMIT.fill([("time", &span(seconds))]),
        AppError::SmsCodeExpired => t::message::SMS_CODE_EXPIRED,
        AppError::SmsCodeUsed => t::message::SMS_CODE_USED,
        AppError::SmsCodeElsewhere => t::message::SMS_CODE_ELSEWHERE,
        AppError::SmsUnavailable => t::message::SMS_UNAVAILABLE,
        AppError::SmsUndeliverable => t::message::SMS_UNDELIVERABLE,
        AppError::PhoneInvalid => t::message::PHONE_INVALID,
        AppError::PhoneCountry => t::message::PHONE_COUNTRY,
        AppError::PhonePremium => t::message::PHONE_PREMIUM,
        AppError::PhoneTollFree => t::message::PHONE_TOLL_FREE,
        AppError::PhoneNotMobile => t::message::PHONE_NOT_MOBILE,
        AppError::PhoneUsOnly => t::message::PHONE_US_ONLY,
        AppError::PhoneSame => t::message::PHONE_SAME,
        AppError::PhoneShared => t::message::PHONE_SHARED,
        AppError::PhoneAgain => t::message::PHONE_AGAIN,
        AppError::Busy { retry_after } => {
            return t::message::BUSY.fill([("time", &t::frame::SECONDS.count(retry_after.max(1)))]);
        }
        AppError::Unavailable => t::message::UNAVAILABLE,
        AppError::Internal { .. } => t::message::INTERNAL,
        AppError::Offline => t::message::OFFLINE,
    };
    text.into()
}

/// The short words beside the field, when the error is about what was typed there.
pub fn at_field(error: AppError) -> Option<String> {
    let text = match error {
        AppError::EmailInvalid => t::message::EMAIL_INVALID_AT,
        AppError::CredentialsWrong => t::message::CREDENTIALS_WRONG_AT,
        AppError::PasswordWrong => t::message::PASSWORD_WRONG_AT,
        AppError::PasswordShort => t::message::PASSWORD_SHORT_AT,
        AppError::PasswordKnown => t::message::PASSWORD_KNOWN_AT,
        AppError::PasswordPersonal => t::message::PASSWORD_PERSONAL_AT,
        AppError::CodeMalformed => t::message::CODE_MALFORMED_AT,
        AppError::CodeWrong { left } => return Some(with_tries(t::message::CODE_WRONG_AT.into(), left)),
        AppError::CodeUsed => t::message::CODE_USED_AT,
        AppError::ClockOff { minutes, left } => {
            return Some(with_tries(clock(minutes, t::message::CLOCK_BEHIND_AT, t::message::CLOCK_AHEAD_AT), left));
        }
        AppError::RecoveryCodeMalformed => t::message::RECOVERY_CODE_MALFORMED_AT,
        AppError::RecoveryCodeWrong { left } | AppError::RecoveryCodeOld { left, .. } => {
            return Some(with_tries(t::message::RECOVERY_CODE_WRONG_AT.into(), left));
        }
        AppError::TickMissing => t::message::TICK_MISSING_AT,
        AppError::SmsCodeWrong { left } => return Some(with_tries(t::message::SMS_CODE_WRONG_AT.into(), left)),
        AppError::SmsCodeExpired => t::message::SMS_CODE_EXPIRED_AT,
        AppError::SmsCodeUsed => t::message::SMS_CODE_USED_AT,
        AppError::SmsCodeElsewhere => t::message::SMS_CODE_ELSEWHERE_AT,
        AppError::PhoneInvalid => t::message::PHONE_INVALID_AT,
        AppError::PhoneCountry => t::message::PHONE_COUNTRY_AT,
        AppError::PhonePremium => t::message::PHONE_PREMIUM_AT,
        AppError::PhoneTollFree => t::message::PHONE_TOLL_FREE_AT,
        AppError::PhoneNotMobile => t::message::PHONE_NOT_MOBILE_AT,
        AppError::PhoneUsOnly => t::message::PHONE_US_ONLY_AT,
        AppError::PhoneSame => t::message::PHONE_SAME_AT,
        AppError::PhoneShared => t::message::PHONE_SHARED_AT,
        AppError::SmsUndeliverable => t::message::SMS_UNDELIVERABLE_AT,
        AppError::PasswordLong => t::message::PASSWORD_LONG_AT,
        AppError::BadRequest
        | AppError::AtIdentityProvider
        | AppError::LastMethod
        | AppError::RecoveryCodeReplaced
        | AppError::Expired
        | AppError::ChallengeDead
        | AppError::Paused { .. }
        | AppError::NotSignedIn
        | AppError::Forbidden
        | AppError::MethodNotAllowed
        | AppError::SmsWait { .. }
        | AppError::SmsLimit { .. }
        | AppError::TooOften { .. }
        | AppError::SmsUnavailable
        | AppError::PhoneAgain
        | AppError::Busy { .. }
        | AppError::Unavailable
        | AppError::Internal { .. }
        | AppError::Offline => return None,
    };
    Some(text.into())
}

/// True when the phone's clock is the likely cause.
pub fn clock_suspect(error: AppError) -> bool {
    matches!(error, AppError::CodeWrong { .. } | AppError::ClockOff { .. })
}
