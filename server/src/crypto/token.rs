//! Tokens of sign-ins and sessions: 256 random bits, kept as SHA-256.

use app::model::Secret;

use crate::clock::{Rng, RngError};

/// What a token opens. A token of one kind is never looked up as the other (FLOW-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A sign-in that waits for its second factor or its enrolment.
    SignIn,
    /// A full session.
    Session,
}

/// A token as the browser keeps it.
#[derive(Clone, Debug)]
pub struct Token {
    text: Secret,
    hash: [u8; 32],
}

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// Those of the source of randomness.
    pub fn generate(_kind: TokenKind, _rng: &dyn Rng) -> Result<Self, RngError> {
        unimplemented!()
    }

    /// Reads a token of this kind.
    pub fn parse(_kind: TokenKind, _text: &str) -> Option<Self> {
        unimplemented!()
    }

    /// What the database keeps: SHA-256 over the kind and the token.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// What the cookie carries.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}
