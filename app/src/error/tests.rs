//! What reads back as an error, and what does not.

use super::{AppError, Guess};

#[test]
fn every_error_reads_back_as_written() {
    let all = [
        AppError::BadRequest,
        AppError::EmailInvalid,
        AppError::CredentialsWrong,
        AppError::AtIdentityProvider,
        AppError::PasswordWrong,
        AppError::PasswordShort,
        AppError::PasswordKnown,
        AppError::PasswordPersonal,
        AppError::CodeMalformed,
        AppError::CodeWrong { left: Some(4) },
        AppError::CodeUsed,
        AppError::ClockOff { minutes: -7, left: Some(3) },
        AppError::RecoveryCodeMalformed,
        AppError::RecoveryCodeWrong { left: None },
        AppError::RecoveryCodeOld { card: 2, newest: 3, left: Some(4) },
        AppError::TickMissing,
        AppError::RecoveryCodeReplaced,
        AppError::Expired,
        AppError::ChallengeDead,
        AppError::Paused { seconds: 700, guess: Guess::Password },
        AppError::Paused { seconds: 60, guess: Guess::Code },
        AppError::NotSignedIn,
        AppError::Forbidden,
        AppError::MethodNotAllowed,
        AppError::SmsCodeWrong { left: Some(2) },
        AppError::SmsCodeExpired,
        AppError::SmsCodeUsed,
        AppError::SmsCodeElsewhere,
        AppError::SmsWait { seconds: 30 },
        AppError::SmsLimit { seconds: 40_000 },
        AppError::TooOften { seconds: 3600 },
        AppError::SmsUnavailable,
        AppError::SmsUndeliverable,
        AppError::PhoneInvalid,
        AppError::PhoneCountry,
        AppError::PhonePremium,
        AppError::PhoneTollFree,
        AppError::PhoneNotMobile,
        AppError::PhoneUsOnly,
        AppError::PhoneSame,
        AppError::PhoneShared,
        AppError::PhoneAgain,
        AppError::PasswordLong,
        AppError::LastMethod,
        AppError::Busy { retry_after: 3 },
        AppError::Unavailable,
        AppError::Internal { reference: 44_713 },
        AppError::Offline,
    ];
    for error in all {
        let text = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<AppError>(&text).ok(), Some(error), "{text}");
    }
}

#[test]
fn free_text_and_missing_numbers_are_refused() {
    for text in [
        r#"{"kind":"paused"}"#,
        r#"{"kind":"paused","seconds":700}"#,
        r#"{"kind":"paused","seconds":700,"guess":"age"}"#,
        r#"{"kind":"recovery_code_old","card":2}"#,
        r#"{"kind":"code_wrong","left":"<b>"}"#,
        r#"{"kind":"code_wrong","left":300}"#,
        r#"{"kind":"code_used","text":"call us"}"#,
        r#"{"kind":"other"}"#,
        "{}",
        "",
    ] {
        assert!(serde_json::from_str::<AppError>(text).is_err(), "{text}");
    }
}
