//! Server functions: what our own pages call.

use std::{collections::HashMap, sync::Arc};

use app::{AppError, routes};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};

use super::{
    Site,
    failure::{self, Audience, Failure},
    guard::Trouble,
    location, page,
    panic::reference,
};

/// Leptos marks the answer of a server function that failed with it.
const FAILED: HeaderName = HeaderName::from_static("serverfnerror");
/// Functions that only read what a page shows: one that is opened out of turn, by the back button say, is nobody's attempt.
const READING: &str = "/api/page/";
/// The longest error that is read back, bytes; ours have less than a hundred.
const MAX_ERROR: usize = 4096;

/// The addresses of all server functions, each with the fields of its form. All of them take `POST`.
pub(super) fn registered() -> HashMap<&'static str, &'static [&'static str]> {
    app::api::forms().into_iter().map(|form| (form.path, form.fields)).collect()
}

/// Whether there is a server function at this address.
pub(super) fn is_known(site: &Site, path: &str) -> bool {
    site.actions.contains_key(path)
}

/// Runs a server function.
pub(super) async fn run(State(site): State<Arc<Site>>, mut request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let audience = Audience::of(site.cookies, &request);
    let Some(fields) = site.actions.get(&*path).copied() else { return Failure::NotFound.line() };
    if request.method() != Method::POST {
        return Failure::MethodNotAllowed("POST").answer(audience, &site.assets);
    }
    if !is_form(request.headers()) {
        return Failure::MediaType.answer(audience, &site.assets);
    }
    let visit = site.visit(request.headers(), request.extensions()).await;
    // Leptos sends a browser back to the `Referer`, with the error in the address: that must be our own page,
    // whatever the request says (WEB-03).
    let page = routes::page_of(&path, visit.page);
    match HeaderValue::from_str(&site.settings.absolute(page)) {
        Ok(referer) => request.headers_mut().insert(header::REFERER, referer),
        Err(_) => request.headers_mut().remove(header::REFERER),
    };
    let (parts, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Failure::BadRequest.answer(audience, &site.assets),
    };
    if !is_text(&body) || !has_only(&body, fields) {
        return Failure::BadRequest.answer(audience, &site.assets);
    }
    let (address, trouble) = (visit.address, Trouble::default());
    let context = page::context(&site, visit, &trouble);
    let response = leptos_axum::handle_server_fns_with_context(context, Request::from_parts(parts, body.into()))
        .await
        .into_response();
    if let Some(error @ AppError::Forbidden) = trouble.get()
        && !path.starts_with(READING)
    {
        site.note_refusal(address, &path, error);
    }
    let response = with_status(response, &path, audience).await;
    sent_on(&site, response, page, audience)
}

/// The one encoding that a server function takes: that of a form.
fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a form decodes to UTF-8. The reader of Leptos would put U+FFFD for what does not, and so make two
/// different passwords one.
fn is_text(form: &[u8]) -> bool {
    let mut text = Vec::with_capacity(form.len());
    let mut rest = form;
    while let [first, tail @ ..] = rest {
        let decoded = if *first == b'%' { tail.split_first_chunk::<2>().and_then(escaped) } else { None };
        let (byte, after) = decoded.unwrap_or((*first, tail));
        text.push(byte);
        rest = after;
    }
    std::str::from_utf8(&text).is_ok()
}

/// Whether a form has no other fields than these. What a function would only ignore may be an attempt to set what is
/// nobody's to set (ASVS 5.0 15.3.3).
fn has_only(form: &[u8], fields: &[&str]) -> bool {
    url::form_urlencoded::parse(form).all(|(name, _)| fields.contains(&&*name))
}

/// The byte of two hexadecimal digits, and what follows them.
fn escaped<'a>((digits, after): (&[u8; 2], &'a [u8])) -> Option<(u8, &'a [u8])> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    Some((u8::from_str_radix(digits, 16).ok()?, after))
}

/// Leptos answers 500 to every error; a program gets the status that belongs to it. A browser is sent on.
async fn with_status(response: Response, path: &str, audience: Audience) -> Response {
    if !response.headers().contains_key(FAILED) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let error = match Limited::new(body, MAX_ERROR).collect().await {
        Ok(body) => serde_json::from_slice(&body.to_bytes()).unwrap_or(AppError::Internal { reference: 0 }),
        Err(_) => AppError::Internal { reference: 0 },
    };
    // Faults of the steps have their number and their line in the log already; those of Leptos come without.
    let error = match error {
        AppError::Internal { reference: 0 } => {
            let reference = reference();
            tracing::error!(reference, path, "a server function failed before it ran");
            AppError::Internal { reference }
        }
        error => error,
    };
    match audience {
        Audience::Person { .. } => Response::from_parts(parts, Body::empty()),
        Audience::Program => {
            let mut response = failure::error(error);
            for (name, value) in &parts.headers {
                if !response.headers().contains_key(name) || *name == header::SET_COOKIE {
                    response.headers_mut().append(name, value.clone());
                }
            }
            response
        }
    }
}

/// A browser is sent on by 303, so that reloading does not post again (RFC 9110 §15.4.4), and only to us.
fn sent_on(site: &Site, mut response: Response, page: &'static str, audience: Audience) -> Response {
    location::keep_home(&site.settings, response.headers_mut());
    if audience == Audience::Program {
        return response;
    }
    let (mut parts, _body) = response.into_parts();
    parts.status = StatusCode::SEE_OTHER;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(FAILED);
    parts.headers.entry(header::LOCATION).or_insert(HeaderValue::from_static(page));
    Response::from_parts(parts, Body::empty())
}
