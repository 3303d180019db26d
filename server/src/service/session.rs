//! Full sessions: who is signed in, how one is opened, and how it ends.

use app::{AppError, backend::Visit, model::Secret, routes};
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    failure::Failure,
    outcome::{Change, Outcome},
    sms::Standing,
};
use crate::{
    clock::Timestamp,
    crypto::{Token, TokenKind},
    domain::{Membership, PasswordAlone, password_alone},
    storage::{
        PersonId, SessionId, SignInId, audit, company,
        new_session::{self, NewSession},
        session::{self, Proof, Session},
        session_token,
        sign_in::{self, SignIn, Stage},
    },
};

/// A session is noted as used at most this often, seconds.
const TOUCH: i64 = 60;

/// Who is signed in, for programs: the answer of `GET /api/session`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SessionInfo {
    /// The person's e-mail.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// When the session ends at the latest, seconds since 1970.
    pub expires_at: i64,
    /// True when a second factor was used to open it.
    pub second_factor: bool,
}

/// A session to open.
pub(super) struct Opening {
    pub(super) id: SessionId,
    pub(super) person: PersonId,
    pub(super) epoch: i64,
    pub(super) proof: Proof,
    pub(super) sign_in: Option<SignInId>,
    pub(super) reveal: Option<Vec<u8>>,
}

/// A session that is about to be written.
pub(super) struct Draft {
    opening: Opening,
    pub(super) token: Token,
    pub(super) event: audit::Event,
    address: String,
    now: Timestamp,
    expires: Timestamp,
}

impl Draft {
    pub(super) fn id(&self) -> SessionId {
        self.opening.id
    }

    pub(super) fn row<'a>(&'a self, visit: &'a Visit) -> NewSession<'a> {
        NewSession {
            id: self.opening.id,
            token_hash: self.token.hash(),
            person: self.opening.person,
            sign_in: self.opening.sign_in,
            epoch: self.opening.epoch,
            proof: self.opening.proof,
            reveal: self.opening.reveal.as_deref(),
            address: &self.address,
            agent: &visit.agent,
            now: self.now,
            expires: self.expires,
        }
    }
}

impl Service {
    /// The person of a session token, if the session is alive at this moment. Never from a cache.
    ///
    /// # Errors
    /// [`AppError::NotSignedIn`], or [`AppError::Unavailable`] when the database is away.
    pub async fn session(&self, token: &Secret) -> Result<SessionInfo, AppError> {
        let session = self.find_session(Some(token)).await;
        match self.settle(session.map(Outcome::value)).result? {
            None => Err(AppError::NotSignedIn),
            Some(session) => Ok(SessionInfo {
                email: session.email,
                name: session.name,
                expires_at: session.expires.0,
                second_factor: session.proof != Proof::Password,
            }),
        }
    }

    /// The session of a token, if it is alive. One that was opened with the password alone ends at the
    /// first instant at which the person must have a second factor.
    pub(super) async fn find_session(&self, token: Option<&Secret>) -> Result<Option<Session>, Failure> {
        let Some(token) = token.and_then(parse_session_token) else { return Ok(None) };
        let now = self.now();
        let found = self.store.find_session(token.hash(), now, self.limits().session_idle).await?;
        let Some(session) = found else { return Ok(None) };
        if session.proof == Proof::Password {
            let memberships = company::list_memberships(&mut *self.store.read().await?, session.person).await?;
            if password_alone(&memberships, now) != PasswordAlone::Session {
                return Ok(None);
            }
        }
        if now.since(session.last_seen) >= TOUCH {
            let id = session.id;
            let touched = self.store.write(move |db| Box::pin(session::touch(db, id, now))).await;
            if let Err(error) = touched {
                // Reading goes on while the database takes no writes; the session ends as if idle from here.
                tracing::warn!(%error, "the use of a session was not noted");
            }
        }
        Ok(Some(session))
    }

    /// The half-finished sign-in of this visit, if it is alive and of this stage.
    pub(super) async fn find_sign_in(&self, visit: &Visit, stage: Stage) -> Result<Option<SignIn>, Failure> {
        let Some(token) = sign_in_token(visit) else { return Ok(None) };
        let found = sign_in::find(&mut *self.store.read().await?, token.hash(), self.now()).await?;
        Ok(found.filter(|sign_in| sign_in.stage == stage))
    }

    /// Where somebody belongs who has no sign-in of the stage that they asked for.
    pub(super) async fn elsewhere<T>(&self, visit: &Visit) -> Result<Outcome<T>, Failure> {
        if let Some(session) = self.find_session(visit.session.as_ref()).await? {
            let change = match sign_in_token(visit) {
                Some(token) => sign_in::find_over(&mut *self.store.read().await?, token.hash(), self.now()).await?,
                None => None,
            };
            // Whoever was changing something reads on the page of their profile what became of it.
            return Ok(if change == Some(session.id) {
                Outcome::refused(AppError::Expired, routes::SECURITY_EXPIRED).with(Change::SignIn(None))
            } else {
                Outcome::refused(AppError::Expired, routes::HOME)
            });
        }
        if let Some((_, _, standing)) = self.standing_of(visit).await? {
            return Ok(Outcome::refused(AppError::Forbidden, standing.first_page()));
        }
        if self.find_sign_in(visit, Stage::Enrolment).await?.is_some() {
            return Ok(Outcome::refused(AppError::Forbidden, routes::REQUIRED));
        }
        if visit.sign_in.is_some() || visit.session.is_some() {
            return self.sign_in_over(visit).await;
        }
        Ok(Outcome::refused(AppError::NotSignedIn, routes::SIGN_IN))
    }

    /// The same after a step: whoever sent it was on a page, so the start says that the time is over.
    pub(super) async fn start_over<T>(&self, visit: &Visit) -> Result<Outcome<T>, Failure> {
        let mut outcome = self.elsewhere(visit).await?;
        if outcome.next == Some(routes::SIGN_IN) {
            outcome.next = Some(routes::SIGN_IN_EXPIRED);
        }
        Ok(outcome)
    }

    /// Opens a session and notes it.
    pub(super) async fn open_session(
        &self,
        db: &mut AnyConnection,
        opening: Opening,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Token, Failure> {
        let draft = self.draft_session(opening, visit, now)?;
        new_session::insert(db, [&draft.row(visit)]).await?;
        audit::insert(db, &draft.event).await?;
        self.end_sessions(db, &[visit], now).await?;
        Ok(draft.token)
    }

    /// Ends the sessions whose tokens came with these visits, and notes it: a browser has one session, so whoever opens
    /// another one there leaves none behind that their sign-out would not end (ASVS 5.0 7.2.4). Nothing is asked of the
    /// database where no token came.
    pub(super) async fn end_sessions(
        &self,
        db: &mut AnyConnection,
        visits: &[&Visit],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let tokens = visits.iter().filter_map(|visit| Some((session_token(visit)?, visit.address)));
        let tokens: Vec<_> = tokens.collect();
        if tokens.is_empty() {
            return Ok(());
        }
        let hashes: Vec<_> = tokens.iter().map(|(token, _)| token.hash().as_slice()).collect();
        let mut events = Vec::new();
        for (hash, person) in session_token::end(db, &hashes, now, self.limits().session_idle).await? {
            let from = tokens.iter().find(|(token, _)| token.hash().as_slice() == hash);
            events.push(self.event(Entry {
                kind: "session.end",
                person: Some(person),
                actor: "self",
                address: &from.map(|(_, address)| address.to_string()).unwrap_or_default(),
                detail: serde_json::Value::Null,
                now,
            })?);
        }
        if !events.is_empty() {
            audit::insert_all(db, events.iter()).await?;
        }
        Ok(())
    }

    /// A session with its token and its event, before they are written.
    pub(super) fn draft_session(&self, opening: Opening, visit: &Visit, now: Timestamp) -> Result<Draft, Failure> {
        let address = visit.address.to_string();
        let event = self.event(Entry {
            kind: match opening.proof {
                Proof::Password => "session.password",
                Proof::Authenticator => "session.authenticator",
                Proof::Phone => "session.phone",
                Proof::Recovery => "session.recovery",
            },
            person: Some(opening.person),
            actor: "self",
            address: &address,
            detail: serde_json::json!({ "agent": visit.agent }),
            now,
        })?;
        let token = Token::generate(TokenKind::Session, &*self.rng)?;
        Ok(Draft { opening, token, event, address, now, expires: now.plus(self.limits().session) })
    }

    /// Ends the session and any half-finished sign-in. Where the database does not note it, the browser forgets the
    /// session all the same: somebody is about to leave a computer that others use. The session ends by itself then.
    pub async fn sign_out(&self, visit: &Visit) -> Outcome<()> {
        let mut outcome = self.settle(self.try_sign_out(visit).await);
        if outcome.result.is_err() {
            outcome.next = Some(routes::SIGN_IN_LEFT);
        }
        outcome.clear_site_data = true;
        outcome.with(Change::SignIn(None)).with(Change::Session(None)).with(Change::Entry(None))
    }

    async fn try_sign_out(&self, visit: &Visit) -> Result<Outcome<()>, Failure> {
        let now = self.now();
        let (sign_in, service, visit) = (sign_in_token(visit), self.clone(), visit.clone());
        self.store
            .write(move |db| {
                Box::pin(async move {
                    if let Some(token) = sign_in {
                        sign_in::consume_token(db, token.hash(), now).await?;
                    }
                    Ok(service.end_sessions(db, &[&visit], now).await?)
                })
            })
            .await?;
        Ok(Outcome::go(routes::SIGN_IN_SIGNED_OUT))
    }

    /// The challenge of this visit, with what its person has as a second factor.
    pub(super) async fn standing_of(
        &self,
        visit: &Visit,
    ) -> Result<Option<(SignIn, Vec<Membership>, Standing)>, Failure> {
        let Some(sign_in) = self.find_sign_in(visit, Stage::Challenge).await? else { return Ok(None) };
        let mut db = self.store.read().await?;
        let memberships = company::list_memberships(&mut db, sign_in.person).await?;
        let standing = self.standing(&mut db, sign_in.person, &memberships, self.now()).await?;
        Ok(Some((sign_in, memberships, standing)))
    }
}

/// The token of the half-finished sign-in.
pub(super) fn sign_in_token(visit: &Visit) -> Option<Token> {
    visit.sign_in.as_ref().and_then(|text| Token::parse(TokenKind::SignIn, text.expose()))
}

/// The token of the session.
pub(super) fn session_token(visit: &Visit) -> Option<Token> {
    visit.session.as_ref().and_then(parse_session_token)
}

fn parse_session_token(text: &Secret) -> Option<Token> {
    Token::parse(TokenKind::Session, text.expose())
}
