//! People whose second factor is a phone, and a network that has every text message there at once.

use std::{collections::HashMap, net::SocketAddr, sync::Mutex};

use app::model::Email;
use async_trait::async_trait;
use futures_util::future::join_all;
use server::{
    clock::SystemRng,
    crypto::{Token, TokenKind},
    domain::{PolicyChange, SmsLimits, Start},
    service::Service,
    sms::{Message, SendError, SmsGateway},
    storage::{
        PersonId, person, recovery_code,
        sign_in::{self, SignIn, Stage},
    },
};

use crate::{client::Client, request, world};

/// So many more than there are requests in flight that nobody has a turn before the last one has ended, however slow it was.
const SUBSCRIBERS: usize = 1024;
/// How many of them enrol at once.
const TOGETHER: usize = 64;
/// A company that requires a second factor, so that its people enrol with their first sign-in.
const COMPANY: &str = "Bench Texts";

/// The gateway: the last code of each number.
#[derive(Debug, Default)]
pub(crate) struct Phones(Mutex<HashMap<String, String>>);

impl Phones {
    /// The code that came last to a number.
    pub(crate) fn code(&self, number: &str) -> String {
        self.0.lock().unwrap()[number].clone()
    }
}

#[async_trait]
impl SmsGateway for Phones {
    fn name(&self) -> &'static str {
        "bench"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let code = message.text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6).unwrap();
        self.0.lock().unwrap().insert(message.to.e164().to_owned(), code.to_owned());
        Ok(())
    }
}

/// Somebody with a phone.
pub(crate) struct Subscriber {
    pub(crate) id: PersonId,
    /// Enrolling has moved it on.
    pub(crate) epoch: i64,
    pub(crate) number: String,
    pub(crate) throttle_key: Vec<u8>,
}

/// The settings' limits without those on how many messages go out, and how soon: a limit that is never reached costs as
/// much as any other.
pub(crate) fn unlimited(limits: SmsLimits) -> SmsLimits {
    let most = 1_000_000_000;
    SmsLimits {
        resend_after: 0,
        per_person: most,
        per_number: most,
        per_prefix: most,
        per_address: most,
        per_day: most,
        country_sample: most,
        ..limits
    }
}

/// Makes the people. They enrol over HTTP as anybody does, from the right password on, which is not hashed for each.
pub(crate) async fn enrol(service: &Service, address: SocketAddr, phones: &Phones) -> Vec<Subscriber> {
    service.add_company(COMPANY).await.unwrap();
    let at_once = PolicyChange { require_mfa: Some(true), start: Start::Now, ..PolicyChange::default() };
    service.set_policy(COMPANY, at_once).await.unwrap();
    let mut subscribers = Vec::with_capacity(SUBSCRIBERS);
    for first in (0..SUBSCRIBERS).step_by(TOGETHER) {
        let group = (first..first + TOGETHER).map(|number| enrol_one(service, address, phones, number));
        subscribers.extend(join_all(group).await);
    }
    subscribers
}

async fn enrol_one(service: &Service, address: SocketAddr, phones: &Phones, number: usize) -> Subscriber {
    let email = Email::parse(&format!("texts-{number}@bench.example")).unwrap();
    let id = world::add(service, &email, COMPANY, None).await;
    // Of New York; no message leaves this process.
    let national = format!("212 736 {number:04}");
    let number = format!("+1212736{number:04}");
    let now = service.clock.now();
    let token = Token::generate(TokenKind::SignIn, &SystemRng).unwrap();
    let (row, hash) =
        (SignIn { stage: Stage::Enrolment, ..world::row(id, 0, &world::throttle_key()) }, token.hash().to_vec());
    let opened = service
        .store
        .write(move |db| Box::pin(async move { sign_in::insert(db, &row, &hash, now, now.plus(600)).await }));
    opened.await.unwrap();
    let mut client = Client::connect(address).await;
    client.exchange(&request::set_up_phone(token.expose(), &national)).await;
    client.exchange(&request::confirm_phone(token.expose(), &phones.code(&number))).await;
    let saved = service.store.write(move |db| {
        Box::pin(async move {
            let card = recovery_code::find_current(db, id).await?.unwrap();
            recovery_code::acknowledge(db, id, card.session, card.number, now).await
        })
    });
    assert!(saved.await.unwrap());
    let person = person::find(&mut service.store.read().await.unwrap(), id).await.unwrap().unwrap();
    Subscriber { id, epoch: person.epoch, number, throttle_key: world::throttle_key() }
}
