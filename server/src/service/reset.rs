//! `Forgot your password?`: asking for a link, and setting a new password with it. Neither signs in, and the second
//! factor stays (ASVS 5.0 6.4.3, OWASP Forgot Password).

use app::{
    AppError, Guess, Language,
    backend::Visit,
    model::{Email, EmailView, Secret},
    routes, t,
};
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    delivery::{Sealed, mail_place},
    failure::Failure,
    letter::{Letter, Part},
    limit::seconds_to,
    mark::Mark,
    new_password::refusal,
    notice::{Event, Origin, facts, hello},
    outcome::{Change, Outcome},
    text,
};
use crate::{
    clock::{Timestamp, random},
    crypto::{MacPurpose, Token, TokenKind},
    domain::{PasswordAlone, check_password, password_alone},
    storage::{
        NoticeId, StoreError, address, company,
        notice::{self, NewNotice},
        password_reset::{self, Reset},
        person::{self, Person},
        throttle::{self, Allowance},
    },
};

/// Life of a link and of the cookie that its token goes into, seconds (product.md, section 4).
pub(crate) const LIFE: i64 = 30 * 60;
/// Seconds in which requests from one network address count together (Authelia's first step for the same thing).
const ADDRESS_WINDOW: i64 = 10 * 60;
/// Seconds in which new passwords that come with one link count together. A token cannot be guessed; this bounds the hashing.
const TRY_WINDOW: i64 = 60;

impl Service {
    /// The page that asks for the e-mail, filled in with what was typed before.
    pub fn reset_page(&self, visit: &Visit) -> Outcome<EmailView> {
        Outcome::value(EmailView { email: self.open_entry(visit).unwrap_or_default(), demo: self.settings.demo })
    }

    /// Asks for a link. The answer is the same for everybody and comes before the account is looked for, so
    /// neither its words nor its time tell whether there is one (FLOW-24).
    pub async fn ask_reset(&self, visit: &Visit, email: &str) -> Outcome<()> {
        let mut outcome = self.settle(self.try_ask(visit, email).await);
        if outcome.result.is_err() {
            outcome.changes.extend(self.keep_entry(email).ok());
        }
        outcome
    }

    async fn try_ask(&self, visit: &Visit, email: &str) -> Result<Outcome<()>, Failure> {
        let email = Email::parse(email).ok_or(AppError::EmailInvalid)?;
        let allowance = Allowance::per(ADDRESS_WINDOW, self.limits().resets_per_address);
        // Whoever has signed in to this account here does not wait for others behind the same address.
        let key = match self.budget_mark(Guess::Password, email.as_str(), visit) {
            Some((_, id)) => self.keys.mac(MacPurpose::Throttle, &[b"reset", email.as_str().as_bytes(), &id]),
            None => self.network_key(b"reset", visit.address),
        };
        self.reserve_request(key, allowance).await?;
        let (service, visit) = (self.clone(), visit.clone());
        let answering = self.store.clone();
        tokio::spawn(async move {
            let sent = answering
                .write(move |db| Box::pin(async move { Ok(service.answer_request(db, &email, &visit).await?) }));
            if let Err(error) = sent.await {
                tracing::error!(%error, "a request for a new password was not answered");
            }
        });
        Ok(Outcome::go(routes::RESET_SENT))
    }

    /// Counts a request, and refuses while its counter is paused.
    async fn reserve_request(&self, key: Vec<u8>, allowance: Allowance) -> Result<(), Failure> {
        let now = self.now();
        let until = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    match throttle::count(db, &key, allowance, now).await? {
                        Some(_) => Ok(None),
                        None => throttle::find_pause(db, &key, now).await,
                    }
                })
            })
            .await?;
        until.map_or(Ok(()), |until| Err(AppError::TooOften { seconds: seconds_to(until, now) }.into()))
    }

    /// The request itself: a link for whoever may have one, and an event for everybody.
    async fn answer_request(&self, db: &mut AnyConnection, email: &Email, visit: &Visit) -> Result<(), Failure> {
        let now = self.now();
        // Whoever is told that a link is on its way has one that works: a mail is held back only beside a link that lives,
        // whoever asked for it. A new password or factor may have ended the last one at any moment.
        let account = self.reset_key(email.as_str());
        let allowance = Allowance::per(LIFE, self.limits().resets_per_person);
        let allowed = throttle::count(db, &account, allowance, now).await?.is_some();
        let found = person::find_by_email(db, email.as_str()).await?;
        let person = match found.filter(|person| person.active && person.password.is_some()) {
            Some(person) if !allowed && password_reset::is_alive(db, person.id, now).await? => None,
            Some(person) if self.signs_in_here(db, &person, now).await? => Some(person),
            Some(_) | None => None,
        };
        let address = visit.address.to_string();
        let entry = Entry {
            kind: "password.reset_asked",
            person: person.as_ref().map(|person| person.id),
            actor: "self",
            address: &address,
            detail: serde_json::json!({ "sent": person.is_some() }),
            now,
        };
        self.note(db, entry).await?;
        let Some(person) = person else { return Ok(()) };
        let origin = Origin::visit(visit, &address, now);
        self.send_link(db, &person, &origin).await?;
        let others = address::list(db, person.id, now).await?;
        let others: Vec<_> =
            others.iter().map(|other| other.email.as_str()).filter(|other| *other != person.email).collect();
        self.tell_at(db, person.id, Event::PasswordResetAsked, &origin, &others).await
    }

    /// The counter of the mails to one person.
    pub(super) fn reset_key(&self, email: &str) -> Vec<u8> {
        self.keys.mac(MacPurpose::Throttle, &[b"reset", email.as_bytes()])
    }

    /// Whether a password of Muster's own opens anything: not for people of an identity provider.
    async fn signs_in_here(&self, db: &mut AnyConnection, person: &Person, now: Timestamp) -> Result<bool, Failure> {
        let memberships = company::list_memberships(db, person.id).await?;
        Ok(password_alone(&memberships, now) != PasswordAlone::Nothing)
    }

    /// Makes the link and puts the mail into the outbox. The database keeps a hash of the token and the mail sealed.
    async fn send_link(&self, db: &mut AnyConnection, person: &Person, origin: &Origin<'_>) -> Result<(), Failure> {
        let (now, expires) = (origin.now, origin.now.plus(LIFE));
        let token = Token::generate(TokenKind::Reset, &*self.rng)?;
        let reset = Reset { person: person.id, epoch: person.epoch };
        password_reset::replace(db, reset, token.hash(), now, expires).await?;
        let zone = text::zone_of(&company::list_memberships(db, person.id).await?);
        let language = origin.language_for(person);
        let address = format!("{}{}?t={}", self.settings.public_url, routes::RESET_LINK, token.expose());
        let subject = t::mail::RESET_SUBJECT.get(language);
        let letter = Letter {
            language,
            site: &self.settings.issuer,
            subject,
            parts: link_parts(language, person, facts(language, origin, &zone), address),
            foot: self.foot(language),
        };
        let id = NoticeId::generate(&*self.rng)?;
        let sealed = Sealed { text: Secret::new(letter.text()), html: Secret::new(letter.html()) };
        let sealed = zeroize::Zeroizing::new(serde_json::to_vec(&sealed).unwrap_or_default());
        let sealed = self.keys.seal(&*self.rng, mail_place(&person.id, &id), &sealed)?;
        let mail = NewNotice {
            id,
            event: random(&*self.rng)?,
            person: person.id,
            recipient: &person.email,
            kind: "password-reset",
            subject,
            body: "",
            html: "",
            sealed: Some(&sealed),
            now,
            give_up: expires,
        };
        Ok(notice::insert_mail(db, &mail).await?)
    }

    /// The page that takes the new password; who it is for.
    pub async fn new_password_page(&self, visit: &Visit) -> Outcome<EmailView> {
        self.settle(self.try_new_password_page(visit).await)
    }

    async fn try_new_password_page(&self, visit: &Visit) -> Result<Outcome<EmailView>, Failure> {
        let Some(token) = reset_token(visit) else { return Err(AppError::Expired.into()) };
        let mut db = self.store.read().await?;
        let reset = password_reset::find(&mut db, token.hash(), self.now()).await?.ok_or(AppError::Expired)?;
        let person = person::find(&mut db, reset.person).await?.filter(|person| person.active);
        let person = person.ok_or(AppError::Expired)?;
        Ok(Outcome::value(EmailView { email: person.email, demo: self.settings.demo }))
    }

    /// Sets a new password with a link. Ends every session and sign-in and tells every address.
    pub async fn reset_password(&self, visit: &Visit, password: Secret) -> Outcome<()> {
        self.settle(self.try_reset(visit, password).await)
    }

    async fn try_reset(&self, visit: &Visit, password: Secret) -> Result<Outcome<()>, Failure> {
        let expired = || Outcome::refused(AppError::Expired, routes::RESET_NEW).with(Change::Reset(None));
        let Some(token) = reset_token(visit) else { return Ok(expired()) };
        // What is no link costs one look-up, and nobody beside it anything.
        let Some(person) = self.person_of_link(&token).await? else { return Ok(expired()) };
        let allowance = Allowance::per(TRY_WINDOW, self.limits().passwords_per_address);
        let key = self.keys.mac(MacPurpose::Throttle, &[b"reset-try", token.hash()]);
        self.reserve_request(key, allowance).await?;
        self.judge_password(&person, &password).await?;
        let sealed = self.sealed_hash::<Failure>(person.id, &password).await?;
        let (service, seen, key) = (self.clone(), visit.clone(), self.reset_key(&person.email));
        let email = person.email.clone();
        let done = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    // A link that is used up is no reason to hold the next mail back. The counters first, then the link and
                    // the person: in the order of a request and of a sign-in, so that none waits for another.
                    throttle::reset(db, &key).await?;
                    service.forget_guesses(db, &email, &seen).await?;
                    Ok(service.spend_link(db, &token, &sealed, &seen).await?)
                })
            })
            .await;
        match done {
            Ok(()) => Ok(Outcome::go(routes::RESET_DONE)
                .with(Change::Reset(None))
                .with(Change::SignIn(None))
                .with(Change::Session(None))
                // Whoever reads the person's mail may type the new password, however many strangers guess at it.
                .with(self.remember(&person.email, visit, Mark::Reset)?)),
            Err(StoreError::Lost) => Ok(expired()),
            Err(error) => Err(error.into()),
        }
    }

    async fn person_of_link(&self, token: &Token) -> Result<Option<Person>, Failure> {
        let mut db = self.store.read().await?;
        let Some(reset) = password_reset::find(&mut db, token.hash(), self.now()).await? else { return Ok(None) };
        Ok(person::find(&mut db, reset.person).await?.filter(|person| person.active))
    }

    /// The rules for a new password, with the words of this person and place.
    async fn judge_password(&self, person: &Person, password: &Secret) -> Result<(), Failure> {
        let memberships = company::list_memberships(&mut *self.store.read().await?, person.id).await?;
        let companies = memberships.iter().map(|membership| &*membership.company);
        let context = self.password_context([&*person.name, &*person.email].into_iter().chain(companies));
        Ok(check_password(password.expose(), &context).map_err(refusal)?)
    }

    /// One transaction: the link is used up, the password set, every session ended, every address told. Whoever does not
    /// have the link, or lost a race for it, is told [`StoreError::Lost`]: undo.
    async fn spend_link(
        &self,
        db: &mut AnyConnection,
        token: &Token,
        sealed: &[u8],
        visit: &Visit,
    ) -> Result<(), Failure> {
        let now = self.now();
        let reset = password_reset::consume(db, token.hash(), now).await?.ok_or(StoreError::Lost)?;
        // Somebody may have ended the sessions at the same moment.
        person::consume_epoch(db, reset.person, reset.epoch).await?.ok_or(StoreError::Lost)?;
        person::set_password(db, reset.person, sealed).await?;
        let address = visit.address.to_string();
        let origin = Origin::visit(visit, &address, now);
        self.tell(db, reset.person, Event::PasswordChanged, &origin).await?;
        let entry = Entry {
            kind: "password.reset",
            person: Some(reset.person),
            actor: "self",
            address: &address,
            detail: serde_json::Value::Null,
            now,
        };
        self.note(db, entry).await
    }
}

/// What the mail with the link says.
fn link_parts(language: Language, person: &Person, facts: Vec<(String, String)>, address: String) -> Vec<Part> {
    let words = |text: app::text::Text| text.get(language).to_owned();
    vec![
        Part::Text(hello(language, person)),
        Part::Text(words(t::mail::RESET_TEXT)),
        Part::Button(words(t::mail::NEW_PASSWORD), address),
        Part::Text(words(t::mail::RESET_SECOND_STEP)),
        Part::Facts(facts),
        Part::Answer(words(t::mail::WAS_NOT_YOU), words(t::mail::RESET_NOT_YOU)),
    ]
}

/// The token of the link that this browser has opened.
fn reset_token(visit: &Visit) -> Option<Token> {
    visit.reset.as_ref().and_then(|text| Token::parse(TokenKind::Reset, text.expose()))
}
