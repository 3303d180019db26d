//! Which new passwords are taken (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2).
//!
//! Length, the list of known ones, and the words that stand for this person and place. No composition rules: they
//! make passwords harder to remember and no harder to guess.

mod word;

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use self::word::is_dressed_word;

/// The shortest new password, in code points after NFC.
pub const MIN_CHARS: usize = 12;
/// The longest password, in bytes as typed: more would only cost work.
pub const MAX_BYTES: usize = 1024;

/// What must be left of a password, in letters and digits, once the words of its context are taken out: the shortest
/// password that NIST allows beside a second factor (SP 800-63B-4 §3.1.1.2).
const MIN_OWN_CHARS: usize = 8;
/// The shortest word of the context that counts; shorter ones turn up by chance.
const MIN_WORD_CHARS: usize = 3;

/// Bytes that are kept of each known password's hash.
const PREFIX_BYTES: usize = 5;
/// The known passwords: see `tools/known-passwords/README.md`.
static KNOWN: &[u8] = include_bytes!("password/known.bin");

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("the password has fewer than 12 characters")]
    TooShort,
    /// More than [`MAX_BYTES`] bytes.
    #[error("the password has more than 1,024 bytes")]
    TooLong,
    /// On the list of passwords that were leaked and are tried first, one known word with digits and signs round it, or a
    /// few characters over and over.
    #[error("the password is on the list of passwords that everybody knows, or as simple as those")]
    Known,
    /// Little more than the person's name or e-mail, the company or this site.
    #[error("the password is little more than the name, the e-mail, the company or this site")]
    Personal,
}

/// The words that somebody who knows the person would try first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordContext(Vec<String>);

impl PasswordContext {
    /// The words of the person's name, e-mail, companies, and of this site.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<_> = texts.into_iter().flat_map(words_of).collect();
        // The longest first, so that no word is hidden by a part of it.
        words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        words.dedup();
        Self(words)
    }
}

/// Whether a new password is taken.
///
/// # Errors
/// [`PasswordRefusal`], the first that applies.
pub fn check_password(password: &str, context: &PasswordContext) -> Result<(), PasswordRefusal> {
    if password.len() > MAX_BYTES {
        return Err(PasswordRefusal::TooLong);
    }
    // NFC triples a text in bytes at most: the buffer does not move, which would leave copies behind.
    let mut normal = Zeroizing::new(String::with_capacity(password.len().saturating_mul(3)));
    normal.extend(password.nfc());
    if normal.chars().count() < MIN_CHARS {
        return Err(PasswordRefusal::TooShort);
    }
    let folded = Zeroizing::new(normal.to_lowercase());
    if is_known(&folded) || is_repetition(&folded) {
        return Err(PasswordRefusal::Known);
    }
    if is_personal(&folded, context) {
        return Err(PasswordRefusal::Personal);
    }
    if is_dressed_word(&folded) {
        return Err(PasswordRefusal::Known);
    }
    Ok(())
}

/// Whether the whole password is on the list, in any case.
fn is_known(folded: &str) -> bool {
    contains(KNOWN, folded)
}

/// Whether a table that the program carries has this text.
fn contains(table: &[u8], text: &str) -> bool {
    let (prefixes, _rest) = table.as_chunks::<PREFIX_BYTES>();
    prefixes.binary_search(&prefix(text)).is_ok()
}

/// Whether the password is one short text again and again: `qwertyqwerty`, twelve blanks.
fn is_repetition(folded: &str) -> bool {
    let characters = Zeroizing::new(folded.chars().collect::<Vec<_>>());
    (1..MIN_OWN_CHARS).any(|length| {
        let (block, rest) = characters.split_at(length.min(characters.len()));
        !rest.is_empty() && characters.len().is_multiple_of(length) && rest.chunks(length).all(|part| part == block)
    })
}

fn prefix(folded: &str) -> [u8; PREFIX_BYTES] {
    let mut kept = [0; PREFIX_BYTES];
    for (place, byte) in kept.iter_mut().zip(Sha256::digest(folded)) {
        *place = byte;
    }
    kept
}

fn is_personal(folded: &str, context: &PasswordContext) -> bool {
    let mut own = Zeroizing::new(folded.to_owned());
    for word in &context.0 {
        // A mark in its place, so that what stands round it does not become a word.
        own = Zeroizing::new(own.replace(word.as_str(), " "));
    }
    *own != *folded && own.chars().filter(|character| character.is_alphanumeric()).count() < MIN_OWN_CHARS
}

fn words_of(text: &str) -> Vec<String> {
    let folded = text.nfc().collect::<String>().to_lowercase();
    let words = folded.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| word.chars().count() >= MIN_WORD_CHARS).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
