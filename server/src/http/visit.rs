//! What a request brings along.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::Ordering,
};

use app::{backend::Visit, model::Theme, routes};
use axum::http::{
    Extensions, HeaderMap,
    header::{REFERER, USER_AGENT},
};

use super::{
    Site,
    address::{client_address, is_not_believed},
    cookie::Kind,
    language,
};

/// Longest part of a `User-Agent` that is kept, bytes.
const MAX_AGENT: usize = 256;

/// The other end of the connection; [`super::serve`] adds it to each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Site {
    /// Reads address, browser, cookies and language.
    pub(super) async fn visit(&self, headers: &HeaderMap, extensions: &Extensions) -> Visit {
        self.notice_a_proxy(peer(extensions), headers);
        let mut visit = Visit {
            address: self.address(headers, extensions),
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

    /// Whose request it is.
    pub(super) fn address(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        client_address(peer(extensions), headers, &self.settings.trusted_proxies)
    }

    /// Says once in the life of the process that somebody in front is not believed: an operator has forgotten to trust
    /// the proxy, or somebody makes it up, which may not fill the log.
    fn notice_a_proxy(&self, peer: IpAddr, headers: &HeaderMap) {
        if is_not_believed(peer, headers, &self.settings.trusted_proxies)
            && !self.told_of_a_proxy.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                %peer,
                "X-Forwarded-For of a peer that is no trusted proxy is not read: if it is yours, name it in \
                 `server.trusted_proxies` (docs/proxy.md); this is said once"
            );
        }
    }

    /// The page that a form was sent from, by its `Referer`.
    fn page_before(&self, headers: &HeaderMap) -> Option<&'static str> {
        let referer = headers.get(REFERER)?.to_str().ok()?;
        let path = self.settings.path_on_our_origin(referer)?.split(['?', '#']).next()?;
        routes::PAGES.into_iter().chain(routes::PLAIN).find(|page| *page == path)
    }
}

fn peer(extensions: &Extensions) -> IpAddr {
    extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0)
}

/// The `User-Agent`, cut between two characters.
fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
    let end = text.floor_char_boundary(MAX_AGENT);
    text.get(..end).unwrap_or_default().to_owned()
}
