//! A code as a text message for somebody who is signed in and shows again that it is them.
//!
//! There is no sign-in that such a code could be bound to: it is bound to the session, and worth nothing in any other.

use app::{
    AppError, Guess,
    backend::Visit,
    model::{OneTimeCode, PhoneCodeView},
    routes,
};
use sqlx::AnyConnection;

use super::{Binding, From, Judged, Order, Purpose, Service};
use crate::{
    clock::Timestamp,
    domain::{PhoneNumber, step_at},
    service::{confirm::Need, failure::Failure, outcome::Outcome},
    storage::{
        FactorId, PersonId, SignInId, SmsMessageId, StoreError, company,
        phone::{self, Phone},
        session::Session,
        sign_in::{SignIn, Stage},
        sms_code, sms_message,
    },
};

impl Service {
    /// `Text Me a Code`, on a page that asks again who it is. Goes back to that page.
    pub async fn send_confirm_code(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_send_confirm(visit).await)
    }

    async fn try_send_confirm(&self, visit: &Visit) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.start_over(visit).await };
        let need = self.need(&mut *self.store.read().await?, &session).await?;
        if !matches!(need, Need::Phone(..) | Need::Either { .. }) {
            return Err(AppError::MethodNotAllowed.into());
        }
        let order = Order { from: From::Session(session), purpose: Purpose::Confirm, number: None, again: true };
        self.send_code(visit, order).await?;
        Ok(Outcome::go(routes::asking(visit.page)))
    }

    /// A session as what a code is bound to.
    pub(super) fn as_sign_in(&self, session: &Session, visit: &Visit) -> Result<SignIn, Failure> {
        let budget = self.budget(Guess::Code, &session.email, visit);
        Ok(SignIn {
            id: bound_to(session)?,
            person: session.person,
            epoch: session.epoch,
            stage: Stage::Challenge,
            throttle_key: budget.key,
            known: budget.known,
            attempts: 0,
            session: Some(session.id),
            lost: false,
            resumes: None,
            seen_network: None,
        })
    }

    /// What the page says about the code that goes to this number.
    pub(in crate::service) async fn text_view(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        number: &PhoneNumber,
        visit: &Visit,
    ) -> Result<PhoneCodeView, Failure> {
        let memberships = company::list_memberships(db, session.person).await?;
        let asked = (&self.as_sign_in(session, visit)?, Purpose::Confirm);
        self.code_view(db, asked, number, &memberships, visit.language).await
    }

    /// What a typed code is worth in this session. Nothing is written.
    pub(in crate::service) async fn judge_text(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        (phone, number): (&Phone, &PhoneNumber),
        code: &OneTimeCode,
        now: Timestamp,
    ) -> Result<Judged, StoreError> {
        let (sign_in, person) = (bound_to(session)?, session.person);
        let binding = Binding { purpose: Purpose::Confirm, sign_in, person, factor: phone.id, number };
        self.worth_of(db, binding, code, now).await
    }

    /// Counts a wrong guess at the code of this message.
    pub(in crate::service) async fn count_guess_at_text(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        message: SmsMessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.count_guess(db, (person, Purpose::Confirm), message, now).await
    }

    /// Uses up the code of this message.
    pub(in crate::service) async fn spend_text(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        phone: FactorId,
        message: SmsMessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let spent = sms_code::consume(db, person, Purpose::Confirm, message, now).await?
            && phone::record_use(db, phone, step_at(now)).await?;
        if !spent {
            return Err(StoreError::Lost);
        }
        sms_message::record_verified(db, message, now).await
    }
}

/// The id of a session where a code has the id of its sign-in.
fn bound_to(session: &Session) -> Result<SignInId, StoreError> {
    Ok(SignInId::try_from(session.id.bytes().to_vec())?)
}
