//! `Enter Your Recovery Code`.

use leptos::prelude::*;

use crate::{
    api::{VerifyRecoveryCode, recovery_page},
    components::{Erase, Field, Form, Gate, Icon, SubmitButton, Tie, icon, problem_of, show},
    model::{RecoveryCode, RecoveryView},
    routes,
};

const ID: &str = "recovery-code";

#[component]
pub(super) fn RecoveryStep() -> AnyView {
    let submit = ServerAction::<VerifyRecoveryCode>::new();
    let problem = problem_of(submit);
    show(recovery_page, problem, move |view: RecoveryView| {
        let hint =
            format!("24 letters and numbers from card {}. Capitals, spaces and dashes do not matter.", view.number);
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
            <Gate title="Enter Your Recovery Code" problem field=ID>
                <Form action=submit class="stack stack--lg">
                    <Field id=ID label="Recovery code" hint problem input/>
                    <p class="note">
                        <Icon d=icon::KEY/>
                        <span>
                            "Only the newest card works, and it works once. After this we give you a new code "
                            "and help you link your new phone."
                        </span>
                    </p>
                    <SubmitButton pending=submit.pending() label="Continue"/>
                </Form>
                <div class="cluster"><a class="tap" href=routes::CHOOSE>"Try another way"</a></div>
            </Gate>
        }
        .erase()
    })
}
