//! What every form shares.

use leptos::{
    prelude::*,
    server_fn::{Http, ServerFn, client::Client, codec::PostUrl, request::ClientReq},
};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use serde::de::DeserializeOwned;

use super::{Body, Erase};
use crate::{AppError, routes};

/// The error of a form's last try, also when it came by the address because JavaScript is off.
///
/// An error that ends the whole step leads on to the page that says so. Without JavaScript the
/// server's redirect does that; the browser's client drops a redirect that comes with an error.
pub fn problem_of<S>(action: ServerAction<S>) -> Signal<Option<AppError>>
where
    S: ServerFn<Output = (), Error = AppError> + Clone + Send + Sync + 'static,
{
    let value = action.value();
    let problem = Signal::derive(move || value.get().and_then(Result::err));
    leave(problem);
    problem
}

fn leave(problem: Signal<Option<AppError>>) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(page) = problem.get().and_then(next_page) {
            navigate(page, NavigateOptions::default());
        }
    });
}

/// Where a person goes whose step has ended; `None` when the page itself says what to do.
pub(super) fn next_page(error: AppError) -> Option<&'static str> {
    match error {
        AppError::Expired => Some(routes::SIGN_IN_EXPIRED),
        AppError::ChallengeDead => Some(routes::SIGN_IN_ATTEMPTS),
        AppError::NotSignedIn => Some(routes::SIGN_IN),
        AppError::BadRequest
        | AppError::EmailInvalid
        | AppError::CredentialsWrong
        | AppError::CodeMalformed
        | AppError::CodeWrong { .. }
        | AppError::CodeUsed
        | AppError::ClockOff { .. }
        | AppError::RecoveryCodeMalformed
        | AppError::RecoveryCodeWrong { .. }
        | AppError::TickMissing
        | AppError::Paused { .. }
        | AppError::Forbidden
        | AppError::MethodNotAllowed
        | AppError::Busy { .. }
        | AppError::Unavailable
        | AppError::Internal { .. }
        | AppError::Offline => None,
    }
}

/// A form that posts to a server function, with a script or without.
#[component]
pub fn Form<S, P>(
    /// The action that keeps the answer.
    action: ServerAction<S>,
    /// The look.
    #[prop(optional)]
    class: &'static str,
    /// The fields.
    children: Body,
) -> AnyView
where
    S: ServerFn<Protocol = Http<PostUrl, P>, Error = AppError> + DeserializeOwned + Clone + Send + Sync + 'static,
    P: 'static,
    S::Output: Send + Sync + 'static,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    S::Client: Client<AppError>,
{
    view! { <ActionForm action attr:class=class>{(children.0)()}</ActionForm> }.erase()
}

/// The one main button of a page. Quiet while the answer is under way.
#[component]
pub fn SubmitButton(
    /// True while the answer is under way.
    #[prop(into)]
    pending: Signal<bool>,
    /// The words.
    label: &'static str,
    /// The look.
    #[prop(default = "btn btn--primary btn--block")]
    class: &'static str,
) -> AnyView {
    view! {
        <button
            class=class
            type="submit"
            disabled=move || pending.get()
            aria-busy=move || pending.get().then_some("true")
        >
            {label}
        </button>
    }
    .erase()
}
