//! Companies and people, for the command line and the demo.

use app::model::{Email, Secret};

use super::Service;
use crate::domain::{Deadline, Role};

/// Why the Directory was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No such company.
    #[error("there is no company named `{0}`")]
    NoCompany(String),
    /// No such person.
    #[error("there is nobody with the e-mail `{0}`")]
    NoPerson(String),
    /// A company or person with this name is there already.
    #[error("`{0}` is there already")]
    Exists(String),
    /// The password cannot be used.
    #[error(transparent)]
    Password(#[from] crate::crypto::PasswordError),
    /// A secret could not be made.
    #[error(transparent)]
    Crypto(#[from] crate::crypto::CryptoError),
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::storage::StoreError),
}

/// A policy as it is set.
#[derive(Clone, Debug)]
pub struct PolicyChange {
    /// `Require MFA`.
    pub require_mfa: bool,
    /// From when; `None` means at once.
    pub deadline: Option<Deadline>,
}

/// A person to add, or to give one more role.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// E-mail.
    pub email: Email,
    /// Name.
    pub name: String,
    /// The company's name.
    pub company: String,
    /// The role there.
    pub role: Role,
    /// First password; without one the person cannot sign in until one is set.
    pub password: Option<Secret>,
}

/// A company in a list.
#[derive(Clone, Debug)]
pub struct CompanyRow {
    /// Name.
    pub name: String,
    /// `Require MFA`.
    pub require_mfa: bool,
    /// From when.
    pub deadline: Option<Deadline>,
    /// People.
    pub people: i64,
}

/// A person's role in a company, in a list.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// E-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// Company.
    pub company: String,
    /// Role.
    pub role: Role,
    /// True with an active second factor.
    pub enrolled: bool,
    /// True when disabled.
    pub disabled: bool,
}

impl Service {
    /// Adds a company, with MFA available and not required.
    ///
    /// # Errors
    /// [`DirectoryError::Exists`], or the database's.
    pub async fn add_company(&self, _name: &str) -> Result<(), DirectoryError> {
        unimplemented!()
    }

    /// Sets a company's policy.
    ///
    /// # Errors
    /// [`DirectoryError::NoCompany`], or the database's.
    pub async fn set_policy(&self, _company: &str, _change: &PolicyChange) -> Result<(), DirectoryError> {
        unimplemented!()
    }

    /// Every company, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_companies(&self) -> Result<Vec<CompanyRow>, DirectoryError> {
        unimplemented!()
    }

    /// Adds a person, or one more role of a person who is there.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn add_person(&self, _person: &NewPerson) -> Result<(), DirectoryError> {
        unimplemented!()
    }

    /// Everybody, or everybody of one company, by e-mail.
    ///
    /// # Errors
    /// [`DirectoryError::NoCompany`], or the database's.
    pub async fn list_people(&self, _company: Option<&str>) -> Result<Vec<PersonRow>, DirectoryError> {
        unimplemented!()
    }

    /// Sets a password and ends the person's sessions and half-finished sign-ins.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn set_password(&self, _email: &Email, _password: &Secret) -> Result<(), DirectoryError> {
        unimplemented!()
    }

    /// Gives a demo person a confirmed authenticator and an acknowledged recovery code. Returns the setup key
    /// (base32) and the recovery code, to be printed.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn enrol_for_demo(&self, _email: &Email) -> Result<(Secret, Secret), DirectoryError> {
        unimplemented!()
    }
}
