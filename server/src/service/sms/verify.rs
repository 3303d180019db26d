//! Signing in with a code that was sent to a phone.

use app::{
    AppError,
    backend::Visit,
    model::{OneTimeCode, Secret},
    routes,
};
use sqlx::AnyConnection;

use super::{Binding, From, Judged, Order, Purpose, Service};
use crate::{
    clock::Timestamp,
    crypto::Token,
    domain::step_at,
    service::{
        alone::Code,
        arrival::Arrival,
        attempt::PHONE_OFF,
        challenge::Checked,
        failure::Failure,
        outcome::Outcome,
        session::{Opening, sign_in_token},
    },
    storage::{
        FactorId, SessionId, SmsMessageId, StoreError,
        challenge::Reserved,
        company, person, phone,
        session::Proof,
        sign_in::{self, Stage},
        sms_code, sms_message, throttle,
    },
};

impl Service {
    /// `Use a Phone Number`: sends a code unless one is outstanding for this sign-in.
    pub async fn send_sign_in_code(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_send_sign_in(visit, false).await)
    }

    /// `Resend New Code`.
    pub async fn resend_sign_in_code(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_send_sign_in(visit, true).await)
    }

    async fn try_send_sign_in(&self, visit: &Visit, again: bool) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        if self.find_sign_in(visit, Stage::Challenge).await?.is_none() {
            return self.start_over(visit).await;
        }
        self.send_code(visit, Order { from: From::SignIn(token), purpose: Purpose::SignIn, number: None, again })
            .await?;
        Ok(Outcome::go(routes::PHONE_CODE))
    }

    /// The code right after the password, for people who have nothing but a phone. Their next page says how it went.
    pub(in crate::service) async fn send_first_code(&self, visit: &Visit, token: Token) {
        let order = Order { from: From::SignIn(token), purpose: Purpose::SignIn, number: None, again: false };
        match self.send_code(visit, order).await {
            Ok(()) | Err(Failure::Told(_)) => {}
            Err(error) => tracing::warn!(%error, "a code was not sent after the password"),
        }
    }

    /// The code of a text message, `Continue`.
    pub async fn verify_phone_code(&self, visit: &Visit, code: Secret) -> Outcome<()> {
        let code = OneTimeCode::parse(code.expose()).map(Code::Text).ok_or(AppError::CodeMalformed);
        self.settle(self.check_alone(visit, code).await)
    }

    /// Compares a check with the code that was sent, and lets in whose code is right.
    pub(in crate::service) async fn compare_text(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        code: &OneTimeCode,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        if !person::reserve(db, check.person, check.epoch).await? {
            return Ok(Checked::Expired);
        }
        let wrong = AppError::SmsCodeWrong { left: self.left(check) };
        let memberships = company::list_memberships(db, check.person).await?;
        let standing = self.standing(db, check.person, &memberships, now).await?;
        let Some((phone, number)) = standing.phone.filter(|(phone, _)| phone.active) else {
            return self.count_wrong(db, check, None, wrong, visit, now).await;
        };
        let (sign_in, person) = (check.sign_in, check.person);
        let binding = Binding { purpose: Purpose::SignIn, sign_in, person, factor: phone.id, number: &number };
        let error = match self.worth_of(db, binding, code, now).await? {
            Judged::Right(message) => {
                return self.enter_by_phone(db, check, phone.id, message, visit, now).await;
            }
            // The same answer to any code: an old one is not worth a hint.
            Judged::Expired { .. } => AppError::SmsCodeExpired,
            Judged::Used => AppError::SmsCodeUsed,
            Judged::Elsewhere => {
                // No guess: this very person has just read it.
                sign_in::release_attempt(db, sign_in).await?;
                return Ok(Checked::Refused(AppError::SmsCodeElsewhere));
            }
            Judged::Wrong(message) => {
                self.count_guess(db, (person, Purpose::SignIn), message, now).await?;
                wrong
            }
            Judged::Absent => wrong,
        };
        self.count_factor_failure(db, check.person, phone.id, PHONE_OFF, visit, now).await?;
        self.count_wrong(db, check, None, error, visit, now).await
    }

    /// A right code: spends it and the challenge, opens the session. Each is a conditional write, and all stand or fall
    /// together.
    async fn enter_by_phone(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        phone: FactorId,
        message: SmsMessageId,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let spent = sms_code::consume(db, check.person, Purpose::SignIn, message, now).await?
            && phone::record_use(db, phone, step_at(now)).await?
            && sign_in::consume(db, check.sign_in, now).await?;
        if !spent {
            return Err(StoreError::Lost.into());
        }
        throttle::reset(db, &check.throttle_key).await?;
        sms_message::record_verified(db, message, now).await?;
        let id = SessionId::generate(&*self.rng)?;
        let (person, sign_in) = (check.person, Some(check.sign_in));
        let opening = Opening { id, person, epoch: check.epoch, proof: Proof::Phone, sign_in, reveal: None };
        let token = self.open_session(db, opening, visit, now).await?;
        self.note_arrivals(db, &[Arrival::by_code(check, visit)], now).await?;
        let email = check.email.clone();
        if check.recovery_saved {
            return Ok(Checked::In { token, email, next: routes::HOME });
        }
        self.reveal_fresh_code(db, person, id, visit, now).await?;
        Ok(Checked::In { token, email, next: routes::RECOVERY_CODE })
    }
}
