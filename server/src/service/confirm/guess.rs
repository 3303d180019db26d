//! A code beside the password: counted first, compared then.

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
        limit::{Guess, paused},
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

/// A code that was counted as wrong before it is compared.
pub(super) struct Guessed {
    code: OneTimeCode,
    pub(super) key: Vec<u8>,
    failures: i64,
}

impl Service {
    /// Counts a guess in advance, against the same counters as a sign-in (FLOW-19).
    pub(super) async fn reserve_guess(
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
        let key = self.budget(Guess::Code, &session.email, visit).key;
        if let Some(failures) = throttle::reserve(db, &key, self.account_allowance(), now).await? {
            return Ok(Ok(Guessed { code, key, failures }));
        }
        let until = throttle::find_pause(db, &key, now).await?.unwrap_or(now);
        Ok(Err(paused(until, now)))
    }

    /// Compares a code that was counted, and spends its step.
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
                throttle::reset(db, &guess.key).await?;
                return Ok(Ok(()));
            }
            Verdict::Accepted { .. } | Verdict::Used => AppError::CodeUsed,
            Verdict::ClockOff { minutes } => AppError::ClockOff { minutes, left: None },
            Verdict::Wrong => AppError::CodeWrong { left: None },
        };
        self.count_wrong_factor(db, person, (app.id, APP_OFF), visit, now).await?;
        Ok(Err(self.pause_or(error, guess, now)))
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
            throttle::reset(db, &guess.key).await?;
            return Ok(Ok(()));
        };
        self.count_wrong_factor(db, session.person, (phone.id, PHONE_OFF), visit, now).await?;
        Ok(Err(self.pause_or(error, guess, now)))
    }

    /// The last guess before a pause is told the pause.
    fn pause_or(&self, error: AppError, guess: &Guessed, now: Timestamp) -> AppError {
        if guess.failures >= self.limits().failures { paused(now.plus(self.limits().pause), now) } else { error }
    }

    async fn count_wrong_factor(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        (factor, off): (FactorId, (&'static str, Event)),
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let address = visit.address.to_string();
        self.count_address(db, Guess::Code, visit.address, now).await?;
        let detail = serde_json::Value::Null;
        let entry =
            Entry { kind: "confirm.wrong", person: Some(person), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        self.count_factor_failure(db, person, factor, off, visit, now).await
    }
}
