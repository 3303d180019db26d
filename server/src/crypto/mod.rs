//! Secrets at rest, keyed hashes, tokens and passwords.

#[cfg(test)]
mod fake;
mod keyring;
mod password;
mod token;

pub use keyring::{CryptoError, KeyError, Keyring, MacPurpose, Place};
pub use password::{Cost, PasswordError, Passwords};
pub use token::{Token, TokenKind};
