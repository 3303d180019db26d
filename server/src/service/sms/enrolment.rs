//! `Set Up SMS Verification`: the number, and the code that shows that it is the person's.

use app::{
    AppError, Guess,
    backend::Visit,
    model::{Method, Offer, OneTimeCode, Secret},
    routes,
};
use sqlx::AnyConnection;

use super::{Binding, From, Judged, Order, Purpose, Service, number::refusal};
use crate::{
    clock::Timestamp,
    crypto::Token,
    domain::{Country, PhoneNumber, step_at},
    service::{
        bound::Bound,
        challenge::Checked,
        failure::Failure,
        outcome::{Change, Outcome},
        session::sign_in_token,
    },
    storage::{
        SmsMessageId, StoreError,
        challenge::Reserved,
        company, factor, person, phone,
        sign_in::{self, SignIn, Stage},
        sms_code, sms_message, throttle,
    },
};

impl Service {
    /// `SMS Verification`, `Continue`: on to the number, if text messages are open to this person.
    pub(in crate::service) async fn choose_sms(&self, sign_in: &SignIn) -> Result<Outcome<()>, Failure> {
        let memberships = company::list_memberships(&mut *self.store.read().await?, sign_in.person).await?;
        match self.sms_offer(&memberships, self.now()) {
            Offer::Open => Ok(Outcome::go(routes::PHONE)),
            Offer::NotForPayors | Offer::NotWithSso | Offer::NotInCompany | Offer::NotAvailable => {
                Err(AppError::MethodNotAllowed.into())
            }
        }
    }

    /// `Send Text Message`.
    pub async fn send_set_up_code(&self, visit: &Visit, country: &str, phone: Secret) -> Outcome<()> {
        let kept = self.keep_number(visit, country, phone.expose()).await;
        let mut outcome = self.settle(self.try_send_set_up(visit, country, phone).await);
        // What was typed is there again on the page, right or wrong.
        outcome.changes.extend(kept);
        outcome
    }

    async fn try_send_set_up(&self, visit: &Visit, country: &str, phone: Secret) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        if self.find_sign_in(visit, Stage::Enrolment).await?.is_none() {
            return self.start_over(visit).await;
        }
        let country = Country::of(country).ok_or(AppError::PhoneCountry)?;
        let number = PhoneNumber::parse(phone.expose(), country).map_err(refusal)?;
        let order = Order { from: From::SignIn(token), purpose: Purpose::Enrolment, number: Some(number), again: true };
        self.send_code(visit, order).await?;
        Ok(Outcome::go(routes::PHONE_CONFIRM))
    }

    /// `Resend New Code`.
    pub async fn resend_set_up_code(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_resend_set_up(visit).await)
    }

    async fn try_resend_set_up(&self, visit: &Visit) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        if self.find_sign_in(visit, Stage::Enrolment).await?.is_none() {
            return self.start_over(visit).await;
        }
        self.send_code(
            visit,
            Order { from: From::SignIn(token), purpose: Purpose::Enrolment, number: None, again: true },
        )
        .await?;
        Ok(Outcome::go(routes::PHONE_CONFIRM))
    }

    /// `Enter the 6-Digit Verification Code`, `Continue`.
    pub async fn confirm_phone(&self, visit: &Visit, code: Secret) -> Outcome<()> {
        self.settle(self.try_confirm_phone(visit, code).await)
    }

    async fn try_confirm_phone(&self, visit: &Visit, code: Secret) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        let Some(sign_in) = self.find_sign_in(visit, Stage::Enrolment).await? else {
            return self.start_over(visit).await;
        };
        let code = OneTimeCode::parse(code.expose()).ok_or(AppError::CodeMalformed)?;
        let (service, seen) = (self.clone(), visit.clone());
        let checked = self
            .store
            .write(move |db| Box::pin(async move { Ok(service.check_set_up_code(db, &token, &code, &seen).await?) }))
            .await?;
        let checked = match checked {
            // Whoever is signed in has no sign-in to start again.
            Checked::Over(error, _) if sign_in.session.is_some() => Checked::Over(error, routes::SECURITY_ATTEMPTS),
            other => other,
        };
        let done = matches!(checked, Checked::In { .. });
        let outcome = self.answer_check(visit, checked).await?;
        Ok(if done { outcome.with(Change::Entry(None)) } else { outcome })
    }

    /// The check of an enrolment: counted against the enrolment first, with the account's counter held, compared then.
    async fn check_set_up_code(
        &self,
        db: &mut AnyConnection,
        token: &Token,
        code: &OneTimeCode,
        visit: &Visit,
    ) -> Result<Checked, Failure> {
        let now = self.now();
        let found = sign_in::find(db, token.hash(), now).await?;
        let Some(sign_in) = found.filter(|sign_in| sign_in.stage == Stage::Enrolment) else {
            return Ok(Checked::Expired);
        };
        let check = match self.reserve_set_up_check(db, &sign_in, visit, now).await? {
            Ok(check) => check,
            Err(checked) => return Ok(checked),
        };
        let wrong = AppError::SmsCodeWrong { left: self.left(&check) };
        let (factor, number) = match self.phone_of(db, &sign_in, Purpose::Enrolment, now).await? {
            Ok(target) => target,
            Err(error) => return self.nothing_to_compare(db, &check, error).await,
        };
        let (id, person) = (sign_in.id, sign_in.person);
        let binding = Binding { purpose: Purpose::Enrolment, sign_in: id, person, factor, number: &number };
        let error = match self.worth_of(db, binding, code, now).await? {
            Judged::Right(_) if self.is_shared_by_all_now(db, person, &number, now).await? => {
                return self.nothing_to_compare(db, &check, AppError::PhoneShared).await;
            }
            Judged::Right(message) => {
                return self.bind_phone(db, &sign_in, check.email, binding, message, visit, now).await;
            }
            // The same answer to any code: an old one is not worth a hint.
            Judged::Expired { .. } => AppError::SmsCodeExpired,
            Judged::Used => AppError::SmsCodeUsed,
            Judged::Wrong(_) | Judged::Elsewhere | Judged::Absent => wrong,
        };
        self.count_wrong(db, &check, None, error, visit, now).await
    }

    /// No number waits for a code here, or it may not be linked any more: on to the page for the number. Another
    /// enrolment of the same person, in another tab, has taken this one's place. Nothing was wrong, so nothing counts.
    async fn nothing_to_compare(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        error: AppError,
    ) -> Result<Checked, Failure> {
        sign_in::release_attempt(db, check.sign_in).await?;
        Ok(match error {
            AppError::MethodNotAllowed => Checked::Elsewhere(AppError::PhoneAgain, routes::PHONE_AGAIN),
            AppError::PhoneShared => Checked::Elsewhere(error, routes::PHONE_SHARED),
            _ => Checked::Elsewhere(error, routes::PHONE),
        })
    }

    /// As [`Service::reserve_check`] for a challenge.
    async fn reserve_set_up_check(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<Reserved, Checked>, Failure> {
        if let Some(error) = self.refuse_address(db, (sign_in.person, sign_in.known), visit, now).await? {
            return Ok(Err(Checked::Refused(error)));
        }
        let most = self.limits().checks_per_challenge;
        let Some(attempts) = sms_code::reserve_enrolment_check(db, sign_in.id, most, now).await? else {
            return Ok(Err(Checked::Expired));
        };
        let counter = throttle::hold_one(db, &sign_in.throttle_key, now).await?;
        let paused = (&*sign_in.throttle_key, Some(counter.paused_until));
        if let Some(error) = self.refuse_guess(db, Guess::Code, paused, Some(sign_in.person), visit, now).await? {
            sign_in::release_attempt(db, sign_in.id).await?;
            return Ok(Err(Checked::Refused(error)));
        }
        let alive = person::reserve(db, sign_in.person, sign_in.epoch).await?;
        let Some(person) = person::find(db, sign_in.person).await?.filter(|_| alive) else {
            return Ok(Err(Checked::Expired));
        };
        Ok(Ok(Reserved {
            sign_in: sign_in.id,
            person: person.id,
            email: person.email,
            epoch: sign_in.epoch,
            throttle_key: sign_in.throttle_key.clone(),
            known: sign_in.known,
            attempts,
            counter,
            alive,
            authenticator: None,
            recovery_saved: false,
            seen_network: None,
        }))
    }

    /// A right code: binds the phone, ends every other session and opens one, in one transaction.
    #[expect(clippy::too_many_arguments, reason = "what a right code is bound to, and what it opens")]
    async fn bind_phone(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        email: String,
        binding: Binding<'_>,
        message: SmsMessageId,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let Binding { person, factor, number, .. } = binding;
        let replaced = phone::find_bound(db, person).await?.is_some();
        // Whoever loses a race changes nothing at all.
        let ours = sms_code::consume(db, person, Purpose::Enrolment, message, now).await?
            && sign_in::consume(db, sign_in.id, now).await?
            && factor::consume_pending(db, factor, person, step_at(now), now).await?;
        let epoch = person::consume_epoch(db, person, sign_in.epoch).await?.filter(|_| ours);
        let Some(epoch) = epoch else { return Err(StoreError::Lost.into()) };
        sms_message::record_verified(db, message, now).await?;
        let accounts = self.count_others(db, person, number).await? + 1;
        let detail = serde_json::json!({
            "method": "phone", "country": number.country().iso, "accounts_with_this_number": accounts,
        });
        let bound = Bound { method: Method::Sms, factor, replaced, sign_in, email, epoch, detail };
        self.enter_bound(db, bound, visit, now).await
    }
}
