//! Whose request it is, as far as that cannot be forged (ASVS 5.0 4.1.3).

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// The list that proxies append to, one entry each.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the peer of the connection, or, when the peer is a trusted proxy, the nearest hop of
/// `X-Forwarded-For` that is not one. What stands to the left of that hop was written by the client, so it is
/// not read. An entry that is no address ends the walk at the last hop that was told.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut nearest = peer.to_canonical();
    if !is_trusted(nearest) {
        return nearest;
    }
    for header in headers.get_all(FORWARDED_FOR).into_iter().collect::<Vec<_>>().into_iter().rev() {
        for entry in header.as_bytes().rsplit(|byte| *byte == b',') {
            let Some(address) = parse(entry) else { return nearest };
            nearest = address;
            if !is_trusted(nearest) {
                return nearest;
            }
        }
    }
    nearest
}

/// Whether a peer that is no trusted proxy tells whom it speaks for, which nobody believes it.
pub(super) fn is_not_believed(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    (headers.contains_key(FORWARDED_FOR) || headers.contains_key(header::FORWARDED))
        && !trusted.iter().any(|net| net.contains(&peer))
}

/// An address, with or without a port.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))?;
    Some(IpAddr::to_canonical(&address))
}
