//! The password again, before a signed-in person enrols early.

use leptos::prelude::*;

use crate::{
    api::{ConfirmPage, StartSetUp},
    components::{Erase, Fixed, Form, Gate, PASSWORD, PasswordField, Post, SubmitButton, show},
    model::ConfirmView,
    routes,
};

#[component]
pub(super) fn ConfirmStep() -> AnyView {
    let submit = Post::to::<StartSetUp>();
    let problem = submit.problem();
    show(ConfirmPage {}, problem, move |view: ConfirmView| {
        view! {
            <Gate title="Check it is you" problem field=PASSWORD>
                <Form post=submit class="stack stack--lg">
                    <p>"Before you add a second step, type the password you use now."</p>
                    <Fixed email=view.email/>
                    <PasswordField problem/>
                    <SubmitButton post=submit label="Continue"/>
                    <a class="btn btn--text btn--block" href=routes::HOME>"Cancel"</a>
                </Form>
            </Gate>
        }
        .erase()
    })
}
