//! `Save Your Recovery Code`: the one look at a new card.

use app::{
    AppError,
    backend::Visit,
    model::{RecoveryCode, RecoveryCodeView},
    routes,
};

use super::{
    Service,
    failure::Failure,
    outcome::Outcome,
    session::{reveal_place, session_token},
    text,
};
use crate::{
    crypto::Token,
    storage::{
        company,
        recovery_code::{self, Current},
        reveal,
        session::{Proof, Session},
    },
};

impl Service {
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
        let current = recovery_code::find_current(&mut db, session.person).await?;
        let Some(current) = current.filter(|current| current.waits_in(session.id)) else {
            return Ok(Outcome::refused(AppError::Expired, routes::HOME));
        };
        let zone = text::zone_of(&company::list_memberships(&mut db, session.person).await?);
        drop(db);
        let (date, date_iso) = text::day(current.created, &zone, visit.language);
        let groups = self.take_reveal(&session, token, &current).await?;
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

    /// The code that waits in this session, unless another one has taken its place meanwhile: that one is saved in vain.
    /// Taking it and noting which card was shown are one change.
    async fn take_reveal(
        &self,
        session: &Session,
        token: Token,
        current: &Current,
    ) -> Result<Option<[String; 6]>, Failure> {
        let (service, number, mac) = (self.clone(), current.number, current.mac.clone());
        let (id, person) = (session.id, session.person);
        let outcome = self.store.write(move |db| {
            Box::pin(async move {
                let Some(sealed) = reveal::consume_reveal(db, id, token.hash()).await? else { return Ok(Ok(None)) };
                // One that does not open is gone all the same.
                let opened = match service.keys.open(reveal_place(&person, &id), &sealed) {
                    Ok(opened) => opened,
                    Err(error) => return Ok(Err(error)),
                };
                let code = std::str::from_utf8(&opened).ok().and_then(|text| RecoveryCode::parse(text).ok());
                let code = code.filter(|code| service.is_code(person, code, &mac));
                if code.is_some() {
                    reveal::note_shown(db, id, number).await?;
                }
                Ok(Ok(code.map(|code| code.groups())))
            })
        });
        Ok(outcome.await??)
    }
}
