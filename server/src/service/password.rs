//! E-mail and password: the first factor.

mod check;

use app::{
    AppError,
    backend::Visit,
    model::{Email, Secret},
    routes,
};
use data_encoding::BASE64URL_NOPAD;
use sqlx::AnyConnection;

pub(super) use self::check::password_place;
use super::{
    Service,
    audit::Entry,
    failure::Failure,
    limit::PasswordBudget,
    mark::Mark,
    outcome::{Change, Outcome, to_its_end},
    session::Opening,
    sign_in::Start,
};
use crate::{
    crypto::{CryptoError, Place, Token},
    domain::{PasswordAlone, password_alone},
    storage::{
        SessionId, company,
        person::{self, Person},
        session::Proof,
        sign_in::Stage,
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
                    let refused = matches!(next, Next::Refused);
                    if !refused {
                        budget.reset(db).await?;
                    }
                    if let (Some(checked), Some(sealed)) = (&person.password, renewed) {
                        person::renew_password(db, person.id, checked, &sealed).await?;
                    }
                    if refused {
                        budget.settle(db).await?;
                    } else {
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
        let alone = password_alone(&memberships, now);
        // Where an identity provider alone decides, a factor of before counts no more than the password.
        if standing.enrolled() && alone != PasswordAlone::Nothing {
            let unseen = self.resumable(db, visit, person.id, now).await?;
            let start = unseen.map_or(Start::SignIn(Stage::Challenge), Start::Again);
            let opened = self.open_sign_in(db, &person, start, visit, now).await?;
            return Ok(Next::Challenge(opened.token, standing.first_page()));
        }
        match alone {
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

/// The cookie that carries the typed e-mail from the first page to the second.
const ENTRY: Place<'static> = Place { table: "cookie", column: "entry", person: b"", row: b"" };
