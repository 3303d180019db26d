//! How a command tells that it failed: what is wrong, and what to do.

use std::process::ExitCode;

use super::output;
use crate::{
    domain::{PasswordRefusal, PolicyRefusal},
    service::DirectoryError,
    startup::StartError,
};

/// The work failed.
const FAILED: u8 = 1;
/// The command line or the settings cannot be used.
const UNUSABLE: u8 = 2;

/// Why a command failed. Never holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// The work failed.
    pub(super) fn failed(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: FAILED, message: message.into(), hint: Some(hint.into()) }
    }

    /// The command line or the settings cannot be used.
    pub(super) fn unusable(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: UNUSABLE, message: message.into(), hint: Some(hint.into()) }
    }

    /// Tells it on standard error.
    pub(super) fn report(self) -> ExitCode {
        output::error(&self.to_string());
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error: {}", output::clean(&self.message, true))?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl<E: Into<StartError>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            code: if error.is_setting() { UNUSABLE } else { FAILED },
            hint: error.hint().map(str::to_owned),
            message: error.to_string(),
        }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        let hint = match &error {
            DirectoryError::NoCompany(_) => {
                Some("`muster company list` shows the names; write them in full, with quotes")
            }
            DirectoryError::NoPerson(_) => Some("`muster user list` shows everybody"),
            DirectoryError::HasAddress(_) | DirectoryError::NotSecond(_) => {
                Some("`muster user address list EMAIL` shows the person's addresses")
            }
            DirectoryError::TwoAddresses => Some("take the second one away with `muster user address remove` first"),
            DirectoryError::Policy(PolicyRefusal::NoDate | PolicyRefusal::Past(_)) => {
                Some("name today or a later day with `--date`, or say `--now` to require MFA at once")
            }
            DirectoryError::Policy(PolicyRefusal::Longer(_) | PolicyRefusal::TooShort) => {
                Some("name another time, such as 8h or 15m, or `default` for the one of the installation")
            }
            DirectoryError::Policy(PolicyRefusal::NoZone) => Some("name it with `--zone`, such as America/Denver"),
            DirectoryError::Refused(PasswordRefusal::TooShort | PasswordRefusal::TooLong) => {
                Some("a password has at least 12 characters and at most 1,024 bytes")
            }
            DirectoryError::Refused(PasswordRefusal::Known | PasswordRefusal::Personal) => {
                Some("three or four words that do not belong together are easy to remember and hard to guess")
            }
            DirectoryError::Store(crate::storage::StoreError::Away(_)) => {
                Some("check `database.url` and whether the database runs")
            }
            DirectoryError::Store(crate::storage::StoreError::Lost) => {
                Some("nothing was changed: the account was changed at the same moment; run the command again")
            }
            DirectoryError::Exists(_)
            | DirectoryError::Password(_)
            | DirectoryError::Crypto(_)
            | DirectoryError::Random(_)
            | DirectoryError::Store(_) => None,
        };
        let code = if matches!(error, DirectoryError::Policy(_)) { UNUSABLE } else { FAILED };
        Self { code, message: error.to_string(), hint: hint.map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_says_what_is_wrong_and_what_to_do() {
        let failure = Failure::from(StartError::NoKey);
        assert_eq!(failure.code, 2);
        let text = failure.to_string();
        assert!(
            text.starts_with("error: there is no key file") && text.contains("hint: make one with `muster key new")
        );
        let failure = Failure::from(DirectoryError::NoCompany("Acme".to_owned()));
        assert_eq!(failure.code, 1);
        assert!(failure.to_string().contains("`Acme`") && failure.to_string().contains("muster company list"));
        let lost = Failure::from(DirectoryError::Store(crate::storage::StoreError::Lost));
        assert!(lost.to_string().contains("run the command again"));
    }

    #[test]
    fn control_characters_of_a_name_do_not_reach_the_terminal() {
        let failure = Failure::from(DirectoryError::NoCompany("A\u{1b}[2Jcme".to_owned()));
        assert!(!failure.to_string().contains('\u{1b}'));
    }
}
