//! What a monitoring system asks, in the `OpenMetrics` text format, on a listener of its own: nothing of it is for the people
//! who sign in. The figures are those of the database, the same on every node, and name nobody.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::service::{Service, SmsDay};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`, and nothing else.
pub fn metrics_router(service: Arc<Service>) -> Router {
    Router::new().route("/metrics", get(show)).with_state(service)
}

async fn show(State(service): State<Arc<Service>>) -> Response {
    let day = match service.sms_day().await {
        Ok(day) => day,
        Err(error) => {
            tracing::warn!(%error, "the figures for the monitoring system could not be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    match text(day) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, "no-store")], text).into_response(),
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn text(day: SmsDay) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("muster_sms_day");
    for (name, help, value) in [
        ("sent", "Text messages that went out since midnight UTC", day.count.sent),
        ("refused", "Text messages that did not go out because the budget of the day was used up", day.count.refused),
        ("limit", "Text messages that may go out in a day", day.most),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let stopped = Family::<[(&str, &str); 1], Gauge>::default();
    for (kind, reached) in day.stopped {
        stopped.get_or_create(&[("limit", kind)]).set(reached);
    }
    registry.register("stopped", "Limits of each kind that were reached since midnight UTC", stopped);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
