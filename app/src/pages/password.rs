//! `Password`: the second page of the sign-in.

use leptos::prelude::*;

use crate::{
    api::{SubmitPassword, password_page},
    components::{Erase, Fixed, Form, Gate, PASSWORD, PasswordField, SubmitButton, problem_of, show},
    model::PasswordView,
    routes,
};

#[component]
pub(super) fn PasswordStep() -> AnyView {
    let submit = ServerAction::<SubmitPassword>::new();
    let problem = problem_of(submit);
    show(password_page, problem, move |view: PasswordView| {
        view! {
            <Gate title="Enter your password" problem field=PASSWORD>
                <Form action=submit class="stack stack--lg">
                    <Fixed email=view.email edit=routes::SIGN_IN/>
                    <PasswordField problem/>
                    <SubmitButton pending=submit.pending() label="Continue"/>
                </Form>
            </Gate>
        }
        .erase()
    })
}
