//! A password, checked with all its limits, and who is told of wrong ones.

use app::{
    AppError, Guess,
    backend::Visit,
    model::{Email, Secret},
};
use sqlx::AnyConnection;

use crate::{
    crypto::{MacPurpose, PasswordError, Passwords, Place},
    service::{
        Service,
        audit::Entry,
        failure::Failure,
        limit::{PasswordBudget, Pause},
        notice::{Event, Origin},
    },
    storage::{
        PersonId,
        person::{self, Person},
        throttle::{self, Allowance},
    },
};

/// Seconds after which the owner is told again of guesses at the password.
const TOLD_AGAIN: i64 = 24 * 60 * 60;

impl Service {
    /// Checks a password with all its limits. The same work and the same answer for unknown, disabled and
    /// password-less people.
    pub(in crate::service) async fn check_password(
        &self,
        visit: &Visit,
        email: &Email,
        password: &Secret,
    ) -> Result<(Person, PasswordBudget), Failure> {
        if password.expose().len() > Passwords::MAX_BYTES {
            return Err(AppError::BadRequest.into());
        }
        let budget = self.password_budget(email.as_str(), visit);
        let (person, pauses) = self.reserve_password(visit, email, &budget).await?;
        let stored = person.as_ref().filter(|person| person.active).and_then(|person| self.stored_hash(person));
        let right = match self.passwords.verify(password, stored).await {
            Err(PasswordError::Stored) => {
                tracing::error!(person = ?person.as_ref().map(|person| person.id), "a stored password hash cannot be used");
                false
            }
            // Nothing was compared, so nothing has failed.
            Err(error) => return self.uncounted(Err(error), budget).await,
            Ok(right) => right,
        };
        match person {
            Some(person) if right => Ok((person, budget)),
            other => {
                self.note_wrong_password(visit, other, budget).await?;
                if let Some(pause) = pauses {
                    self.tell_of_guesses(visit, email, pause);
                }
                Err(AppError::CredentialsWrong.into())
            }
        }
    }

    /// Takes the failure back that was counted in advance, when nothing was guessed and yet nothing came of it.
    pub(in crate::service) async fn uncounted<T>(
        &self,
        outcome: Result<T, impl Into<Failure>>,
        budget: PasswordBudget,
    ) -> Result<T, Failure> {
        if outcome.is_err()
            && let Err(error) = self.store.write(move |db| Box::pin(async move { budget.release(db).await })).await
        {
            tracing::warn!(%error, "a failure that was none stays counted");
        }
        outcome.map_err(Into::into)
    }

    /// Counts a failure in advance and reads whose password it is, in one transaction; nothing while the network
    /// address or the account is full. The pause of strangers that this failure starts, if it does.
    async fn reserve_password(
        &self,
        visit: &Visit,
        email: &Email,
        budget: &PasswordBudget,
    ) -> Result<(Option<Person>, Option<Pause>), Failure> {
        let (service, budget, email, visit) = (self.clone(), budget.clone(), email.clone(), visit.clone());
        self.store
            .write(move |db| {
                Box::pin(async move {
                    let now = service.now();
                    let (key, full) = match budget.reserve(db, now).await? {
                        Ok(pauses) => return Ok(Ok((person::find_by_email(db, email.as_str()).await?, pauses))),
                        // No pause is told of that a right password ends in an instant.
                        Err((_, full)) if full.checking => return Ok(Err(PasswordError::Busy.into())),
                        Err(full) => full,
                    };
                    let person = person::find_by_email(db, email.as_str()).await?.map(|person| person.id);
                    let paused = (key, Some(full.until));
                    let refused = service.refuse_guess(db, Guess::Password, paused, person, &visit, now).await?;
                    Ok(Err(refused.map_or(PasswordError::Busy.into(), Failure::from)))
                })
            })
            .await?
    }

    /// The PHC string of a person; `None` after an alert when the record does not open.
    pub(in crate::service) fn stored_hash(&self, person: &Person) -> Option<String> {
        let sealed = person.password.as_deref()?;
        match self.keys.open(password_place(&person.id), sealed) {
            Ok(phc) => String::from_utf8(phc.to_vec()).ok(),
            Err(error) => {
                tracing::error!(%error, person = ?person.id, "a stored password does not open");
                None
            }
        }
    }

    /// What was counted in advance is a failure from here on.
    async fn note_wrong_password(
        &self,
        visit: &Visit,
        person: Option<Person>,
        budget: PasswordBudget,
    ) -> Result<(), Failure> {
        let (service, address, now) = (self.clone(), visit.address, self.now());
        self.store
            .write(move |db| {
                Box::pin(async move {
                    let entry = Entry {
                        kind: "password.wrong",
                        person: person.map(|person| person.id),
                        actor: "self",
                        address: &address.to_string(),
                        detail: serde_json::Value::Null,
                        now,
                    };
                    service.note(db, entry).await?;
                    budget.settle(db).await
                })
            })
            .await?;
        Ok(())
    }

    /// Notes that a stranger's wrong passwords have started a pause, and tells the owner, once a day of each kind. After the answer, and
    /// also where there is nobody to tell, so that neither words nor time say whose address it is (FLOW-24).
    fn tell_of_guesses(&self, visit: &Visit, email: &Email, pause: Pause) {
        let (service, visit, email) = (self.clone(), visit.clone(), email.clone());
        let store = self.store.clone();
        tokio::spawn(async move {
            let told = store
                .write(move |db| Box::pin(async move { Ok(service.note_guesses(db, &visit, &email, pause).await?) }));
            if let Err(error) = told.await {
                tracing::warn!(%error, "nobody was told of guesses at a password");
            }
        });
    }

    async fn note_guesses(
        &self,
        db: &mut AnyConnection,
        visit: &Visit,
        email: &Email,
        pause: Pause,
    ) -> Result<(), Failure> {
        let (now, everywhere) = (self.now(), pause == Pause::Everywhere);
        // Each for itself: the mail about one address says that all is well elsewhere.
        let told: &[u8] = if everywhere { b"password-told-everywhere" } else { b"password-told" };
        let mark = self.keys.mac(MacPurpose::Throttle, &[told, email.as_str().as_bytes()]);
        let first = throttle::count(db, &mark, Allowance::per(TOLD_AGAIN, 1), now).await?.is_some();
        let person = person::find_by_email(db, email.as_str()).await?.filter(|person| person.active);
        let (id, address) = (person.map(|person| person.id), visit.address.to_string());
        let detail = serde_json::json!({ "everywhere": everywhere });
        let event = Event::PasswordGuesses { everywhere };
        let entry = Entry { kind: "password.paused", person: id, actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        match id.filter(|_| first) {
            Some(person) => self.tell(db, person, event, &Origin::visit(visit, &address, now)).await,
            None => Ok(()),
        }
    }
}

/// Where a password hash lives.
pub(in crate::service) fn password_place(person: &PersonId) -> Place<'_> {
    Place { table: "person", column: "password", person: person.bytes(), row: person.bytes() }
}
