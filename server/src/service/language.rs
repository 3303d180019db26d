//! The language that somebody has chosen.

use app::{Language, backend::Visit, routes};

use super::{
    Service,
    failure::Failure,
    outcome::{Change, Outcome},
};
use crate::storage::{person, session::Session};

impl Service {
    /// The language of the signed-in person, if one was chosen. Who has chosen none sees that of the visit, and it is
    /// kept for the mails to come that no visit causes. A database that is away says nothing here: the page itself
    /// asks it next, and tells.
    pub async fn language(&self, visit: &Visit) -> Option<Language> {
        let session = self.find_session(visit.session.as_ref()).await.ok()??;
        let Some(chosen) = &session.language else {
            self.keep_seen_language(&session, visit.language).await;
            return None;
        };
        Language::of_code(chosen)
    }

    async fn keep_seen_language(&self, session: &Session, seen: Language) {
        if session.seen_language.as_deref() == Some(seen.code()) {
            return;
        }
        let id = session.person;
        let kept = self.store.write(move |db| Box::pin(person::set_seen_language(db, id, seen.code()))).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "the language of a person was not kept");
        }
    }

    /// The picker in the footer: keeps the choice, for a signed-in person in all browsers, and goes back to the
    /// page. A browser that does not say which page that was goes to the first one, which leads everybody on.
    pub async fn set_language(&self, visit: &Visit, language: Language) -> Outcome<()> {
        self.settle(self.try_set_language(visit, language).await)
    }

    async fn try_set_language(&self, visit: &Visit, language: Language) -> Result<Outcome<()>, Failure> {
        if let Some(session) = self.find_session(visit.session.as_ref()).await? {
            let id = session.person;
            self.store.write(move |db| Box::pin(person::set_language(db, id, language.code()))).await?;
        }
        Ok(Outcome::go(visit.page.unwrap_or(routes::HOME)).with(Change::Language(language)))
    }
}
