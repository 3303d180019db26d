//! The hydrated pages, rendered whole before the first byte goes out, so that status and headers are right.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, OnceLock},
};

use app::{
    backend::{Port, Visit},
    routes,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use leptos::prelude::{Owner, provide_context, use_context};
use leptos_axum::ResponseOptions;

use super::{
    Site, failure,
    failure::{Audience, Failure},
    guard::{Guard, Trouble},
    header::page_policy,
    location, plain, report,
};

/// A page.
pub(super) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    render(&site, request).await
}

/// The head of a page, without asking for what it shows: some pages show a thing once only.
pub(super) async fn head() -> Response {
    [(header::CONTENT_TYPE, "text/html; charset=utf-8")].into_response()
}

/// A file of the site, or the page that says that there is nothing here.
pub(super) async fn fallback(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path();
    if request.method() == Method::POST {
        return Failure::NotFound.line();
    }
    if let Some(response) = site.files.answer(path, request.headers()) {
        return response;
    }
    if request.method() == Method::HEAD || is_file(path) || path == "/api" || path.starts_with("/api/") {
        return Failure::NotFound.line();
    }
    let bare = path.trim_end_matches('/');
    let mut pages = routes::PAGES.into_iter().chain(routes::PLAIN);
    if let Some(page) = pages.find(|page| *page == bare && *page != routes::OUTBOX) {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, page)]).into_response();
    }
    plain::not_found(&site, request).await
}

/// Whether the last part of a path looks like a file's name.
fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

async fn render(site: &Arc<Site>, mut request: Request) -> Response {
    // Leptos redirects only those who say that they read HTML, and a page has nothing else to offer.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    let trouble = Trouble::default();
    let (parts, body) = request.into_parts();
    let visit = site.visit(&parts.headers, &parts.extensions).await;
    let audience = Audience::Person { language: visit.language, same_again: true };
    let context = context(site, visit, &trouble);
    let owner = Arc::new(OnceLock::new());
    let found = owner.clone();
    let with_policy = move || {
        if let Some(owner) = Owner::current() {
            let _ = found.set(owner);
        }
        context();
        provide_policy();
    };
    let page = leptos_axum::render_app_async_stream_with_context(with_policy, app::shell);
    let rendering = async { whole(page(Request::from_parts(parts, body)).await, site, audience).await };
    let mut response = under(&owner, rendering).await;
    settle(site, &mut response, &trouble);
    response
}

/// What every page's answer goes through: it leads to us alone, and has the status of what went wrong.
pub(super) fn settle(site: &Site, response: &mut Response, trouble: &Trouble) {
    location::keep_home(&site.settings, response.headers_mut());
    if let Some(error) = trouble.get().filter(|_| !response.status().is_redirection()) {
        if response.status() == StatusCode::OK {
            *response.status_mut() = failure::status_of(*error);
        }
        failure::set_retry_after(*error, response.headers_mut());
    }
}

/// Runs a rendering under its own owner each time it goes on. Leptos waits once outside of it, before it writes
/// the title (`inject_meta_context`): meanwhile the thread may have worked on another page, and the title would
/// be read from that page's values, or from none and panic.
pub(super) async fn under<T>(owner: &OnceLock<Owner>, rendering: impl Future<Output = T>) -> T {
    let mut rendering = pin!(rendering);
    poll_fn(|context| match owner.get() {
        Some(owner) => owner.with(|| rendering.as_mut().poll(context)),
        None => rendering.as_mut().poll(context),
    })
    .await
}

/// What pages and server functions find in their context.
pub(super) fn context(site: &Arc<Site>, visit: Visit, trouble: &Trouble) -> impl Fn() + Clone + Send + Sync + 'static {
    let port: Port = Arc::new(Guard { port: site.port.clone(), trouble: trouble.clone() });
    let assets = site.assets.clone();
    move || {
        provide_context(port.clone());
        provide_context(visit.language);
        provide_context(visit.clone());
        provide_context(assets.clone());
    }
}

/// Puts the policy with this response's nonce into its headers.
fn provide_policy() {
    let nonce = leptos::nonce::use_nonce();
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), nonce) else { return };
    if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        response
            .insert_header(HeaderName::from_static("reporting-endpoints"), HeaderValue::from_static(report::ENDPOINTS));
    }
}

/// The response with its body in one piece, within the deadline; one that only sends on needs none.
async fn whole(response: Response, site: &Site, audience: Audience) -> Response {
    let (mut parts, body) = response.into_parts();
    if parts.status.is_redirection() {
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    match body.collect().await {
        Ok(body) => Response::from_parts(parts, Body::from(body.to_bytes())),
        Err(_) => Failure::Broken { reference: super::panic::reference() }.answer(audience, &site.assets),
    }
}
