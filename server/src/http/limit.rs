//! How much a request may bring and how long it may take.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, Method, header},
    response::Response,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

use super::{
    Site,
    failure::{Audience, Failure},
};

/// Reads the body, then runs the route, both within one deadline. The route gets a body that is all there, so
/// no step of the flow ever waits for a slow sender (NET-02).
pub(super) async fn within<F: Future<Output = Response>>(
    site: &Site,
    audience: Audience,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let deadline = Instant::now() + site.settings.request_deadline;
    let request = if request.method() == Method::POST {
        let (parts, body) = request.into_parts();
        let read = timeout_at(deadline, read(&parts.headers, body, site.settings.max_body)).await;
        match read.unwrap_or(Err(Failure::BodyTooSlow)) {
            Ok(bytes) => Request::from_parts(parts, Body::from(bytes)),
            Err(failure) => return failure.answer(audience, &site.assets),
        }
    } else {
        request
    };
    match timeout_at(deadline, next(request)).await {
        Ok(response) => response,
        Err(_) => Failure::TooSlow.answer(audience, &site.assets),
    }
}

/// The whole body, unless it is or turns out to be too long. It is never decompressed (NET-03).
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Failure> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Failure::MediaType);
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| u64::try_from(limit).is_ok_and(|limit| length > limit)) {
        return Err(Failure::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::TooLarge),
        Err(_) => Err(Failure::BadRequest),
    }
}
