//! The second factor: a code of the authenticator app.

use app::{
    AppError, Guess,
    backend::Visit,
    model::{OneTimeCode, Secret},
    routes,
};
use sqlx::AnyConnection;

use super::{
    Service,
    arrival::Arrival,
    failure::Failure,
    gather::{CodeCheck, take_distinct},
    mark::Mark,
    outcome::{Change, Outcome},
    session::{Draft, Opening, sign_in_token},
};
use crate::{
    clock::{Rng, RngError, Timestamp},
    crypto::{Place, Token},
    domain::{Verdict, verify},
    storage::{
        FactorId, PersonId, SessionId,
        challenge::{self, Entering, Reserved},
        recovery_code, refused_step,
        session::Proof,
    },
};

/// What a check came to. Refusals are committed too: they count.
pub(super) enum Checked {
    /// In, with a session and the next page.
    In { token: Token, email: String, next: &'static str },
    /// Refused, and the challenge goes on.
    Refused(AppError),
    /// Refused, and the sign-in goes on at another page.
    Elsewhere(AppError, &'static str),
    /// Refused: there is no sign-in at this step, or not any more.
    Expired,
    /// Refused, and the challenge is over.
    Over(AppError, &'static str),
}

impl Service {
    /// `Enter Your 6-digit Verification Code`, `Continue`.
    pub async fn verify_code(&self, visit: &Visit, code: Secret) -> Outcome<()> {
        self.settle(self.try_code(visit, code).await)
    }

    async fn try_code(&self, visit: &Visit, code: Secret) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        let code = OneTimeCode::parse(code.expose()).ok_or(AppError::CodeMalformed)?;
        let checked = self.check_together(CodeCheck { token, code, visit: visit.clone() }).await?;
        self.answer_check(visit, checked).await
    }

    /// Turns a check into an answer: cookies and next page.
    pub(super) async fn answer_check(&self, visit: &Visit, checked: Checked) -> Result<Outcome<()>, Failure> {
        Ok(match checked {
            Checked::In { token, email, next } => {
                let outcome = Outcome::go(next).with(Change::Session(Some(token))).with(Change::SignIn(None));
                outcome.with(self.remember(&email, visit, Mark::Known)?)
            }
            Checked::Refused(error) => return Err(error.into()),
            Checked::Elsewhere(error, next) => Outcome::refused(error, next),
            // Not at this step; perhaps at another one, which goes on.
            Checked::Expired => return self.start_over(visit).await,
            Checked::Over(error, next) => Outcome::refused(error, next).with(Change::SignIn(None)),
        })
    }

    /// The whole second-factor step of each, in one transaction: count, compare, spend, open. The answers
    /// are in the order of the checks.
    pub(super) async fn check_codes(
        &self,
        db: &mut AnyConnection,
        checks: &[&CodeCheck],
    ) -> Result<Vec<Checked>, Failure> {
        let now = self.now();
        let mut answers = Vec::with_capacity(checks.len());
        let mut waiting: Vec<(usize, &CodeCheck)> = checks.iter().copied().enumerate().collect();
        while !waiting.is_empty() {
            // Two checks of one challenge, or of one person, count one after the other.
            let round = take_distinct(&mut waiting, |(_, check)| *check.token.hash());
            let asked: Vec<_> = round.iter().map(|(_, check)| (&check.token, &check.visit)).collect();
            let (mut taken, refused) = self.take_checks(db, &asked, now).await?;
            answers.extend(refused.into_iter().filter_map(|(place, checked)| Some((round.get(place)?.0, checked))));
            while !taken.is_empty() {
                let distinct = take_distinct(&mut taken, |(_, taken)| taken.person);
                let (places, distinct): (Vec<_>, Vec<_>) = distinct.into_iter().unzip();
                let asked = places.into_iter().filter_map(|place| round.get(place).copied());
                let held = challenge::hold(db, &distinct, now).await?;
                answers.extend(self.compare(db, asked.zip(held), now).await?);
            }
        }
        answers.sort_by_key(|(place, _)| *place);
        Ok(answers.into_iter().map(|(_, checked)| checked).collect())
    }

    /// Compares checks that were taken and are held, and lets those in whose code is right.
    async fn compare<'a>(
        &self,
        db: &mut AnyConnection,
        held: impl Iterator<Item = ((usize, &'a CodeCheck), Reserved)>,
        now: Timestamp,
    ) -> Result<Vec<(usize, Checked)>, Failure> {
        let (mut answers, mut right, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for ((place, check), reserved) in held {
            let visit = &check.visit;
            if let Some(checked) = self.refuse_held(db, &reserved, visit, now).await? {
                answers.push((place, checked));
                continue;
            }
            match self.judge(&reserved, &check.code, now)? {
                Judged::Right { factor, step } => {
                    let draft = self.draft_session(opening(&reserved, &*self.rng)?, visit, now)?;
                    right.push(Right { place, visit, reserved, factor, step, draft });
                }
                Judged::Wrong { factor, error } => wrong.push((place, visit, reserved, factor, error)),
                Judged::Early { factor, step, error } => {
                    refused_step::insert(db, factor, step).await?;
                    wrong.push((place, visit, reserved, Some(factor), error));
                }
            }
        }
        // Many share the counter of a network address: in one order, so that two transactions seldom wait for each other.
        wrong.sort_by_cached_key(|(_, visit, ..)| self.address_key(Guess::Code, visit.address));
        for (place, visit, reserved, factor, error) in wrong {
            answers.push((place, self.count_wrong(db, &reserved, factor, error, visit, now).await?));
        }
        answers.extend(self.enter(db, right, now).await?);
        Ok(answers)
    }

    /// What a code is worth; nothing is written.
    fn judge(&self, check: &Reserved, code: &OneTimeCode, now: Timestamp) -> Result<Judged, Failure> {
        let active = check.authenticator.as_ref().filter(|authenticator| authenticator.active);
        let Some(authenticator) = active else {
            return Ok(Judged::Wrong { factor: None, error: AppError::CodeWrong { left: None } });
        };
        let factor = authenticator.id;
        let key = self.keys.open(secret_place(&check.person, &factor), &authenticator.secret)?;
        let error = match verify(&key, code, now, Some(authenticator.last_step)) {
            Verdict::Accepted { step } => return Ok(Judged::Right { factor, step }),
            Verdict::Used => AppError::CodeUsed,
            Verdict::ClockOff { minutes, ahead } => {
                let error = AppError::ClockOff { minutes, left: self.left(check) };
                match ahead {
                    Some(step) => return Ok(Judged::Early { factor, step, error }),
                    None => error,
                }
            }
            Verdict::Wrong => AppError::CodeWrong { left: self.left(check) },
        };
        Ok(Judged::Wrong { factor: Some(factor), error })
    }

    /// Right codes: marks the step of each, spends its challenge, opens its session. Each of the three is a
    /// conditional write, and all stand or fall together.
    async fn enter(
        &self,
        db: &mut AnyConnection,
        right: Vec<Right<'_>>,
        now: Timestamp,
    ) -> Result<Vec<(usize, Checked)>, Failure> {
        if right.is_empty() {
            return Ok(Vec::new());
        }
        let entering: Vec<_> = right.iter().map(Right::entering).collect();
        let marked = challenge::enter(db, &entering).await?;
        let leaving: Vec<_> = right.iter().filter(|one| marked.contains(&one.factor)).map(|one| one.visit).collect();
        self.end_sessions(db, &leaving, now).await?;
        let arrived = right.iter().filter(|one| marked.contains(&one.factor));
        let arrived: Vec<_> = arrived.map(|one| Arrival::by_code(&one.reserved, one.visit)).collect();
        self.note_arrivals(db, &arrived, now).await?;
        let mut answers = Vec::with_capacity(right.len());
        for Right { place, visit, reserved, factor, draft, .. } in right {
            let checked = if !marked.contains(&factor) {
                self.count_wrong(db, &reserved, Some(factor), AppError::CodeUsed, visit, now).await?
            } else if reserved.recovery_saved {
                Checked::In { token: draft.token, email: reserved.email, next: routes::HOME }
            } else {
                self.reveal_fresh_code(db, reserved.person, draft.id(), visit, now).await?;
                Checked::In { token: draft.token, email: reserved.email, next: routes::RECOVERY_CODE }
            };
            answers.push((place, checked));
        }
        Ok(answers)
    }

    /// A code that was shown and never saved is worth nothing: a fresh one, until it is acknowledged.
    ///
    /// Every address is told, also right after the first enrolment: the card that it replaces may have been printed all the
    /// same, and NIST SP 800-63B-4 §4.2.3 excepts no replacement.
    pub(super) async fn reveal_fresh_code(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        session: SessionId,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let ours = match recovery_code::find_current(db, person).await? {
            Some(code) => recovery_code::consume_unsaved(db, code.id, now).await?,
            None => true,
        };
        if ours {
            self.renew_card(db, person, session, visit, now).await?;
        }
        Ok(())
    }
}

/// What a code is worth.
enum Judged {
    Right {
        factor: FactorId,
        step: i64,
    },
    Wrong {
        factor: Option<FactorId>,
        error: AppError,
    },
    /// Wrong as well, and its step is refused from now on.
    Early {
        factor: FactorId,
        step: i64,
        error: AppError,
    },
}

/// A right code on its way in.
struct Right<'a> {
    place: usize,
    visit: &'a Visit,
    reserved: Reserved,
    factor: FactorId,
    step: i64,
    draft: Draft,
}

impl Right<'_> {
    fn entering(&self) -> Entering<'_> {
        Entering {
            factor: self.factor,
            step: self.step,
            sign_in: self.reserved.sign_in,
            failed: (self.reserved.counter.failures > 0).then_some(&self.reserved.throttle_key),
            session: self.draft.row(self.visit),
            event: &self.draft.event,
        }
    }
}

fn opening(check: &Reserved, rng: &dyn Rng) -> Result<Opening, RngError> {
    Ok(Opening {
        id: SessionId::generate(rng)?,
        person: check.person,
        epoch: check.epoch,
        proof: Proof::Authenticator,
        sign_in: Some(check.sign_in),
        reveal: None,
    })
}

/// Where a setup key lives.
pub(super) fn secret_place<'a>(person: &'a PersonId, factor: &'a FactorId) -> Place<'a> {
    Place { table: "factor", column: "secret", person: person.bytes(), row: factor.bytes() }
}
