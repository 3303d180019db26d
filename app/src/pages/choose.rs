//! `How Do You Want to Verify Your Identity`.

use leptos::prelude::*;

use crate::{
    api::verify_page,
    components::{Erase, Gate, Icon, icon, show},
    model::{Method, VerifyView},
    routes,
};

#[component]
pub(super) fn ChooseStep() -> AnyView {
    show(verify_page, Signal::stored(None), move |view: VerifyView| {
        let app = view.methods.contains(&Method::Authenticator).then(|| {
            view! {
                <Pick
                    page=routes::VERIFY
                    d=icon::APP
                    name="Authenticator App"
                    what="Read a code from the app on your phone"
                />
            }
        });
        view! {
            <Gate title="How Do You Want to Verify Your Identity">
                <p class="muted">"Your password is right. Now show it is you. Pick what you have with you."</p>
                {app}
                <Pick
                    page=routes::RECOVERY
                    d=icon::KEY
                    name="Use a Recovery Code"
                    what="For when you do not have your phone"
                />
                <p class="small muted">"None of these? Ask your company’s administrator."</p>
            </Gate>
        }
        .erase()
    })
}

#[component]
fn Pick(page: &'static str, d: &'static str, name: &'static str, what: &'static str) -> AnyView {
    view! {
        <a class="pick" href=page>
            <Icon d/>
            <span><b>{name}</b> " " <small>{what}</small></span>
            <Icon d=icon::NEXT/>
        </a>
    }
    .erase()
}
