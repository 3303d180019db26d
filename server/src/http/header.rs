//! The headers that every answer carries, whatever made it (ASVS 5.0 3.4, 14.3.2).

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

use super::Site;

/// What an answer may do that is no page: nothing.
const NOTHING_POLICY: &str =
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// What the page of last resort may do: look like one of ours.
pub(super) const ERROR_PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// The features of a browser that no page of ours uses.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), \
     display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), \
     usb=(), xr-spatial-tracking=()";

/// One year, as ASVS 5.0 3.4.1 asks.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000; includeSubDomains";

/// Same for all answers.
const FIXED: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
];

/// The policy of a page: its own scripts, known by this response's nonce, and nothing from elsewhere.
pub(super) fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
         object-src 'none'; manifest-src 'self'; report-uri {path}; report-to csp",
        path = super::report::PATH
    )
}

/// The policy of a plain page: forms, style and icons. No script at all, whatever finds its way into it.
pub(super) const PLAIN_PAGE_POLICY: &str = "default-src 'none'; script-src 'none'; style-src 'self'; \
     img-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; \
     manifest-src 'self'; report-uri /csp-report; report-to csp";

/// Adds the headers. An answer may bring its own content policy and its own word on caching.
pub(super) async fn secure(site: &Site, answer: impl Future<Output = Response>) -> Response {
    let mut response = answer.await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    if site.settings.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT_SECURITY));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
