//! What is asked for beside the password.

use sqlx::AnyConnection;

use crate::{
    domain::PhoneNumber,
    service::{Service, failure::Failure},
    storage::{
        company,
        factor::{self, Authenticator},
        phone::Phone,
        session::{Proof, Session},
    },
};

/// What is asked for beside the password: a code of any factor that counts, whichever one opened the session
/// (product.md, section 5: "an existing factor").
pub(in crate::service) enum Need {
    /// Nothing: there is no factor, or it is lost and the recovery code has just stood in for it.
    Nothing,
    /// A code of this app.
    App(Authenticator),
    /// A code that is sent to this phone.
    Phone(Phone, PhoneNumber),
    /// A code of the app, or one that is sent to the phone.
    Either {
        /// The app.
        app: Authenticator,
        /// The phone.
        phone: Phone,
        /// Its number.
        number: PhoneNumber,
    },
    /// Factors that are switched off: only the recovery code helps.
    Blocked,
}

impl Service {
    /// What this session's person has to show beside the password.
    pub(in crate::service) async fn need(&self, db: &mut AnyConnection, session: &Session) -> Result<Need, Failure> {
        if self.is_lost(session) {
            return Ok(Need::Nothing);
        }
        let memberships = company::list_memberships(db, session.person).await?;
        let standing = self.standing(db, session.person, &memberships, self.now()).await?;
        if !standing.enrolled() {
            return Ok(Need::Nothing);
        }
        let phone = standing.phone.filter(|(phone, _)| phone.active);
        let app = factor::find_bound(db, session.person).await?.filter(|app| app.active);
        Ok(match (app, phone) {
            (Some(app), Some((phone, number))) => Need::Either { app, phone, number },
            (Some(app), None) => Need::App(app),
            (None, Some((phone, number))) => Need::Phone(phone, number),
            (None, None) => Need::Blocked,
        })
    }

    /// Whether this session was opened with a recovery code, and no longer ago than an enrolment may take.
    pub(in crate::service) fn is_lost(&self, session: &Session) -> bool {
        session.proof == Proof::Recovery && self.now() < session.created.plus(self.limits().enrolment)
    }
}
