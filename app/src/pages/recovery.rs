//! `Enter Your Recovery Code`.

use leptos::prelude::*;

use crate::{
    api::{RecoveryPage, VerifyRecoveryCode},
    components::{Erase, Field, Form, Gate, Icon, Post, SubmitButton, Tie, icon, show},
    model::{RecoveryCode, RecoveryView},
    routes, t,
};

const ID: &str = "recovery-code";

#[component]
pub(super) fn RecoveryStep() -> AnyView {
    let submit = Post::to::<VerifyRecoveryCode>();
    let problem = submit.problem();
    show(RecoveryPage {}, move |view: RecoveryView| {
        let hint = t::sign_in::RECOVERY_HINT.fill([("number", &view.number.to_string())]);
        let input = move |tie: Tie| {
            view! {
                <input
                    class="input input--key"
                    id=ID
                    name="recovery_code"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    maxlength=RecoveryCode::MAX_INPUT
                    required
                    aria-invalid=move || tie.invalid()
                    aria-describedby=move || tie.described()
                />
            }
            .erase()
        };
        view! {
            <Gate title=t::sign_in::RECOVERY_TITLE problem field=ID>
                <Form post=submit class="stack stack--lg">
                    <Field id=ID label=t::sign_in::RECOVERY_CODE hint=Some(hint) problem input/>
                    <p class="note">
                        <Icon d=icon::KEY/>
                        <span>{t::sign_in::RECOVERY_ONCE}</span>
                    </p>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
                </Form>
                <div class="cluster"><a class="tap" href=routes::CHOOSE>{t::sign_in::ANOTHER_WAY}</a></div>
            </Gate>
        }
        .erase()
    })
}
