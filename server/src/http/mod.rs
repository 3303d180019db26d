//! The router, its middleware and its headers.
//!
//! Every request passes, from the outside in: the headers that every answer carries ([`header`]), the
//! net for panics ([`panic`]), the gate ([`gate`]: host, method, where the request comes from), the
//! limits ([`limit`]: body and time), and then its route.

mod action;
mod address;
pub mod cookie;
mod delivery;
mod failure;
mod files;
mod gate;
mod guard;
mod header;
mod language;
mod limit;
mod location;
mod metrics;
mod page;
mod panic;
mod plain;
mod port;
mod program;
mod report;
mod reset_link;
mod route;
mod serve;
mod settings;
mod stall;
mod visit;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicBool},
};

use app::{backend::Port, model::Secret, pages::Assets};
use async_trait::async_trait;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};

use self::failure::Audience;
pub use self::{
    address::client_address, files::Files, metrics::metrics_router, route::paths, serve::serve, settings::HttpSettings,
    visit::Peer,
};
use crate::{
    service::{ReportOutcome, SessionInfo},
    sms::ReportRequest,
};

/// What programs may ask, beside the pages.
#[async_trait]
pub trait Programs: Send + Sync + 'static {
    /// Who is signed in with this session token, at this moment.
    ///
    /// # Errors
    /// [`app::AppError::NotSignedIn`], or [`app::AppError::Unavailable`] when the database is away.
    async fn session(&self, token: &Secret) -> Result<SessionInfo, app::AppError>;

    /// Takes a provider's report about a text message.
    async fn delivery_report(&self, gateway: &str, report: &ReportRequest<'_>) -> ReportOutcome;

    /// Whether the database answers and can be written to, as far as that can be known without writing each time.
    ///
    /// # Errors
    /// [`app::AppError::Unavailable`].
    async fn ready(&self) -> Result<(), app::AppError>;
}

/// Everything that the routes work with.
pub struct Site {
    settings: HttpSettings,
    cookies: cookie::Cookies,
    port: Port,
    programs: Arc<dyn Programs>,
    files: Files,
    assets: Assets,
    actions: HashMap<&'static str, &'static [&'static str]>,
    /// The lines in the log for reports of browsers, for those of providers that are not taken, and for what was refused.
    reports: report::Budget,
    told_of_a_proxy: AtomicBool,
    delivery_reports: report::Budget,
    refusals: report::Budget,
}

/// The whole site, with the files that the program carries.
pub fn router(settings: &HttpSettings, port: Port, programs: Arc<dyn Programs>) -> Router {
    router_with_files(settings, port, programs, Files::embedded())
}

/// The whole site, with other files than those that the program carries.
pub fn router_with_files(settings: &HttpSettings, port: Port, programs: Arc<dyn Programs>, files: Files) -> Router {
    // Only the first call sets it up; a later one finds it in place, which is as good.
    let _ = any_spawner::Executor::init_tokio();
    let site = Arc::new(Site {
        cookies: cookie::Cookies::new(settings.is_secure()),
        assets: files.assets(),
        actions: action::registered(),
        reports: report::Budget::default(),
        told_of_a_proxy: AtomicBool::new(false),
        delivery_reports: report::Budget::default(),
        refusals: report::Budget::default(),
        settings: settings.clone(),
        port,
        programs,
        files,
    });

    let list = route::list(settings.demo).into_iter();
    let router = list.fold(Router::new(), |router, (path, answer)| router.route(path, answer));
    router.fallback(page::fallback).layer(middleware::from_fn_with_state(site.clone(), pass)).with_state(site)
}

/// What every request passes, in one layer: each layer would copy the routes and put a future of its own on the heap.
async fn pass(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let site = &*site;
    let audience = Audience::of(site.cookies, &request);
    let route = |request| next.run(request);
    let limited = |request| limit::within(site, audience, request, route);
    let guarded = |request| gate::guard(site, audience, request, limited);
    header::secure(site, panic::catch(site, audience, request, guarded)).await
}
