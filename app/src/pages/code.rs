//! `Enter Your 6-digit Verification Code`.

use leptos::prelude::*;

use crate::{
    api::{VerifyCode, VerifyPage},
    components::{CODE, ClockHelp, CodeField, Erase, Form, Gate, Post, SubmitButton, message, show},
    model::VerifyView,
    routes,
};

#[component]
pub(super) fn CodeStep() -> AnyView {
    let submit = Post::to::<VerifyCode>();
    let problem = submit.problem();
    let suspect = Signal::derive(move || problem.get().is_some_and(message::clock_suspect));
    show(VerifyPage {}, problem, move |view: VerifyView| {
        let VerifyView { issuer, account, .. } = view;
        view! {
            <Gate title="Enter Your 6-digit Verification Code" problem field=CODE>
                <Form post=submit class="stack stack--lg">
                    <p class="muted">"Open your authenticator app and find " <b>{issuer} ": " {account}</b> "."</p>
                    <CodeField label="6-digit code" hint="The app shows a new code every 30 seconds." problem/>
                    <SubmitButton post=submit label="Continue"/>
                </Form>
                <ClockHelp open=suspect/>
                <div class="cluster">
                    <a class="tap" href=routes::RECOVERY>"Use a Recovery Code"</a>
                    <a class="tap" href=routes::CHOOSE>"Try another way"</a>
                </div>
            </Gate>
        }
        .erase()
    })
}
