//! One page: its data, or what stands in for it when there is none.

use std::{pin::Pin, sync::Arc};

use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Serialize, de::DeserializeOwned};

use super::{Erase, Gate, Icon, Mark, icon, icon::Centre, message};
use crate::{AppError, routes, t, text::Text};

type Answer = Result<String, AppError>;
type Fetch = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;
type Draw = Arc<dyn Fn(Answer) -> AnyView + Send + Sync>;

/// Shows a page once its data is there; a failure takes its place.
pub fn show<S>(page: S, view: impl Fn(S::Output) -> AnyView + Send + Sync + 'static) -> AnyView
where
    S: PageData,
{
    // The data waits as text and is read at the end: whatever waits is generic over what it waits
    // for, and each further instance costs the browser some ten kilobytes.
    let draw = move |answer: Answer| {
        let data = answer.and_then(|text| serde_json::from_str(&text).map_err(|_| AppError::Internal { reference: 0 }));
        data.map_or_else(failed, &view)
    };
    let fetch: Fetch = Box::new(move || Box::pin(fetch(page.clone())));
    stage(fetch, Arc::new(draw))
}

/// The same for a plain page, whose data is there already.
#[cfg(feature = "ssr")]
pub fn show_plain<T>(data: Result<T, AppError>, view: impl FnOnce(T) -> AnyView) -> AnyView {
    data.map_or_else(failed, view)
}

/// A server function that answers what one page shows.
pub trait PageData: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned> + Clone + Sync + 'static {}

impl<S> PageData for S where S: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned> + Clone + Sync + 'static
{}

#[cfg(feature = "ssr")]
async fn fetch<S: PageData>(page: S) -> Answer {
    let data = page.run_body().await?;
    serde_json::to_string(&data).map_err(|_| AppError::Internal { reference: 0 })
}

#[cfg(not(feature = "ssr"))]
fn fetch<S: PageData>(_page: S) -> impl Future<Output = Answer> + Send {
    super::ask::ask(S::PATH, String::new(), super::ask::Turn::Instead)
}

fn stage(fetch: Fetch, draw: Draw) -> AnyView {
    let data = Resource::new_blocking(|| (), move |()| fetch());
    let body = move || {
        let draw = Arc::clone(&draw);
        Suspend::new(async move { draw(data.await) })
    };
    view! { <Transition fallback=moment>{body}</Transition> }.erase()
}

/// Gives the page's answer this status.
#[cfg(feature = "ssr")]
pub(super) fn set_status(status: u16) {
    if let (Some(response), Ok(status)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status))
    {
        response.set_status(status);
    }
}

/// Nothing: the page is in the browser already.
#[cfg(not(feature = "ssr"))]
pub(super) fn set_status(_status: u16) {}

/// What stands in for a page without data.
pub fn failed(error: AppError) -> AnyView {
    match error {
        AppError::Busy { .. } | AppError::Unavailable => {
            set_status(error.status());
            view! { <Fault title=t::problem::UNAVAILABLE text=message::sentence(error) reference=0/> }.erase()
        }
        AppError::Internal { reference } => {
            set_status(error.status());
            view! { <Fault title=t::problem::INTERNAL text=t::problem::INTERNAL_TEXT.into() reference/> }.erase()
        }
        AppError::Offline => view! { <Offline/> }.erase(),
        AppError::BadRequest
        | AppError::EmailInvalid
        | AppError::CredentialsWrong
        | AppError::AtIdentityProvider
        | AppError::PasswordWrong
        | AppError::PasswordShort
        | AppError::PasswordKnown
        | AppError::PasswordPersonal
        | AppError::CodeMalformed
        | AppError::CodeWrong { .. }
        | AppError::CodeUsed
        | AppError::ClockOff { .. }
        | AppError::RecoveryCodeMalformed
        | AppError::RecoveryCodeWrong { .. }
        | AppError::RecoveryCodeOld { .. }
        | AppError::TickMissing
        | AppError::RecoveryCodeReplaced
        | AppError::Expired
        | AppError::ChallengeDead
        | AppError::Paused { .. }
        | AppError::NotSignedIn
        | AppError::Forbidden
        | AppError::MethodNotAllowed
        | AppError::SmsCodeWrong { .. }
        | AppError::SmsCodeExpired
        | AppError::SmsCodeUsed
        | AppError::SmsCodeElsewhere
        | AppError::SmsWait { .. }
        | AppError::SmsLimit { .. }
        | AppError::TooOften { .. }
        | AppError::SmsUnavailable
        | AppError::SmsUndeliverable
        | AppError::PhoneInvalid
        | AppError::PhoneCountry
        | AppError::PhonePremium
        | AppError::PhoneTollFree
        | AppError::PhoneNotMobile
        | AppError::PhoneUsOnly
        | AppError::PhoneSame
        | AppError::PhoneShared
        | AppError::PhoneAgain
        | AppError::PasswordLong
        | AppError::LastMethod => elsewhere(),
    }
}

/// The server has named another page, which is on its way. Without JavaScript this is never seen.
fn elsewhere() -> AnyView {
    view! {
        <Gate title=t::problem::ELSEWHERE>
            <p>{t::problem::ELSEWHERE_TEXT}</p>
            <a class="btn btn--block" href=routes::SIGN_IN rel="external">
                {t::frame::GO_TO_SIGN_IN}
            </a>
        </Gate>
    }
    .erase()
}

fn moment() -> AnyView {
    view! { <div class="gate"><p class="help" aria-busy="true">{t::frame::MOMENT}</p></div> }.erase()
}

/// Full-page failure with one way on.
#[component]
fn Fault(title: Text, text: String, reference: u32) -> AnyView {
    let reference = (reference != 0).then(|| {
        let number = |part| view! { <b class="num">{part}</b> }.erase();
        view! { " " {t::problem::REFERENCE.marked([("number", &reference.to_string())], &number)} }
    });
    view! {
        <Gate title above=view! { <Mark class="sign" centre=Centre::Fault/> }.erase()>
            <p>{text}</p>
            <TryAgain/>
            <p class="note">
                <Icon d=icon::ALERT/>
                <span>{t::problem::AGAIN} {reference}</span>
            </p>
        </Gate>
    }
    .erase()
}

#[component]
fn Offline() -> AnyView {
    view! {
        <Gate title=t::problem::OFFLINE above=view! { <Mark class="sign" centre=Centre::Ring/> }.erase()>
            <p>{t::problem::OFFLINE_TEXT}</p>
            <ul class="facts" role="list">
                <li><Icon d=icon::OFFLINE/> <span>{t::problem::OFFLINE_SIGNAL}</span></li>
                <li><Icon d=icon::APP/> <span>{t::problem::OFFLINE_APP}</span></li>
            </ul>
            <TryAgain/>
        </Gate>
    }
    .erase()
}

#[component]
fn TryAgain() -> AnyView {
    // This page without its query, which may still tell an error.
    view! { <a class="btn btn--primary btn--block" href="?" rel="external">{t::frame::TRY_AGAIN}</a> }.erase()
}

/// No page has this address.
#[cfg(feature = "ssr")]
#[component]
pub fn NotFound() -> AnyView {
    set_status(404);
    view! {
        <Gate title=t::not_found::TITLE above=view! { <Mark class="sign" centre=Centre::Ring/> }.erase()>
            <p>{t::not_found::WHY}</p>
            <ul class="facts" role="list">
                <li><Icon d=icon::MAIL/> <span>{t::not_found::EMAIL}</span></li>
                <li><Icon d=icon::LOCK/> <span>{t::not_found::SETTINGS}</span></li>
            </ul>
            <a class="btn btn--primary btn--block" href=routes::SIGN_IN>{t::frame::GO_TO_SIGN_IN}</a>
        </Gate>
    }
    .erase()
}
