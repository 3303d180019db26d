//! A proxy in front of `muster serve` (docs/proxy.md): what it has to send, and what is said when it is not trusted.
//!
//! The requests are those of nginx and of Caddy with the settings of that page.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use crate::place::{Place, Running};

const NOT_TRUSTED: &str = "`server.trusted_proxies` is empty";
const NOT_BELIEVED: &str = "X-Forwarded-For of a peer that is no trusted proxy is not read";

fn start(place: &Place, trusted: &str) -> Running {
    place.installation();
    let mut command = place.muster(&["serve"]);
    command.env("MUSTER_SERVER__TRUSTED_PROXIES", trusted);
    Running::start(command, &place.path("errors"))
}

/// The status of a page, asked for with these fields beside `GET`.
fn status(server: &Running, fields: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(stream, "GET /sign-in HTTP/1.1\r\n{fields}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

/// `proxy_set_header Host $host` and `X-Forwarded-For $proxy_add_x_forwarded_for`, then Caddy's own `reverse_proxy`.
const PROXIES: [&str; 2] = [
    "Host: muster.example\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n",
    "Host: muster.example\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Host: muster.example\r\n\
     X-Forwarded-Proto: https\r\nVia: 2.0 Caddy\r\n",
];

#[test]
fn proxy_that_is_trusted_is_served_without_a_word() {
    let place = Place::new();
    let server = start(&place, "127.0.0.1");
    for proxy in PROXIES {
        assert_eq!(status(&server, proxy), "HTTP/1.1 200 OK");
    }
    // What nginx sends unless it is told to pass the name on.
    let upstream = format!("Host: {}\r\nX-Forwarded-For: 198.51.100.1\r\n", server.address);
    assert_eq!(status(&server, &upstream), "HTTP/1.1 421 Misdirected Request");
    assert_eq!(server.stop("-TERM").code(), Some(0));
    let log = fs::read_to_string(place.path("errors")).unwrap();
    assert!(!log.contains(NOT_TRUSTED) && !log.contains(NOT_BELIEVED), "{log}");
}

#[test]
fn proxy_that_is_not_trusted_is_told_of_at_the_start_and_once_later() {
    let place = Place::new();
    let server = start(&place, "");
    for proxy in PROXIES {
        assert_eq!(status(&server, proxy), "HTTP/1.1 200 OK");
    }
    assert_eq!(server.stop("-TERM").code(), Some(0));
    let log = fs::read_to_string(place.path("errors")).unwrap();
    for said in [NOT_TRUSTED, NOT_BELIEVED] {
        assert_eq!(log.matches(said).count(), 1, "{said} in {log}");
    }
    let checked = place.run(&["config", "check"]);
    assert!(checked.done().contains(NOT_TRUSTED) && checked.out.contains("Nothing is wrong"), "{checked:?}");
    let trusted = place.run_with(&["config", "check"], &[("MUSTER_SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    assert!(!trusted.done().contains(NOT_TRUSTED), "{trusted:?}");
}
