//! Codes as text messages: who may have one, how many, and how one is sent.
//!
//! A code is written first and sent afterwards, outside the transaction. Should the server stop between the two, the
//! person asks for another code; a message that went out never carries a code that is not there.

mod binding;
mod budget;
mod confirm;
mod enrolment;
mod number;
mod page;
mod report;
mod text;
mod verify;

use app::{AppError, backend::Visit};
use sqlx::AnyConnection;

pub use budget::SmsDay;
pub(super) use number::Standing;
pub use report::ReportOutcome;

use self::binding::{Binding, Judged};
use super::{Service, audit::Entry, failure::Failure, limit::paused};
use crate::{
    clock::Timestamp,
    crypto::{MacPurpose, Token},
    domain::{PhoneNumber, draw_code},
    sms::{Message, SendError},
    storage::{
        FactorId, SmsMessageId, person,
        phone::{self, NewPhone},
        session::{self, Session},
        sign_in::{self, SignIn, Stage},
        sms_code::{self, Purpose, SmsCode},
        sms_message::{self, State},
        throttle,
    },
};

/// What is asked for.
#[derive(Clone)]
struct Order {
    from: From,
    purpose: Purpose,
    /// The number of an enrolment that begins; otherwise the one that is there.
    number: Option<PhoneNumber>,
    /// True to send a new code also where one is outstanding.
    again: bool,
}

/// What a code is asked for in.
#[derive(Clone)]
enum From {
    /// A sign-in or an enrolment, by its token.
    SignIn(Token),
    /// A session whose person shows again that it is them.
    Session(Session),
}

/// A code that was written, and now has to be sent.
struct Ready {
    message: Message,
    /// The gateway whose last message did not arrive.
    avoid: Option<String>,
}

enum Prepared {
    Ready(Ready),
    /// The code that was sent before is good enough.
    Outstanding,
    Refused(AppError),
}

impl Service {
    /// Writes a code, then sends it. `Ok` when it is on its way, or nobody knows that it is not.
    async fn send_code(&self, visit: &Visit, order: Order) -> Result<(), Failure> {
        if !self.sms.any() {
            return Err(AppError::SmsUnavailable.into());
        }
        let (service, seen) = (self.clone(), visit.clone());
        let prepared = self
            .store
            .write(move |db| Box::pin(async move { Ok(service.prepare_code(db, order, &seen).await?) }))
            .await?;
        match prepared {
            Prepared::Refused(error) => Err(error.into()),
            Prepared::Outstanding => Ok(()),
            Prepared::Ready(ready) => {
                let service = self.clone();
                // To its end, also when the browser goes away meanwhile: what was sent has to be noted.
                let sending = tokio::spawn(async move { service.dispatch(ready).await });
                Ok(sending.await.unwrap_or(Err(AppError::SmsUnavailable))?)
            }
        }
    }

    /// Decides whether a code may be sent, and writes it, in one transaction.
    async fn prepare_code(&self, db: &mut AnyConnection, order: Order, visit: &Visit) -> Result<Prepared, Failure> {
        let now = self.now();
        let Some(sign_in) = self.hold(db, &order, visit, now).await? else {
            return Ok(Prepared::Refused(AppError::Expired));
        };
        if let Some(until) = throttle::find_pause(db, &sign_in.throttle_key, now).await? {
            return Ok(Prepared::Refused(paused(until, now)));
        }
        let last = sms_code::find(db, sign_in.person, order.purpose).await?;
        let ours = last.as_ref().filter(|code| code.sign_in == sign_in.id);
        if !order.again && ours.is_some_and(|code| !code.consumed && code.expires > now) {
            return Ok(Prepared::Outstanding);
        }
        if let Some(error) = self.too_many(last.as_ref(), ours, now) {
            return Ok(Prepared::Refused(error));
        }
        let target = match &order.number {
            Some(number) => self.new_phone(db, &sign_in, number, now).await?,
            None => self.phone_of(db, &sign_in, order.purpose, now).await?,
        };
        let (factor, number) = match target {
            Ok(target) => target,
            Err(error) => return Ok(Prepared::Refused(error)),
        };
        if let Some(error) = self.count_message(db, sign_in.person, &number, visit, now).await? {
            return Ok(Prepared::Refused(error));
        }
        if order.number.is_some() {
            self.insert_phone(db, &sign_in, factor, &number, now).await?;
        }
        let avoid = match ours {
            Some(code) => self.gateway_in_doubt(db, code.message).await?,
            None => None,
        };
        let sends = ours.map_or(0, |code| code.sends) + 1;
        let binding =
            Binding { purpose: order.purpose, sign_in: sign_in.id, person: sign_in.person, factor, number: &number };
        let message = self.write_code(db, binding, sends, visit, now).await?;
        Ok(Prepared::Ready(Ready { message, avoid }))
    }

    /// Holds what the code is asked for in, and its person. `None` when it is over.
    async fn hold(
        &self,
        db: &mut AnyConnection,
        order: &Order,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<SignIn>, Failure> {
        let stage = match order.purpose {
            Purpose::SignIn | Purpose::Confirm => Stage::Challenge,
            Purpose::Enrolment => Stage::Enrolment,
        };
        // In this order everywhere: sign-in, person, code. So no two changes wait for each other, and nobody else sends
        // this person a code meanwhile.
        let (sign_in, alive) = match &order.from {
            From::Session(session) => (self.as_sign_in(session, visit)?, session::is_alive(db, session.id, now).await?),
            From::SignIn(token) => {
                let found = sign_in::find(db, token.hash(), now).await?;
                let Some(sign_in) = found.filter(|sign_in| sign_in.stage == stage) else { return Ok(None) };
                let alive = sign_in::reserve(db, sign_in.id, now).await?;
                (sign_in, alive)
            }
        };
        let alive = alive && person::reserve(db, sign_in.person, sign_in.epoch).await?;
        Ok(alive.then_some(sign_in))
    }

    /// Whether it is too soon, or this sign-in has had its codes. A resend resets neither.
    fn too_many(&self, last: Option<&SmsCode>, ours: Option<&SmsCode>, now: Timestamp) -> Option<AppError> {
        let limits = &self.settings.sms;
        let next = last.map(|code| code.created.plus(limits.resend_after)).filter(|next| *next > now);
        if let Some(next) = next {
            return Some(AppError::SmsWait { seconds: u32::try_from(next.since(now)).unwrap_or(u32::MAX) });
        }
        let spent = ours.is_some_and(|code| code.sends >= limits.per_challenge);
        // By then this challenge is over, and the next one has its own.
        spent.then(|| limit(self.limits().challenge))
    }

    async fn insert_phone(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        id: FactorId,
        number: &PhoneNumber,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let sealed = self.seal_number(&sign_in.person, &id, number)?;
        let number_mac = self.number_mac(number);
        let phone =
            NewPhone { id, person: sign_in.person, sign_in: sign_in.id, number: &sealed, number_mac: &number_mac, now };
        Ok(phone::insert_pending(db, &phone).await?)
    }

    /// Makes the code and the message that carries it, and notes both. The earlier code is worth nothing any more.
    async fn write_code(
        &self,
        db: &mut AnyConnection,
        binding: Binding<'_>,
        sends: i64,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Message, Failure> {
        let code = draw_code(&*self.rng)?;
        let id = SmsMessageId::generate(&*self.rng)?;
        let expires = now.plus(self.settings.sms.code_ttl);
        let row = SmsCode {
            sign_in: binding.sign_in,
            factor: binding.factor,
            message: id,
            mac: self.keys.mac(MacPurpose::SmsCode, &binding.parts(&code)),
            sends,
            created: now,
            expires,
            consumed: false,
        };
        sms_code::replace(db, binding.person, binding.purpose, &row).await?;
        // What the message says has to hold: the step lives as long as its code. A session has its own time.
        sign_in::extend(db, binding.sign_in, expires).await?;
        let country = binding.number.country().iso;
        sms_message::insert(db, id, binding.person, country, now).await?;
        let entry = Entry {
            kind: "sms.code",
            person: Some(binding.person),
            actor: "self",
            address: &visit.address.to_string(),
            detail: serde_json::json!({ "purpose": binding.purpose.as_str(), "country": country, "number": sends }),
            now,
        };
        self.note(db, entry).await?;
        let text = text::code(&code, &self.settings, visit.language);
        Ok(Message { id, person: binding.person, to: binding.number.clone(), text })
    }

    /// The gateway that took a message which has not arrived, as far as anybody knows.
    async fn gateway_in_doubt(&self, db: &mut AnyConnection, id: SmsMessageId) -> Result<Option<String>, Failure> {
        let message = sms_message::find(db, id).await?;
        Ok(message.filter(|message| message.state != State::Delivered).and_then(|message| message.gateway))
    }

    /// Sends a message and notes what became of it.
    async fn dispatch(&self, ready: Ready) -> Result<(), AppError> {
        let id = ready.message.id;
        let dispatch = self.sms.send(&ready.message, ready.avoid.as_deref(), self.now()).await;
        let (state, answer) = match &dispatch.result {
            Ok(_) => (State::Sent, Ok(())),
            Err(SendError::Unknown(_)) => (State::Unknown, Ok(())),
            Err(SendError::Undeliverable(_)) => (State::Refused, Err(AppError::SmsUndeliverable)),
            Err(SendError::Refused(_)) => (State::Refused, Err(AppError::SmsUnavailable)),
        };
        let (gateway, reference, now) = (dispatch.gateway, dispatch.result.ok().flatten(), self.now());
        let noted = self.store.write(move |db| {
            Box::pin(async move { sms_message::record_answer(db, id, state, gateway, reference.as_deref(), now).await })
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "what became of a text message was not noted");
        }
        answer
    }
}

/// The answer where no more codes go for some seconds.
fn limit(seconds: i64) -> AppError {
    AppError::SmsLimit { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }
}
