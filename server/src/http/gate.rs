//! Which requests come in at all: for this host, by a known method, and, when they may change something, from
//! one of our own pages.

use std::{fmt, net::IpAddr, time::Instant};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, Method, header},
    response::Response,
};

use super::{
    HttpSettings, Site, action, delivery,
    failure::{Audience, Failure},
    report,
};

/// Where a browser says that a request comes from (W3C Fetch Metadata).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The part of a path that is logged, in characters: anybody can make one up.
const MAX_PATH: usize = 128;

/// Lets a request in or answers it at once.
pub(super) async fn guard<F: Future<Output = Response>>(
    site: &Site,
    audience: Audience,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    match check(site, &request) {
        Ok(()) => next(request).await,
        Err(failure) => {
            if matches!(failure, Failure::CrossSite | Failure::Misdirected) {
                let address = site.address(request.headers(), request.extensions());
                site.note_refusal(address, request.uri().path(), &failure);
            }
            failure.answer(audience, &site.assets)
        }
    }
}

impl Site {
    /// Notes that somebody was refused who may have tried to get round a check (ASVS 5.0 16.3.2, 16.3.3): who it was, at which
    /// path, and nothing of what they brought.
    pub(super) fn note_refusal(&self, address: IpAddr, path: &str, why: &dyn fmt::Debug) {
        if self.refusals.spend(Instant::now()) {
            let path: String = path.chars().take(MAX_PATH).collect();
            tracing::warn!(%address, path, ?why, "a request was refused");
        }
    }
}

fn check(site: &Site, request: &Request) -> Result<(), Failure> {
    let path = request.uri().path();
    let headers = request.headers();
    check_method(site, request.method(), path)?;
    if !path.starts_with('/') {
        return Err(Failure::BadRequest);
    }
    check_host(&site.settings, request)?;
    // Reports come from no page of ours: policy reports change nothing, those of providers are signed.
    if request.method() == Method::POST && path != report::PATH && !path.starts_with(delivery::PREFIX) {
        check_origin(&site.settings, headers)?;
    }
    Ok(())
}

/// Nothing here takes any other method, and what changes something takes `POST` alone, so that
/// [`check_origin`] sees every such request (WEB-02). `X-HTTP-Method-Override` and its kin are not read.
fn check_method(site: &Site, method: &Method, path: &str) -> Result<(), Failure> {
    match *method {
        Method::GET | Method::HEAD | Method::POST => Ok(()),
        _ if path == report::PATH || action::is_known(site, path) => Err(Failure::MethodNotAllowed("POST")),
        _ => Err(Failure::MethodNotAllowed("GET, HEAD")),
    }
}

/// Exactly one `Host`, and one of ours (RFC 9110 §7.2, WEB-15). Probes may use any: a load balancer asks by
/// address.
fn check_host(settings: &HttpSettings, request: &Request) -> Result<(), Failure> {
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Failure::BadRequest) };
    let host = host.to_str().map_err(|_| Failure::BadRequest)?;
    if request.uri().authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host)) {
        return Err(Failure::BadRequest);
    }
    if matches!(request.uri().path(), "/healthz" | "/readyz") || settings.is_our_host(host) {
        return Ok(());
    }
    Err(Failure::Misdirected)
}

/// Only our own pages may change anything (ASVS 5.0 3.5.1). A browser that knows Fetch Metadata says so, an
/// older one says its `Origin`; who says neither is refused.
fn check_origin(settings: &HttpSettings, headers: &HeaderMap) -> Result<(), Failure> {
    let allowed = if headers.contains_key(SEC_FETCH_SITE) {
        only(headers, &SEC_FETCH_SITE).is_some_and(|site| site == "same-origin")
    } else {
        only(headers, &header::ORIGIN).is_some_and(|origin| settings.is_our_origin(origin))
    };
    if allowed { Ok(()) } else { Err(Failure::CrossSite) }
}

/// The one value of a header that must not be there twice.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)?.to_str().ok()
}
