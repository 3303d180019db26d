//! What people are told by mail. Never a code, never a secret.

mod event;

use app::{Language, backend::Visit, t};
use sqlx::AnyConnection;

pub use self::event::Event;
use super::{
    Service,
    failure::Failure,
    letter::{Letter, Part, tame},
    text,
};
use crate::{
    clock::{Timestamp, random},
    domain::device_name,
    storage::{
        NoticeId, PersonId, StoreError, address, company,
        notice::{self, NewNotice},
        person::{self, Person},
    },
};

/// Where an event came from.
pub(super) struct Origin<'a> {
    /// Network address; empty for the command line.
    pub(super) address: &'a str,
    /// Browser.
    pub(super) agent: &'a str,
    /// The language that the browser was answered in, if there is one.
    language: Option<Language>,
    /// When.
    pub(super) now: Timestamp,
}

impl<'a> Origin<'a> {
    /// The command line.
    pub(super) fn command_line(now: Timestamp) -> Self {
        Self { address: "", agent: "", language: None, now }
    }

    /// A visit; `address` is its network address as text.
    pub(super) fn visit(visit: &'a Visit, address: &'a str, now: Timestamp) -> Self {
        Self { address, agent: &visit.agent, language: Some(visit.language), now }
    }

    /// The language of a mail to a person: the one that was chosen; else that of the pages that this person last saw
    /// signed in; else that of the visit, though a stranger may have made it; else English.
    pub(super) fn language_for(&self, person: &Person) -> Language {
        let known = |code: &Option<String>| code.as_deref().and_then(Language::of_code);
        known(&person.language).or_else(|| known(&person.seen_language)).or(self.language).unwrap_or_default()
    }
}

/// Seconds for which a mail is tried: as long as a mail server that is away is usually waited for (RFC 5321 §4.5.4.1).
const PATIENCE: i64 = 5 * 24 * 60 * 60;
/// The longest name that a letter repeats.
const MOST: usize = 100;

impl Service {
    /// Writes the mails about an event into the outbox, one for each address of the person, in the
    /// transaction of the event.
    pub(super) async fn tell(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        event: Event,
        origin: &Origin<'_>,
    ) -> Result<(), Failure> {
        let addresses = address::list(db, person, origin.now).await?;
        let to: Vec<&str> = addresses.iter().map(|address| address.email.as_str()).collect();
        self.tell_at(db, person, event, origin, &to).await
    }

    /// The same at some of the addresses.
    pub(super) async fn tell_at(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        event: Event,
        origin: &Origin<'_>,
        to: &[&str],
    ) -> Result<(), Failure> {
        let person = person::find(db, person).await?.ok_or(StoreError::Lost)?;
        let zone = text::zone_of(&company::list_memberships(db, person.id).await?);
        let (language, (subject, words)) = (origin.language_for(&person), event.words());
        let subject = subject.get(language);
        let old_card = event.ends_a_card().then(|| t::mail::OLD_CARD.get(language));
        let parts = vec![
            Part::Text(hello(language, &person)),
            Part::Text([words.get(language)].into_iter().chain(old_card).collect::<Vec<_>>().join(" ")),
            Part::Facts(facts(language, origin, &zone).into_iter().chain(event.fact(language)).collect()),
            Part::Answer(t::mail::WAS_YOU.get(language).to_owned(), t::mail::NOTHING_TO_DO.get(language).to_owned()),
            Part::Answer(t::mail::WAS_NOT_YOU.get(language).to_owned(), t::mail::ACT_NOW.get(language).to_owned()),
            Part::Button(
                t::mail::NEW_PASSWORD.get(language).to_owned(),
                format!("{}{}", self.settings.public_url, app::routes::RESET),
            ),
        ];
        let letter = Letter { language, site: &self.settings.issuer, subject, parts, foot: self.foot(language) };
        let (text, html, id) = (letter.text(), letter.html(), random(&*self.rng)?);
        for recipient in to {
            let mail = NewNotice {
                id: NoticeId::generate(&*self.rng)?,
                event: id,
                person: person.id,
                recipient,
                kind: event.kind(),
                subject,
                body: &text,
                html: &html,
                sealed: None,
                now: origin.now,
                give_up: origin.now.plus(PATIENCE),
            };
            notice::insert_mail(db, &mail).await?;
        }
        Ok(())
    }

    /// What stands small below every letter.
    pub(super) fn foot(&self, language: Language) -> Vec<String> {
        vec![t::mail::WHY.fill_in(language, [("site", &self.settings.issuer)]), t::mail::NEVER.get(language).to_owned()]
    }
}

/// `Hello Ana,`
pub(super) fn hello(language: Language, person: &Person) -> String {
    let name = tame(&person.name, MOST);
    let first = name.split(' ').next().unwrap_or_default();
    t::mail::HELLO.fill_in(language, [("name", first)])
}

/// When, where and with what.
pub(super) fn facts(language: Language, origin: &Origin<'_>, zone: &jiff::tz::TimeZone) -> Vec<(String, String)> {
    let label = |text: app::text::Text| text.get(language).to_owned();
    let mut facts = vec![(label(t::mail::WHEN), text::moment(origin.now, zone, language))];
    if origin.address.is_empty() {
        facts.push((label(t::mail::WHERE), label(t::mail::ADMINISTRATION)));
        return facts;
    }
    let address = t::mail::NETWORK_ADDRESS.fill_in(language, [("address", origin.address)]);
    facts.push((label(t::mail::WHERE), address));
    // What a browser calls itself is a stranger's own text, and this letter is ours.
    let device = device_name(origin.agent).unwrap_or_else(|| label(t::security::UNKNOWN_DEVICE));
    facts.push((label(t::mail::DEVICE), device));
    facts
}
