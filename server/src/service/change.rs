//! What a confirmed person changes. Each change takes a [`Confirmed`] and stands in its transaction.

use app::{
    AppError,
    backend::Visit,
    model::{Offer, Purpose},
    routes,
};
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    confirm::Confirmed,
    failure::Failure,
    notice::{Event, Origin},
    sign_in::{Opened, Start},
    sms::Standing,
};
use crate::{
    clock::Timestamp,
    crypto::Token,
    domain::{Requirement, may_remove, requirement},
    storage::{
        FactorId, PersonId, company, factor, person, phone, recovery_code, reveal,
        session::{self, Proof},
    },
};

/// A change that needs a confirmation.
#[derive(Clone)]
pub(super) enum Deed {
    /// Of a factor or the recovery code.
    Factor(Purpose),
    /// A new password, hashed and sealed.
    Password {
        /// What is stored.
        sealed: Vec<u8>,
        /// True to end the other sessions too.
        end_others: bool,
    },
}

/// What a change came to.
pub(super) enum Done {
    /// Done; on to this page.
    Next(&'static str),
    /// An enrolment was opened.
    Enrolment(Token, &'static str),
    /// Refused. What was counted stands.
    Refused(AppError),
    /// The session ended meanwhile, or somebody else changed the account.
    Over,
}

impl Service {
    /// Makes the change.
    pub(super) async fn carry_out(
        &self,
        db: &mut AnyConnection,
        confirmed: Confirmed,
        deed: Deed,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        match deed {
            Deed::Factor(Purpose::SetUp) => self.begin_set_up(db, &confirmed, visit).await,
            Deed::Factor(Purpose::Authenticator) => self.begin_authenticator(db, &confirmed, visit).await,
            Deed::Factor(Purpose::RecoveryCode) => self.request_recovery_code(db, &confirmed, visit).await,
            Deed::Factor(Purpose::RemoveAuthenticator) => self.remove_authenticator(db, &confirmed, visit).await,
            Deed::Factor(Purpose::Phone) => self.begin_phone(db, &confirmed, visit).await,
            Deed::Factor(Purpose::RemovePhone) => self.remove_phone(db, &confirmed, visit).await,
            Deed::Password { sealed, end_others } => {
                self.replace_password(db, &confirmed, &sealed, end_others, visit).await
            }
        }
    }

    async fn begin_set_up(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        // Whoever has a factor and did not just lose it changes that one (ENR-03).
        let bound = self.own_standing(db, confirmed).await?.0.enrolled();
        if bound && !self.is_lost(confirmed.session()) {
            return Ok(Done::Refused(AppError::Forbidden));
        }
        let start = Start::SetUp { session: confirmed.session().id, lost: bound };
        let opened = self.open_sign_in(db, confirmed.person(), start, visit, confirmed.now()).await?;
        Ok(Done::Enrolment(opened.token, routes::METHOD))
    }

    /// The old app works until the new one is confirmed.
    async fn begin_authenticator(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        let opened = self.open_change(db, confirmed, visit).await?;
        self.insert_pending_authenticator(db, opened.sign_in, confirmed.person().id, confirmed.now()).await?;
        Ok(Done::Enrolment(opened.token, routes::AUTHENTICATOR))
    }

    /// The old number works until the new one is confirmed.
    async fn begin_phone(&self, db: &mut AnyConnection, confirmed: &Confirmed, visit: &Visit) -> Result<Done, Failure> {
        let memberships = company::list_memberships(db, confirmed.person().id).await?;
        if self.sms_offer(&memberships, confirmed.now()) != Offer::Open {
            return Ok(Done::Refused(AppError::MethodNotAllowed));
        }
        let opened = self.open_change(db, confirmed, visit).await?;
        Ok(Done::Enrolment(opened.token, routes::PHONE))
    }

    /// The enrolment of one factor. One that is lost counts for nothing: whoever replaces it has to find an app as well.
    async fn open_change(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        visit: &Visit,
    ) -> Result<Opened, Failure> {
        let session = confirmed.session();
        let first = self.is_lost(session) || !self.own_standing(db, confirmed).await?.0.enrolled();
        let start = Start::Change { session: session.id, first };
        self.open_sign_in(db, confirmed.person(), start, visit, confirmed.now()).await
    }

    /// What the person has, and what is asked of them.
    async fn own_standing(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
    ) -> Result<(Standing, Requirement), Failure> {
        let (person, now) = (confirmed.person().id, confirmed.now());
        let memberships = company::list_memberships(db, person).await?;
        Ok((self.standing(db, person, &memberships, now).await?, requirement(&memberships, now).0))
    }

    /// The old card works until the new one is on the page ([`Service::recovery_code_page`]): an answer that is lost here
    /// takes the session's token with it, and the old card may be all that somebody has who lost their app (RACE-19).
    async fn request_recovery_code(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        let (person, session) = (confirmed.person().id, confirmed.session().id);
        if !self.own_standing(db, confirmed).await?.0.enrolled() {
            return Ok(Done::Refused(AppError::Forbidden));
        }
        let Some(current) = recovery_code::find_current(db, person).await? else { return Ok(Done::Over) };
        let sealed = self.seal_reveal(&self.draw_recovery_code()?, person, session)?;
        reveal::set(db, session, &sealed, Some(current.number)).await?;
        let (address, detail) = (visit.address.to_string(), serde_json::Value::Null);
        let (kind, now) = ("recovery_code.requested", confirmed.now());
        self.note(db, Entry { kind, person: Some(person), actor: "self", address: &address, detail, now }).await?;
        Ok(Done::Next(routes::RECOVERY_CODE))
    }

    async fn remove_authenticator(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        let Some(app) = factor::find_bound(db, confirmed.person().id).await? else { return Ok(Done::Over) };
        let (standing, asked) = self.own_standing(db, confirmed).await?;
        let last = standing.active_phone().is_none();
        if !may_remove(&asked, !last) {
            return Ok(Done::Refused(AppError::LastMethod));
        }
        self.remove_factor(db, confirmed, (app.id, last), Event::AuthenticatorRemoved, visit).await
    }

    async fn remove_phone(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        let Some(phone) = phone::find_bound(db, confirmed.person().id).await? else { return Ok(Done::Over) };
        let (standing, asked) = self.own_standing(db, confirmed).await?;
        let last = !standing.authenticator_active;
        // A number that does not count is nobody's last method, and takes no app along.
        let counts = standing.phone.is_some();
        if counts && !may_remove(&asked, !last) {
            return Ok(Done::Refused(AppError::LastMethod));
        }
        let last = last && (counts || !standing.authenticator);
        self.remove_factor(db, confirmed, (phone.id, last), Event::PhoneRemoved, visit).await
    }

    /// Takes a factor away, and ends every other session. After the last one that works, the password alone opens the
    /// account, and what is switched off or does not count goes too: the next sign-in would ask for a code of it.
    async fn remove_factor(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        (factor, last): (FactorId, bool),
        event: Event,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        let (person, session, now) = (confirmed.person(), confirmed.session(), confirmed.now());
        let Some(epoch) = person::consume_epoch(db, person.id, person.epoch).await? else { return Ok(Done::Over) };
        session::carry_one(db, session.id, epoch).await?;
        if !factor::remove(db, factor).await? {
            return Ok(Done::Over);
        }
        self.tell_removed(db, person.id, event, visit, now).await?;
        if last {
            self.remove_beside(db, person.id, factor, visit, now).await?;
            // Without a factor there is nothing that the code could stand in for.
            recovery_code::retire(db, person.id, now).await?;
            // Nor is there one that the session could have been opened with (FLOW-13).
            session::set_proof(db, session.id, Proof::Password).await?;
        }
        Ok(Done::Next(routes::SECURITY))
    }

    /// Half-finished sign-ins end in any case: the old password opened them. Sessions stay unless the person ends
    /// them (PWD-06); those that the old password opens from now on do not live (RACE-10).
    async fn replace_password(
        &self,
        db: &mut AnyConnection,
        confirmed: &Confirmed,
        sealed: &[u8],
        end_others: bool,
        visit: &Visit,
    ) -> Result<Done, Failure> {
        let (person, session, now) = (confirmed.person(), confirmed.session(), confirmed.now());
        // Counted while the person is held, and nowhere else: nobody who holds it waits for anything.
        if let Some(error) = self.too_often(db, person.id, b"password", self.limits().password_changes, now).await? {
            return Ok(Done::Refused(error));
        }
        let Some(epoch) = person::consume_epoch(db, person.id, person.epoch).await? else { return Ok(Done::Over) };
        person::set_password(db, person.id, sealed).await?;
        if end_others {
            session::carry_one(db, session.id, epoch).await?;
        } else {
            session::carry_all(db, person.id, person.epoch, epoch).await?;
        }
        let told = ("password.changed", Event::PasswordChanged);
        self.note_and_tell(db, person.id, told, visit, now).await?;
        Ok(Done::Next(routes::SECURITY))
    }

    /// Takes away what is bound beside a factor: the others are lost, or work no more. Whoever has them gets in with none of
    /// them. Each is told.
    pub(super) async fn remove_beside(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        of: FactorId,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let app = factor::find_bound(db, person).await?.map(|app| (app.id, Event::AuthenticatorRemoved));
        let phone = phone::find_bound(db, person).await?.map(|phone| (phone.id, Event::PhoneRemoved));
        for (other, event) in app.into_iter().chain(phone).filter(|(id, _)| *id != of) {
            if factor::remove(db, other).await? {
                self.tell_removed(db, person, event, visit, now).await?;
            }
        }
        Ok(())
    }

    async fn tell_removed(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        event: Event,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let kind = if event == Event::PhoneRemoved { "phone.removed" } else { "factor.removed" };
        self.note_and_tell(db, person, (kind, event), visit, now).await
    }

    /// Notes an event that was caused by a visit, and tells every address of the person.
    pub(super) async fn note_and_tell(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        (kind, event): (&'static str, Event),
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let address = visit.address.to_string();
        let detail = serde_json::Value::Null;
        self.note(db, Entry { kind, person: Some(person), actor: "self", address: &address, detail, now }).await?;
        let origin = Origin::visit(visit, &address, now);
        self.tell(db, person, event, &origin).await
    }
}
