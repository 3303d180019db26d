//! One word that everybody knows, dressed up: `Passw0rd2025!`, `W3lc0me-12345`.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use zeroize::Zeroizing;

use super::{MIN_CHARS, contains, is_repetition};

/// The known words: see `tools/known-passwords/README.md`.
pub(super) static WORDS: &[u8] = include_bytes!("words.bin");

/// How many digits and letters round a word make a password of their own: that of the shortest one. `wolf` and twelve
/// digits drawn by lot is none that is tried first.
const OWN_CHARS: usize = MIN_CHARS;
/// The shortest rest that is looked at for a text that only repeats itself.
const MIN_REPETITION: usize = 8;

/// Whether nothing but digits and signs stands round a known word, or round a short text again and again. Takes lower
/// case. Words between which something else stands are no known word, so a passphrase may end in digits as it likes.
pub(super) fn is_dressed_word(text: &str) -> bool {
    let started = text.trim_end_matches(|character: char| !character.is_alphabetic());
    let bare = started.trim_start_matches(|character: char| !character.is_alphabetic());
    let is_short = |word: &str| count(text).saturating_sub(count(word)) < OWN_CHARS;
    let is_word = |word: &str| ['i', 'l'].into_iter().any(|one| contains(WORDS, &fold(word, one)));
    // A digit at the start may stand for a letter: `4dministrador`.
    let known = [started, bare].into_iter().any(|word| is_short(word) && is_word(word));
    known || (bare.chars().count() >= MIN_REPETITION && is_short(bare) && is_repetition(bare))
}

fn count(text: &str) -> usize {
    text.chars().filter(|character| character.is_alphanumeric()).count()
}

/// The word without accents, blanks and signs, with letters for the digits that stand for them. `1` may be two.
pub(super) fn fold(word: &str, one: char) -> Zeroizing<String> {
    // The decomposed form triples a text in bytes at most: the buffer does not move, which would leave copies behind.
    let mut folded = Zeroizing::new(String::with_capacity(word.len().saturating_mul(3)));
    for character in word.nfd().filter(|character| !is_combining_mark(*character)) {
        match character {
            '0' => folded.push('o'),
            '1' => folded.push(one),
            '3' => folded.push('e'),
            '4' | '@' => folded.push('a'),
            '5' | '$' => folded.push('s'),
            '7' => folded.push('t'),
            '8' => folded.push('b'),
            'ß' => folded.push_str("ss"),
            other if other.is_alphanumeric() => folded.push(other),
            _ => {}
        }
    }
    folded
}
