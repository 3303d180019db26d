//! The client's address behind proxies.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use proptest::prelude::*;
use server::http::{HttpSettings, Peer, client_address};

use crate::{
    fake::Mode,
    site::{Site, form, settings, valid_body},
};

fn forwarded(values: &[&str]) -> HeaderMap {
    let name = HeaderName::from_static("x-forwarded-for");
    values.iter().map(|value| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap())).fold(
        HeaderMap::new(),
        |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        },
    )
}

fn address(peer: &str, values: &[&str]) -> String {
    let trusted: [IpNet; 2] = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    client_address(peer.parse().unwrap(), &forwarded(values), &trusted).to_string()
}

#[test]
fn header_of_an_untrusted_peer_is_not_read() {
    assert_eq!(address("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
}

#[test]
fn nearest_untrusted_hop_behind_a_trusted_proxy_counts() {
    assert_eq!(address("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
    assert_eq!(address("10.0.0.1", &["6.6.6.6", "198.51.100.1,10.0.0.2"]), "198.51.100.1");
    assert_eq!(address("::ffff:10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
    assert_eq!(address("fd00::1", &["198.51.100.1:5000"]), "198.51.100.1");
}

#[test]
fn entry_that_is_no_address_ends_the_walk() {
    assert_eq!(address("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"]), "10.0.0.2");
    assert_eq!(address("10.0.0.1", &[""]), "10.0.0.1");
    assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
}

#[tokio::test]
async fn visit_carries_address_cookies_and_a_short_agent() {
    let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let site = Site::with(Mode::Works, &HttpSettings { trusted_proxies, ..settings() });
    let path = "/api/sign-in/email";
    let request = form(path)
        .header("x-forwarded-for", "198.51.100.1")
        .header("user-agent", HeaderValue::from_bytes("é".repeat(300).as_bytes()).unwrap())
        .header("cookie", "__Host-muster-entry=e; __Host-muster-sign-in=s; __Host-muster-session=t")
        .header("cookie", "__Host-muster-device=d; muster-demo-session=x")
        .extension(Peer("10.0.0.7".parse().unwrap()));
    site.send(request.body(valid_body(path).into()).unwrap()).await;
    let visit = site.fake.visit.lock().unwrap().clone().unwrap();
    assert_eq!(visit.address, "198.51.100.1".parse::<IpAddr>().unwrap());
    assert_eq!(visit.agent, "é".repeat(128));
    let read = [visit.entry, visit.sign_in, visit.session, visit.device];
    assert_eq!(read.map(|cookie| cookie.unwrap().expose().to_owned()), ["e", "s", "t", "d"]);
}

proptest! {
    /// FUZZ-05: the peer itself, or an address that stands in the list behind trusted hops only.
    #[test]
    fn fuzz_05_address_is_the_peer_or_attested(
        peer: [u8; 4],
        hops in prop::collection::vec(prop_oneof![
            any::<[u8; 4]>().prop_map(|octets| IpAddr::from(octets).to_string()),
            any::<[u8; 3]>().prop_map(|[b, c, d]| format!("10.{b}.{c}.{d}")),
            "[ -~]{0,20}",
        ], 0..8),
    ) {
        let trusted: [IpNet; 1] = ["10.0.0.0/8".parse().unwrap()];
        let peer = IpAddr::from(peer);
        let list = hops.join(",");
        let found = client_address(peer, &forwarded(&[&list]), &trusted);
        if !trusted[0].contains(&peer) {
            prop_assert_eq!(found, peer);
        } else if found != peer {
            let entries: Vec<_> = list.rsplit(',').map(|entry| entry.trim().to_owned()).collect();
            let told = |entry: &String| entry.parse().ok() == Some(found) || entry.contains(&found.to_string());
            let place = entries.iter().position(told);
            prop_assert!(place.is_some(), "{} is not in {}", found, list);
            for entry in entries.iter().take(place.unwrap()) {
                let hop: Option<IpAddr> = entry.parse().ok().or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|a| a.ip()));
                prop_assert!(hop.is_some_and(|hop| trusted[0].contains(&hop)), "{} stands behind {}", found, entry);
            }
        }
    }
}
