//! The password again, before a signed-in person enrols early.

use leptos::prelude::*;

use crate::{
    api::{StartSetUp, confirm_page},
    components::{Erase, Fixed, Form, Gate, PASSWORD, PasswordField, SubmitButton, problem_of, show},
    model::ConfirmView,
    routes,
};

#[component]
pub(super) fn ConfirmStep() -> AnyView {
    let submit = ServerAction::<StartSetUp>::new();
    let problem = problem_of(submit);
    show(confirm_page, problem, move |view: ConfirmView| {
        let (title, why) = if view.replace {
            ("Link your new phone", "Lost your phone for good? Type your password to link a new one now. Your old app stops working then.")
        } else {
            ("Check it is you", "Before you add a second step, type the password you use now.")
        };
        let later = if view.replace { "I still have my app" } else { "Cancel" };
        view! {
            <Gate title problem field=PASSWORD>
                <Form action=submit class="stack stack--lg">
                    <p>{why}</p>
                    <Fixed email=view.email/>
                    <PasswordField problem/>
                    <SubmitButton pending=submit.pending() label="Continue"/>
                    <a class="btn btn--text btn--block" href=routes::HOME>{later}</a>
                </Form>
            </Gate>
        }
        .erase()
    })
}
