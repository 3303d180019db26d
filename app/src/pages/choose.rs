//! `How Do You Want to Verify Your Identity`.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::{SendSignInCode, VerifyPage},
    components::{Erase, Gate, Icon, icon, masked, show},
    model::{Method, VerifyView},
    routes, t,
    text::Text,
};

#[component]
pub(super) fn ChooseStep() -> AnyView {
    show(VerifyPage {}, |view: VerifyView| ways(&view))
}

/// The ways that are open, to pick one.
pub(super) fn ways(view: &VerifyView) -> AnyView {
    let app = view.methods.contains(&Method::Authenticator).then(|| {
        view! {
            <Pick
                page=routes::VERIFY
                d=icon::APP
                name=t::sign_in::APP
                what=t::sign_in::APP_WHAT
            />
        }
    });
    let phone = view.methods.contains(&Method::Sms).then(|| {
        view! {
            <form method="post" action={<SendSignInCode as ServerFn>::PATH}>
                <button class="pick" type="submit">
                    <Icon d=icon::SMS/>
                    <span>
                        <b>{t::phone::USE}</b>
                        " "
                        <small>{t::phone::USE_WHAT.marked(&|_| masked(&view.masked, &view.ending))}</small>
                    </span>
                    <Icon d=icon::NEXT/>
                </button>
            </form>
        }
    });
    view! {
        <Gate title=t::sign_in::CHOOSE_TITLE>
            <p class="muted">{t::sign_in::CHOOSE_INTRO}</p>
            {app}
            {phone}
            <Pick
                page=routes::RECOVERY
                d=icon::KEY
                name=t::sign_in::USE_RECOVERY_CODE
                what=t::sign_in::USE_RECOVERY_CODE_WHAT
            />
            <p class="small muted">{t::sign_in::NONE_OF_THESE}</p>
        </Gate>
    }
    .erase()
}

#[component]
fn Pick(page: &'static str, d: &'static str, name: Text, what: Text) -> AnyView {
    view! {
        <a class="pick" href=page>
            <Icon d/>
            <span><b>{name}</b> " " <small>{what}</small></span>
            <Icon d=icon::NEXT/>
        </a>
    }
    .erase()
}
