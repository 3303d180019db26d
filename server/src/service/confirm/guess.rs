//! A code beside the password: compared while its counter is held, and counted when it is wrong.
//!
//! Somebody with an app and a phone types a code of either into one field. The one of the app is always looked for; a
//! text only where this session has one outstanding. Then a wrong code has been compared twice, and counts twice.

use app::{AppError, Guess, backend::Visit, model::OneTimeCode};
use sqlx::AnyConnection;

use super::Need;
use crate::{
    clock::Timestamp,
    domain::{Verdict, verify},
    service::{
        Service,
        attempt::{APP_OFF, PHONE_OFF},
        audit::Entry,
        challenge::secret_place,
        failure::Failure,
        limit::Budget,
        notice::Event,
        sms::Judged,
    },
    storage::{
        FactorId, PersonId,
        factor::{self, Authenticator},
        refused_step,
        session::Session,
        throttle::{self, Counted},
    },
};

/// A code whose counter is held until the end of the transaction.
pub(super) struct Guessed {
    code: OneTimeCode,
    counter: Budget,
}

/// A comparison that failed.
struct Miss {
    factor: FactorId,
    /// What is noted and told should it be one too many for the factor.
    off: (&'static str, Event),
    counted: Counted,
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
        let counter = self.budget(Guess::Code, &session.email, visit);
        if let Some(error) = self.refuse_address(db, (session.person, counter.known), visit, now).await? {
            return Ok(Err(error));
        }
        let paused = (&*counter.key, Some(throttle::hold_one(db, &counter.key, now).await?.paused_until));
        let refused = self.refuse_guess(db, Guess::Code, paused, Some(session.person), visit, now).await?;
        Ok(refused.map_or(Ok(Guessed { code, counter }), Err))
    }

    /// Compares a code with what it may be of: a right one is spent, a wrong one counted.
    pub(super) async fn check_guess(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        guess: Option<&Guessed>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<(), AppError>, Failure> {
        let (app, phone) = match self.need(db, session).await? {
            Need::Nothing => return Ok(Ok(())),
            Need::Blocked => return Ok(Err(AppError::Forbidden)),
            Need::App(app) => (Some(app), None),
            Need::Phone(phone, number) => (None, Some((phone, number))),
            Need::Either { app, phone, number } => (Some(app), Some((phone, number))),
        };
        let Some(guess) = guess else { return Ok(Err(AppError::CodeMalformed)) };
        let (mut error, mut misses) = (AppError::CodeWrong { left: None }, Vec::with_capacity(2));
        let mut guessed = None;
        if let Some((phone, number)) = phone {
            let judged = self.judge_text(db, session, (&phone, &number), &guess.code, now).await?;
            if let Judged::Right(message) = judged {
                self.spend_text(db, session.person, phone.id, message, now).await?;
                throttle::reset(db, &guess.counter.key).await?;
                return Ok(Ok(()));
            }
            let alone = app.is_none();
            error = refusal(&judged, alone);
            guessed = if let Judged::Wrong(message) = judged { Some(message) } else { None };
            if alone || matches!(judged, Judged::Wrong(_)) {
                misses.push(self.miss(db, phone.id, PHONE_OFF, guess, now).await?);
            }
        }
        // The last guess that the account allows is not two.
        let allowed = misses.last().is_none_or(|miss| !miss.counted.pauses);
        if let Some(app) = app.filter(|_| allowed) {
            let Err(wrong) = self.check_app(db, session.person, &app, guess, now).await? else { return Ok(Ok(())) };
            error = more_telling(error, wrong);
            misses.push(self.miss(db, app.id, APP_OFF, guess, now).await?);
        }
        if let Some(message) = guessed {
            self.count_guess_at_text(db, session.person, message, now).await?;
        }
        self.count_misses(db, session.person, &misses, guess, visit, now).await?;
        Ok(Err(misses.last().map_or(error, |miss| self.pause_or(error, miss.counted, now))))
    }

    /// Compares a code with the app, and spends its step.
    async fn check_app(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        app: &Authenticator,
        guess: &Guessed,
        now: Timestamp,
    ) -> Result<Result<(), AppError>, Failure> {
        let key = self.keys.open(secret_place(&person, &app.id), &app.secret)?;
        Ok(Err(match verify(&key, &guess.code, now, Some(app.last_step)) {
            Verdict::Accepted { step } if factor::consume_step(db, app.id, step).await? => {
                throttle::reset(db, &guess.counter.key).await?;
                return Ok(Ok(()));
            }
            Verdict::Accepted { .. } | Verdict::Used => AppError::CodeUsed,
            Verdict::ClockOff { minutes, ahead } => {
                if let Some(step) = ahead {
                    refused_step::insert(db, app.id, step).await?;
                }
                AppError::ClockOff { minutes, left: None }
            }
            Verdict::Wrong => AppError::CodeWrong { left: None },
        }))
    }

    /// Counts a comparison against the account.
    async fn miss(
        &self,
        db: &mut AnyConnection,
        factor: FactorId,
        off: (&'static str, Event),
        guess: &Guessed,
        now: Timestamp,
    ) -> Result<Miss, Failure> {
        let counted = self.count_failure(db, &guess.counter, now).await?;
        Ok(Miss { factor, off, counted })
    }

    /// What else a wrong code brings with it: it is noted once, and counted for each comparison.
    async fn count_misses(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        misses: &[Miss],
        guess: &Guessed,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (address, detail) = (visit.address.to_string(), serde_json::Value::Null);
        let entry =
            Entry { kind: "confirm.wrong", person: Some(person), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        for miss in misses {
            self.count_further(db, person, &guess.counter, visit, now).await?;
            self.count_factor_failure(db, person, miss.factor, miss.off, visit, now).await?;
        }
        Ok(())
    }
}

/// What a person is told about a code that is not the one of the text. Beside an app, it may be one of the app.
fn refusal(judged: &Judged, alone: bool) -> AppError {
    match judged {
        // The same answer to any code: an old one is not worth a hint.
        Judged::Expired { typed } if *typed || alone => AppError::SmsCodeExpired,
        Judged::Used => AppError::SmsCodeUsed,
        Judged::Absent | Judged::Elsewhere | Judged::Expired { .. } if !alone => AppError::CodeWrong { left: None },
        Judged::Absent | Judged::Elsewhere | Judged::Expired { .. } | Judged::Wrong(_) | Judged::Right(_) => {
            AppError::SmsCodeWrong { left: None }
        }
    }
}

/// Of the answers about a text and about the app, the one that knows which code was typed.
fn more_telling(text: AppError, app: AppError) -> AppError {
    match (&text, &app) {
        (AppError::SmsCodeUsed | AppError::SmsCodeExpired, _) | (_, AppError::CodeWrong { .. }) => text,
        _ => app,
    }
}
