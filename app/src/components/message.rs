//! Every sentence for something that went wrong, in one place.
//!
//! Each says what happened and what to do next, never whose fault it was.

use crate::AppError;

/// Minutes of a pause, never less than one.
pub fn minutes(seconds: u32) -> u32 {
    seconds.div_ceil(60).max(1)
}

/// A number with its word: `1 minute`, `3 minutes`.
pub fn count(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// ` 3 tries left.`, or nothing where tries are not counted.
fn tries(left: Option<u8>) -> String {
    left.map(|left| format!(" {}.", count(left.into(), "try left", "tries left"))).unwrap_or_default()
}

fn clock(minutes: i32) -> String {
    let off = count(minutes.unsigned_abs(), "minute", "minutes");
    let way = if minutes < 0 { "behind" } else { "ahead" };
    format!("Your phone’s clock is about {off} {way}")
}

/// The sentence on top of the page.
pub fn sentence(error: AppError) -> String {
    match error {
        AppError::BadRequest => "We could not read what was sent. Fill in the page again.".into(),
        AppError::EmailInvalid => "That does not look like an email address. Type it like name@company.com.".into(),
        AppError::CredentialsWrong => {
            "Email and password do not match. Check the email, then type your password again.".into()
        }
        AppError::CodeMalformed => "A code is 6 digits. Type the 6 digits that your app shows now.".into(),
        AppError::CodeWrong { .. } => {
            "That code did not work. Wait for the next one in your app and type it here.".into()
        }
        AppError::CodeUsed => "That code was used already. Wait for the next one in your app and type it here.".into(),
        AppError::ClockOff { minutes, .. } => {
            format!(
                "{}, so its codes do not match. Set the clock to automatic, then type the next code.",
                clock(minutes)
            )
        }
        AppError::RecoveryCodeMalformed => {
            "One letter seems mistyped. Compare your recovery code with the card and type it again.".into()
        }
        AppError::RecoveryCodeWrong { .. } => {
            "That recovery code does not work. It was used, or a newer card replaced it. Look for the newest card."
                .into()
        }
        AppError::TickMissing => "Save the code first, then check the box.".into(),
        AppError::Expired => "That took a while, so this step has ended. Sign in again to go on.".into(),
        AppError::ChallengeDead => "There were too many codes that did not match. Sign in again to go on.".into(),
        AppError::Paused { seconds } => format!(
            "There were too many tries that did not match. Try again in {}.",
            count(minutes(seconds), "minute", "minutes")
        ),
        AppError::NotSignedIn => "You are not signed in any more. Sign in again to go on.".into(),
        AppError::Forbidden => "This page is not open to your account. Ask your company’s administrator.".into(),
        AppError::MethodNotAllowed => "This way is not open to your account. Pick another one.".into(),
        AppError::Busy { retry_after } => format!(
            "Many people are signing in right now. Nothing was lost. Try again in {}.",
            count(retry_after.max(1), "second", "seconds")
        ),
        AppError::Unavailable => {
            "We cannot reach our records right now. Nothing was lost. Try again in a minute.".into()
        }
        AppError::Internal { .. } => {
            "Something went wrong on our side. Your account is safe. Try again in a minute.".into()
        }
        AppError::Offline => "You seem to be offline. Nothing was lost. Find a better signal and try again.".into(),
    }
}

/// The short words beside the field, when the error is about what was typed there.
pub fn at_field(error: AppError) -> Option<String> {
    match error {
        AppError::EmailInvalid => Some("Not an email address yet.".into()),
        AppError::CredentialsWrong => Some("No match. Type your password again.".into()),
        AppError::CodeMalformed => Some("Not 6 digits.".into()),
        AppError::CodeWrong { left } => Some(format!("Not the right code.{}", tries(left))),
        AppError::CodeUsed => Some("Used already. Wait for the next code.".into()),
        AppError::ClockOff { minutes, left } => Some(format!("{}.{}", clock(minutes), tries(left))),
        AppError::RecoveryCodeMalformed => Some("One letter seems mistyped. This did not cost a try.".into()),
        AppError::RecoveryCodeWrong { left } => Some(format!("Used or replaced.{}", tries(left))),
        AppError::TickMissing => Some("Not checked yet.".into()),
        AppError::BadRequest
        | AppError::Expired
        | AppError::ChallengeDead
        | AppError::Paused { .. }
        | AppError::NotSignedIn
        | AppError::Forbidden
        | AppError::MethodNotAllowed
        | AppError::Busy { .. }
        | AppError::Unavailable
        | AppError::Internal { .. }
        | AppError::Offline => None,
    }
}

/// True when the phone's clock is the likely cause.
pub fn clock_suspect(error: AppError) -> bool {
    matches!(error, AppError::CodeWrong { .. } | AppError::ClockOff { .. })
}
