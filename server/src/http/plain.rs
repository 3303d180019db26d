//! The plain pages: made here, sent without a script.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use leptos::{
    prelude::{Owner, provide_context},
    server::ServerActionError,
};
use leptos_axum::ResponseOptions;

use super::{Site, guard::Trouble, header::PLAIN_PAGE_POLICY, page, report};

/// An address that is no page.
const NOWHERE: &str = "/not-found";

/// A plain page.
pub(super) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    render(&site, request, &path).await
}

/// The page that says that there is nothing here. The address that was asked for is anything at all, so it is
/// never matched (WEB-14).
pub(super) async fn not_found(site: &Arc<Site>, request: Request) -> Response {
    let mut response = render(site, request, NOWHERE).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

async fn render(site: &Arc<Site>, request: Request, path: &str) -> Response {
    let (mut parts, _body) = request.into_parts();
    // Leptos redirects only those who say that they read HTML, and a page has nothing else to offer.
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    let (trouble, answer) = (Trouble::default(), ResponseOptions::default());
    let context = page::context(site, site.visit(&parts.headers, &parts.extensions).await, &trouble);
    let owner = Owner::new_root(None);
    owner.with(|| {
        context();
        provide_context(answer.clone());
        if let Some(error) = address_error(&parts.uri) {
            provide_context(error);
        }
        provide_context(parts);
    });
    let html = page::under(&OnceLock::from(owner.clone()), app::plain_page(path)).await;
    owner.unset_with_forced_cleanup();
    let mut response = finish(html, &answer);
    page::settle(site, &mut response, &trouble);
    response
}

/// The answer with the status and the headers that the page asked for; one that only sends on needs no body.
fn finish(html: String, answer: &ResponseOptions) -> Response {
    let asked = std::mem::take(&mut *answer.0.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    let status = asked.status.unwrap_or(StatusCode::OK);
    let mut response =
        if status.is_redirection() { status.into_response() } else { (status, Html(html)).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PLAIN_PAGE_POLICY));
    headers.insert(HeaderName::from_static("reporting-endpoints"), HeaderValue::from_static(report::ENDPOINTS));
    headers.extend(asked.headers);
    response
}

/// The error that the address carries after a form, as Leptos writes it there.
fn address_error(uri: &Uri) -> Option<ServerActionError> {
    let fields: Vec<_> = url::form_urlencoded::parse(uri.query()?.as_bytes()).collect();
    let value = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    Some(ServerActionError::new(value("__path")?, value("__err")?))
}
