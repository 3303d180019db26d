//! What a request brings along.

use std::net::{IpAddr, Ipv4Addr};

use app::{backend::Visit, model::Theme, routes};
use axum::http::{
    Extensions, HeaderMap,
    header::{REFERER, USER_AGENT},
};

use super::{Site, address::client_address, cookie::Kind, language};

/// Longest part of a `User-Agent` that is kept, bytes.
const MAX_AGENT: usize = 256;

/// The other end of the connection; [`super::serve`] adds it to each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Site {
    /// Reads address, browser, cookies and language.
    pub(super) async fn visit(&self, headers: &HeaderMap, extensions: &Extensions) -> Visit {
        let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        let mut visit = Visit {
            address: client_address(peer, headers, &self.settings.trusted_proxies),
            agent: agent(headers),
            entry: self.cookies.read(Kind::Entry, headers),
            sign_in: self.cookies.read(Kind::SignIn, headers),
            session: self.cookies.read(Kind::Session, headers),
            device: self.cookies.read(Kind::Device, headers),
            reset: self.cookies.read(Kind::Reset, headers),
            language: language::asked_for(self.cookies, headers),
            theme: self.cookies.read(Kind::Theme, headers).and_then(|theme| Theme::parse(theme.expose())),
            page: self.page_before(headers),
        };
        if visit.session.is_some()
            && let Some(chosen) = self.port.language(&visit).await
        {
            visit.language = chosen;
        }
        visit
    }

    /// The page that a form was sent from, by its `Referer`.
    fn page_before(&self, headers: &HeaderMap) -> Option<&'static str> {
        let referer = headers.get(REFERER)?.to_str().ok()?;
        let path = self.settings.path_on_our_origin(referer)?.split(['?', '#']).next()?;
        routes::PAGES.into_iter().chain(routes::PLAIN).find(|page| *page == path)
    }
}

/// The `User-Agent`, cut between two characters.
fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
    let end = text.floor_char_boundary(MAX_AGENT);
    text.get(..end).unwrap_or_default().to_owned()
}
