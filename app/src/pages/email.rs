//! `Email`: the first page of the sign-in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{EmailPage, SubmitEmail},
    components::{EMAIL, Erase, Field, Form, Gate, Icon, Post, SubmitButton, icon, show},
    model::{Email, EmailView},
    routes,
};

#[component]
pub(super) fn EmailStep() -> AnyView {
    let submit = Post::to::<SubmitEmail>();
    let problem = submit.problem();
    show(EmailPage {}, problem, move |view: EmailView| {
        let input = move |tie: crate::components::Tie| {
            view! {
                <input
                    class="input"
                    id=EMAIL
                    name="email"
                    type="email"
                    value=view.email
                    autocomplete="username"
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength=Email::MAX_LEN
                    required
                    aria-invalid=move || tie.invalid()
                    aria-describedby=move || tie.described()
                />
            }
            .erase()
        };
        view! {
            <Gate title="Sign in" problem field=EMAIL>
                <Notice/>
                <Form post=submit class="stack stack--lg">
                    <p class="muted">"Start with the email address your company uses for you."</p>
                    <Field id=EMAIL label="Email" problem input/>
                    <SubmitButton post=submit label="Continue"/>
                </Form>
                {view.demo.then(|| view! { <Demo/> })}
            </Gate>
        }
        .erase()
    })
}

/// Why somebody is back on the first page: a closed set, anything else in the address is ignored.
#[component]
fn Notice() -> AnyView {
    let query = use_query_map();
    (move || {
        let (kind, d, text) = match query.read().get_str("notice")? {
            "expired" => (
                "note note--soon",
                icon::CLOCK,
                "That took a while, so we started over to keep your account safe. Sign in again to go on.",
            ),
            "attempts" => (
                "note note--soon",
                icon::WARN,
                "There were too many codes that did not match. Your account is safe. Sign in again to go on.",
            ),
            "signed-out" => ("note note--go", icon::OK, "You are signed out."),
            _ => return None,
        };
        Some(view! { <p class=kind role="status"><Icon d/> <span>{text}</span></p> })
    })
    .erase()
}

#[component]
fn Demo() -> AnyView {
    view! {
        <p class="note">
            <Icon d=icon::SITE/>
            <span>
                <b>"This is a demo."</b>
                " The people and their passwords are printed in the terminal that started it. "
                "Emails and texts go to the " <a href=routes::OUTBOX rel="external">"demo outbox"</a> "."
            </span>
        </p>
    }
    .erase()
}
