//! `My Profile Settings` > `Password & Security`. Plain.

mod account;
mod badge;
mod factor;

use http::request::Parts;
use leptos::prelude::*;

use self::{
    account::{Appearance, Events, LanguageChoice, Password, Sessions},
    factor::{Always, Factors, Safe},
};
use super::home::Banner;
use crate::{
    AppError,
    api::{self, EndOtherSessions, EndSession, SendConfirmCode, SetTheme},
    components::{Erase, Icon, Post, Wide, icon, show_plain},
    model::SecurityView,
    routes, t,
};

pub(super) async fn page() -> AnyView {
    let posts = Posts {
        end: Post::to::<EndSession>(),
        end_others: Post::to::<EndOtherSessions>(),
        theme: Post::to::<SetTheme>(),
        text: Post::to::<SendConfirmCode>(),
    };
    show_plain(data().await, |view| view! { <Security view posts/> }.erase())
}

async fn data() -> Result<SecurityView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.security_page(&visit).await)
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Posts {
    end: Post,
    end_others: Post,
    theme: Post,
    text: Post,
}

impl Posts {
    /// The error of whichever was sent.
    fn problem(self) -> Signal<Option<AppError>> {
        let problems = [self.end, self.end_others, self.theme, self.text].map(Post::problem);
        Signal::derive(move || problems.iter().find_map(|problem| problem.get()))
    }
}

/// How a change has ended that led back here: a closed set, anything else in the address is ignored.
#[component]
fn Notice() -> AnyView {
    let parts = use_context::<Parts>();
    let (d, text) = match parts.as_ref().and_then(|parts| parts.uri.query()) {
        Some("notice=expired") => (icon::CLOCK, t::security::CHANGE_EXPIRED),
        Some("notice=attempts") => (icon::WARN, t::security::CHANGE_ATTEMPTS),
        Some("notice=blocked") => (icon::WARN, t::security::CHANGE_BLOCKED),
        Some(_) | None => return ().into_any(),
    };
    view! { <p class="note note--soon" role="status"><Icon d/> <span>{text}</span></p> }.erase()
}

#[component]
fn Security(view: SecurityView, posts: Posts) -> AnyView {
    let header = view! {
        <p class="who">
            <span class="avatar" aria-hidden="true">
                {view.initials}
            </span>
            " "
            {view.name}
        </p>
    }
    .erase();
    view! {
        <Wide title=t::security::TITLE problem=posts.problem() header>
            <nav class="nav" aria-label=t::security::NAV>
                <a href=routes::SECURITY aria-current="page">{t::security::PAGE}</a>
            </nav>
            <Notice/>
            {view.banner.map(|banner| view! { <Banner banner/> })}
            <section class="block" aria-labelledby="tfa">
                <div class="block__intro stack stack--sm">
                    <h2 id="tfa">{t::home::SECOND_STEP}</h2>
                    <p>{t::security::SECOND_STEP_WHAT}</p>
                </div>
                <div class="stack">
                    <Safe safety=view.safety/>
                    <Factors app=view.app phone=view.phone card=view.card/>
                </div>
            </section>
            <Always always=view.always/>
            <Sessions sessions=view.sessions posts/>
            <Events events=view.events zone=view.zone/>
            <Password/>
            <LanguageChoice/>
            <Appearance theme=view.theme post=posts.theme/>
        </Wide>
    }
    .erase()
}
