//! The password again, before a signed-in person enrols early.

use leptos::prelude::*;

use crate::{
    api::{ConfirmPage, StartSetUp},
    components::{Erase, Fixed, Form, Gate, PASSWORD, PasswordField, Post, SubmitButton, show},
    model::ConfirmView,
    routes, t,
};

#[component]
pub(super) fn ConfirmStep() -> AnyView {
    let submit = Post::to::<StartSetUp>();
    let problem = submit.problem();
    show(ConfirmPage {}, problem, move |view: ConfirmView| {
        let (title, why, later) = if view.replace {
            (t::set_up::REPLACE_TITLE, t::set_up::REPLACE_WHY, t::set_up::REPLACE_LATER)
        } else {
            (t::set_up::CONFIRM_TITLE, t::set_up::CONFIRM_WHY, t::set_up::CONFIRM_CANCEL)
        };
        view! {
            <Gate title problem field=PASSWORD>
                <Form post=submit class="stack stack--lg">
                    <p>{why}</p>
                    <Fixed email=view.email/>
                    <PasswordField problem/>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
                    <a class="btn btn--text btn--block" href=routes::HOME rel="external">{later}</a>
                </Form>
            </Gate>
        }
        .erase()
    })
}
