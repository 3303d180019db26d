//! What the clients sent and what they were told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use server::crypto::{Token, TokenKind};
use tokio::sync::watch;

/// What opened a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    Authenticator,
    Recovery,
}

impl Proof {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Authenticator => "authenticator",
            Self::Recovery => "recovery",
        }
    }
}

/// A code as one person can send it: the step, or the recovery code.
type Code = (String, Proof, String);

#[derive(Debug, Default)]
struct Seen {
    /// Codes that left a client, answered or not.
    sent: BTreeSet<Code>,
    /// Codes that a client was told are right.
    accepted: BTreeSet<Code>,
    /// Sessions that a client was given: the hash of the token, and whose it is.
    sessions: BTreeMap<Vec<u8>, (String, Proof)>,
    /// People who were told that their app is linked.
    enrolled: BTreeSet<String>,
    lost: usize,
    refused: usize,
}

/// The record of all clients.
#[derive(Debug, Default)]
pub(crate) struct Record {
    seen: Mutex<Seen>,
    /// How many answers came.
    answers: watch::Sender<usize>,
    /// True when it is the database that goes away, and not the server.
    outage: bool,
    over: AtomicBool,
}

impl Record {
    /// The record of clients whose server stays and whose database does not.
    pub(crate) fn of_outage() -> Self {
        Self { outage: true, ..Self::default() }
    }

    pub(crate) fn is_outage(&self) -> bool {
        self.outage
    }

    /// Asks everybody to stop after the sign-in that they are at.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(crate) fn sent(&self, email: &str, proof: Proof, code: &str) {
        self.seen.lock().unwrap().sent.insert((email.to_owned(), proof, code.to_owned()));
    }

    /// I1, from outside: no code is accepted twice, also not after a restart.
    pub(crate) fn accepted(&self, email: &str, proof: Proof, code: &str, token: &str) {
        let mut seen = self.seen.lock().unwrap();
        let new = seen.accepted.insert((email.to_owned(), proof, code.to_owned()));
        assert!(new, "{proof:?} code {code} of {email} was accepted twice");
        let hash = Token::parse(TokenKind::Session, token).unwrap().hash().to_vec();
        assert!(seen.sessions.insert(hash, (email.to_owned(), proof)).is_none(), "two sessions with one token");
    }

    pub(crate) fn enrolled(&self, email: &str) {
        self.seen.lock().unwrap().enrolled.insert(email.to_owned());
    }

    pub(crate) fn is_enrolled(&self, email: &str) -> bool {
        self.seen.lock().unwrap().enrolled.contains(email)
    }

    pub(crate) fn answered(&self) {
        self.answers.send_modify(|count| *count += 1);
    }

    /// Waits until so many more answers have come.
    pub(crate) async fn wait_for_answers(&self, more: usize) {
        let target = *self.answers.borrow() + more;
        self.answers.subscribe().wait_for(|count| *count >= target).await.unwrap();
    }

    pub(crate) fn lost(&self) {
        self.seen.lock().unwrap().lost += 1;
    }

    pub(crate) fn refused(&self) {
        self.seen.lock().unwrap().refused += 1;
    }

    /// How many requests found the database away, or the server.
    pub(crate) fn count_lost(&self) -> usize {
        self.seen.lock().unwrap().lost
    }

    /// How many sessions were given.
    pub(crate) fn sessions(&self) -> usize {
        self.seen.lock().unwrap().sessions.len()
    }

    /// Every session that was given, with whose it is and what opened it.
    pub(crate) fn told(&self) -> BTreeMap<Vec<u8>, (String, Proof)> {
        self.seen.lock().unwrap().sessions.clone()
    }

    /// How many different codes were sent for somebody.
    pub(crate) fn count_sent(&self, email: &str, proof: Proof) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.sent.iter().filter(|(whose, what, _)| whose == email && *what == proof).count()
    }

    pub(crate) fn summary(&self) -> String {
        let seen = self.seen.lock().unwrap();
        format!(
            "{} people enrolled, {} sessions given, {} used codes refused, {} requests without an answer",
            seen.enrolled.len(),
            seen.sessions.len(),
            seen.refused,
            seen.lost,
        )
    }
}
