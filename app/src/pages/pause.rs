//! Too many tries: how long the pause lasts, and what to do meanwhile. Plain.

use leptos::prelude::*;

use crate::{
    AppError, api,
    components::{Erase, Gate, HelpAside, Icon, icon, message, show_plain},
    model::PauseView,
    routes, t,
};

pub(super) async fn page() -> AnyView {
    show_plain(data().await, |view| if view.seconds == 0 { over(view) } else { wait(view) })
}

async fn data() -> Result<PauseView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.pause_page(&visit, until().unwrap_or_default()).await)
}

/// The moment in the address. Anybody may write one there, so the page only counts to it.
fn until() -> Option<i64> {
    let parts = use_context::<http::request::Parts>()?;
    parts.uri.query()?.strip_prefix("until=")?.parse().ok()
}

fn wait(view: PauseView) -> AnyView {
    let title = t::pause::TITLE.fill([("time", &message::pause(view.seconds))]);
    let time = |part| view! { <time datetime=view.moment.clone()><strong>{part}</strong></time> }.erase();
    let until = t::pause::UNTIL.marked([("time", &view.time)], &time);
    view! {
        <Gate title aside=view! { <HelpAside/> }.erase()>
            <p class="note wait">
                <span>
                    {t::pause::LEFT.bold(message::minutes(view.seconds))} " " {until}
                </span>
            </p>
            <p>{t::pause::WHY.bold()}</p>
            <section class="stack stack--sm" aria-labelledby="do">
                <h2 id="do">{t::pause::DO}</h2>
                <ul class="facts" role="list">
                    <li><Icon d=icon::CLOCK/> <span>{t::pause::CLOCK.bold()}</span></li>
                    <li><Icon d=icon::APP/> <span>{t::pause::ENTRY}</span></li>
                    <li><Icon d=icon::KEY/> <span>{t::pause::CARD.bold()}</span></li>
                </ul>
            </section>
            <a class="btn btn--primary btn--block" href=view.back>{t::frame::TRY_AGAIN}</a>
            <a class="btn btn--text btn--block" href=routes::SIGN_IN>{t::frame::BACK_TO_SIGN_IN}</a>
            <p class="note note--soon"><Icon d=icon::WARN/> <span>{t::pause::NOT_YOU.bold()}</span></p>
        </Gate>
    }
    .erase()
}

/// The page was left open, or is an old one.
fn over(view: PauseView) -> AnyView {
    view! {
        <Gate title=t::pause::OVER>
            <p>{t::pause::OVER_TEXT}</p>
            <a class="btn btn--primary btn--block" href=view.back>{t::frame::TRY_AGAIN}</a>
        </Gate>
    }
    .erase()
}
