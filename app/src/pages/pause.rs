//! Too many tries: how long the pause lasts, and what to do meanwhile. Plain.

use leptos::prelude::*;

use crate::{
    AppError, Guess, api,
    backend::Pause,
    components::{Erase, Gate, HelpAside, Icon, icon, message, show_plain},
    model::PauseView,
    routes, t,
};

pub(super) async fn page() -> AnyView {
    let pause = use_context::<http::request::Parts>().and_then(|parts| Pause::parse(parts.uri.query()?));
    let guess = pause.map_or(Guess::Code, |pause| pause.guess);
    show_plain(data(pause).await, |view| if view.seconds == 0 { over(view) } else { wait(view, guess) })
}

async fn data(pause: Option<Pause>) -> Result<PauseView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.pause_page(&visit, pause.map_or(0, |pause| pause.until)).await)
}

fn wait(view: PauseView, guess: Guess) -> AnyView {
    let title = t::pause::TITLE.fill([("time", &message::pause(view.seconds))]);
    let time = |part| view! { <time datetime=view.moment.clone()><strong>{part}</strong></time> }.erase();
    let until = t::pause::UNTIL.marked([("time", &view.time)], &time);
    let (help, not_you) = match guess {
        Guess::Password => (help_with_password(), t::pause::GUESSED),
        Guess::Code => (help_with_code(), t::pause::NOT_YOU),
    };
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
                <ul class="facts" role="list">{help}</ul>
            </section>
            <a class="btn btn--primary btn--block" href=view.back>{t::frame::TRY_AGAIN}</a>
            <a class="btn btn--text btn--block" href=routes::SIGN_IN>{t::frame::BACK_TO_SIGN_IN}</a>
            <p class="note note--soon"><Icon d=icon::WARN/> <span>{not_you.bold()}</span></p>
        </Gate>
    }
    .erase()
}

/// Codes come from an app or in a text: whose pause it is, the page does not know where it has ended the sign-in.
fn help_with_code() -> AnyView {
    view! {
        <li><Icon d=icon::CLOCK/> <span>{t::pause::CLOCK.bold()}</span></li>
        <li><Icon d=icon::APP/> <span>{t::pause::ENTRY}</span></li>
        <li><Icon d=icon::SMS/> <span>{t::pause::TEXT.bold()}</span></li>
        <li><Icon d=icon::KEY/> <span>{t::pause::CARD.bold()}</span></li>
    }
    .erase()
}

/// A new password waits for no pause.
fn help_with_password() -> AnyView {
    let ask = |part| view! { <a href=routes::RESET>{part}</a> }.erase();
    view! {
        <li><Icon d=icon::KEY/> <span>{t::pause::SPELLING}</span></li>
        <li><Icon d=icon::MAIL/> <span>{t::pause::RESET.marked(&ask)}</span></li>
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
