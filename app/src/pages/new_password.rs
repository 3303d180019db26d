//! `Change Password`. Plain.

use leptos::prelude::*;

use super::confirm::{Proof, TextFirst, field_of};
use crate::{
    AppError,
    api::{self, ChangePassword},
    components::{Erase, Field, Form, Gate, Post, SubmitButton, Tie, show_plain},
    model::ConfirmView,
    routes, t,
};

/// `id` of the field for the new password.
pub(super) const FIELD: &str = "new-password";

pub(super) async fn page() -> AnyView {
    let submit = Post::to::<ChangePassword>();
    show_plain(data().await, submit.problem(), |view| view! { <Change view submit/> }.erase())
}

async fn data() -> Result<ConfirmView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.password_change_page(&visit).await)
}

#[component]
fn Change(view: ConfirmView, submit: Post) -> AnyView {
    let problem = submit.problem();
    let at_new = Signal::derive(move || problem.get().filter(|_| field_of(submit) == FIELD));
    let input = |tie: Tie| {
        view! {
            <input
                class="input"
                id=FIELD
                name="new_password"
                type="password"
                autocomplete="new-password"
                minlength="12"
                maxlength="1024"
                required
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described()
            />
        }
        .erase()
    };
    let hint = t::confirm::NEW_PASSWORD_HINT.show();
    view! {
        <Gate title=t::confirm::PASSWORD_TITLE problem field=field_of(submit)>
            <TextFirst code=view.code.clone()/>
            <Form post=submit class="stack stack--lg">
                <Proof view submit/>
                <Field id=FIELD label=t::confirm::NEW_PASSWORD hint problem=at_new input/>
                <label class="check">
                    <input type="checkbox" name="end_others" value="yes"/>
                    " " {t::confirm::END_OTHERS}
                </label>
                <SubmitButton post=submit label=t::confirm::SAVE_PASSWORD/>
                <a class="btn btn--text btn--block" href=routes::SECURITY>{t::confirm::CANCEL}</a>
            </Form>
        </Gate>
    }
    .erase()
}
