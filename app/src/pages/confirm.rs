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
        let (title, why, later) = if view.replace {
            (
                "Link your new phone",
                "Lost your phone for good? Type your password to link a new one now. Your old app stops working then.",
                "I still have my app",
            )
        } else {
            ("Check it is you", "Before you add a second step, type the password you use now.", "Cancel")
        };
        view! {
            <Gate title problem field=PASSWORD>
                <Form post=submit class="stack stack--lg">
                    <p>{why}</p>
                    <Fixed email=view.email/>
                    <PasswordField problem/>
                    <SubmitButton post=submit label="Continue"/>
                    <a class="btn btn--text btn--block" href=routes::HOME rel="external">{later}</a>
                </Form>
            </Gate>
        }
        .erase()
    })
}
