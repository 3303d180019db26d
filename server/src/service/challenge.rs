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
        FactorId, PersonId, SessionId, StoreError,
        challenge::{self, Check, Entered, Entering, Reserved},
        factor, recovery_code,
        session::{self, Proof},
        sign_in, throttle,
    },
};

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
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        let code = OneTimeCode::parse(code.expose()).ok_or(AppError::CodeMalformed)?;
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
        let check = match self.reserve_check(db, token, visit, now).await? {
            Ok(check) => check,
            Err(checked) => return Ok(checked),
        };
        let active = check.authenticator.as_ref().filter(|authenticator| authenticator.active);
        let Some(authenticator) = active else {
            return self.count_wrong(db, &check, None, AppError::CodeWrong { left: None }, visit, now).await;
        };
        let key = self.keys.open(secret_place(&check.person, &authenticator.id), &authenticator.secret)?;
        let error = match verify(&key, code, now, Some(authenticator.last_step)) {
            Verdict::Accepted { step } => return self.enter(db, &check, authenticator.id, step, visit, now).await,
            Verdict::Used => AppError::CodeUsed,
            Verdict::ClockOff { minutes } => AppError::ClockOff { minutes, left: self.left(&check) },
            Verdict::Wrong => AppError::CodeWrong { left: self.left(&check) },
        };
        self.count_wrong(db, &check, Some(authenticator.id), error, visit, now).await
    }

    /// Counts a check against the challenge and against the account, before anything is compared.
    pub(super) async fn reserve_check(
        &self,
        db: &mut AnyConnection,
        token: &Token,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<Reserved, Checked>, Failure> {
        let address_key = self.address_key(Guess::Code, visit.address);
        let check = Check {
            token_hash: token.hash(),
            address_key: &address_key,
            most: self.limits().checks_per_challenge,
            allowance: self.account_allowance(),
            now,
        };
        let Some(reserved) = challenge::reserve(db, &check).await? else {
            let until = throttle::find_pause(db, &address_key, now).await?;
            return Ok(Err(until.map_or(Checked::EXPIRED, |until| Checked::Refused(paused(until, now)))));
        };
        if reserved.failures.is_none() {
            sign_in::release_attempt(db, reserved.sign_in).await?;
            let until = throttle::find_pause(db, &reserved.throttle_key, now).await?.unwrap_or(now);
            return Ok(Err(Checked::Refused(paused(until, now))));
        }
        if !reserved.alive {
            sign_in::consume(db, reserved.sign_in, now).await?;
            return Ok(Err(Checked::EXPIRED));
        }
        Ok(Ok(reserved))
    }

    /// How many checks the challenge allows after this one.
    pub(super) fn left(&self, check: &Reserved) -> Option<u8> {
        u8::try_from(self.limits().checks_per_challenge - check.attempts).ok()
    }

    /// Everything that a wrong code brings with it; the account's counter has it already.
    pub(super) async fn count_wrong(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        factor: Option<FactorId>,
        error: AppError,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let failures = check.failures.unwrap_or(i64::MAX);
        let address = visit.address.to_string();
        let origin = Origin { address: &address, agent: &visit.agent, now };
        self.count_address(db, Guess::Code, visit.address, now).await?;
        let kind = if error == AppError::CodeUsed { "code.used" } else { "code.wrong" };
        let detail = serde_json::json!({ "attempt": check.attempts, "factor": factor.is_some() });
        let entry = Entry { kind, person: Some(check.person), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        if !check.known && failures == 5 {
            self.tell(db, check.person, Event::StrangerGuesses, &origin).await?;
        }
        if let Some(factor) = factor
            && factor::count_failure(db, factor, self.limits().failures_in_a_row).await?
        {
            self.tell(db, check.person, Event::AuthenticatorDisabled, &origin).await?;
        }
        let spent = check.attempts >= self.limits().checks_per_challenge;
        if spent {
            sign_in::consume(db, check.sign_in, now).await?;
        }
        Ok(if failures >= self.limits().failures {
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
        check: &Reserved,
        factor: FactorId,
        step: i64,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let id = SessionId::generate(&*self.rng)?;
        let opening = Opening {
            id,
            person: check.person,
            epoch: check.epoch,
            proof: Proof::Authenticator,
            sign_in: Some(check.sign_in),
            reveal: None,
        };
        let draft = self.draft_session(opening, visit, now)?;
        let entering = Entering {
            factor,
            step,
            sign_in: check.sign_in,
            throttle_key: &check.throttle_key,
            session: draft.row(visit),
            event: &draft.event,
        };
        match challenge::enter(db, &entering).await? {
            Entered::Done => {}
            Entered::StepUsed => {
                return self.count_wrong(db, check, Some(factor), AppError::CodeUsed, visit, now).await;
            }
            // Cannot happen while the reserved check holds the row; if it does, nothing may stand.
            Entered::Spent => return Err(StoreError::Lost.into()),
        }
        if check.recovery_saved {
            return Ok(Checked::In { token: draft.token, email: check.email.clone(), next: routes::HOME });
        }
        // A code that was shown and never saved is worth nothing: a fresh one, until it is acknowledged.
        let current = recovery_code::find_current(db, check.person).await?;
        let ours = match current {
            Some(code) => recovery_code::consume_unsaved(db, code.id, now).await?,
            None => true,
        };
        if ours {
            let sealed = self.new_recovery_code(db, check.person, id, now).await?;
            session::set_reveal(db, id, &sealed).await?;
        }
        Ok(Checked::In { token: draft.token, email: check.email.clone(), next: routes::RECOVERY_CODE })
    }
}

/// Where a setup key lives.
pub(super) fn secret_place<'a>(person: &'a PersonId, factor: &'a FactorId) -> Place<'a> {
    Place { table: "factor", column: "secret", person: person.bytes(), row: factor.bytes() }
}
