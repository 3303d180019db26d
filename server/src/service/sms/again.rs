//! Whether another code may go: not too soon after the last one, and not too many for one challenge.

use app::{AppError, Guess, backend::Visit};
use sqlx::AnyConnection;

use super::Service;
use crate::{
    clock::Timestamp,
    domain::PhoneNumber,
    service::{failure::Failure, limit::paused},
    storage::{
        SignInId,
        sign_in::{self, SignIn},
        sms_code::{self, Purpose, SmsCode},
        sms_message::{self, State},
        throttle,
    },
};

/// What went out before for the same sign-in, enrolment or confirmation.
pub(super) struct Sends {
    /// How many messages.
    pub(super) count: i64,
    /// The gateway that took the last one, which has not arrived as far as anybody knows.
    pub(super) in_doubt: Option<String>,
    /// When the last code runs out.
    until: Timestamp,
}

impl Service {
    /// What went out before in this sign-in, enrolment or confirmation. Another one of the same person resets nothing.
    pub(super) async fn sends_before(
        &self,
        db: &mut AnyConnection,
        sign_in: SignInId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Sends, Failure> {
        let Some(message) = sms_message::find_last(db, sign_in).await? else {
            return Ok(Sends { count: 0, in_doubt: None, until: now });
        };
        let until = message.created.plus(self.settings.sms.code_ttl);
        // A session may confirm again and again: each time ends with its code.
        let over = purpose == Purpose::Confirm && (message.verified || until <= now);
        // A message that no provider has taken is as good as none.
        let went_out = message.sends - i64::from(message.state == State::Refused);
        let in_doubt = message.gateway.filter(|_| message.state != State::Delivered);
        Ok(Sends { count: if over { 0 } else { went_out }, in_doubt, until })
    }

    /// Whether it is too soon, or this challenge has had its codes. A resend resets neither.
    pub(super) async fn too_many(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        purpose: Purpose,
        last: Option<&SmsCode>,
        before: &Sends,
        now: Timestamp,
    ) -> Result<Option<AppError>, Failure> {
        let limits = &self.settings.sms;
        let next = last.map(|code| code.created.plus(limits.resend_after)).filter(|next| *next > now);
        if let Some(next) = next {
            return Ok(Some(AppError::SmsWait { seconds: u32::try_from(next.since(now)).unwrap_or(u32::MAX) }));
        }
        if before.count < limits.per_challenge {
            return Ok(None);
        }
        // A sign-in has no more codes; the next one has its own. A confirmation ends with its last code.
        let until = match purpose {
            Purpose::SignIn | Purpose::Enrolment => sign_in::find_end(db, sign_in.id).await?.unwrap_or(now),
            Purpose::Confirm => before.until,
        };
        Ok(Some(limit(until.since(now))))
    }

    /// Why no code would go to this number in a sign-in that has none, as its page tells. Nothing is counted.
    pub(super) async fn stop_of(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        number: &PhoneNumber,
        visit: &Visit,
    ) -> Result<Option<AppError>, Failure> {
        if !self.sms.any() {
            return Ok(Some(AppError::SmsUnavailable));
        }
        let (now, purpose) = (self.now(), Purpose::SignIn);
        if let Some(until) = throttle::find_pause(db, &sign_in.throttle_key, now).await? {
            return Ok(Some(paused(Guess::Code, until, now)));
        }
        let last = sms_code::find(db, sign_in.person, purpose).await?;
        let before = self.sends_before(db, sign_in.id, purpose, now).await?;
        let soon = self.too_many(db, sign_in, purpose, last.as_ref(), &before, now).await?;
        self.or_tomorrow(db, (sign_in, purpose), Some(number), soon, visit, now).await
    }
}

/// The answer where no more codes go for some seconds.
pub(super) fn limit(seconds: i64) -> AppError {
    AppError::SmsLimit { seconds: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) }
}
