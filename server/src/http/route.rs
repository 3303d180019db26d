//! Every route in one list. The router is made of it and of nothing else, and the tests hold theirs against it.

use std::sync::Arc;

use app::routes;
use axum::routing::{MethodRouter, any, get, post};

use super::{Site, action, delivery, page, plain, program, report, reset_link};

/// Each route with what answers it. The demo has some more.
pub(super) fn list(demo: bool) -> Vec<(&'static str, MethodRouter<Arc<Site>>)> {
    let mut list = vec![
        ("/healthz", get(program::healthz)),
        ("/readyz", get(program::readyz)),
        ("/api/session", get(program::session)),
        (delivery::ROUTE, post(delivery::take)),
        ("/api/{*action}", any(action::run)),
        (report::PATH, post(report::take)),
        (routes::RESET_LINK, get(reset_link::open)),
    ];
    if demo {
        list.push((program::OUTBOX, get(program::outbox)));
    }
    list.extend(routes::PAGES.map(|path| (path, get(page::show).head(page::head))));
    let plain = routes::PLAIN.into_iter().filter(|path| demo || *path != routes::OUTBOX);
    list.extend(plain.map(|path| (path, get(plain::show).head(page::head))));
    list
}

/// The address of every route, as axum spells it.
pub fn paths(demo: bool) -> impl Iterator<Item = &'static str> {
    list(demo).into_iter().map(|(path, _)| path)
}
