//! The net under everything: a panic costs one answer, not the server (CRASH-03).

use std::panic::AssertUnwindSafe;

use axum::{extract::Request, response::Response};
use futures_util::FutureExt;

use super::{
    Site,
    failure::{Audience, Failure},
};
use crate::clock::{SystemRng, random};

/// Turns a panic into the page of last resort.
pub(super) async fn catch<F: Future<Output = Response>>(
    site: &Site,
    audience: Audience,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let path = request.uri().path().to_owned();
    // Nothing that is shared with other requests is left half-written: what is shared is behind locks that
    // are let go of in order, or in the database.
    if let Ok(response) = AssertUnwindSafe(async { next(request).await }).catch_unwind().await {
        return response;
    }
    let reference = reference();
    tracing::error!(reference, path, "a request panicked");
    Failure::Broken { reference }.answer(audience, &site.assets)
}

/// A number that joins what a person reads out with a line of the log. It is no secret.
pub(super) fn reference() -> u32 {
    random(&SystemRng).map(u32::from_be_bytes).unwrap_or_default()
}
