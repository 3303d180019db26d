//! Enrolment: choosing a method and confirming an authenticator app.

use app::{
    AppError, Guess,
    backend::Visit,
    model::{Method, OneTimeCode, Secret},
    routes,
};
use sqlx::AnyConnection;
use zeroize::Zeroizing;

use super::{
    Service,
    audit::Entry,
    bound::Bound,
    challenge::{Checked, secret_place},
    failure::Failure,
    limit::Budget,
    outcome::Outcome,
};
use crate::{
    clock::Timestamp,
    domain::{SETUP_KEY_BYTES, Verdict, verify},
    storage::{
        FactorId, PersonId, SignInId, StoreError, factor, person, refused_step, session,
        sign_in::{self, SignIn, Stage},
        throttle,
    },
};

impl Service {
    /// `Select an Authentication Method`, `Continue`.
    pub async fn choose_method(&self, visit: &Visit, method: Method) -> Outcome<()> {
        self.settle(self.try_choose(visit, method).await)
    }

    async fn try_choose(&self, visit: &Visit, method: Method) -> Result<Outcome<()>, Failure> {
        let Some(sign_in) = self.find_sign_in(visit, Stage::Enrolment).await? else {
            return self.start_over(visit).await;
        };
        match method {
            Method::Authenticator => {}
            Method::Sms => return self.choose_sms(&sign_in).await,
        }
        let (service, now, address) = (self.clone(), self.now(), visit.address.to_string());
        let started = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let alive = sign_in::reserve(db, sign_in.id, now).await?
                        && person::reserve(db, sign_in.person, sign_in.epoch).await?;
                    if alive && service.insert_pending_authenticator(db, sign_in.id, sign_in.person, now).await? {
                        let (person, detail) = (Some(sign_in.person), serde_json::json!({ "method": "authenticator" }));
                        let entry =
                            Entry { kind: "factor.chosen", person, actor: "self", address: &address, detail, now };
                        service.note(db, entry).await?;
                    }
                    Ok(alive)
                })
            })
            .await?;
        if started { Ok(Outcome::go(routes::AUTHENTICATOR)) } else { self.start_over(visit).await }
    }

    /// Makes the setup key of this enrolment, unless it has one; then the answer is false.
    pub(super) async fn insert_pending_authenticator(
        &self,
        db: &mut AnyConnection,
        sign_in: SignInId,
        person: PersonId,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let mut key = Zeroizing::new([0; SETUP_KEY_BYTES]);
        self.rng.fill(&mut *key)?;
        let id = FactorId::generate(&*self.rng)?;
        let sealed = self.keys.seal(&*self.rng, secret_place(&person, &id), &*key)?;
        Ok(factor::insert_pending(db, id, person, sign_in, &sealed, now).await?)
    }

    /// `Secure your Account`, `Continue`.
    pub async fn confirm_authenticator(&self, visit: &Visit, code: Secret) -> Outcome<()> {
        self.settle(self.try_confirm(visit, code).await)
    }

    async fn try_confirm(&self, visit: &Visit, code: Secret) -> Result<Outcome<()>, Failure> {
        let Some(sign_in) = self.find_sign_in(visit, Stage::Enrolment).await? else {
            return self.start_over(visit).await;
        };
        let code = OneTimeCode::parse(code.expose()).ok_or(AppError::CodeMalformed)?;
        let (service, seen) = (self.clone(), visit.clone());
        let checked = self
            .store
            .write(move |db| {
                Box::pin(async move { Ok::<_, StoreError>(service.confirm(db, &sign_in, &code, &seen).await?) })
            })
            .await?;
        self.answer_check(visit, checked).await
    }

    /// The first right code of a new app: binds it, ends every other session, makes a recovery code and
    /// opens the session, in one transaction. A wrong one counts against the account, never against the
    /// enrolment: page and secret stay.
    async fn confirm(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        code: &OneTimeCode,
        visit: &Visit,
    ) -> Result<Checked, Failure> {
        let now = self.now();
        if !sign_in::reserve(db, sign_in.id, now).await? {
            return Ok(Checked::Expired);
        }
        if let Some(error) = self.refuse_address(db, (sign_in.person, sign_in.known), visit, now).await? {
            return Ok(Checked::Refused(error));
        }
        let held = throttle::hold_one(db, &sign_in.throttle_key, now).await?;
        let paused = (&*sign_in.throttle_key, Some(held.paused_until));
        if let Some(error) = self.refuse_guess(db, Guess::Code, paused, Some(sign_in.person), visit, now).await? {
            return Ok(Checked::Refused(error));
        }
        // In this order everywhere: sign-in, counter, person, factor. So no two changes wait for each other.
        let alive = person::reserve(db, sign_in.person, sign_in.epoch).await?;
        let pending = factor::reserve_pending(db, sign_in.person, sign_in.id).await?;
        let Some(pending) = pending.filter(|_| alive) else {
            // No method is chosen yet, or another enrolment took this one's place: the password still stands.
            let chosen_anew = Checked::Elsewhere(AppError::Expired, routes::METHOD_AGAIN);
            return Ok(if alive { chosen_anew } else { Checked::Expired });
        };
        let key = self.keys.open(secret_place(&sign_in.person, &pending.id), &pending.secret)?;
        let error = match verify(&key, code, now, None) {
            Verdict::Accepted { step } if refused_step::is_refused(db, pending.id, step).await? => AppError::CodeUsed,
            Verdict::Accepted { step } => return self.bind(db, sign_in, pending.id, step, visit, now).await,
            Verdict::ClockOff { minutes, ahead } => {
                if let Some(step) = ahead {
                    refused_step::insert(db, pending.id, step).await?;
                }
                AppError::ClockOff { minutes, left: None }
            }
            Verdict::Used | Verdict::Wrong => AppError::CodeWrong { left: None },
        };
        let counter = Budget { key: sign_in.throttle_key.clone(), known: sign_in.known };
        let failure = self.count_code(db, sign_in.person, &counter, visit, now).await?;
        let address = visit.address.to_string();
        let detail = serde_json::json!({ "enrolment": true });
        let person = Some(sign_in.person);
        let entry = Entry { kind: "code.wrong", person, actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        Ok(Checked::Refused(self.pause_or(error, failure, now)))
    }

    async fn bind(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        factor: FactorId,
        step: i64,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let Some(person) = person::find(db, sign_in.person).await?.filter(|person| person.active) else {
            return Ok(Checked::Expired);
        };
        // Nobody finishes a change whose session was ended meanwhile.
        if let Some(from) = sign_in.session
            && !session::is_alive(db, from, now).await?
        {
            return Ok(Checked::Expired);
        }
        // Whoever loses a race stops here, with the sessions of the winner and the old factor untouched.
        if !sign_in::consume(db, sign_in.id, now).await? {
            return Ok(Checked::Expired);
        }
        let Some(epoch) = person::consume_epoch(db, person.id, sign_in.epoch).await? else {
            return Ok(Checked::Expired);
        };
        let replaced = factor::find_bound(db, person.id).await?.is_some();
        if !factor::consume_pending(db, factor, person.id, step, now).await? {
            return Ok(Checked::Expired);
        }
        let (method, detail) = (Method::Authenticator, serde_json::json!({ "method": "authenticator" }));
        let bound = Bound { method, factor, replaced, sign_in, email: person.email, epoch, detail };
        self.enter_bound(db, bound, visit, now).await
    }
}
