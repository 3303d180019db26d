//! The link in the mail that sets a new password: takes the token out of the address at once, so that it stays in no
//! history, log of a page or `Referer`. Nothing is used up here: mail programs open links by themselves.

use std::sync::Arc;

use app::routes;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Site, cookie::Kind};
use crate::service::RESET_LIFE;

/// Far longer than any token.
const MAX_TOKEN: usize = 128;

/// Puts the token into a cookie and goes on to the page.
pub(super) async fn open(State(site): State<Arc<Site>>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "t");
    let token = token.map(|(_, value)| value).filter(|value| !value.is_empty() && value.len() <= MAX_TOKEN);
    let cookie = match &token {
        Some(token) => site.cookies.set(Kind::Reset, token, Some(RESET_LIFE)),
        None => site.cookies.clear(Kind::Reset),
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, routes::RESET_NEW)]).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
