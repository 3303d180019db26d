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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flow_15_every_spelling_of_an_address_is_one() {
        for text in ["ana@harbor.example", "ANA@Harbor.Example", "  ana@harbor.example", "ana@harbor.example \t\r\n"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), "ana@harbor.example", "{text:?}");
        }
        assert_eq!(Email::parse("Ana@Harbor.Example").unwrap().domain(), "harbor.example");
    }

    #[test]
    fn flow_15_look_alikes_are_refused() {
        for text in [
            "ana@harbor.example.",
            "ana.@harbor.example",
            ".ana@harbor.example",
            "an a@harbor.example",
            "ana @harbor.example",
            "ana@ harbor.example",
            "ana@harbor.example\u{a0}",
            "ana@harbor.example\0",
            "\u{200b}ana@harbor.example",
            "\u{ff41}na@harbor.example",
            "ana\u{ff20}harbor.example",
            "ana@harbor\u{ff0e}example",
            "ana@harbor\u{3002}example",
            "\u{430}na@harbor.example",
            "ana@h\u{430}rbor.example",
            "a\u{301}na@harbor.example",
            "jac\u{212a}@harbor.example",
            "\"ana\"@harbor.example",
            "ana@evil.example@harbor.example",
            "ana@harbor.example,eve@evil.example",
            "Ana <ana@harbor.example>",
            "ana@harbor.example\r\nBcc: eve@evil.example",
        ] {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_without_their_parts_are_refused() {
        for text in [
            "",
            "@",
            "ana",
            "ana@",
            "@harbor.example",
            "ana@localhost",
            "ana@-a.example",
            "ana@a-.example",
            "ana@a..example",
            "ana@[::1]",
        ] {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn lengths_end_where_smtp_ends() {
        let label = "a".repeat(63);
        let domain = format!("{label}.{label}.{}", "a".repeat(61));
        assert!(Email::parse(&format!("{}@x.example", "a".repeat(64))).is_some());
        assert!(Email::parse(&format!("{}@x.example", "a".repeat(65))).is_none());
        assert_eq!(Email::parse(&format!("{}@{domain}", "a".repeat(64))).unwrap().as_str().len(), Email::MAX_LEN);
        assert!(Email::parse(&format!("{}@{domain}a", "a".repeat(64))).is_none());
        assert!(Email::parse(&format!("a@{label}a.example")).is_none());
        assert!(Email::parse(&"a".repeat(1 << 20)).is_none());
    }

    proptest! {
        #[test]
        fn flow_15_what_is_read_is_its_own_canonical_spelling(text in "(?s).{0,40}|[ A-Za-z0-9.!+_-]{1,12}@[A-Za-z0-9.-]{1,16}[ .]?") {
            if let Some(email) = Email::parse(&text) {
                let canonical = email.as_str();
                prop_assert!(canonical.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()));
                prop_assert_eq!(canonical, text.trim().to_ascii_lowercase());
                prop_assert_eq!(Email::parse(&canonical.to_ascii_uppercase()), Some(email.clone()));
            }
        }
    }
}
