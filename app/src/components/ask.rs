//! The browser's one way to call a server function.
//!
//! Leptos' own client is built anew for each function, and drops a redirect that comes with an error.

use leptos::{prelude::*, server_fn::redirect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use crate::{AppError, routes};

/// How a redirect is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// After a step: the next page, with the way back to this one.
    Next,
    /// In place of a page that is not for this person now: the browser's Back and Forward go past it.
    Instead,
}

/// Posts a form to a server function. `Ok` is the answer as JSON; a redirect is followed either way.
pub(super) fn ask(
    path: &'static str,
    form: String,
    turn: Turn,
) -> impl Future<Output = Result<String, AppError>> + Send {
    // The browser has one thread, so what is not `Send` elsewhere is here.
    send_wrapper::SendWrapper::new(async move {
        let response = post(path, &form).await.ok_or(AppError::Offline)?;
        let headers = response.headers();
        if headers.has(redirect::REDIRECT_HEADER).unwrap_or(false)
            && let Ok(Some(page)) = headers.get("location")
        {
            match turn {
                Turn::Next if routes::is_hydrated(&page) && routes::shows_again(&page) => {
                    redirect::call_redirect_hook(&page);
                }
                // A refusal leaves the page as it is, with its link to the sign-in.
                Turn::Next => _ = window().location().assign(&page),
                Turn::Instead => _ = window().location().replace(&page),
            }
        }
        let text = text(&response).await.ok_or(AppError::Offline)?;
        if response.ok() {
            Ok(text)
        } else {
            Err(serde_json::from_str(&text).unwrap_or(AppError::Internal { reference: 0 }))
        }
    })
}

async fn post(path: &str, form: &str) -> Option<Response> {
    let headers = Headers::new().ok()?;
    headers.set("accept", "application/json").ok()?;
    headers.set("content-type", "application/x-www-form-urlencoded").ok()?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&form.into());
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await.ok()?;
    response.dyn_into().ok()
}

async fn text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
