//! The keys of an installation: sealing of secrets and keyed hashes.

use std::{collections::BTreeMap, fmt};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::{Rng, random};

/// First byte of a sealed record: XChaCha20-Poly1305 with the layout below (ASVS 5.0 11.2.2).
const FORMAT: u8 = 1;
/// Salt of every derived key, first part of what a record is bound to.
const DOMAIN: &str = "muster/v1";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

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
    /// Phone numbers, so that two accounts with one number can be told without the number.
    Phone,
    /// The mark of a known browser.
    Device,
    /// The networks that a person has signed in from, so that the table names none.
    Network,
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

/// Key material, zeroed when it goes.
type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// The keys of an installation. The one with the highest number seals; all open.
///
/// No key is used as it stands in the file: each purpose has its own, derived by HKDF-SHA-256 (RFC 5869), so that
/// no key ever serves two algorithms. `Debug` prints the numbers of the keys and nothing else.
pub struct Keyring {
    newest: Key,
    older: Vec<Key>,
}

/// What is derived from one key of the file; the key itself is forgotten.
struct Key {
    id: u32,
    sealing: KeyBytes,
    check: KeyBytes,
    recovery_code: KeyBytes,
    sms_code: KeyBytes,
    phone: KeyBytes,
    device: KeyBytes,
    network: KeyBytes,
    throttle: KeyBytes,
    audit: KeyBytes,
}

impl Keyring {
    /// Reads a key file: one `<number>:<64 hexadecimal digits>` a line, `#` starts a comment line.
    ///
    /// # Errors
    /// [`KeyError`], which names the line and never the key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key) = parse_line(line).ok_or(KeyError::Format { line: index.saturating_add(1) })?;
            if keys.insert(id, Key::derive(id, &key)).is_some() {
                return Err(KeyError::Duplicate { id });
            }
        }
        let (_, newest) = keys.pop_last().ok_or(KeyError::Empty)?;
        Ok(Self { newest, older: keys.into_values().collect() })
    }

    /// The text of a new key file with one key, number 1.
    ///
    /// # Errors
    /// [`CryptoError::Random`].
    pub fn generate(rng: &dyn Rng) -> Result<Zeroizing<String>, CryptoError> {
        let key: KeyBytes = Zeroizing::new(random(rng).map_err(|_| CryptoError::Random)?);
        let digits = Zeroizing::new(HEXLOWER.encode(&*key));
        Ok(Zeroizing::new(format!("# Muster keys. The highest number seals, all open.\n1:{}\n", *digits)))
    }

    /// Seals a value for its place: `0x01 | key id (u32, big endian) | nonce (24) | ciphertext | tag (16)`.
    ///
    /// The nonce is random: with 192 bits it does not repeat (draft-irtf-cfrg-xchacha-03 §2.1).
    ///
    /// # Errors
    /// [`CryptoError::Random`].
    pub fn seal(&self, rng: &dyn Rng, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let nonce: [u8; NONCE_BYTES] = random(rng).map_err(|_| CryptoError::Random)?;
        let sealed = self.newest.seal(nonce, place, plain);
        Ok([&[FORMAT][..], &self.newest.id.to_be_bytes(), &nonce, &sealed].concat())
    }

    /// Opens a sealed value at its place.
    ///
    /// # Errors
    /// [`CryptoError::Open`].
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.try_open(place, sealed).map(Zeroizing::new).ok_or(CryptoError::Open)
    }

    fn try_open(&self, place: Place<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let (format, rest) = sealed.split_first()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let key = self.key(*id)?;
        if *format != FORMAT || rest.len() < TAG_BYTES {
            return None;
        }
        key.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: rest, aad: &bound_to(place, key.id) }).ok()
    }

    /// A keyed hash (HMAC-SHA-256) over length-prefixed parts: `key id (u32, big endian) | mac (32)`.
    pub fn mac(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Vec<u8> {
        self.newest.stored_mac(purpose, parts)
    }

    /// The keyed hashes of these parts under each key of the ring: one of them is what a row holds that may be older than the
    /// newest key.
    pub fn macs(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Vec<Vec<u8>> {
        self.keys().map(|key| key.stored_mac(purpose, parts)).collect()
    }

    /// Whether a stored keyed hash is that of these parts; constant time, any key of the ring.
    pub fn verify_mac(&self, purpose: MacPurpose, parts: &[&[u8]], stored: &[u8]) -> bool {
        let Some((id, mac)) = stored.split_first_chunk() else { return false };
        self.key(*id).is_some_and(|key| key.mac(purpose, parts).verify_slice(mac).is_ok())
    }

    /// For each key its number and a value that tells, without the key, whether it is the same one.
    pub fn check_values(&self) -> Vec<(u32, [u8; 32])> {
        self.keys().map(|key| (key.id, *key.check)).collect()
    }

    /// By number.
    fn keys(&self) -> impl Iterator<Item = &Key> {
        self.older.iter().chain([&self.newest])
    }

    fn key(&self, id: [u8; 4]) -> Option<&Key> {
        self.keys().find(|key| key.id.to_be_bytes() == id)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.keys().map(|key| key.id).collect::<Vec<_>>()).finish()
    }
}

impl Key {
    /// The labels enter the derivation: never change one.
    fn derive(id: u32, master: &KeyBytes) -> Self {
        let kdf = Hkdf::<Sha256>::new(Some(DOMAIN.as_bytes()), &master[..]);
        let sub_key = |purpose: &str| {
            let mut key = Zeroizing::new([0; KEY_BYTES]);
            #[expect(clippy::expect_used, reason = "32 bytes lie far below HKDF's limit (RFC 5869 §2.3)")]
            kdf.expand_multi_info(&[b"muster:kdf:", purpose.as_bytes(), b":v1"], &mut *key).expect("a short output");
            key
        };
        Self {
            id,
            sealing: sub_key("seal"),
            check: sub_key("check"),
            recovery_code: sub_key("mac:recovery-code"),
            sms_code: sub_key("mac:sms-code"),
            phone: sub_key("mac:phone"),
            device: sub_key("mac:device"),
            network: sub_key("mac:network"),
            throttle: sub_key("mac:throttle"),
            audit: sub_key("mac:audit"),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.sealing).into())
    }

    /// Ciphertext and tag.
    fn seal(&self, nonce: [u8; NONCE_BYTES], place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: &bound_to(place, self.id) };
        #[expect(clippy::expect_used, reason = "fails on a plaintext above 256 GiB only (RFC 8439 §2.8)")]
        self.cipher().encrypt(&XNonce::from(nonce), payload).expect("a short plaintext")
    }

    /// The keyed hash behind the number of its key.
    fn stored_mac(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Vec<u8> {
        let mac = self.mac(purpose, parts).finalize().into_bytes();
        [&self.id.to_be_bytes()[..], &mac].concat()
    }

    fn mac(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Hmac<Sha256> {
        let key = match purpose {
            MacPurpose::RecoveryCode => &self.recovery_code,
            MacPurpose::SmsCode => &self.sms_code,
            MacPurpose::Phone => &self.phone,
            MacPurpose::Device => &self.device,
            MacPurpose::Network => &self.network,
            MacPurpose::Throttle => &self.throttle,
            MacPurpose::Audit => &self.audit,
        };
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&key[..]).expect("any key length");
        for part in parts {
            mac.update(&length_of(part));
            mac.update(part);
        }
        mac
    }
}

fn parse_line(line: &str) -> Option<(u32, KeyBytes)> {
    let (id, digits) = line.split_once(':')?;
    let id = id.parse().ok().filter(|_| id.bytes().all(|b| b.is_ascii_digit()))?;
    if digits.len() != 2 * KEY_BYTES {
        return None;
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    HEXLOWER_PERMISSIVE.decode_mut(digits.as_bytes(), &mut *key).ok()?;
    Some((id, key))
}

/// The associated data of a record: each part behind its length, so that no two places share one.
fn bound_to(place: Place<'_>, id: u32) -> Vec<u8> {
    let id = id.to_be_bytes();
    let parts = [DOMAIN.as_bytes(), place.table.as_bytes(), place.column.as_bytes(), place.person, place.row, &id];
    parts.iter().flat_map(|part| [&length_of(part)[..], part].concat()).collect()
}

fn length_of(part: &[u8]) -> [u8; 8] {
    u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests;
