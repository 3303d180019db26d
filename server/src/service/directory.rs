//! Companies and people, for the command line and the demo.

use app::model::{Email, RecoveryCode, Secret};
use data_encoding::BASE32_NOPAD;
use sqlx::AnyConnection;
use zeroize::Zeroizing;

use super::{
    Service,
    audit::Entry,
    challenge::secret_place,
    failure::Failure,
    notice::{Event, Origin},
};
pub use crate::storage::company::{CompanyRow, PersonRow};
use crate::{
    clock::{RngError, random},
    crypto::{CryptoError, MacPurpose, PasswordError},
    domain::{
        CompanyPolicy, PasswordRefusal, PolicyChange, PolicyRefusal, Role, SETUP_KEY_BYTES, check_password, zone_name,
    },
    storage::{
        CompanyId, FactorId, PersonId, RecoveryCodeId, SignInId, StoreError, company, factor, person, recovery_code,
        session, throttle,
    },
};

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
    /// The person has this address.
    #[error("`{0}` is one of this person's addresses already")]
    HasAddress(String),
    /// The person has two addresses.
    #[error("this person has two addresses already")]
    TwoAddresses,
    /// Not the person's second address.
    #[error("`{0}` is not this person's second address")]
    NotSecond(String),
    /// The policy cannot be changed so.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// The password is not one that may be set.
    #[error(transparent)]
    Refused(#[from] PasswordRefusal),
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A secret could not be made.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// Randomness.
    #[error(transparent)]
    Random(#[from] RngError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
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

/// What became of a [`NewPerson`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// The person.
    Person,
    /// A role of somebody who was there.
    Role {
        /// The name that the person has, and keeps.
        name: String,
    },
}

impl Service {
    /// Adds a company, with MFA available and not required.
    ///
    /// # Errors
    /// [`DirectoryError::Exists`], or the database's.
    pub async fn add_company(&self, name: &str) -> Result<(), DirectoryError> {
        let (id, now, service) = (CompanyId::generate(&*self.rng)?, self.now(), self.clone());
        let added = name.to_owned();
        let result = self.store.write(move |db| {
            Box::pin(async move {
                company::insert(db, id, &added, now).await?;
                Ok(service.note_cli(db, "company.added", None, serde_json::json!({ "company": added })).await?)
            })
        });
        exists(result.await, name)
    }

    /// Changes a company's policy, all of it or nothing, and returns what holds from now on.
    ///
    /// # Errors
    /// [`DirectoryError::NoCompany`], [`DirectoryError::Policy`], or the database's.
    pub async fn set_policy(&self, company: &str, change: PolicyChange) -> Result<CompanyPolicy, DirectoryError> {
        change.within(self.limits())?;
        let (service, name, now) = (self.clone(), company.to_owned(), self.now());
        let result = self.store.write(move |db| {
            Box::pin(async move {
                let Some((id, policy)) = company::lock_policy(db, &name).await? else {
                    return Ok(Err(DirectoryError::NoCompany(name)));
                };
                let policy = match policy.changed(&change, now) {
                    Ok(policy) => policy,
                    Err(refusal) => return Ok(Err(refusal.into())),
                };
                company::set_policy(db, id, &policy, now).await?;
                session::shorten(db, id, None).await?;
                let detail = serde_json::json!({
                    "company": name,
                    "require_mfa": policy.require_mfa,
                    "date": policy.deadline.as_ref().map(|deadline| deadline.date().to_string()),
                    "zone": policy.zone.as_ref().map(zone_name),
                    "sms": policy.sms,
                    "session": policy.session,
                    "session_idle": policy.session_idle,
                });
                service.note_cli(db, "company.policy", None, detail).await?;
                Ok(Ok(policy))
            })
        });
        result.await?
    }

    /// Every company, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_companies(&self) -> Result<Vec<CompanyRow>, DirectoryError> {
        Ok(company::list(&mut *self.store.read().await?).await?)
    }

    /// Adds a person, or one more role of a person who is there.
    ///
    /// # Errors
    /// [`DirectoryError::Exists`] when the person is there and a password was given, since that would
    /// silently replace theirs; else as the others.
    pub async fn add_person(&self, new: &NewPerson) -> Result<Added, DirectoryError> {
        let company = self.company(&new.company).await?;
        let there = person::find_by_email(&mut *self.store.read().await?, new.email.as_str()).await?;
        if there.is_some() && new.password.is_some() {
            return Err(DirectoryError::Exists(new.email.to_string()));
        }
        let id = there.as_ref().map_or_else(|| PersonId::generate(&*self.rng), |person| Ok(person.id))?;
        let sealed = match &new.password {
            Some(password) => {
                let context = self.password_context([&*new.name, new.email.as_str(), &*new.company]);
                check_password(password.expose(), &context)?;
                Some(self.sealed_hash::<DirectoryError>(id, password).await?)
            }
            None => None,
        };
        let (service, new_person, is_new, now) = (self.clone(), new.clone(), there.is_none(), self.now());
        let result = self.store.write(move |db| {
            Box::pin(async move {
                if is_new {
                    person::insert(db, id, new_person.email.as_str(), &new_person.name, now).await?;
                }
                if let Some(sealed) = sealed {
                    person::set_password(db, id, &sealed).await?;
                }
                company::insert_member(db, company, id, new_person.role).await?;
                session::shorten(db, company, Some(id)).await?;
                let detail = serde_json::json!({ "company": new_person.company, "role": new_person.role.as_str() });
                Ok(service.note_cli(db, "person.added", Some(id), detail).await?)
            })
        });
        exists(result.await, new.email.as_str())?;
        Ok(there.map_or(Added::Person, |person| Added::Role { name: person.name }))
    }

    /// Everybody, or everybody of one company, by e-mail.
    ///
    /// # Errors
    /// [`DirectoryError::NoCompany`], or the database's.
    pub async fn list_people(&self, company: Option<&str>) -> Result<Vec<PersonRow>, DirectoryError> {
        let id = match company {
            Some(name) => Some(self.company(name).await?),
            None => None,
        };
        Ok(company::list_people(&mut *self.store.read().await?, id).await?)
    }

    /// Sets a password and ends the person's sessions and half-finished sign-ins.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn set_password(&self, email: &Email, password: &Secret) -> Result<(), DirectoryError> {
        let person = self.person(email).await?;
        let memberships = company::list_memberships(&mut *self.store.read().await?, person.id).await?;
        let companies = memberships.iter().map(|membership| &*membership.company);
        let context = self.password_context([&*person.name, &*person.email].into_iter().chain(companies));
        check_password(password.expose(), &context)?;
        let sealed = self.sealed_hash::<DirectoryError>(person.id, password).await?;
        let (service, now) = (self.clone(), self.now());
        let result = self.store.write(move |db| {
            Box::pin(async move {
                // As after a reset by mail, and in its order: the counters first, then the person.
                throttle::reset(db, &service.reset_key(&person.email)).await?;
                service.forget_guesses_everywhere(db, &person.email).await?;
                person::set_password(db, person.id, &sealed).await?;
                if person::consume_epoch(db, person.id, person.epoch).await?.is_none() {
                    // Somebody ended the sessions at the same moment: undo, and say so.
                    return Err(StoreError::Lost);
                }
                service.tell(db, person.id, Event::PasswordChanged, &Origin::command_line(now)).await?;
                let detail = serde_json::Value::Null;
                Ok(service.note_cli(db, "person.password", Some(person.id), detail).await?)
            })
        });
        Ok(result.await?)
    }

    /// Gives a demo person a confirmed authenticator and an acknowledged recovery code. Returns the setup key
    /// (base32) and the recovery code, to be printed.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn enrol_for_demo(&self, email: &Email) -> Result<(Secret, Secret), DirectoryError> {
        let person = self.person(email).await?;
        let key = Zeroizing::new(random::<SETUP_KEY_BYTES>(&*self.rng)?);
        let code = RecoveryCode::from_random(&random(&*self.rng)?);
        let (factor, sign_in) = (FactorId::generate(&*self.rng)?, SignInId::generate(&*self.rng)?);
        let secret = self.keys.seal(&*self.rng, secret_place(&person.id, &factor), &*key)?;
        let mac = self.keys.mac(MacPurpose::RecoveryCode, &[person.id.bytes(), code.canonical().as_bytes()]);
        let recovery = RecoveryCodeId::generate(&*self.rng)?;
        let (service, now) = (self.clone(), self.now());
        let result = self.store.write(move |db| {
            Box::pin(async move {
                factor::insert_pending(db, factor, person.id, sign_in, &secret, now).await?;
                factor::consume_pending(db, factor, person.id, 0, now).await?;
                let card = recovery_code::replace(db, recovery, person.id, None, &mac, now).await?;
                recovery_code::acknowledge(db, person.id, None, card.number, now).await?;
                let detail = serde_json::json!({ "method": "authenticator" });
                Ok(service.note_cli(db, "factor.bound", Some(person.id), detail).await?)
            })
        });
        result.await?;
        Ok((Secret::new(BASE32_NOPAD.encode(&*key)), Secret::new(code.groups().join("-"))))
    }

    async fn company(&self, name: &str) -> Result<CompanyId, DirectoryError> {
        let found = company::find(&mut *self.store.read().await?, name).await?;
        found.ok_or_else(|| DirectoryError::NoCompany(name.to_owned()))
    }

    pub(super) async fn person(&self, email: &Email) -> Result<person::Person, DirectoryError> {
        let found = person::find_by_email(&mut *self.store.read().await?, email.as_str()).await?;
        found.ok_or_else(|| DirectoryError::NoPerson(email.to_string()))
    }

    pub(super) async fn note_cli(
        &self,
        db: &mut AnyConnection,
        kind: &'static str,
        person: Option<PersonId>,
        detail: serde_json::Value,
    ) -> Result<(), Failure> {
        self.note(db, Entry { kind, person, actor: "cli", address: "", detail, now: self.now() }).await
    }
}

fn exists(result: Result<(), StoreError>, name: &str) -> Result<(), DirectoryError> {
    match result {
        Err(StoreError::Duplicate) => Err(DirectoryError::Exists(name.to_owned())),
        other => Ok(other?),
    }
}
