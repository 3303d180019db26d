//! What follows when a new factor is bound: the same for an app and a phone.

use app::{backend::Visit, model::Method, routes};
use sqlx::AnyConnection;

use super::{
    Service,
    arrival::Arrival,
    audit::Entry,
    challenge::Checked,
    failure::Failure,
    notice::{Event, Origin},
    session::Opening,
};
use crate::{
    clock::Timestamp,
    storage::{FactorId, SessionId, session::Proof, sign_in::SignIn, throttle},
};

/// A factor that was bound in this transaction.
pub(super) struct Bound<'a> {
    pub(super) method: Method,
    pub(super) factor: FactorId,
    /// True when it takes the place of another one of its method.
    pub(super) replaced: bool,
    /// The enrolment, which is spent.
    pub(super) sign_in: &'a SignIn,
    pub(super) email: String,
    /// The person's epoch since the binding, which has ended every other session.
    pub(super) epoch: i64,
    /// What the audit log says about it.
    pub(super) detail: serde_json::Value,
}

impl Service {
    /// Forgets the account's failures, makes a recovery code, opens the session and tells of all of it.
    pub(super) async fn enter_bound(
        &self,
        db: &mut AnyConnection,
        bound: Bound<'_>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let Bound { method, factor, replaced, sign_in, email, epoch, detail } = bound;
        let person = sign_in.person;
        throttle::reset(db, &sign_in.throttle_key).await?;
        let id = SessionId::generate(&*self.rng)?;
        let card = self.new_recovery_code(db, person, id, now).await?;
        let (proof, linked, changed) = match method {
            Method::Authenticator => (
                Proof::Authenticator,
                Event::AuthenticatorLinked { old_card: card.replaces },
                Event::AuthenticatorChanged,
            ),
            Method::Sms => (Proof::Phone, Event::PhoneLinked { old_card: card.replaces }, Event::PhoneChanged),
        };
        let opening = Opening { id, person, epoch, proof, sign_in: Some(sign_in.id), reveal: Some(card.sealed) };
        let token = self.open_session(db, opening, visit, now).await?;
        let address = visit.address.to_string();
        let entry = Entry { kind: "factor.bound", person: Some(person), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        let event = if replaced { changed } else { linked };
        self.tell(db, person, event, &Origin::visit(visit, &address, now)).await?;
        if sign_in.lost {
            self.remove_beside(db, person, factor, visit, now).await?;
        }
        self.note_arrivals(db, &[Arrival::by_enrolment(person, &email, visit)], now).await?;
        Ok(Checked::In { token, email, next: routes::RECOVERY_CODE })
    }
}
