//! What waits between the right password and the second factor: a challenge, an enrolment, or a change of a factor.

use app::{Guess, backend::Visit};
use sqlx::AnyConnection;

use super::{Service, audit::Entry, failure::Failure};
use crate::{
    clock::Timestamp,
    crypto::{Token, TokenKind},
    storage::{
        SessionId, SignInId,
        person::Person,
        sign_in::{self, SignIn, Stage},
    },
};

/// A sign-in that was opened.
pub(super) struct Opened {
    pub(super) sign_in: SignInId,
    pub(super) token: Token,
}

/// Where a sign-in row begins.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// A sign-in, with what it waits for.
    SignIn(Stage),
    /// A sign-in that waits for a second factor, in a browser that has lost the answer of a recovery.
    Again(SessionId),
    /// A change of one factor, in this session. The first one has more time.
    Change { session: SessionId, first: bool },
    /// A first factor in this session, or one in place of all that there are because those are lost.
    SetUp { session: SessionId, lost: bool },
}

impl Service {
    /// Opens a sign-in that waits for a second factor or an enrolment, and notes it.
    pub(super) async fn open_sign_in(
        &self,
        db: &mut AnyConnection,
        person: &Person,
        start: Start,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Opened, Failure> {
        let token = Token::generate(TokenKind::SignIn, &*self.rng)?;
        let budget = self.budget(Guess::Code, &person.email, visit);
        let (stage, session, lost) = match start {
            Start::SignIn(stage) => (stage, None, false),
            Start::Again(_) => (Stage::Challenge, None, false),
            Start::Change { session, .. } => (Stage::Enrolment, Some(session), false),
            Start::SetUp { session, lost } => (Stage::Enrolment, Some(session), lost),
        };
        let resumes = if let Start::Again(session) = start { Some(session) } else { None };
        let (kind, life) = match start {
            Start::SignIn(Stage::Challenge) | Start::Again(_) => ("sign_in.challenge", self.limits().challenge),
            Start::SignIn(Stage::Enrolment) => ("sign_in.enrolment", self.limits().enrolment),
            // A change is a challenge to whoever sits at the browser: it must not wait for somebody else there.
            Start::Change { first: false, .. } => ("factor.change", self.limits().challenge),
            // Whoever begins has to find an app first.
            Start::Change { first: true, .. } | Start::SetUp { .. } => ("factor.change", self.limits().enrolment),
        };
        // Read here, where a password was just hashed, so that the second step, which many take at once, has it at hand.
        let seen_network = match stage {
            Stage::Challenge => self.noted_network(db, person.id, visit, now).await?,
            Stage::Enrolment => None,
        };
        let sign_in = SignIn {
            id: SignInId::generate(&*self.rng)?,
            person: person.id,
            epoch: person.epoch,
            stage,
            throttle_key: budget.key,
            known: budget.known,
            attempts: 0,
            session,
            lost,
            resumes,
            seen_network,
        };
        sign_in::insert(db, &sign_in, token.hash(), now, now.plus(life)).await?;
        let address = visit.address.to_string();
        let detail = serde_json::Value::Null;
        let entry = Entry { kind, person: Some(person.id), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        Ok(Opened { sign_in: sign_in.id, token })
    }
}
