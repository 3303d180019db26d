//! A code beside the password: compared while its counter is held, and counted when it is wrong.

use app::{AppError, backend::Visit, model::OneTimeCode};
use sqlx::AnyConnection;

use crate::{
    clock::Timestamp,
    domain::{PhoneNumber, Verdict, verify},
    service::{
        Service,
        attempt::{APP_OFF, PHONE_OFF},
        audit::Entry,
        challenge::secret_place,
        failure::Failure,
        limit::{Budget, Guess, paused},
        notice::Event,
    },
    storage::{
        FactorId, PersonId,
        factor::{self, Authenticator},
        phone::Phone,
        session::Session,
        throttle,
    },
};

/// A code whose counter is held until the end of the transaction.
pub(super) struct Guessed {
    code: OneTimeCode,
    counter: Budget,
}

impl Service {
    /// Holds the counter of a guess, which is that of a sign-in (FLOW-19), unless it is paused.
    pub(super) async fn hold_guess(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        code: OneTimeCode,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<Guessed, AppError>, Failure> {
        if let Some(until) = throttle::find_pause(db, &self.address_key(Guess::Code, visit.address), now).await? {
            return Ok(Err(paused(until, now)));
        }
        let counter = self.budget(Guess::Code, &session.email, visit);
        let until = throttle::hold_one(db, &counter.key, now).await?.paused_until;
        Ok(if until > now { Err(paused(until, now)) } else { Ok(Guessed { code, counter }) })
    }

    /// Compares a code, and spends its step.
    pub(super) async fn check_app(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        app: &Authenticator,
        guess: &Guessed,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<(), AppError>, Failure> {
        let key = self.keys.open(secret_place(&person, &app.id), &app.secret)?;
        let error = match verify(&key, &guess.code, now, Some(app.last_step)) {
            Verdict::Accepted { step } if factor::consume_step(db, app.id, step).await? => {
                throttle::reset(db, &guess.counter.key).await?;
                return Ok(Ok(()));
            }
            Verdict::Accepted { .. } | Verdict::Used => AppError::CodeUsed,
            Verdict::ClockOff { minutes } => AppError::ClockOff { minutes, left: None },
            Verdict::Wrong => AppError::CodeWrong { left: None },
        };
        let failures = self.count_wrong_factor(db, person, (app.id, APP_OFF), guess, visit, now).await?;
        Ok(Err(self.pause_or(error, failures, now)))
    }

    /// The same for a code that was sent as a text message.
    #[expect(clippy::too_many_arguments, reason = "what a code is bound to, and where a wrong one is counted")]
    pub(super) async fn check_text(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        phone: &Phone,
        number: &PhoneNumber,
        guess: &Guessed,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<(), AppError>, Failure> {
        let Err(error) = self.spend_text(db, session, (phone, number), &guess.code, now).await? else {
            throttle::reset(db, &guess.counter.key).await?;
            return Ok(Ok(()));
        };
        let failures = self.count_wrong_factor(db, session.person, (phone.id, PHONE_OFF), guess, visit, now).await?;
        Ok(Err(self.pause_or(error, failures, now)))
    }

    async fn count_wrong_factor(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        (factor, off): (FactorId, (&'static str, Event)),
        guess: &Guessed,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<i64, Failure> {
        let address = visit.address.to_string();
        let failures = self.count_code(db, person, &guess.counter, visit, now).await?;
        let detail = serde_json::Value::Null;
        let entry =
            Entry { kind: "confirm.wrong", person: Some(person), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        self.count_factor_failure(db, person, factor, off, visit, now).await?;
        Ok(failures)
    }
}
