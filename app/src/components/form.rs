//! Forms that post to a server function, with a script or without.
//!
//! Leptos' own form and action are built anew for each server function; these are there once.

use leptos::{
    prelude::*,
    server::ServerActionError,
    server_fn::{ServerFn, error::ServerFnUrlError},
};

use super::{Body, Erase, page::set_status};
use crate::{AppError, text::Text};

/// RFC 9110 §15.6.4. A page that was sent for in answer to a form has it too; what else went wrong is only for its reader.
const AWAY: u16 = 503;

/// The way to one server function, and how the last try went.
#[derive(Clone, Copy, Debug)]
pub struct Post {
    path: &'static str,
    problem: RwSignal<Option<AppError>>,
    pending: RwSignal<bool>,
}

impl Post {
    /// To the server function `S`. Without JavaScript its error comes by the address of the page.
    pub fn to<S: ServerFn<Output = (), Error = AppError>>() -> Self {
        Self::to_path(S::PATH)
    }

    fn to_path(path: &'static str) -> Self {
        let problem = use_context::<ServerActionError>()
            .filter(|error| error.path() == path)
            .map(|error| ServerFnUrlError::decode_err(error.err()));
        if let Some(error) = problem.filter(|error: &AppError| error.status() == AWAY) {
            set_status(error.status());
        }
        Self { path, problem: RwSignal::new(problem), pending: RwSignal::new(false) }
    }

    /// The error of the last try.
    pub fn problem(self) -> Signal<Option<AppError>> {
        self.problem.into()
    }

    #[cfg(feature = "ssr")]
    #[expect(clippy::unused_self, reason = "the server renders the form, the browser sends it")]
    fn submit(self, _event: leptos::ev::SubmitEvent) {}

    #[cfg(not(feature = "ssr"))]
    fn submit(self, event: leptos::ev::SubmitEvent) {
        let Some(form) = fields(&event) else { return };
        event.prevent_default();
        self.pending.set(true);
        leptos::task::spawn_local(async move {
            let answer = super::ask::ask(self.path, form, super::ask::Turn::Next).await;
            // The page may be gone by now, and the signals with it.
            self.pending.try_set(false);
            self.problem.try_set(answer.err());
        });
    }
}

/// The form's fields as the browser itself would send them.
#[cfg(not(feature = "ssr"))]
fn fields(event: &leptos::ev::SubmitEvent) -> Option<String> {
    use wasm_bindgen::JsCast;
    let form = event.target()?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    let data = web_sys::FormData::new_with_form(&form).ok()?;
    let encoded = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    encoded.to_string().as_string()
}

/// A form. Without a script the browser posts it; with one it stays on the page.
#[component]
pub fn Form(
    /// Where it goes.
    post: Post,
    /// The look.
    #[prop(optional)]
    class: &'static str,
    /// The fields.
    children: Body,
) -> AnyView {
    view! {
        <form class=class method="post" action=post.path on:submit=move |event| post.submit(event)>
            {(children.0)()}
        </form>
    }
    .erase()
}

/// The one main button of a page. Quiet while the answer is under way.
#[component]
pub fn SubmitButton(
    /// The form that it sends.
    post: Post,
    /// The words.
    label: Text,
    /// The look.
    #[prop(default = "btn btn--primary btn--block")]
    class: &'static str,
) -> AnyView {
    let pending = post.pending;
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
