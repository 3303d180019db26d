//! `Password & Security`: what a person sees of their own account, their sessions, and the look of their pages.

mod view;

use std::cmp::Reverse;

use app::{
    AppError, Language,
    backend::Visit,
    model::{AppView, CardView, ConfirmView, EventView, SecurityView, SessionView, Theme},
    routes,
};
use data_encoding::HEXLOWER;
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use self::view::{always, app, card, card_row, day, event_view, last_used, phone, phone_row, session_view};
use super::{
    Service,
    audit::Entry,
    confirm::Need,
    failure::Failure,
    outcome::{Change, Outcome},
    text,
};
use crate::{
    clock::Timestamp,
    domain::{Footing, Requirement, Way, may_remove, requirement, safety},
    storage::{
        SessionId,
        audit::{self, Doing},
        company, factor, person, recovery_code,
        session::{self, Session},
    },
};

/// How far back the history goes, seconds.
const HISTORY: i64 = 90 * 24 * 60 * 60;
/// How many events are read for it, and how many of them are shown.
const EVENTS_READ: i64 = 200;
const EVENTS_SHOWN: usize = 30;
/// How many are shown besides of what strangers have tried: they can do so without end, and it hides nothing.
const TRIES_SHOWN: i64 = 10;

impl Service {
    /// `Password & Security`.
    pub async fn security_page(&self, visit: &Visit) -> Outcome<SecurityView> {
        self.settle(self.try_security_page(visit).await)
    }

    async fn try_security_page(&self, visit: &Visit) -> Result<Outcome<SecurityView>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.unsettled(visit).await };
        let (person, now) = (session.person, self.now());
        let mut db = self.store.read().await?;
        let memberships = company::list_memberships(&mut db, person).await?;
        let zone = text::zone_of(&memberships);
        let (asked, methods) = requirement(&memberships, now);
        let standing = self.standing(&mut db, person, &memberships, now).await?;
        let uses = factor::find_uses(&mut db, person).await?;
        let current = recovery_code::find_current(&mut db, person).await?;
        // With everything switched off, nothing here can be confirmed.
        let blocked = matches!(self.need(&mut db, &session).await?, Need::Blocked);
        let card = card(current.as_ref());
        let (app, phone) = (app(&standing), phone(&standing));
        let answer = safety(&Footing { app, phone, card, asked: &asked });
        let banner = match (&asked, standing.enrolled()) {
            (Requirement::Upcoming { company, deadline }, false) => {
                Some(self.banner(company.clone(), deadline, visit.language))
            }
            _ => None,
        };
        let write = |at| day(at, &zone, visit.language);
        let view = SecurityView {
            initials: text::initials(&session.name),
            banner,
            safety: answer,
            app: match (app, uses.authenticator) {
                (Way::On, Some(of)) => {
                    let removable = may_remove(&asked, standing.active_phone().is_some());
                    AppView::On { since: write(of.confirmed), used: last_used(of, now).map(write), removable }
                }
                (Way::Off, _) => AppView::Off { changeable: !blocked },
                (Way::None | Way::Uncounted | Way::On, _) if !methods.authenticator => AppView::Closed,
                (Way::None | Way::Uncounted | Way::On, _) => AppView::None,
            },
            phone: phone_row(
                &standing,
                uses.phone.and_then(|of| last_used(of, now)).map(write),
                self.sms_offer(&memberships, now),
                &asked,
                blocked,
            ),
            card: current.map_or(CardView::None, |code| card_row(&code, &zone, visit.language)),
            always: always(standing.enrolled(), asked),
            sessions: self.sessions(&mut db, &session, &zone, visit.language).await?,
            events: history(&mut db, &session, now, (&zone, visit.language)).await?,
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            theme: person::find_theme(&mut db, person).await?.as_deref().and_then(Theme::parse),
            name: session.name,
        };
        Ok(Outcome::value(view))
    }

    async fn sessions(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        zone: &TimeZone,
        language: Language,
    ) -> Result<Vec<SessionView>, Failure> {
        let listed = session::list_alive(db, session.person, self.now(), self.limits().session_idle).await?;
        let mut views: Vec<_> = listed.iter().map(|listed| session_view(listed, session.id, zone, language)).collect();
        views.sort_by_key(|view| !view.current);
        Ok(views)
    }

    /// The page that asks for the current password and a new one.
    pub async fn password_change_page(&self, visit: &Visit) -> Outcome<ConfirmView> {
        self.settle(self.try_password_change_page(visit).await)
    }

    /// Ends one of one's own sessions. One that is over already is as good.
    pub async fn end_session(&self, visit: &Visit, id: &str) -> Outcome<()> {
        self.settle(self.try_end_session(visit, id).await)
    }

    async fn try_end_session(&self, visit: &Visit, id: &str) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.start_over(visit).await };
        let id = HEXLOWER.decode(id.as_bytes()).ok().and_then(|bytes| SessionId::try_from(bytes).ok());
        let id = id.ok_or(AppError::BadRequest)?;
        let (service, address, now) = (self.clone(), visit.address.to_string(), self.now());
        let ours = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let ours = session::end_one(db, id, session.person, now).await?;
                    if ours {
                        service.note_ended(db, &session, &address, now).await?;
                    }
                    Ok(ours)
                })
            })
            .await?;
        if ours { Ok(Outcome::go(routes::SECURITY)) } else { Err(AppError::Forbidden.into()) }
    }

    /// Ends all of one's own sessions but this one.
    pub async fn end_other_sessions(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_end_other_sessions(visit).await)
    }

    async fn try_end_other_sessions(&self, visit: &Visit) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.start_over(visit).await };
        let (service, address, now) = (self.clone(), visit.address.to_string(), self.now());
        self.store
            .write(move |db| {
                Box::pin(async move {
                    if session::end_others(db, session.id, session.person, now).await? > 0 {
                        service.note_ended(db, &session, &address, now).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(Outcome::go(routes::SECURITY))
    }

    async fn note_ended(
        &self,
        db: &mut AnyConnection,
        session: &Session,
        address: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let detail = serde_json::Value::Null;
        let person = Some(session.person);
        self.note(db, Entry { kind: "session.ended", person, actor: "self", address, detail, now }).await
    }

    /// Sets the look of the pages, in this browser and for those to come.
    pub async fn set_theme(&self, visit: &Visit, theme: Option<Theme>) -> Outcome<()> {
        self.settle(self.try_set_theme(visit, theme).await)
    }

    async fn try_set_theme(&self, visit: &Visit, theme: Option<Theme>) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.start_over(visit).await };
        self.store.write(move |db| Box::pin(person::set_theme(db, session.person, theme.map(Theme::as_str)))).await?;
        Ok(Outcome::go(routes::SECURITY).with(Change::Theme(theme)))
    }
}

async fn history(
    db: &mut AnyConnection,
    session: &Session,
    now: Timestamp,
    (zone, language): (&TimeZone, Language),
) -> Result<Vec<EventView>, Failure> {
    let (person, since) = (session.person, now.plus(-HISTORY));
    let view = |event: &audit::Event| Some((event.at, event_view(event, zone, language)?));
    let events = audit::list_of_person(db, person, since, Doing::Person, EVENTS_READ).await?;
    let tries = audit::list_of_person(db, person, since, Doing::Anybody, TRIES_SHOWN).await?;
    let mut shown: Vec<_> = events.iter().filter_map(view).take(EVENTS_SHOWN).collect();
    shown.extend(tries.iter().filter_map(view));
    shown.sort_by_key(|(at, _)| Reverse(*at));
    Ok(shown.into_iter().map(|(_, view)| view).collect())
}
