//! Mail and SMS of the demo; absent elsewhere. Plain.

use leptos::prelude::*;

use crate::{
    AppError, api,
    components::{Erase, Icon, NotFound, Wide, failed, icon},
    model::{OutboxMessageView, OutboxView},
    routes, t,
};

pub(super) async fn page() -> AnyView {
    match data().await {
        Ok(view) => messages(view),
        // Outside the demo there is no such page, and nothing tells that there might be one.
        Err(AppError::Forbidden) => view! { <NotFound/> }.erase(),
        Err(error) => failed(error),
    }
}

async fn data() -> Result<OutboxView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.outbox_page(visit.language).await)
}

fn messages(view: OutboxView) -> AnyView {
    view! {
        <Wide title=t::outbox::TITLE>
            <p class="muted">{t::outbox::WHAT}</p>
            <Messages messages=view.messages/>
            <p><a class="btn" href=routes::SIGN_IN>{t::frame::GO_TO_SIGN_IN}</a></p>
        </Wide>
    }
    .erase()
}

#[component]
fn Messages(messages: Vec<OutboxMessageView>) -> AnyView {
    if messages.is_empty() {
        return view! {
            <div class="empty">
                <Icon d=icon::MAIL/>
                <h2>{t::outbox::EMPTY}</h2>
                <p class="muted small">{t::outbox::EMPTY_TEXT}</p>
            </div>
        }
        .erase();
    }
    messages.into_iter().map(|message| view! { <Message message/> }).collect::<Vec<_>>().erase()
}

#[component]
fn Message(message: OutboxMessageView) -> AnyView {
    let (d, kind) = if message.channel == "sms" { (icon::SMS, t::outbox::SMS) } else { (icon::MAIL, t::outbox::MAIL) };
    let subject = if message.subject.is_empty() { kind.into() } else { message.subject };
    let to = t::outbox::TO.bold([("recipient", &message.recipient), ("at", &message.at)]);
    view! {
        <article class="panel stack stack--sm">
            <h2>{subject}</h2>
            <p class="small muted">
                <span class="badge"><Icon d/> " " {kind}</span> " " {to}
            </p>
            <pre class="letter">{message.body}</pre>
        </article>
    }
    .erase()
}
