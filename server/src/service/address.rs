//! The addresses of a person, for the command line: which there are, and changes that every one of them is told of.

use app::model::Email;

use super::{
    DirectoryError, Service,
    notice::{Event, Origin},
};
use crate::{
    clock::Timestamp,
    storage::{
        StoreError,
        address::{self, Address},
        person,
    },
};

/// Seconds for which an address that was removed or replaced is still told: long enough for its owner to
/// come back from a holiday and find out (NOTE-02).
const TOLD_FOR: i64 = 30 * 24 * 60 * 60;

impl Service {
    /// Every address that is told: the sign-in address, the second one, then those that were.
    ///
    /// # Errors
    /// [`DirectoryError::NoPerson`], or the database's.
    pub async fn list_addresses(&self, email: &Email) -> Result<Vec<Address>, DirectoryError> {
        let person = self.person(email).await?;
        Ok(address::list(&mut *self.store.read().await?, person.id, self.now()).await?)
    }

    /// Adds a second address and tells both.
    ///
    /// # Errors
    /// [`DirectoryError::HasAddress`], [`DirectoryError::TwoAddresses`], [`DirectoryError::NoPerson`], or the
    /// database's.
    pub async fn add_address(&self, email: &Email, second: &Email) -> Result<(), DirectoryError> {
        let person = self.person(email).await?;
        let (service, added, now) = (self.clone(), second.clone(), self.now());
        let result = self.store.write(move |db| {
            Box::pin(async move {
                if !address::insert_second(db, person.id, added.as_str(), now).await? {
                    return Ok(false);
                }
                service.tell(db, person.id, Event::AddressAdded, &Origin::command_line(now)).await?;
                let detail = serde_json::json!({ "address": added.as_str() });
                service.note_cli(db, "address.added", Some(person.id), detail).await?;
                Ok(true)
            })
        });
        match result.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(DirectoryError::HasAddress(second.to_string())),
            Err(StoreError::Duplicate) => Err(DirectoryError::TwoAddresses),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the second address away and tells both. Until when the removed one is still told.
    ///
    /// # Errors
    /// [`DirectoryError::NotSecond`], [`DirectoryError::NoPerson`], or the database's.
    pub async fn remove_address(&self, email: &Email, second: &Email) -> Result<Timestamp, DirectoryError> {
        let person = self.person(email).await?;
        let (service, removed, now) = (self.clone(), second.clone(), self.now());
        let until = now.plus(TOLD_FOR);
        let done = self.store.write(move |db| {
            Box::pin(async move {
                if !address::consume_second(db, person.id, removed.as_str(), until).await? {
                    return Ok(false);
                }
                service.tell(db, person.id, Event::AddressRemoved, &Origin::command_line(now)).await?;
                let detail = serde_json::json!({ "address": removed.as_str() });
                service.note_cli(db, "address.removed", Some(person.id), detail).await?;
                Ok(true)
            })
        });
        if done.await? { Ok(until) } else { Err(DirectoryError::NotSecond(second.to_string())) }
    }

    /// Gives a person another sign-in address, ends every session and half-finished sign-in, and tells the
    /// old and the new address. Until when the old one is still told.
    ///
    /// # Errors
    /// [`DirectoryError::Exists`] when somebody signs in with the new one, [`DirectoryError::HasAddress`]
    /// when it is the same, [`DirectoryError::NoPerson`], or the database's.
    pub async fn change_email(&self, email: &Email, to: &Email) -> Result<Timestamp, DirectoryError> {
        if email == to {
            return Err(DirectoryError::HasAddress(to.to_string()));
        }
        let person = self.person(email).await?;
        let (service, from, new, now) = (self.clone(), email.clone(), to.clone(), self.now());
        let until = now.plus(TOLD_FOR);
        let result = self.store.write(move |db| {
            Box::pin(async move {
                let change = (from.as_str(), new.as_str());
                let changed = address::replace_sign_in(db, person.id, change, now, until).await?;
                if !changed || person::consume_epoch(db, person.id, person.epoch).await?.is_none() {
                    return Err(StoreError::Lost);
                }
                service.tell(db, person.id, Event::EmailChanged, &Origin::command_line(now)).await?;
                let detail = serde_json::json!({ "from": from.as_str(), "to": new.as_str() });
                Ok(service.note_cli(db, "person.email", Some(person.id), detail).await?)
            })
        });
        match result.await {
            Ok(()) => Ok(until),
            Err(StoreError::Duplicate) => Err(DirectoryError::Exists(to.to_string())),
            Err(error) => Err(error.into()),
        }
    }
}
