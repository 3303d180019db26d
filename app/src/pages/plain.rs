//! Plain pages: made on the server, sent without a script, and not in the browser's program.
//!
//! Whatever a page of this kind needs, forms and links do. So a phone loads its few kilobytes and nothing
//! else, and the pages of the sign-in stay light however many of these there are.

use leptos::prelude::*;

use super::{confirm, home, new_password, outbox, pause, reset, security};
use crate::{components::NotFound, model::Purpose, routes};

/// The page of an address, or the one that says that there is none.
pub(super) async fn page(path: &str) -> AnyView {
    match path {
        routes::HOME => home::page().await,
        routes::RESET => reset::ask().await,
        routes::RESET_SENT => reset::sent(),
        routes::RESET_NEW => reset::new_password().await,
        routes::RESET_DONE => reset::done(),
        routes::CONFIRM => confirm::page(Purpose::SetUp).await,
        routes::SECURITY => security::page().await,
        routes::CHANGE_AUTHENTICATOR => confirm::page(Purpose::Authenticator).await,
        routes::REMOVE_AUTHENTICATOR => confirm::page(Purpose::RemoveAuthenticator).await,
        routes::CHANGE_PHONE => confirm::page(Purpose::Phone).await,
        routes::REMOVE_PHONE => confirm::page(Purpose::RemovePhone).await,
        routes::NEW_RECOVERY_CODE => confirm::page(Purpose::RecoveryCode).await,
        routes::NEW_PASSWORD => new_password::page().await,
        routes::PAUSE => pause::page().await,
        routes::OUTBOX => outbox::page().await,
        _ => view! { <NotFound/> }.into_any(),
    }
}
