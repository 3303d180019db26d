//! What programs ask: probes, the session, the demo's outbox.

use std::sync::Arc;

use app::{AppError, Language};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Site,
    cookie::Kind,
    failure::{self, json},
};

/// The outbox as JSON.
pub(super) const OUTBOX: &str = "/demo/outbox.json";

const TEXT: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];

/// The process answers. Says nothing about the database and does not ask it.
pub(super) async fn healthz() -> Response {
    (TEXT, "ok\n").into_response()
}

/// Sign-ins work: the database answers and takes writes. See [`crate::storage::Store::check`] for how soon it tells.
pub(super) async fn readyz(State(site): State<Arc<Site>>) -> Response {
    match site.programs.ready().await {
        Ok(()) => (TEXT, "ready\n").into_response(),
        Err(error) => {
            let mut response =
                (StatusCode::SERVICE_UNAVAILABLE, TEXT, "The database is away. Nobody can sign in until it is back.\n")
                    .into_response();
            failure::set_retry_after(error, response.headers_mut());
            response
        }
    }
}

/// Who is signed in.
pub(super) async fn session(State(site): State<Arc<Site>>, request: Request) -> Response {
    let Some(token) = site.cookies.read(Kind::Session, request.headers()) else {
        return failure::error(AppError::NotSignedIn);
    };
    match site.programs.session(&token).await {
        Ok(session) => json(StatusCode::OK, &session),
        Err(error) => failure::error(error),
    }
}

/// Mail and SMS of the demo. There is no such address elsewhere.
pub(super) async fn outbox(State(site): State<Arc<Site>>) -> Response {
    match site.port.outbox_page(Language::En).await.result {
        Ok(outbox) => json(StatusCode::OK, &outbox),
        Err(error) => failure::error(error),
    }
}
