//! When a right code was accepted and the answer never arrived (RACE-19).
//!
//! A code of an app or of a text message is spent, and the next one opens the account. A recovery code has no next one: the
//! new one was in the answer. So its step can be finished once more, by whoever still has everything that the first time took:
//! the browser with the token of that sign-in, the password and the same code. It stays one use: the session is the same one,
//! its first token opens nothing any more, and once somebody has seen the new code, or an hour has passed, it is over.

use app::{AppError, backend::Visit, model::RecoveryCode, routes};
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    challenge::Checked,
    failure::Failure,
    outcome::{Change, Outcome},
    session::{Opening, sign_in_token},
};
use crate::{
    clock::Timestamp,
    storage::{PersonId, SessionId, StoreError, challenge::Reserved, lost_answer, session::Proof, sign_in, throttle},
};

impl Service {
    /// From when on a recovery whose answer was lost may be finished: as long as a session counts as one of somebody who
    /// has lost their factor.
    fn unseen_since(&self, now: Timestamp) -> Timestamp {
        now.plus(-self.limits().enrolment)
    }

    /// The way back to the start for a browser whose sign-in is over. It keeps its session's cookie, dead as it is: perhaps
    /// the browser has been given another token meanwhile, and this request was only slower than the answer to that one.
    /// Whoever was then sent to the start is in again with the next page.
    pub(super) async fn sign_in_over<T>(&self, visit: &Visit) -> Result<Outcome<T>, Failure> {
        let over = |next| Outcome::refused(AppError::Expired, next);
        let now = self.now();
        let Some(token) = sign_in_token(visit) else {
            return Ok(over(routes::SIGN_IN_EXPIRED).with(Change::SignIn(None)));
        };
        let mut db = self.store.read().await?;
        if lost_answer::find_unseen(&mut db, token.hash(), self.unseen_since(now)).await?.is_some() {
            // The token stays: it is what the browser shows at the next try.
            return Ok(over(routes::SIGN_IN_UNSEEN));
        }
        let answered = lost_answer::is_answered(&mut db, token.hash(), now).await?;
        let next = if answered { routes::SIGN_IN_ANSWERED } else { routes::SIGN_IN_EXPIRED };
        Ok(over(next).with(Change::SignIn(None)))
    }

    /// The session that a new sign-in of this browser may hand over again.
    pub(super) async fn resumable(
        &self,
        db: &mut AnyConnection,
        visit: &Visit,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Option<SessionId>, Failure> {
        let Some(token) = sign_in_token(visit) else { return Ok(None) };
        let unseen = lost_answer::find_unseen(db, token.hash(), self.unseen_since(now)).await?;
        Ok(unseen.filter(|(_, whose)| *whose == person).map(|(session, _)| session))
    }

    /// Finishes a recovery whose answer was lost, if the code is the one that it took.
    pub(super) async fn recover_again(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        code: &RecoveryCode,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<Checked>, Failure> {
        let resumed = lost_answer::find_resumed(db, check.sign_in, self.unseen_since(now)).await?;
        let Some((id, _)) = resumed.filter(|(_, mac)| self.is_code(check.person, code, mac)) else { return Ok(None) };
        let opening = Opening {
            id,
            person: check.person,
            epoch: check.epoch,
            proof: Proof::Recovery,
            sign_in: Some(check.sign_in),
            reveal: None,
        };
        let draft = self.draft_session(opening, visit, now)?;
        let ours = sign_in::consume(db, check.sign_in, now).await?
            && lost_answer::consume_unseen(db, &draft.row(visit)).await?;
        if !ours {
            return Err(StoreError::Lost.into());
        }
        throttle::reset(db, &check.throttle_key).await?;
        self.end_sessions(db, &[visit], now).await?;
        let (person, address) = (Some(check.person), visit.address.to_string());
        let detail = serde_json::json!({ "agent": visit.agent });
        let kind = "session.answered_again";
        self.note(db, Entry { kind, person, actor: "self", address: &address, detail, now }).await?;
        Ok(Some(Checked::In { token: draft.token, email: check.email.clone(), next: routes::RECOVERY_CODE }))
    }
}
