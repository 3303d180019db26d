//! The pages and the frame round them.

mod again;
mod authenticator;
mod choose;
mod code;
#[cfg(feature = "ssr")]
mod confirm;
#[cfg(feature = "ssr")]
mod document;
mod email;
#[cfg(feature = "ssr")]
mod home;
mod method;
#[cfg(feature = "ssr")]
mod new_password;
#[cfg(feature = "ssr")]
mod outbox;
mod password;
#[cfg(feature = "ssr")]
mod pause;
mod phone;
mod phone_code;
#[cfg(feature = "ssr")]
mod picker;
#[cfg(feature = "ssr")]
mod plain;
mod recovery;
mod recovery_code;
mod required;
#[cfg(feature = "ssr")]
mod reset;
mod route;
#[cfg(feature = "ssr")]
mod security;

use leptos::{prelude::*, server::ServerActionError};
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
};

#[cfg(feature = "ssr")]
pub use document::{Assets, plain_page, shell};

use crate::{
    components::{Announcer, Scripted},
    routes,
};
use route::Exact;

/// The application: the router and the hydrated pages. An address that is none of theirs is the server's.
///
/// Every page waits for its data (`SsrMode::Async`): streaming out of order would need JavaScript,
/// and could set neither status nor headers after its first byte.
#[component]
pub fn App() -> AnyView {
    provide_meta_context();
    Scripted::provide();
    forget_address_error();
    let wait = SsrMode::Async;
    view! {
        <Router>
            <Announcer>
                <FlatRoutes fallback=|| ()>
                    <Route path=Exact(routes::SIGN_IN) view=email::EmailStep ssr=wait.clone()/>
                    <Route path=Exact(routes::PASSWORD) view=password::PasswordStep ssr=wait.clone()/>
                    <Route path=Exact(routes::VERIFY) view=code::CodeStep ssr=wait.clone()/>
                    <Route path=Exact(routes::PHONE_CODE) view=phone_code::PhoneCodeStep ssr=wait.clone()/>
                    <Route path=Exact(routes::CHOOSE) view=choose::ChooseStep ssr=wait.clone()/>
                    <Route path=Exact(routes::RECOVERY) view=recovery::RecoveryStep ssr=wait.clone()/>
                    <Route path=Exact(routes::REQUIRED) view=required::RequiredStep ssr=wait.clone()/>
                    <Route path=Exact(routes::METHOD) view=method::MethodStep ssr=wait.clone()/>
                    <Route path=Exact(routes::AUTHENTICATOR) view=authenticator::AuthenticatorStep ssr=wait.clone()/>
                    <Route path=Exact(routes::PHONE) view=phone::PhoneStep ssr=wait.clone()/>
                    <Route path=Exact(routes::PHONE_CONFIRM) view=phone_code::PhoneConfirmStep ssr=wait.clone()/>
                    <Route path=Exact(routes::RECOVERY_CODE) view=recovery_code::RecoveryCodeStep ssr=wait/>
                </FlatRoutes>
            </Announcer>
        </Router>
    }
    .into_any()
}

/// An error in the address belongs to the page that was loaded with it. Once that page has read it,
/// it must not show again when the person comes back by a link.
fn forget_address_error() {
    let owner = Owner::current();
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| provide_context(ServerActionError::new("", "")));
        }
    });
}
