//! What the HTTP side can be told.

use std::time::Duration;

/// Settings of the HTTP side.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Scheme, host and port that people use.
    pub public_url: url::Url,
    /// More values of `Host` that are answered: the demo takes `localhost:3000` beside `127.0.0.1:3000`.
    pub extra_hosts: Vec<String>,
    /// The proxies whose `X-Forwarded-For` is believed; nobody's by default.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// True for the demo: the outbox can be read.
    pub demo: bool,
    /// Time for the head of a request, and for the pause between two on one connection.
    pub header_deadline: Duration,
    /// Time for a request from its head to its answer, the body's way to us included.
    pub request_deadline: Duration,
    /// Longest body, bytes.
    pub max_body: usize,
    /// Most connections at a time; more wait in the system's queue.
    pub max_connections: usize,
    /// Time for requests in flight when the server stops.
    pub grace: Duration,
}

impl HttpSettings {
    /// The defaults for an address.
    pub fn new(public_url: url::Url) -> Self {
        Self {
            public_url,
            extra_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            demo: false,
            header_deadline: Duration::from_secs(10),
            request_deadline: Duration::from_secs(15),
            max_body: 64 * 1024,
            max_connections: 1024,
            grace: Duration::from_secs(10),
        }
    }

    /// True when people come over TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Whether a `Host` is one of ours: host and port, whatever the case.
    pub(super) fn is_our_host(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(self.public_url.authority())
            || self.extra_hosts.iter().any(|extra| host.eq_ignore_ascii_case(extra))
    }

    /// Whether an `Origin` is one of ours.
    pub(super) fn is_our_origin(&self, origin: &str) -> bool {
        self.path_on_our_origin(origin).is_some_and(str::is_empty)
    }

    /// What follows the origin in an absolute address of ours; `None` for anybody else's address.
    pub(super) fn path_on_our_origin<'a>(&self, address: &'a str) -> Option<&'a str> {
        let rest = address.strip_prefix(self.public_url.scheme())?.strip_prefix("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        self.is_our_host(host).then_some(path)
    }

    /// An address on our own origin.
    pub(super) fn absolute(&self, path: &str) -> String {
        format!("{}://{}{path}", self.public_url.scheme(), self.public_url.authority())
    }
}
