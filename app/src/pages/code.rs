//! `Enter Your 6-digit Verification Code`.

use leptos::prelude::*;

use crate::{
    api::{VerifyCode, verify_page},
    components::{CODE, ClockHelp, CodeField, Erase, Form, Gate, SubmitButton, message, problem_of, show},
    model::VerifyView,
    routes,
};

#[component]
pub(super) fn CodeStep() -> AnyView {
    let submit = ServerAction::<VerifyCode>::new();
    let problem = problem_of(submit);
    let suspect = Signal::derive(move || problem.get().is_some_and(message::clock_suspect));
    show(verify_page, problem, move |view: VerifyView| {
        let VerifyView { issuer, account, .. } = view;
        view! {
            <Gate title="Enter Your 6-digit Verification Code" problem field=CODE>
                <Form action=submit class="stack stack--lg">
                    <p class="muted">"Open your authenticator app and find " <b>{issuer} ": " {account}</b> "."</p>
                    <CodeField label="6-digit code" hint="The app shows a new code every 30 seconds." problem/>
                    <SubmitButton pending=submit.pending() label="Continue"/>
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
