//! The second factor: a code of the authenticator app.

use app::{
    AppError,
    backend::Visit,
    model::{OneTimeCode, Secret},
    routes,
};
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    failure::Failure,
    limit::{Guess, paused},
    notice::{Event, Origin},
    outcome::{Change, Outcome},
    session::{Opening, sign_in_token},
};
use crate::{
    clock::Timestamp,
    crypto::{Place, Token},
    domain::{Verdict, verify},
    storage::{
        FactorId, PersonId, SessionId,
        factor::{self, Authenticator},
        person::{self, Person},
        recovery_code,
        session::Proof,
        sign_in::{self, SignIn},
        throttle,
    },
};

/// One check of a challenge that has been counted and may now be compared.
pub(super) struct Attempt {
    pub(super) sign_in: SignIn,
    pub(super) person: Person,
    /// Failures of this account, this one included.
    pub(super) failures: i64,
}

/// What a check came to. Refusals are committed too: they count.
pub(super) enum Checked {
    /// In, with a session and the next page.
    In { token: Token, email: String, next: &'static str },
    /// Refused, and the challenge goes on.
    Refused(AppError),
    /// Refused, and the challenge is over.
    Over(AppError, &'static str),
}

impl Checked {
    pub(super) const EXPIRED: Self = Self::Over(AppError::Expired, routes::SIGN_IN_EXPIRED);
}

impl Service {
    /// `Enter Your 6-digit Verification Code`, `Continue`.
    pub async fn verify_code(&self, visit: &Visit, code: Secret) -> Outcome<()> {
        self.settle(self.try_code(visit, code).await)
    }

    async fn try_code(&self, visit: &Visit, code: Secret) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.elsewhere(visit).await };
        let code = OneTimeCode::parse(code.expose()).ok_or(AppError::CodeMalformed)?;
        self.check_address(Guess::Code, visit.address).await?;
        let (service, seen) = (self.clone(), visit.clone());
        let checked = self
            .store
            .write(move |db| Box::pin(async move { Ok(service.check_code(db, &token, &code, &seen).await?) }))
            .await?;
        self.answer_check(visit, checked)
    }

    /// Turns a check into an answer: cookies and next page.
    pub(super) fn answer_check(&self, visit: &Visit, checked: Checked) -> Result<Outcome<()>, Failure> {
        Ok(match checked {
            Checked::In { token, email, next } => {
                let outcome = Outcome::go(next).with(Change::Session(Some(token))).with(Change::SignIn(None));
                if self.budget(Guess::Code, &email, visit).known {
                    outcome
                } else {
                    outcome.with(Change::Device(self.new_device(&email)?))
                }
            }
            Checked::Refused(error) => return Err(error.into()),
            Checked::Over(error, next) => Outcome::refused(error, next).with(Change::SignIn(None)),
        })
    }

    /// The whole second-factor step in one transaction: count, compare, spend, open.
    async fn check_code(
        &self,
        db: &mut AnyConnection,
        token: &Token,
        code: &OneTimeCode,
        visit: &Visit,
    ) -> Result<Checked, Failure> {
        let now = self.now();
        let attempt = match self.reserve_check(db, token, now).await? {
            Ok(attempt) => attempt,
            Err(checked) => return Ok(checked),
        };
        let bound = factor::find_bound(db, attempt.person.id).await?;
        let Some(authenticator) = bound.filter(|authenticator| authenticator.active) else {
            return self.count_wrong(db, &attempt, None, AppError::CodeWrong { left: None }, visit, now).await;
        };
        match self.compare(&attempt.person, &authenticator, code, now)? {
            Verdict::Accepted { step } => self.enter(db, &attempt, &authenticator, step, visit, now).await,
            Verdict::Used => {
                self.count_wrong(db, &attempt, Some(authenticator.id), AppError::CodeUsed, visit, now).await
            }
            Verdict::ClockOff { minutes } => {
                let error = AppError::ClockOff { minutes, left: self.left(&attempt) };
                self.count_wrong(db, &attempt, Some(authenticator.id), error, visit, now).await
            }
            Verdict::Wrong => {
                let error = AppError::CodeWrong { left: self.left(&attempt) };
                self.count_wrong(db, &attempt, Some(authenticator.id), error, visit, now).await
            }
        }
    }

    fn compare(
        &self,
        person: &Person,
        authenticator: &Authenticator,
        code: &OneTimeCode,
        now: Timestamp,
    ) -> Result<Verdict, Failure> {
        let key = self.keys.open(secret_place(&person.id, &authenticator.id), &authenticator.secret)?;
        Ok(verify(&key, code, now, Some(authenticator.last_step)))
    }

    /// Counts a check against the challenge and against the account, before anything is compared.
    pub(super) async fn reserve_check(
        &self,
        db: &mut AnyConnection,
        token: &Token,
        now: Timestamp,
    ) -> Result<Result<Attempt, Checked>, Failure> {
        let most = self.limits().checks_per_challenge;
        let Some(sign_in) = sign_in::reserve_attempt(db, token.hash(), most, now).await? else {
            return Ok(Err(Checked::EXPIRED));
        };
        let Some(failures) = throttle::reserve(db, &sign_in.throttle_key, self.account_allowance(), now).await? else {
            sign_in::release_attempt(db, sign_in.id).await?;
            let until = throttle::find_pause(db, &sign_in.throttle_key, now).await?.unwrap_or(now);
            return Ok(Err(Checked::Refused(paused(until, now))));
        };
        let person = person::find(db, sign_in.person).await?;
        match person.filter(|person| person.active && person.epoch == sign_in.epoch) {
            Some(person) => Ok(Ok(Attempt { sign_in, person, failures })),
            None => {
                sign_in::consume(db, sign_in.id, now).await?;
                Ok(Err(Checked::EXPIRED))
            }
        }
    }

    /// How many checks the challenge allows after this one.
    pub(super) fn left(&self, attempt: &Attempt) -> Option<u8> {
        u8::try_from(self.limits().checks_per_challenge - attempt.sign_in.attempts).ok()
    }

    /// Everything that a wrong code brings with it; the account's counter has it already.
    pub(super) async fn count_wrong(
        &self,
        db: &mut AnyConnection,
        attempt: &Attempt,
        factor: Option<FactorId>,
        error: AppError,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let (sign_in, person) = (&attempt.sign_in, &attempt.person);
        let address = visit.address.to_string();
        let origin = Origin { address: &address, agent: &visit.agent, now };
        self.count_address(db, Guess::Code, visit.address, now).await?;
        let kind = if error == AppError::CodeUsed { "code.used" } else { "code.wrong" };
        let detail = serde_json::json!({ "attempt": sign_in.attempts, "factor": factor.is_some() });
        let entry = Entry { kind, person: Some(person.id), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        if !sign_in.known && attempt.failures == 5 {
            self.tell(db, person.id, &person.email, Event::StrangerGuesses, &origin).await?;
        }
        if let Some(factor) = factor
            && factor::count_failure(db, factor, self.limits().failures_in_a_row).await?
        {
            self.tell(db, person.id, &person.email, Event::AuthenticatorDisabled, &origin).await?;
        }
        let spent = sign_in.attempts >= self.limits().checks_per_challenge;
        if spent {
            sign_in::consume(db, sign_in.id, now).await?;
        }
        Ok(if attempt.failures >= self.limits().failures {
            Checked::Refused(paused(now.plus(self.limits().pause), now))
        } else if spent {
            Checked::Over(AppError::ChallengeDead, routes::SIGN_IN_ATTEMPTS)
        } else {
            Checked::Refused(error)
        })
    }

    /// A right code: marks its step, spends the challenge, opens the session. Each of the three is a
    /// conditional write, and all stand or fall together.
    async fn enter(
        &self,
        db: &mut AnyConnection,
        attempt: &Attempt,
        authenticator: &Authenticator,
        step: i64,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let (sign_in, person) = (&attempt.sign_in, &attempt.person);
        if !factor::consume_step(db, authenticator.id, step).await? {
            return self.count_wrong(db, attempt, Some(authenticator.id), AppError::CodeUsed, visit, now).await;
        }
        if !sign_in::consume(db, sign_in.id, now).await? {
            return Ok(Checked::EXPIRED);
        }
        throttle::reset(db, &sign_in.throttle_key).await?;
        let id = SessionId::generate(&*self.rng)?;
        // A code that was shown and never saved is worth nothing: a fresh one, until it is acknowledged.
        let current = recovery_code::find_current(db, person.id).await?;
        let saved = current.as_ref().is_some_and(|code| code.acknowledged);
        let reveal = match current {
            Some(code) if saved || !recovery_code::consume_unsaved(db, code.id, now).await? => None,
            Some(_) | None => Some(self.new_recovery_code(db, person.id, id, now).await?),
        };
        let opening = Opening {
            id,
            person: person.id,
            epoch: person.epoch,
            proof: Proof::Authenticator,
            sign_in: Some(sign_in.id),
            reveal,
        };
        let token = self.open_session(db, opening, visit, now).await?;
        let next = if saved { routes::HOME } else { routes::RECOVERY_CODE };
        Ok(Checked::In { token, email: person.email.clone(), next })
    }
}

/// Where a setup key lives.
pub(super) fn secret_place<'a>(person: &'a PersonId, factor: &'a FactorId) -> Place<'a> {
    Place { table: "factor", column: "secret", person: person.bytes(), row: factor.bytes() }
}
