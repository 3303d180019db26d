//! E-mail addresses as Muster keeps them.

use std::fmt;

/// An e-mail address in its one canonical spelling: ASCII, lower case, no surrounding blanks.
///
/// One spelling for each account means one failure counter for each account (FLOW-15).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// The longest address that SMTP carries (RFC 5321 §4.5.3.1.3, less the angle brackets).
    pub const MAX_LEN: usize = 254;

    /// Reads an address, whatever its case, with or without blanks round it.
    ///
    /// Only ASCII is taken: a look-alike letter would be a second spelling of somebody's account.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if text.len() > Self::MAX_LEN || !text.is_ascii() {
            return None;
        }
        let (local, domain) = text.rsplit_once('@')?;
        (is_local(local) && is_domain(domain)).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dot-atom of RFC 5322 §3.2.3; quoted local parts are not taken.
fn is_local(text: &str) -> bool {
    text.len() <= 64
        && text.split('.').all(|atom| {
            !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
        })
}

/// Host name of RFC 1123 §2.1 with at least one dot.
fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}
