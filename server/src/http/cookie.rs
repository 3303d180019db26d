//! The seven cookies: their names, how they are set and how they are read.

use app::model::Secret;
use axum::http::{HeaderMap, header::COOKIE};

/// Longest value that is read, bytes. Ours are far shorter, and a whole cookie stays below 4096 (RFC 6265bis §5.7).
const MAX_VALUE: usize = 2048;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The sealed e-mail of the first page.
    Entry,
    /// Token of a sign-in that is not finished.
    SignIn,
    /// Token of a full session.
    Session,
    /// Signed mark of a known browser.
    Device,
    /// Token of a link that sets a new password.
    Reset,
    /// Code of the language that was picked.
    Language,
    /// The look of the pages; says nothing about anybody.
    Theme,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Entry, Self::SignIn, Self::Session, Self::Device, Self::Reset, Self::Language, Self::Theme];
}

/// Writes and reads the cookies of an installation.
///
/// Over TLS they carry the `__Host-` prefix, which a browser accepts only from this very host, over TLS, for
/// the whole site (RFC 6265bis §4.1.3.2). Over plain HTTP, in the demo, they have a plainly different name.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// `secure` for an installation behind TLS.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The name of a cookie.
    pub fn name(self, kind: Kind) -> &'static str {
        match (self.secure, kind) {
            (true, Kind::Entry) => "__Host-muster-entry",
            (true, Kind::SignIn) => "__Host-muster-sign-in",
            (true, Kind::Session) => "__Host-muster-session",
            (true, Kind::Device) => "__Host-muster-device",
            (true, Kind::Reset) => "__Host-muster-reset",
            (true, Kind::Language) => "__Host-muster-language",
            (true, Kind::Theme) => "__Host-muster-theme",
            (false, Kind::Entry) => "muster-demo-entry",
            (false, Kind::SignIn) => "muster-demo-sign-in",
            (false, Kind::Session) => "muster-demo-session",
            (false, Kind::Device) => "muster-demo-device",
            (false, Kind::Reset) => "muster-demo-reset",
            (false, Kind::Language) => "muster-demo-language",
            (false, Kind::Theme) => "muster-demo-theme",
        }
    }

    /// A `Set-Cookie` value. Without `max_age` (seconds) the cookie ends with the browser. Characters that a
    /// cookie cannot carry (RFC 6265 §4.1.1) are left out of the value, so that it cannot end the attribute list.
    pub fn set(self, kind: Kind, value: &str, max_age: Option<i64>) -> String {
        let value: String = value.chars().filter(|character| is_cookie_octet(*character)).collect();
        let secure = if self.secure { "; Secure" } else { "" };
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        format!("{}={value}; Path=/{secure}; HttpOnly; SameSite=Lax{age}", self.name(kind))
    }

    /// A `Set-Cookie` value that removes the cookie.
    pub fn clear(self, kind: Kind) -> String {
        self.set(kind, "", Some(0))
    }

    /// The value of a cookie. One that is there twice counts as absent: somebody who can plant a second one
    /// (from a sibling host, say) must not choose which of the two is believed.
    pub fn read(self, kind: Kind, headers: &HeaderMap) -> Option<Secret> {
        let name = self.name(kind);
        let mut values = headers
            .get_all(COOKIE)
            .into_iter()
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| {
                let pair = pair.trim_ascii();
                pair.strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")
            });
        let value = values.next()?.trim_ascii();
        if values.next().is_some() || value.is_empty() || value.len() > MAX_VALUE {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        text.chars().all(is_cookie_octet).then(|| Secret::new(text))
    }
}

/// `cookie-octet` of RFC 6265 §4.1.1.
fn is_cookie_octet(character: char) -> bool {
    character.is_ascii_graphic() && !matches!(character, '"' | ',' | ';' | '\\')
}
