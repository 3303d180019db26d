//! Tokens of sign-ins, sessions and links: 256 random bits, kept as SHA-256.

use std::fmt;

use app::model::Secret;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::clock::{Rng, RngError, random};

const TOKEN_BYTES: usize = 32;
/// 32 bytes in base64url without padding.
const TEXT_LEN: usize = 43;

/// What a token opens. A token of one kind is never looked up as the other (FLOW-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A sign-in that waits for its second factor or its enrolment.
    SignIn,
    /// A full session.
    Session,
    /// A link that sets a new password.
    Reset,
}

impl TokenKind {
    /// What the text starts with.
    fn prefix(self) -> &'static str {
        match self {
            Self::SignIn => "si_",
            Self::Session => "se_",
            Self::Reset => "re_",
        }
    }

    /// What the hash starts with: never change one.
    fn label(self) -> &'static [u8] {
        match self {
            Self::SignIn => b"muster/v1/sign-in",
            Self::Session => b"muster/v1/session",
            Self::Reset => b"muster/v1/reset",
        }
    }
}

/// A token as the browser keeps it: a prefix that names the kind, and 256 bits in base64url. Does not print.
#[derive(Clone)]
pub struct Token {
    text: Secret,
    hash: [u8; 32],
}

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// Those of the source of randomness.
    pub fn generate(kind: TokenKind, rng: &dyn Rng) -> Result<Self, RngError> {
        Ok(Self::of(kind, &Zeroizing::new(random(rng)?)))
    }

    /// Reads a token of this kind. It has exactly one spelling.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let digits = text.strip_prefix(kind.prefix()).filter(|digits| digits.len() == TEXT_LEN)?;
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        BASE64URL_NOPAD.decode_mut(digits.as_bytes(), &mut *bytes).ok()?;
        Some(Self::of(kind, &bytes))
    }

    fn of(kind: TokenKind, bytes: &[u8; TOKEN_BYTES]) -> Self {
        let mut text = String::with_capacity(kind.prefix().len() + TEXT_LEN);
        text.push_str(kind.prefix());
        BASE64URL_NOPAD.encode_append(bytes, &mut text);
        let hash = Sha256::new().chain_update(kind.label()).chain_update(bytes).finalize().into();
        Self { text: Secret::new(text), hash }
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

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{clock::SystemRng, crypto::fake::NoRng};

    const KINDS: [TokenKind; 2] = [TokenKind::SignIn, TokenKind::Session];

    #[test]
    fn new_token_reads_back_as_its_own_kind_only() {
        for (kind, other) in [(KINDS[0], KINDS[1]), (KINDS[1], KINDS[0])] {
            let token = Token::generate(kind, &SystemRng).unwrap();
            assert_eq!(Token::parse(kind, token.expose()).unwrap().hash(), token.hash());
            assert!(Token::parse(other, token.expose()).is_none());
        }
    }

    #[test]
    fn flow_03_same_bytes_of_two_kinds_have_two_hashes() {
        assert_ne!(Token::of(TokenKind::SignIn, &[7; 32]).hash(), Token::of(TokenKind::Session, &[7; 32]).hash());
    }

    #[test]
    fn hash_is_sha_256_over_label_and_bytes() {
        let expected: [u8; 32] = Sha256::digest([&b"muster/v1/session"[..], &[7; 32]].concat()).into();
        assert_eq!(*Token::of(TokenKind::Session, &[7; 32]).hash(), expected);
    }

    #[test]
    fn every_changed_spelling_is_refused_or_another_token() {
        let token = Token::of(TokenKind::Session, &[7; 32]);
        let text = token.expose();
        assert_eq!(text.len(), 46);
        for cut in 0..text.len() {
            assert!(Token::parse(TokenKind::Session, &text[..cut]).is_none(), "{cut}");
        }
        for odd in
            ["", "se_", &format!("{text}A"), &format!("{text}="), &format!(" {text}"), &text.replace("se_", "SE_")]
        {
            assert!(Token::parse(TokenKind::Session, odd).is_none(), "{odd}");
        }
        for place in 3..text.len() {
            for letter in ["A", "b", "+", "/", "é"] {
                let mut changed = text.to_owned();
                changed.replace_range(place..=place, letter);
                let read = Token::parse(TokenKind::Session, &changed);
                assert!(changed == text || read.is_none_or(|read| read.hash() != token.hash()), "{changed}");
            }
        }
    }

    #[test]
    fn failing_source_makes_no_token() {
        assert_eq!(Token::generate(TokenKind::Session, &NoRng).unwrap_err(), RngError);
    }

    #[test]
    fn debug_prints_neither_token_nor_hash() {
        assert_eq!(format!("{:?}", Token::of(TokenKind::Session, &[7; 32])), "Token(…)");
    }

    proptest! {
        #[test]
        fn parse_is_total_and_one_to_one(text in "(si_|se_)?[A-Za-z0-9_=+/-]{40,46}|.{0,60}") {
            for kind in KINDS {
                if let Some(token) = Token::parse(kind, &text) {
                    prop_assert_eq!(token.expose(), &text);
                }
            }
        }
    }
}
