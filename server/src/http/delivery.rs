//! Delivery reports of providers for text messages. Their signature stands for where they come from.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;

use super::Site;
use crate::{
    service::ReportOutcome,
    sms::{ReportError, ReportRequest},
};

/// Where reports come in, by the name of the gateway.
pub(super) const ROUTE: &str = "/api/sms/{gateway}";
/// What all their addresses start with.
pub(super) const PREFIX: &str = "/api/sms/";

/// The part of a gateway's name that is logged, in characters: anybody can make one up.
const MAX_NAME: usize = 32;

/// Takes a report. The answer says nothing but whether it was taken.
pub(super) async fn take(State(site): State<Arc<Site>>, Path(gateway): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return StatusCode::BAD_REQUEST.into_response() };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = site.settings.absolute(path);
    let twilio = text(&parts.headers, "x-twilio-signature");
    let own = text(&parts.headers, "muster-signature");
    let report = ReportRequest {
        url: &url,
        signature: if twilio.is_empty() { own } else { twilio },
        timestamp: text(&parts.headers, "muster-timestamp"),
        body: &body.to_bytes(),
    };
    let outcome = site.programs.delivery_report(&gateway, &report).await;
    if let ReportOutcome::Refused(error) = outcome
        && site.delivery_reports.spend(Instant::now())
    {
        let gateway: String = gateway.chars().take(MAX_NAME).collect();
        tracing::warn!(gateway, %error, "a delivery report was refused");
    }
    let status = match outcome {
        ReportOutcome::Taken => StatusCode::NO_CONTENT,
        ReportOutcome::Refused(ReportError::NoGateway) => StatusCode::NOT_FOUND,
        ReportOutcome::Refused(ReportError::Unsigned) => StatusCode::UNAUTHORIZED,
        ReportOutcome::Refused(ReportError::Malformed) => StatusCode::BAD_REQUEST,
        ReportOutcome::Away => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, [(header::CACHE_CONTROL, "no-store")]).into_response()
}

/// The one value of a header; empty when it is not there, not text, or there twice.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut values = headers.get_all(name).into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default(),
        (None | Some(_), _) => "",
    }
}
