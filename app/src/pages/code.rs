//! `Enter Your 6-digit Verification Code`.

use leptos::prelude::*;

use super::choose;
use crate::{
    api::{VerifyCode, VerifyPage},
    components::{CODE, ClockHelp, CodeField, Erase, Form, Gate, Post, SubmitButton, message, show},
    model::{Method, VerifyView},
    routes, t,
};

#[component]
pub(super) fn CodeStep() -> AnyView {
    let submit = Post::to::<VerifyCode>();
    let problem = submit.problem();
    let suspect = Signal::derive(move || problem.get().is_some_and(message::clock_suspect));
    show(VerifyPage {}, move |view: VerifyView| {
        // No code of an app would be right: there is none, or it is switched off.
        if !view.methods.contains(&Method::Authenticator) {
            return choose::ways(&view);
        }
        let VerifyView { issuer, account, .. } = view;
        view! {
            <Gate title=t::sign_in::CODE_TITLE problem field=CODE>
                <Form post=submit class="stack stack--lg">
                    <p class="muted">{t::sign_in::CODE_OPEN.bold([("issuer", &issuer), ("account", &account)])}</p>
                    <CodeField label=t::sign_in::CODE hint=t::sign_in::CODE_HINT problem/>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
                </Form>
                <ClockHelp open=suspect/>
                <div class="cluster">
                    <a class="tap" href=routes::RECOVERY>{t::sign_in::USE_RECOVERY_CODE}</a>
                    <a class="tap" href=routes::CHOOSE>{t::sign_in::ANOTHER_WAY}</a>
                </div>
            </Gate>
        }
        .erase()
    })
}
