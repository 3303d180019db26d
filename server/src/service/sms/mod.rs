//! Codes as text messages: who may have one, how many, and how one is sent.
//!
//! A code is written first and sent afterwards, outside the transaction. Should the server stop between the two, the
//! person asks for another code; a message that went out never carries a code that is not there.

mod again;
mod binding;
mod budget;
mod confirm;
mod enrolment;
mod lag;
mod number;
mod page;
mod report;
mod text;
mod verify;

use app::{AppError, Guess, backend::Visit};
use sqlx::AnyConnection;

pub(super) use binding::Judged;
pub use budget::SmsDay;
pub(super) use number::Standing;
pub use report::ReportOutcome;

use self::{binding::Binding, budget::Counted};
use super::{Service, audit::Entry, failure::Failure, limit::paused, notice::Origin};
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
        sms_message::{self, NewMessage, State},
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
    counted: Counted,
    /// The gateway whose last message did not arrive, or whose messages do not.
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
        // To its end, also when the browser goes away meanwhile: what was counted is sent, and what was sent is noted.
        let sending = tokio::spawn(async move { service.write_and_dispatch(order, seen).await });
        sending.await.unwrap_or(Err(AppError::SmsUnavailable.into()))
    }

    async fn write_and_dispatch(self, order: Order, visit: Visit) -> Result<(), Failure> {
        let service = self.clone();
        let prepared = self
            .store
            .write(move |db| Box::pin(async move { Ok(service.prepare_code(db, order, &visit).await?) }))
            .await?;
        match prepared {
            Prepared::Refused(error) => Err(error.into()),
            Prepared::Outstanding => Ok(()),
            Prepared::Ready(ready) => Ok(self.dispatch(ready).await?),
        }
    }

    /// Decides whether a code may be sent, and writes it, in one transaction.
    async fn prepare_code(&self, db: &mut AnyConnection, order: Order, visit: &Visit) -> Result<Prepared, Failure> {
        let now = self.now();
        let Some(sign_in) = self.hold(db, &order, visit, now).await? else {
            return Ok(Prepared::Refused(AppError::Expired));
        };
        if let Some(until) = throttle::find_pause(db, &sign_in.throttle_key, now).await? {
            return Ok(Prepared::Refused(paused(Guess::Code, until, now)));
        }
        let last = sms_code::find(db, sign_in.person, order.purpose).await?;
        let ours = last.as_ref().filter(|code| code.sign_in == sign_in.id);
        if !order.again && ours.is_some_and(|code| !code.consumed && code.expires > now) {
            return Ok(Prepared::Outstanding);
        }
        let before = self.sends_before(db, sign_in.id, order.purpose, now).await?;
        if let Some(error) = self.too_many(db, &sign_in, order.purpose, last.as_ref(), &before, now).await? {
            let asked = (&sign_in, order.purpose);
            let told = self.or_tomorrow(db, asked, order.number.as_ref(), Some(error), visit, now).await?;
            return Ok(Prepared::Refused(told.unwrap_or(error)));
        }
        let target = match &order.number {
            Some(number) => self.new_phone(db, &sign_in, number, now).await?,
            None => self.phone_of(db, &sign_in, order.purpose, now).await?,
        };
        let (factor, number) = match target {
            Ok(target) => target,
            Err(error) => return Ok(Prepared::Refused(error)),
        };
        let counted = match self.count_message(db, order.purpose, sign_in.person, &number, visit, now).await? {
            Ok(counted) => counted,
            Err(error) => return Ok(Prepared::Refused(error)),
        };
        if order.number.is_some() {
            self.insert_phone(db, &sign_in, factor, &number, now).await?;
        }
        let binding =
            Binding { purpose: order.purpose, sign_in: sign_in.id, person: sign_in.person, factor, number: &number };
        let message = self.write_code(db, binding, before.count + 1, visit, now).await?;
        let avoid = match before.in_doubt {
            Some(gateway) => Some(gateway),
            None => self.lagging(db, now).await?.map(str::to_owned),
        };
        Ok(Prepared::Ready(Ready { message, counted, avoid }))
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
            created: now,
            expires,
            consumed: false,
        };
        sms_code::replace(db, binding.person, binding.purpose, &row).await?;
        // What the message says has to hold: the step lives as long as its code. A session has its own time.
        sign_in::extend(db, binding.sign_in, expires).await?;
        let country = binding.number.country().iso;
        let Binding { purpose, sign_in, person, .. } = binding;
        let message = NewMessage { id, person, sign_in, purpose, country, sends, now };
        sms_message::insert(db, &message).await?;
        let entry = Entry {
            kind: "sms.code",
            person: Some(binding.person),
            actor: "self",
            address: &visit.address.to_string(),
            detail: serde_json::json!({ "purpose": binding.purpose.as_str(), "country": country, "number": sends }),
            now,
        };
        self.note(db, entry).await?;
        let person = person::find(db, binding.person).await?;
        let language = person.map_or(visit.language, |person| Origin::visit(visit, "", now).language_for(&person));
        let text = text::code(&code, &self.settings, language);
        Ok(Message { id, person: binding.person, to: binding.number.clone(), text })
    }

    /// Sends a message and notes what became of it. One that has certainly not gone out counts for nothing.
    async fn dispatch(&self, ready: Ready) -> Result<(), AppError> {
        let Ready { message, counted, avoid } = ready;
        let dispatch = self.sms.send(&message, avoid.as_deref(), self.now()).await;
        let (state, answer) = match &dispatch.result {
            Ok(()) => (State::Sent, Ok(())),
            Err(SendError::Unknown(_)) => (State::Unknown, Ok(())),
            Err(SendError::Undeliverable(_)) => (State::Refused, Err(AppError::SmsUndeliverable)),
            Err(SendError::Refused(_) | SendError::Declined(_)) => (State::Refused, Err(AppError::SmsUnavailable)),
        };
        let (id, gateway, now) = (message.id, dispatch.gateway, self.now());
        let noted = self.store.write(move |db| {
            Box::pin(async move {
                // Once: a message leaves `Sending` a single time. Should the server stop before this, it stays counted.
                if sms_message::record_answer(db, id, state, gateway, now).await? && state == State::Refused {
                    counted.release(db).await?;
                }
                Ok(())
            })
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "what became of a text message was not noted");
        }
        answer
    }
}
