//! `Save Your Recovery Code`: a new card, and the one look at it.

use app::{
    AppError,
    backend::Visit,
    model::{RecoveryCode, RecoveryCodeView},
    routes,
};
use sqlx::AnyConnection;

use super::{Service, failure::Failure, notice::Event, outcome::Outcome, session::session_token, text};
use crate::{
    clock::{Timestamp, random},
    crypto::{MacPurpose, Place, Token},
    storage::{
        PersonId, RecoveryCodeId, SessionId, company, person,
        recovery_code::{self, Current, Made},
        reveal,
        session::{Proof, Session},
    },
};

/// A recovery code that was just made.
pub(super) struct NewCard {
    /// The code, sealed for its one look.
    pub(super) sealed: Vec<u8>,
    /// True when the card before it could be used until now.
    pub(super) replaces: bool,
}

impl Service {
    /// Makes a recovery code in place of any other, sealed for one look in this session.
    pub(super) async fn new_recovery_code(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<NewCard, Failure> {
        let code = self.draw_recovery_code()?;
        let made = self.insert_recovery_code(db, person, session, &code, now).await?;
        Ok(NewCard { sealed: self.seal_reveal(&code, person, session)?, replaces: made.replaces })
    }

    /// A new recovery code, known to nobody.
    pub(super) fn draw_recovery_code(&self) -> Result<RecoveryCode, Failure> {
        Ok(RecoveryCode::from_random(&random(&*self.rng)?))
    }

    /// Seals a recovery code for one look in this session.
    pub(super) fn seal_reveal(
        &self,
        code: &RecoveryCode,
        person: PersonId,
        session: SessionId,
    ) -> Result<Vec<u8>, Failure> {
        let canonical = zeroize::Zeroizing::new(code.canonical());
        Ok(self.keys.seal(&*self.rng, reveal_place(&person, &session), canonical.as_bytes())?)
    }

    /// Makes this code the person's, in place of any other.
    pub(super) async fn insert_recovery_code(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        session: SessionId,
        code: &RecoveryCode,
        now: Timestamp,
    ) -> Result<Made, Failure> {
        let canonical = zeroize::Zeroizing::new(code.canonical());
        let mac = self.keys.mac(MacPurpose::RecoveryCode, &[person.bytes(), canonical.as_bytes()]);
        let id = RecoveryCodeId::generate(&*self.rng)?;
        Ok(recovery_code::replace(db, id, person, Some(session), &mac, now).await?)
    }

    /// `Save Your Recovery Code`: the code itself is there for one look.
    pub async fn recovery_code_page(&self, visit: &Visit) -> Outcome<RecoveryCodeView> {
        self.settle(self.try_recovery_code_page(visit).await)
    }

    async fn try_recovery_code_page(&self, visit: &Visit) -> Result<Outcome<RecoveryCodeView>, Failure> {
        let found = self.find_session(visit.session.as_ref()).await?;
        let Some((session, token)) = found.zip(session_token(visit)) else {
            return self.elsewhere(visit).await;
        };
        let mut db = self.store.read().await?;
        let waits = match recovery_code::find_current(&mut db, session.person).await? {
            Some(current) if current.waits_in(session.id) => true,
            Some(current) => reveal::replaces(&mut db, session.id, current.number).await?,
            None => false,
        };
        if !waits {
            return Ok(Outcome::refused(AppError::Expired, routes::HOME));
        }
        let zone = text::zone_of(&company::list_memberships(&mut db, session.person).await?);
        drop(db);
        let (current, groups) = self.take_reveal(&session, token, visit).await?;
        let Some(current) = current.filter(|current| current.waits_in(session.id)) else {
            return Ok(Outcome::refused(AppError::Expired, routes::HOME));
        };
        let (date, date_iso) = text::day(current.created, &zone, visit.language);
        Ok(Outcome::value(RecoveryCodeView {
            seen: groups.is_some()
                || reveal::has_shown(&mut *self.store.read().await?, session.id, current.number).await?,
            groups,
            number: current.number,
            date,
            date_iso,
            initials: text::initials(&session.name),
            just_enrolled: matches!(session.proof, Proof::Authenticator | Proof::Phone) && current.number == 1,
        }))
    }

    /// The person's card, and its code if that waits in this session: another one may have taken its place meanwhile, and
    /// the code would be saved in vain. Taking it, noting which card was shown and, of a card that was asked for, making it
    /// the one that counts are one change.
    async fn take_reveal(
        &self,
        session: &Session,
        token: Token,
        visit: &Visit,
    ) -> Result<(Option<Current>, Option<[String; 6]>), Failure> {
        let (service, session, visit, now) = (self.clone(), session.clone(), visit.clone(), self.now());
        let outcome = self.store.write(move |db| {
            Box::pin(async move {
                let (id, person) = (session.id, session.person);
                // From here on, nothing else changes this account.
                let alive = person::reserve(db, person, session.epoch).await?;
                let found = if alive { reveal::consume_reveal(db, id, token.hash()).await? } else { None };
                let Some(waiting) = found else {
                    return Ok(Ok((recovery_code::find_current(db, person).await?, None)));
                };
                // One that does not open is gone all the same.
                let opened = match service.keys.open(reveal_place(&person, &id), &waiting.sealed) {
                    Ok(opened) => opened,
                    Err(error) => return Ok(Err(error)),
                };
                let code = std::str::from_utf8(&opened).ok().and_then(|text| RecoveryCode::parse(text).ok());
                if let (Some(code), Some(after)) = (&code, waiting.after) {
                    service.exchange_card(db, &session, after, code, &visit, now).await?;
                }
                let current = recovery_code::find_current(db, person).await?;
                let shown = current.as_ref().zip(code).filter(|(card, code)| service.is_code(person, code, &card.mac));
                let Some((card, code)) = shown else { return Ok(Ok((current, None))) };
                reveal::note_shown(db, id, card.number).await?;
                Ok(Ok((current, Some(code.groups()))))
            })
        });
        Ok(outcome.await??)
    }

    /// A card that was asked for takes the place of the one of this number, unless something else has; every address is told.
    async fn exchange_card(
        &self,
        db: &mut AnyConnection,
        Session { id: session, person, .. }: &Session,
        after: i64,
        code: &RecoveryCode,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (session, person) = (*session, *person);
        if recovery_code::consume_number(db, person, after, now).await? {
            self.insert_recovery_code(db, person, session, code, now).await?;
            let told = ("recovery_code.replaced", Event::RecoveryCodeMade);
            self.note_and_tell(db, person, told, visit, now).await?;
        }
        Ok(())
    }
}

/// Where a recovery code waits for its one look.
pub(super) fn reveal_place<'a>(person: &'a PersonId, session: &'a SessionId) -> Place<'a> {
    Place { table: "session", column: "reveal", person: person.bytes(), row: session.bytes() }
}
