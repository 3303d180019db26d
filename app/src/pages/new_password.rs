//! `Change Password`. Plain.

use leptos::prelude::*;

use super::confirm::{Posts, Proof, TextFirst, field_of};
use crate::{
    AppError,
    api::{self, ChangePassword},
    components::{Erase, Form, Gate, NEW_PASSWORD, NewPasswordField, SubmitButton, show_plain},
    model::ConfirmView,
    routes, t,
};

pub(super) async fn page() -> AnyView {
    let posts = Posts::to::<ChangePassword>();
    show_plain(data().await, |view| view! { <Change view posts/> }.erase())
}

async fn data() -> Result<ConfirmView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.password_change_page(&visit).await)
}

#[component]
fn Change(view: ConfirmView, posts: Posts) -> AnyView {
    let (submit, problem) = (posts.submit, posts.problem());
    let at_new = Signal::derive(move || problem.get().filter(|_| field_of(submit) == NEW_PASSWORD));
    view! {
        <Gate title=t::confirm::PASSWORD_TITLE problem field=field_of(submit)>
            <TextFirst code=view.code.clone() post=posts.text/>
            <Form post=submit class="stack stack--lg">
                <Proof view submit/>
                <NewPasswordField id=NEW_PASSWORD label=t::confirm::NEW_PASSWORD hint=t::confirm::NEW_PASSWORD_HINT problem=at_new/>
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
