//! Setting a password: a new one, or the same one hashed at the cost that is set now.

use std::collections::BTreeMap;

use app::{
    AppError,
    backend::{Confirmation, Visit},
    model::Secret,
};
use zeroize::Zeroizing;

use super::{
    Service,
    change::Deed,
    failure::Failure,
    outcome::{Outcome, to_its_end},
    password::password_place,
};
use crate::{
    crypto::{Cost, CryptoError, PasswordError, Passwords},
    domain::{PasswordContext, PasswordRefusal, check_password},
    storage::{
        PersonId, StoreError, company,
        person::{self, Person},
    },
};

/// Stored passwords that are looked at for their cost. Ids are random, so the first ones are as good as any.
const SAMPLE: i64 = 1000;

impl Service {
    /// `Change Password`: a new one in place of the current one.
    pub async fn change_password(
        &self,
        visit: &Visit,
        given: Confirmation,
        new: Secret,
        end_others: bool,
    ) -> Outcome<()> {
        let (service, visit) = (self.clone(), visit.clone());
        self.settle(to_its_end(async move { service.try_change_password(&visit, given, new, end_others).await }).await)
    }

    async fn try_change_password(
        &self,
        visit: &Visit,
        given: Confirmation,
        new: Secret,
        end_others: bool,
    ) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.start_over(visit).await };
        let memberships = company::list_memberships(&mut *self.store.read().await?, session.person).await?;
        let companies = memberships.iter().map(|membership| &*membership.company);
        let context = self.password_context([&*session.name, &*session.email].into_iter().chain(companies));
        check_password(new.expose(), &context).map_err(refusal)?;
        // Nobody makes us hash who has not shown the current one.
        let Some(asked) = self.ask(visit, &given).await? else { return self.start_over(visit).await };
        let sealed = self.sealed_hash::<Failure>(session.person, &new).await;
        let sealed = self.uncounted(sealed, asked.budget.clone()).await?;
        self.conclude(visit, asked, Deed::Password { sealed, end_others }).await
    }

    /// A new password's hash, sealed for its row.
    pub(super) async fn sealed_hash<E>(&self, id: PersonId, password: &Secret) -> Result<Vec<u8>, E>
    where
        E: From<PasswordError> + From<CryptoError>,
    {
        let phc = Zeroizing::new(self.passwords.hash(password, &*self.rng).await?);
        Ok(self.keys.seal(&*self.rng, password_place(&id), phc.as_bytes())?)
    }

    /// The hash of a password that was right, if the stored one was made at a lower cost. Whatever stands in the way
    /// leaves that one as it is, until next time.
    pub(super) async fn renewed_hash(&self, person: &Person, password: &Secret) -> Option<Vec<u8>> {
        let stored = Zeroizing::new(self.stored_hash(person)?);
        if !self.passwords.is_below_cost(&stored) {
            return None;
        }
        self.sealed_hash::<Failure>(person.id, password)
            .await
            .inspect_err(|error| tracing::warn!(%error, person = ?person.id, "a password was not hashed anew"))
            .ok()
    }

    /// The cost at which most of the stored passwords are hashed, as far as a sample tells; none where there are none.
    ///
    /// # Errors
    /// The database's.
    pub async fn prevailing_cost(&self) -> Result<Option<Cost>, StoreError> {
        let stored = person::list_passwords(&mut *self.store.read().await?, SAMPLE).await?;
        let mut costs = BTreeMap::<Cost, usize>::new();
        for (id, sealed) in stored {
            // What does not open is told when its person signs in.
            let Ok(phc) = self.keys.open(password_place(&id), &sealed) else { continue };
            if let Some(cost) = std::str::from_utf8(&phc).ok().and_then(Passwords::cost_of) {
                *costs.entry(cost).or_default() += 1;
            }
        }
        Ok(costs.into_iter().max_by_key(|(_, people)| *people).map(|(cost, _)| cost))
    }

    /// What a new password must not consist of: these words, and the name of this site.
    pub(super) fn password_context<'a>(&'a self, texts: impl IntoIterator<Item = &'a str>) -> PasswordContext {
        PasswordContext::new(texts.into_iter().chain([&*self.settings.issuer, "Muster"]))
    }
}

/// What a person is told about a new password that is not taken.
pub(super) fn refusal(refusal: PasswordRefusal) -> AppError {
    match refusal {
        PasswordRefusal::TooShort => AppError::PasswordShort,
        PasswordRefusal::TooLong => AppError::PasswordLong,
        PasswordRefusal::Known => AppError::PasswordKnown,
        PasswordRefusal::Personal => AppError::PasswordPersonal,
    }
}
