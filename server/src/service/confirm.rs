//! Showing again that it is you, before anything about one's own factors or password changes (product.md, section 5).
//!
//! The check and what it allows are one transaction, so there is no proof that could be kept, stolen or used for
//! something else: [`Confirmed`] lives inside of it, only [`Service::conclude`] makes one, and each change takes one.

mod guess;
mod need;

use app::{
    AppError,
    backend::{Confirmation, Visit},
    model::{CodeView, ConfirmView, Email, Offer, OneTimeCode, Purpose},
    routes,
};
use sqlx::AnyConnection;

pub(super) use self::need::Need;
use super::{
    Service,
    change::{Deed, Done},
    failure::Failure,
    limit::PasswordBudget,
    outcome::{Change, Outcome, to_its_end},
    session::session_token,
};
use crate::{
    clock::Timestamp,
    crypto::{Token, TokenKind},
    storage::{
        StoreError, company,
        person::{self, Person},
        recovery_code,
        session::Session,
        session_token,
    },
};

/// A person who has shown in this very transaction that the session is theirs.
pub(super) struct Confirmed {
    person: Person,
    session: Session,
    /// What the session was shown with.
    token: Token,
    now: Timestamp,
}

impl Confirmed {
    /// Who it is, as of this transaction.
    pub(super) fn person(&self) -> &Person {
        &self.person
    }

    /// The session that the change is made in.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// When.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }
}

/// A request to confirm, with its password checked.
#[derive(Clone)]
pub(super) struct Asked {
    session: Session,
    token: Token,
    checked: Person,
    pub(super) budget: PasswordBudget,
    code: Option<OneTimeCode>,
}

impl Service {
    /// The page that asks for the password, and for a code where there is a factor.
    pub async fn confirm_page(&self, visit: &Visit, purpose: Purpose) -> Outcome<ConfirmView> {
        self.settle(self.try_confirm_page(visit, purpose).await)
    }

    async fn try_confirm_page(&self, visit: &Visit, purpose: Purpose) -> Result<Outcome<ConfirmView>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.unsettled(visit).await };
        let mut db = self.store.read().await?;
        if !self.is_open(&mut db, &session, purpose).await? {
            return Ok(Outcome::refused(AppError::Forbidden, routes::SECURITY));
        }
        let memberships = company::list_memberships(&mut db, session.person).await?;
        let standing = self.standing(&mut db, session.person, &memberships, self.now()).await?;
        let replaces = match purpose {
            Purpose::Authenticator => standing.authenticator_active,
            Purpose::Phone => standing.active_phone().is_some(),
            Purpose::SetUp | Purpose::RecoveryCode | Purpose::RemoveAuthenticator | Purpose::RemovePhone => false,
        };
        self.confirm_view(&mut db, session, replaces, visit).await
    }

    pub(super) async fn try_password_change_page(&self, visit: &Visit) -> Result<Outcome<ConfirmView>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.unsettled(visit).await };
        self.confirm_view(&mut *self.store.read().await?, session, false, visit).await
    }

    /// Whether a purpose fits what the person has.
    async fn is_open(&self, db: &mut AnyConnection, session: &Session, purpose: Purpose) -> Result<bool, Failure> {
        let memberships = company::list_memberships(db, session.person).await?;
        let standing = self.standing(db, session.person, &memberships, self.now()).await?;
        Ok(match purpose {
            Purpose::SetUp => !standing.enrolled() || self.is_lost(session),
            Purpose::Authenticator => true,
            Purpose::Phone => self.sms_offer(&memberships, self.now()) == Offer::Open,
            Purpose::RecoveryCode => standing.enrolled(),
            Purpose::RemoveAuthenticator => standing.authenticator,
            Purpose::RemovePhone => standing.has_phone,
        })
    }

    async fn confirm_view(
        &self,
        db: &mut AnyConnection,
        session: Session,
        replaces: bool,
        visit: &Visit,
    ) -> Result<Outcome<ConfirmView>, Failure> {
        let code = match self.need(db, &session).await? {
            Need::Blocked => return Ok(Outcome::refused(AppError::Forbidden, routes::SECURITY_BLOCKED)),
            Need::Nothing => CodeView::None,
            Need::App(_) => CodeView::App,
            Need::Phone(_, number) => CodeView::Text(self.text_view(db, &session, &number, visit).await?),
            Need::Either { number, .. } => CodeView::Either(self.text_view(db, &session, &number, visit).await?),
        };
        let lost = self.is_lost(&session);
        let has_card = recovery_code::find_current(db, session.person).await?.is_some();
        Ok(Outcome::value(ConfirmView { email: session.email, lost, replaces, has_card, code }))
    }

    /// The same page, `Continue`.
    pub async fn confirm_change(&self, visit: &Visit, purpose: Purpose, given: Confirmation) -> Outcome<()> {
        let (service, visit) = (self.clone(), visit.clone());
        self.settle(to_its_end(async move { service.try_confirm_change(&visit, purpose, given).await }).await)
    }

    async fn try_confirm_change(
        &self,
        visit: &Visit,
        purpose: Purpose,
        given: Confirmation,
    ) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.start_over(visit).await };
        // What is not open to this person is refused before anything is counted; the change itself looks once more.
        if !self.is_open(&mut *self.store.read().await?, &session, purpose).await? {
            return Err(AppError::Forbidden.into());
        }
        let Some(asked) = self.ask(visit, &given).await? else { return self.start_over(visit).await };
        self.conclude(visit, asked, Deed::Factor(purpose)).await
    }

    /// Checks the password, with all its limits. `None` without a session.
    pub(super) async fn ask(&self, visit: &Visit, given: &Confirmation) -> Result<Option<Asked>, Failure> {
        let Some((session, token)) = self.settled_session(visit).await?.zip(session_token(visit)) else {
            return Ok(None);
        };
        // What is no code at all costs no try.
        let code = match self.need(&mut *self.store.read().await?, &session).await? {
            Need::Nothing => None,
            Need::App(_) | Need::Phone(..) | Need::Either { .. } => {
                let typed = given.code.as_ref().and_then(|code| OneTimeCode::parse(code.expose()));
                Some(typed.ok_or(AppError::CodeMalformed)?)
            }
            Need::Blocked => return Err(AppError::Forbidden.into()),
        };
        let email = Email::parse(&session.email).ok_or(AppError::PasswordWrong)?;
        let (checked, budget) =
            self.check_password(visit, &email, &given.password).await.map_err(about_password_alone)?;
        Ok(Some(Asked { session, token, checked, budget, code }))
    }

    /// Checks the factor and makes the change, or nothing at all. Whoever has shown that it is them goes on with a new
    /// token, and the one before opens nothing any more, whoever else has it (ASVS 5.0 7.2.4).
    pub(super) async fn conclude(&self, visit: &Visit, asked: Asked, deed: Deed) -> Result<Outcome<()>, Failure> {
        let (service, seen, budget) = (self.clone(), visit.clone(), asked.budget.clone());
        let counted = budget.clone();
        let done = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let done = service.check_and_do(db, asked, deed, &seen).await?;
                    budget.release_address(db).await?;
                    Ok(done)
                })
            })
            .await;
        let (done, renewed) = self.uncounted(done, counted).await?;
        let outcome = match done {
            Done::Next(page) => Outcome::go(page),
            Done::Enrolment(token, page) => Outcome::go(page).with(Change::SignIn(Some(token))),
            Done::Refused(error) => Outcome::told(error),
            Done::Over => self.start_over(visit).await?,
        };
        Ok(match renewed {
            Some(token) => outcome.with(Change::Session(Some(token))),
            None => outcome,
        })
    }

    async fn check_and_do(
        &self,
        db: &mut AnyConnection,
        asked: Asked,
        deed: Deed,
        visit: &Visit,
    ) -> Result<(Done, Option<Token>), Failure> {
        let now = self.now();
        let confirmed = match self.check(db, asked, visit, now).await? {
            Ok(confirmed) => confirmed,
            Err(done) => return Ok((done, None)),
        };
        let token = Token::generate(TokenKind::Session, &*self.rng)?;
        let Confirmed { session, token: old, .. } = &confirmed;
        if !session_token::consume(db, session.id, old.hash(), token.hash(), now).await? {
            // Signed out at this moment: undo.
            return Err(StoreError::Lost.into());
        }
        Ok((self.carry_out(db, confirmed, deed, visit).await?, Some(token)))
    }

    /// Whether it is the person of this session.
    async fn check(
        &self,
        db: &mut AnyConnection,
        asked: Asked,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<Confirmed, Done>, Failure> {
        let Asked { session, token, checked, budget, code } = asked;
        budget.reset(db).await?;
        // The counter first, then the account: in the order of a sign-in, so that the two do not wait for each other.
        let guess = match code {
            None => None,
            Some(code) => match self.hold_guess(db, &session, code, visit, now).await? {
                Ok(guess) => Some(guess),
                Err(error) => return Ok(Err(Done::Refused(error))),
            },
        };
        // From here on, no other change of this account runs beside this one.
        let ours = checked.id == session.person && checked.epoch == session.epoch;
        let alive = ours
            && person::reserve(db, session.person, session.epoch).await?
            && session_token::is_current(db, session.id, token.hash(), now).await?;
        let person = if alive { person::find(db, session.person).await? } else { None };
        let Some(person) = person else {
            return Ok(Err(Done::Over));
        };
        if let Err(error) = self.check_guess(db, &session, guess.as_ref(), visit, now).await? {
            return Ok(Err(Done::Refused(error)));
        }
        Ok(Ok(Confirmed { person, session, token, now }))
    }
}

/// Whoever is signed in typed a password and no e-mail, so only that can be wrong.
fn about_password_alone(failure: Failure) -> Failure {
    match failure {
        Failure::Told(AppError::CredentialsWrong) => AppError::PasswordWrong.into(),
        other => other,
    }
}
