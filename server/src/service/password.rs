//! E-mail and password: the first factor.

use app::{
    AppError,
    backend::Visit,
    model::{Email, Secret},
    routes,
};
use data_encoding::BASE64URL_NOPAD;
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    failure::Failure,
    limit::{PasswordBudget, Pause, paused},
    mark::Mark,
    notice::{Event, Origin},
    outcome::{Change, Outcome, to_its_end},
    session::Opening,
    sign_in::Start,
};
use crate::{
    crypto::{CryptoError, MacPurpose, PasswordError, Passwords, Place, Token},
    domain::{PasswordAlone, Requirement, password_alone, requirement},
    storage::{
        SessionId, company,
        person::{self, Person},
        session::Proof,
        sign_in::Stage,
        throttle::{self, Allowance},
    },
};

/// What a right password leads to.
enum Next {
    /// The person or the password changed while it was checked.
    Refused,
    /// A second factor, and the page where it begins.
    Challenge(Token, &'static str),
    /// An enrolment.
    Enrolment(Token),
    /// Nothing more is asked of this person.
    Session(Token),
    /// This person signs in at an identity provider.
    AtIdentityProvider,
}

impl Service {
    /// `Email`, `Continue`. Whether the address is known makes no difference.
    pub fn submit_email(&self, email: &str) -> Outcome<()> {
        self.settle(self.try_email(email))
    }

    fn try_email(&self, typed: &str) -> Result<Outcome<()>, Failure> {
        let entry = self.keep_entry(typed)?;
        Ok(match Email::parse(typed) {
            Some(_) => Outcome::go(routes::PASSWORD).with(entry),
            None => Outcome::told(AppError::EmailInvalid).with(entry),
        })
    }

    /// What was typed comes back on the next page, right or wrong.
    pub(super) fn keep_entry(&self, typed: &str) -> Result<Change, CryptoError> {
        let kept: String = typed.chars().take(Email::MAX_LEN).collect();
        let sealed = self.keys.seal(&*self.rng, ENTRY, kept.as_bytes())?;
        Ok(Change::Entry(Some(Secret::new(BASE64URL_NOPAD.encode(&sealed)))))
    }

    /// The e-mail of the first page.
    pub(super) fn open_entry(&self, visit: &Visit) -> Option<String> {
        let sealed = BASE64URL_NOPAD.decode(visit.entry.as_ref()?.expose().as_bytes()).ok()?;
        let opened = self.keys.open(ENTRY, &sealed).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    /// `Password`, `Continue`.
    pub async fn submit_password(&self, visit: &Visit, email: &str, password: Secret) -> Outcome<()> {
        let (service, visit, typed) = (self.clone(), visit.clone(), email.to_owned());
        let outcome = to_its_end(async move { service.try_password(&visit, &typed, password).await }).await;
        let outcome = self.settle(outcome);
        // Whoever is refused goes on typing: the e-mail stays from here on.
        match self.keep_entry(email) {
            Ok(entry) if outcome.result.is_err() => outcome.with(entry),
            Ok(_) | Err(_) => outcome,
        }
    }

    async fn try_password(&self, visit: &Visit, email: &str, password: Secret) -> Result<Outcome<()>, Failure> {
        let email = Email::parse(email).ok_or(AppError::EmailInvalid)?;
        let (person, budget) = self.check_password(visit, &email, &password).await?;
        let renewed = self.renewed_hash(&person, &password).await;
        let (service, seen, counted) = (self.clone(), visit.clone(), budget.clone());
        let next = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let next = service.after_password(db, &person, &budget, &seen).await?;
                    if !matches!(next, Next::Refused) {
                        budget.reset(db).await?;
                    }
                    if let (Some(checked), Some(sealed)) = (&person.password, renewed) {
                        person::renew_password(db, person.id, checked, &sealed).await?;
                    }
                    if !matches!(next, Next::Refused) {
                        budget.release_address(db).await?;
                    }
                    Ok(next)
                })
            })
            .await;
        let next = self.uncounted(next, counted).await?;
        let outcome = match next {
            Next::Refused => return Err(AppError::CredentialsWrong.into()),
            Next::AtIdentityProvider => return Err(AppError::AtIdentityProvider.into()),
            Next::Challenge(token, page) => {
                if page == routes::PHONE_CODE {
                    self.send_first_code(visit, token.clone()).await;
                }
                Outcome::go(page).with(Change::SignIn(Some(token)))
            }
            Next::Enrolment(token) => Outcome::go(routes::REQUIRED).with(Change::SignIn(Some(token))),
            Next::Session(token) => {
                let outcome = Outcome::go(routes::HOME).with(Change::Session(Some(token))).with(Change::SignIn(None));
                outcome.with(self.remember(email.as_str(), visit, Mark::Familiar)?)
            }
        };
        Ok(outcome.with(Change::Entry(None)))
    }

    /// Checks a password with all its limits. The same work and the same answer for unknown, disabled and
    /// password-less people.
    pub(super) async fn check_password(
        &self,
        visit: &Visit,
        email: &Email,
        password: &Secret,
    ) -> Result<(Person, PasswordBudget), Failure> {
        if password.expose().len() > Passwords::MAX_BYTES {
            return Err(AppError::BadRequest.into());
        }
        let budget = self.password_budget(email.as_str(), visit);
        let (person, pauses) = self.reserve_password(email, &budget).await?;
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
                self.note_wrong_password(visit, other).await?;
                if let Some(pause) = pauses {
                    self.tell_of_guesses(visit, email, pause);
                }
                Err(AppError::CredentialsWrong.into())
            }
        }
    }

    /// Takes the failure back that was counted in advance, when nothing was guessed and yet nothing came of it.
    pub(super) async fn uncounted<T>(
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
    /// address or the account is paused. The pause of strangers that this failure starts, if it does.
    async fn reserve_password(
        &self,
        email: &Email,
        budget: &PasswordBudget,
    ) -> Result<(Option<Person>, Option<Pause>), Failure> {
        let (budget, email, now) = (budget.clone(), email.clone(), self.now());
        let reserved = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    match budget.reserve(db, now).await? {
                        Ok(pauses) => Ok(Ok((person::find_by_email(db, email.as_str()).await?, pauses))),
                        Err(until) => Ok(Err(until)),
                    }
                })
            })
            .await?;
        reserved.map_err(|until| paused(until, now).into())
    }

    /// The PHC string of a person; `None` after an alert when the record does not open.
    pub(super) fn stored_hash(&self, person: &Person) -> Option<String> {
        let sealed = person.password.as_deref()?;
        match self.keys.open(password_place(&person.id), sealed) {
            Ok(phc) => String::from_utf8(phc.to_vec()).ok(),
            Err(error) => {
                tracing::error!(%error, person = ?person.id, "a stored password does not open");
                None
            }
        }
    }

    async fn note_wrong_password(&self, visit: &Visit, person: Option<Person>) -> Result<(), Failure> {
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
                    Ok(())
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
        let first = throttle::reserve(db, &mark, Allowance::per(TOLD_AGAIN, 1), now).await?.is_some();
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

    /// What a right password leads to, decided and written in one transaction.
    async fn after_password(
        &self,
        db: &mut AnyConnection,
        checked: &Person,
        budget: &PasswordBudget,
        visit: &Visit,
    ) -> Result<Next, Failure> {
        let now = self.now();
        let Some(person) = person::find(db, checked.id).await?.filter(|person| person.active) else {
            return Ok(Next::Refused);
        };
        if person.epoch != checked.epoch {
            return Ok(Next::Refused);
        }
        let memberships = company::list_memberships(db, person.id).await?;
        let standing = self.standing(db, person.id, &memberships, now).await?;
        // Where an identity provider alone decides, a factor of before counts no more than the password.
        if standing.enrolled() && requirement(&memberships, now).0 != Requirement::AtIdentityProvider {
            let unseen = self.resumable(db, visit, person.id, now).await?;
            let start = unseen.map_or(Start::SignIn(Stage::Challenge), Start::Again);
            let opened = self.open_sign_in(db, &person, start, visit, now).await?;
            return Ok(Next::Challenge(opened.token, standing.first_page()));
        }
        match password_alone(&memberships, now) {
            // A phone that the person's roles do not admit any more: once enrolled, nobody gets in with a password alone.
            PasswordAlone::Session if !standing.has_phone => {
                let opening = Opening {
                    id: SessionId::generate(&*self.rng)?,
                    person: person.id,
                    epoch: person.epoch,
                    proof: Proof::Password,
                    sign_in: None,
                    reveal: None,
                };
                let token = self.open_session(db, opening, visit, now).await?;
                self.note_arrival_by_password(db, &person, budget, visit, now).await?;
                Ok(Next::Session(token))
            }
            PasswordAlone::Session | PasswordAlone::Enrolment => {
                let opened = self.open_sign_in(db, &person, Start::SignIn(Stage::Enrolment), visit, now).await?;
                Ok(Next::Enrolment(opened.token))
            }
            PasswordAlone::Nothing => {
                let (kind, address) = ("sign_in.at_provider", visit.address.to_string());
                let detail = serde_json::Value::Null;
                let entry = Entry { kind, person: Some(person.id), actor: "self", address: &address, detail, now };
                self.note(db, entry).await?;
                Ok(Next::AtIdentityProvider)
            }
        }
    }
}

/// Seconds after which the owner is told again of guesses at the password.
const TOLD_AGAIN: i64 = 24 * 60 * 60;

/// The cookie that carries the typed e-mail from the first page to the second.
const ENTRY: Place<'static> = Place { table: "cookie", column: "entry", person: b"", row: b"" };

/// Where a password hash lives.
pub(super) fn password_place(person: &crate::storage::PersonId) -> Place<'_> {
    Place { table: "person", column: "password", person: person.bytes(), row: person.bytes() }
}
