//! `Email`: the first page of the sign-in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{EmailPage, SubmitEmail},
    components::{EMAIL, EmailField, Erase, Form, Gate, Icon, Post, SubmitButton, icon, show},
    model::EmailView,
    routes, t,
};

#[component]
pub(super) fn EmailStep() -> AnyView {
    let submit = Post::to::<SubmitEmail>();
    let problem = submit.problem();
    show(EmailPage {}, move |view: EmailView| {
        view! {
            <Gate title=t::sign_in::TITLE problem field=EMAIL>
                <Notice/>
                <Form post=submit class="stack stack--lg">
                    <p class="muted">{t::sign_in::INTRO}</p>
                    <EmailField label=t::sign_in::EMAIL value=view.email problem/>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
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
            "expired" => ("note note--soon", icon::CLOCK, t::sign_in::EXPIRED),
            "attempts" => ("note note--soon", icon::WARN, t::sign_in::ATTEMPTS),
            "answered" => ("note note--soon", icon::WARN, t::sign_in::ANSWERED),
            "unseen" => ("note note--soon", icon::WARN, t::sign_in::UNSEEN),
            "signed-out" => ("note note--go", icon::OK, t::sign_in::SIGNED_OUT),
            "left" => ("note note--soon", icon::CLOCK, t::sign_in::LEFT),
            _ => return None,
        };
        Some(view! { <p class=kind role="status"><Icon d/> <span>{text}</span></p> })
    })
    .erase()
}

#[component]
fn Demo() -> AnyView {
    let outbox = |part| view! { <a href=routes::OUTBOX rel="external">{part}</a> }.erase();
    view! {
        <p class="note">
            <Icon d=icon::SITE/>
            <span>
                {t::sign_in::DEMO.bold()} " "
                {t::sign_in::DEMO_OUTBOX.marked(&outbox)}
            </span>
        </p>
    }
    .erase()
}
