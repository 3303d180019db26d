//! E-mail and password: the first factor.

use app::{
    AppError,
    backend::{Confirmation, Visit},
    model::{Email, Secret},
    routes,
};
use data_encoding::BASE64URL_NOPAD;
use sqlx::AnyConnection;
use zeroize::Zeroizing;

use super::{
    Service,
    audit::Entry,
    change::Deed,
    failure::Failure,
    limit::{Budget, Guess, paused},
    outcome::{Change, Outcome},
    session::Opening,
};
use crate::{
    clock::Timestamp,
    crypto::{CryptoError, PasswordError, Passwords, Place, Token, TokenKind},
    domain::{PasswordContext, PasswordRefusal, Requirement, check_password, requirement},
    storage::{
        PersonId, SessionId, SignInId, company,
        person::{self, Person},
        session::Proof,
        sign_in::{self, SignIn, Stage},
        throttle,
    },
};

/// A sign-in that was opened.
pub(super) struct Opened {
    pub(super) sign_in: SignInId,
    pub(super) token: Token,
}

/// Where a sign-in row begins.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// A sign-in, with what it waits for.
    SignIn(Stage),
    /// A change of one factor, in this session.
    Change(SessionId),
    /// A first factor in this session, or one in place of all that there are because those are lost.
    SetUp { session: SessionId, lost: bool },
}

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
}

impl Service {
    /// `Email`, `Continue`. Whether the address is known makes no difference.
    pub fn submit_email(&self, email: &str) -> Outcome<()> {
        self.settle(self.try_email(email))
    }

    fn try_email(&self, typed: &str) -> Result<Outcome<()>, Failure> {
        // What was typed comes back on the next page, right or wrong.
        let kept: String = typed.chars().take(Email::MAX_LEN).collect();
        let entry = Change::Entry(Some(self.seal_entry(&kept)?));
        Ok(match Email::parse(typed) {
            Some(_) => Outcome::go(routes::PASSWORD).with(entry),
            None => Outcome {
                result: Err(AppError::EmailInvalid),
                changes: vec![entry],
                next: None,
                clear_site_data: false,
            },
        })
    }

    fn seal_entry(&self, email: &str) -> Result<Secret, CryptoError> {
        let sealed = self.keys.seal(&*self.rng, ENTRY, email.as_bytes())?;
        Ok(Secret::new(BASE64URL_NOPAD.encode(&sealed)))
    }

    /// The e-mail of the first page.
    pub(super) fn open_entry(&self, visit: &Visit) -> Option<String> {
        let sealed = BASE64URL_NOPAD.decode(visit.entry.as_ref()?.expose().as_bytes()).ok()?;
        let opened = self.keys.open(ENTRY, &sealed).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    /// `Password`, `Continue`.
    pub async fn submit_password(&self, visit: &Visit, email: &str, password: Secret) -> Outcome<()> {
        self.settle(self.try_password(visit, email, password).await)
    }

    async fn try_password(&self, visit: &Visit, email: &str, password: Secret) -> Result<Outcome<()>, Failure> {
        let email = Email::parse(email).ok_or(AppError::EmailInvalid)?;
        let (person, budget) = self.check_password(visit, &email, &password).await?;
        let (service, seen, key) = (self.clone(), visit.clone(), budget.key.clone());
        let next = self
            .store
            .write(move |db| Box::pin(async move { Ok(service.after_password(db, &person, &budget, &seen).await?) }))
            .await;
        let next = self.uncounted(next, key).await?;
        let outcome = match next {
            Next::Refused => return Err(AppError::CredentialsWrong.into()),
            Next::Challenge(token, page) => {
                if page == routes::PHONE_CODE {
                    self.send_first_code(visit, token.clone()).await;
                }
                Outcome::go(page).with(Change::SignIn(Some(token)))
            }
            Next::Enrolment(token) => Outcome::go(routes::REQUIRED).with(Change::SignIn(Some(token))),
            Next::Session(token) => {
                Outcome::go(routes::HOME).with(Change::Session(Some(token))).with(Change::SignIn(None))
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
    ) -> Result<(Person, Budget), Failure> {
        if password.expose().len() > Passwords::MAX_BYTES {
            return Err(AppError::BadRequest.into());
        }
        let budget = self.budget(Guess::Password, email.as_str(), visit);
        let person = self.reserve_password(visit, email, &budget).await?;
        let stored = person.as_ref().filter(|person| person.active).and_then(|person| self.stored_hash(person));
        let right = match self.passwords.verify(password, stored).await {
            Err(PasswordError::Stored) => {
                tracing::error!(person = ?person.as_ref().map(|person| person.id), "a stored password hash cannot be used");
                false
            }
            // Nothing was compared, so nothing has failed.
            Err(error) => return self.uncounted(Err(error), budget.key).await,
            Ok(right) => right,
        };
        match person {
            Some(person) if right => Ok((person, budget)),
            other => {
                self.count_wrong_password(visit, other).await?;
                Err(AppError::CredentialsWrong.into())
            }
        }
    }

    /// What a new password must not consist of: these words, and the name of this site.
    pub(super) fn password_context<'a>(&'a self, texts: impl IntoIterator<Item = &'a str>) -> PasswordContext {
        PasswordContext::new(texts.into_iter().chain([&*self.settings.issuer, "Muster"]))
    }

    /// Takes the failure back that was counted in advance, when nothing was guessed and yet nothing came of it.
    pub(super) async fn uncounted<T>(
        &self,
        outcome: Result<T, impl Into<Failure>>,
        key: Vec<u8>,
    ) -> Result<T, Failure> {
        if outcome.is_err()
            && let Err(error) =
                self.store.write(move |db| Box::pin(async move { throttle::release(db, &key).await })).await
        {
            tracing::warn!(%error, "a failure that was none stays counted");
        }
        outcome.map_err(Into::into)
    }

    /// Counts a failure in advance and reads whose password it is, in one transaction; nothing while the network
    /// address or the account is paused.
    async fn reserve_password(&self, visit: &Visit, email: &Email, budget: &Budget) -> Result<Option<Person>, Failure> {
        let (key, allowance, now) = (budget.key.clone(), self.account_allowance(), self.now());
        let (address_key, email) = (self.address_key(Guess::Password, visit.address), email.clone());
        let reserved = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    if let Some(until) = throttle::find_pause(db, &address_key, now).await? {
                        return Ok(Err(until));
                    }
                    match throttle::reserve(db, &key, allowance, now).await? {
                        Some(_) => Ok(Ok(person::find_by_email(db, email.as_str()).await?)),
                        None => Ok(Err(throttle::find_pause(db, &key, now).await?.unwrap_or(now))),
                    }
                })
            })
            .await?;
        reserved.map_err(|until| paused(until, now).into())
    }

    /// The PHC string of a person; `None` after an alert when the record does not open.
    fn stored_hash(&self, person: &Person) -> Option<String> {
        let sealed = person.password.as_deref()?;
        match self.keys.open(password_place(&person.id), sealed) {
            Ok(phc) => String::from_utf8(phc.to_vec()).ok(),
            Err(error) => {
                tracing::error!(%error, person = ?person.id, "a stored password does not open");
                None
            }
        }
    }

    async fn count_wrong_password(&self, visit: &Visit, person: Option<Person>) -> Result<(), Failure> {
        let (service, address, now) = (self.clone(), visit.address, self.now());
        self.store
            .write(move |db| {
                Box::pin(async move {
                    service.count_address(db, Guess::Password, address, now).await?;
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

    /// What a right password leads to, decided and written in one transaction.
    async fn after_password(
        &self,
        db: &mut AnyConnection,
        checked: &Person,
        budget: &Budget,
        visit: &Visit,
    ) -> Result<Next, Failure> {
        let now = self.now();
        let Some(person) = person::find(db, checked.id).await?.filter(|person| person.active) else {
            return Ok(Next::Refused);
        };
        if person.epoch != checked.epoch {
            return Ok(Next::Refused);
        }
        throttle::reset(db, &budget.key).await?;
        let memberships = company::list_memberships(db, person.id).await?;
        let standing = self.standing(db, person.id, &memberships, now).await?;
        if standing.enrolled() {
            let opened = self.open_sign_in(db, &person, Start::SignIn(Stage::Challenge), visit, now).await?;
            return Ok(Next::Challenge(opened.token, standing.first_page()));
        }
        match requirement(&memberships, now).0 {
            Requirement::Required { .. } => {
                let opened = self.open_sign_in(db, &person, Start::SignIn(Stage::Enrolment), visit, now).await?;
                Ok(Next::Enrolment(opened.token))
            }
            // A phone that the person's roles do not admit any more: once enrolled, nobody gets in with a password alone.
            Requirement::Optional | Requirement::Upcoming { .. } if standing.has_phone => {
                let opened = self.open_sign_in(db, &person, Start::SignIn(Stage::Enrolment), visit, now).await?;
                Ok(Next::Enrolment(opened.token))
            }
            Requirement::Optional | Requirement::Upcoming { .. } => {
                let opening = Opening {
                    id: SessionId::generate(&*self.rng)?,
                    person: person.id,
                    epoch: person.epoch,
                    proof: Proof::Password,
                    sign_in: None,
                    reveal: None,
                };
                Ok(Next::Session(self.open_session(db, opening, visit, now).await?))
            }
            // A password of Muster's own does not open what an identity provider guards.
            Requirement::AtIdentityProvider => Ok(Next::Refused),
        }
    }

    /// Opens a sign-in that waits for a second factor or an enrolment, and notes it.
    pub(super) async fn open_sign_in(
        &self,
        db: &mut AnyConnection,
        person: &Person,
        start: Start,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Opened, Failure> {
        let token = Token::generate(TokenKind::SignIn, &*self.rng)?;
        let budget = self.budget(Guess::Code, &person.email, visit);
        let (stage, session, lost) = match start {
            Start::SignIn(stage) => (stage, None, false),
            Start::Change(session) => (Stage::Enrolment, Some(session), false),
            Start::SetUp { session, lost } => (Stage::Enrolment, Some(session), lost),
        };
        let (kind, life) = match start {
            Start::SignIn(Stage::Challenge) => ("sign_in.challenge", self.limits().challenge),
            Start::SignIn(Stage::Enrolment) => ("sign_in.enrolment", self.limits().enrolment),
            // A change is a challenge to whoever sits at the browser: it must not wait for somebody else there.
            Start::Change(_) => ("factor.change", self.limits().challenge),
            // Whoever begins has to find an app first.
            Start::SetUp { .. } => ("factor.change", self.limits().enrolment),
        };
        let sign_in = SignIn {
            id: SignInId::generate(&*self.rng)?,
            person: person.id,
            epoch: person.epoch,
            stage,
            throttle_key: budget.key,
            known: budget.known,
            attempts: 0,
            session,
            lost,
        };
        sign_in::insert(db, &sign_in, token.hash(), now, now.plus(life)).await?;
        let address = visit.address.to_string();
        let detail = serde_json::Value::Null;
        let entry = Entry { kind, person: Some(person.id), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        Ok(Opened { sign_in: sign_in.id, token })
    }

    /// `Change Password`: a new one in place of the current one.
    pub async fn change_password(
        &self,
        visit: &Visit,
        given: Confirmation,
        new: Secret,
        end_others: bool,
    ) -> Outcome<()> {
        self.settle(self.try_change_password(visit, given, new, end_others).await)
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
        let sealed = self.sealed_hash::<Failure>(session.person, &new).await?;
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

/// The cookie that carries the typed e-mail from the first page to the second.
const ENTRY: Place<'static> = Place { table: "cookie", column: "entry", person: b"", row: b"" };

/// Where a password hash lives.
pub(super) fn password_place(person: &crate::storage::PersonId) -> Place<'_> {
    Place { table: "person", column: "password", person: person.bytes(), row: person.bytes() }
}
