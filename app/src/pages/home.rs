//! The first page after the sign-in. Plain.

use leptos::prelude::*;

use crate::{
    AppError,
    api::{self, SignOut},
    components::{Erase, Form, Icon, Post, SubmitButton, Wide, icon, show_plain},
    model::{BannerView, HomeView},
    routes, t,
};

pub(super) async fn page() -> AnyView {
    let sign_out = Post::to::<SignOut>();
    let problem = sign_out.problem();
    show_plain(data().await, |view| view! { <SignedIn view sign_out problem/> }.erase())
}

async fn data() -> Result<HomeView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.home_page(&visit).await)
}

#[component]
fn SignedIn(view: HomeView, sign_out: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let header = view! {
        <div class="cluster">
            <a class="who" href=routes::SECURITY>
                <span class="avatar" aria-hidden="true">
                    {view.initials}
                </span>
                " "
                {view.name.clone()}
                <span class="vh">": " {t::security::TITLE}</span>
            </a>
            <Form post=sign_out>
                <SubmitButton post=sign_out label=t::home::SIGN_OUT class="btn btn--sm"/>
            </Form>
        </div>
    }
    .erase();
    let offer = !view.enrolled && view.banner.is_none();
    view! {
        <Wide title=t::home::TITLE problem header>
            {view.banner.map(|banner| view! { <Banner banner/> })}
            <SecondStep enrolled=view.enrolled offer/>
            <section class="panel stack" aria-labelledby="who">
                <h2 id="who">{t::home::WHO}</h2>
                <dl class="pairs">
                    <dt>{t::home::NAME}</dt><dd>{view.name}</dd>
                    <dt>{t::home::EMAIL}</dt><dd>{view.email}</dd>
                    <dt>{t::home::COMPANY}</dt><dd>{view.companies.join(", ")}</dd>
                    <dt>{t::home::UNTIL}</dt><dd>{view.until}</dd>
                </dl>
            </section>
        </Wide>
    }
    .erase()
}

/// The deadline: the one thing in hi-vis on this page.
#[component]
pub(super) fn Banner(banner: BannerView) -> AnyView {
    let left = t::home::DAYS_LEFT.count(banner.days_left.try_into().unwrap_or_default());
    let due = t::home::DUE.marked([("date", &banner.date)], &|date| {
        view! { <time datetime=banner.date_iso.clone()>{date}</time> }.erase()
    });
    view! {
        <section class="deadline" aria-labelledby="due">
            <p class="date-tile" aria-hidden="true">{banner.day} " " <span>{banner.month}</span></p>
            <div class="stack stack--sm">
                <h2 id="due">{due}</h2>
                <p>{t::home::SET_BY.fill([("company", &banner.company)])} " " {left}</p>
            </div>
            <a class="btn btn--hivis" href=routes::CONFIRM>{t::home::SET_UP_NOW}</a>
        </section>
    }
    .erase()
}

#[component]
fn SecondStep(enrolled: bool, offer: bool) -> AnyView {
    let (class, d, answer, what) = if enrolled {
        ("panel safe stack stack--sm", icon::OK, t::home::ON, t::home::ON_WHAT)
    } else {
        ("panel safe safe--soon stack stack--sm", icon::WARN, t::home::OFF, t::home::OFF_WHAT)
    };
    view! {
        <section class=class aria-labelledby="tfa">
            <h2 class="muted" id="tfa">{t::home::SECOND_STEP}</h2>
            <p class="safe__answer"><Icon d/> " " {answer}</p>
            <p>{what}</p>
            {offer.then(|| view! { <p><a class="btn btn--primary" href=routes::CONFIRM>{t::home::SET_UP_NOW}</a></p> })}
            <p><a class="tap" href=routes::SECURITY>{t::security::PAGE}</a></p>
        </section>
    }
    .erase()
}
