//! `Password`: the second page of the sign-in.

use leptos::prelude::*;

use crate::{
    api::{PasswordPage, SubmitPassword},
    components::{Erase, Fixed, Form, Gate, PASSWORD, PasswordField, Post, SubmitButton, show},
    model::PasswordView,
    routes, t,
};

#[component]
pub(super) fn PasswordStep() -> AnyView {
    let submit = Post::to::<SubmitPassword>();
    let problem = submit.problem();
    show(PasswordPage {}, move |view: PasswordView| {
        view! {
            <Gate title=t::sign_in::PASSWORD_TITLE problem field=PASSWORD>
                <Form post=submit class="stack stack--lg">
                    <Fixed email=view.email edit=routes::SIGN_IN/>
                    <PasswordField problem/>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
                    <a class="btn btn--text btn--block" href=routes::RESET rel="external">{t::sign_in::FORGOT}</a>
                </Form>
            </Gate>
        }
        .erase()
    })
}
