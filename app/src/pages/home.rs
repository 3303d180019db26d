//! The first page after the sign-in. Plain.

use leptos::prelude::*;

use crate::{
    AppError,
    api::{self, SignOut},
    components::{Erase, Form, Icon, Post, SubmitButton, Wide, icon, show_plain},
    model::{BannerView, HomeView},
    routes,
};

pub(super) async fn page() -> AnyView {
    let sign_out = Post::to::<SignOut>();
    let problem = sign_out.problem();
    show_plain(data().await, problem, |view| view! { <SignedIn view sign_out problem/> }.erase())
}

async fn data() -> Result<HomeView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.home_page(&visit).await)
}

#[component]
fn SignedIn(view: HomeView, sign_out: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let header = view! {
        <div class="cluster">
            <p class="who">
                <span class="avatar" aria-hidden="true">
                    {view.initials}
                </span>
                " "
                {view.name.clone()}
            </p>
            <Form post=sign_out>
                <SubmitButton post=sign_out label="Sign out" class="btn btn--sm"/>
            </Form>
        </div>
    }
    .erase();
    let offer = !view.enrolled && view.banner.is_none();
    view! {
        <Wide title="You are signed in" problem header>
            {view.banner.map(|banner| view! { <Banner banner/> })}
            <SecondStep enrolled=view.enrolled offer/>
            <section class="panel stack" aria-labelledby="who">
                <h2 id="who">"Who you are"</h2>
                <dl class="pairs">
                    <dt>"Name"</dt><dd>{view.name}</dd>
                    <dt>"Email"</dt><dd>{view.email}</dd>
                    <dt>"Company"</dt><dd>{view.companies.join(", ")}</dd>
                    <dt>"Signed in until"</dt><dd>{view.until}</dd>
                </dl>
            </section>
        </Wide>
    }
    .erase()
}

/// The deadline: the one thing in hi-vis on this page.
#[component]
fn Banner(banner: BannerView) -> AnyView {
    let left = match banner.days_left {
        1 => "1 day left.".to_owned(),
        days => format!("{days} days left."),
    };
    view! {
        <section class="deadline" aria-labelledby="due">
            <p class="date-tile" aria-hidden="true">{banner.day} " " <span>{banner.month}</span></p>
            <div class="stack stack--sm">
                <h2 id="due">
                    "From " <time datetime=banner.date_iso>{banner.date}</time> ", you need a second step to sign in"
                </h2>
                <p>{banner.company} " set this date. Do it now in about 2 minutes and you are done. " {left}</p>
            </div>
            <a class="btn btn--hivis" href=routes::CONFIRM>"Set Up Now"</a>
        </section>
    }
    .erase()
}

#[component]
fn SecondStep(enrolled: bool, offer: bool) -> AnyView {
    let (class, d, answer, what) = if enrolled {
        ("panel safe stack stack--sm", icon::OK, " On.", "A stolen password alone does not open your account.")
    } else {
        (
            "panel safe safe--soon stack stack--sm",
            icon::WARN,
            " Not set up yet.",
            "Today your password is the only lock on your account. Add an app and you also get a recovery code.",
        )
    };
    view! {
        <section class=class aria-labelledby="tfa">
            <h2 class="muted" id="tfa">"Two-Factor Authentication (2FA)"</h2>
            <p class="safe__answer"><Icon d/> {answer}</p>
            <p>{what}</p>
            {offer.then(|| view! { <p><a class="btn btn--primary" href=routes::CONFIRM>"Set Up Now"</a></p> })}
        </section>
    }
    .erase()
}
