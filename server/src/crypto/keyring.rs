//! The keys of an installation: sealing of secrets and keyed hashes.

use zeroize::Zeroizing;

use crate::clock::Rng;

/// Where a sealed value lives. It opens nowhere else (DB-10).
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Table.
    pub table: &'static str,
    /// Column.
    pub column: &'static str,
    /// Whose row it is.
    pub person: &'a [u8],
    /// Which row it is.
    pub row: &'a [u8],
}

/// What a keyed hash is for; hashes of two purposes never match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacPurpose {
    /// Recovery codes.
    RecoveryCode,
    /// Codes sent as text messages.
    SmsCode,
    /// The mark of a known browser.
    Device,
    /// Keys of failure counters, so that the table names nobody.
    Throttle,
    /// Rows of the audit log.
    Audit,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a key file.
    #[error("line {line} of the key file is not `<number>:<64 hexadecimal digits>`")]
    Format {
        /// The line, from 1.
        line: usize,
    },
    /// Two lines with one number.
    #[error("key {id} is in the key file twice")]
    Duplicate {
        /// The key's number.
        id: u32,
    },
    /// No key at all.
    #[error("the key file holds no key")]
    Empty,
}

/// Sealing or opening failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    Random,
    /// The record is not ours, was changed, was moved, or its key is missing.
    #[error("a sealed record does not open")]
    Open,
}

/// The keys of an installation. The one with the highest number seals; all open.
pub struct Keyring {}

impl Keyring {
    /// Reads a key file: one `<number>:<64 hexadecimal digits>` a line, `#` starts a comment line.
    ///
    /// # Errors
    /// [`KeyError`], which names the line and never the key.
    pub fn parse(_text: &str) -> Result<Self, KeyError> {
        unimplemented!()
    }

    /// The text of a new key file with one key, number 1.
    ///
    /// # Errors
    /// [`CryptoError::Random`].
    pub fn generate(_rng: &dyn Rng) -> Result<Zeroizing<String>, CryptoError> {
        unimplemented!()
    }

    /// Seals a value for its place: `0x01 | key id (u32, big endian) | nonce (24) | ciphertext | tag (16)`.
    ///
    /// # Errors
    /// [`CryptoError::Random`].
    pub fn seal(&self, _rng: &dyn Rng, _place: Place<'_>, _plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        unimplemented!()
    }

    /// Opens a sealed value at its place.
    ///
    /// # Errors
    /// [`CryptoError::Open`].
    pub fn open(&self, _place: Place<'_>, _sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        unimplemented!()
    }

    /// A keyed hash (HMAC-SHA-256) over length-prefixed parts: `key id (u32, big endian) | mac (32)`.
    pub fn mac(&self, _purpose: MacPurpose, _parts: &[&[u8]]) -> Vec<u8> {
        unimplemented!()
    }

    /// Whether a stored keyed hash is that of these parts; constant time, any key of the ring.
    pub fn verify_mac(&self, _purpose: MacPurpose, _parts: &[&[u8]], _stored: &[u8]) -> bool {
        unimplemented!()
    }

    /// For each key its number and a value that tells, without the key, whether it is the same one.
    pub fn check_values(&self) -> Vec<(u32, [u8; 32])> {
        unimplemented!()
    }
}
