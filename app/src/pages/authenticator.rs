//! `Secure your Account`: links the authenticator app.

use leptos::prelude::*;

use crate::{
    api::{AuthenticatorPage, ConfirmAuthenticator},
    components::{
        CODE, ClockHelp, CodeField, CopyButton, Erase, Form, Gate, Icon, Post, Step, SubmitButton, icon, message, show,
    },
    model::AuthenticatorView,
    t,
};

#[component]
pub(super) fn AuthenticatorStep() -> AnyView {
    let submit = Post::to::<ConfirmAuthenticator>();
    let problem = submit.problem();
    let suspect = Signal::derive(move || problem.get().is_some_and(message::clock_suspect));
    show(AuthenticatorPage {}, problem, move |view: AuthenticatorView| {
        view! {
            <Gate
                title="Secure your Account"
                problem
                field=CODE
                step=Step::Link
                aside=view! { <Tips/> }.erase()
            >
                <Form post=submit class="stack stack--lg">
                    <section class="part">
                        <span class="part__no" aria-hidden="true">"1"</span>
                        <div class="stack">
                            <div class="stack stack--sm">
                                <h2>"Scan this with your authenticator app"</h2>
                                <p class="muted small">"Open the app, tap the plus sign, then point it at the square."</p>
                            </div>
                            <Scan view=view.clone()/>
                            <div><Key view/> <NoApp/></div>
                        </div>
                    </section>
                    <section class="part">
                        <span class="part__no" aria-hidden="true">"2"</span>
                        <div class="stack">
                            <CodeField
                                label="Enter the 6-digit code"
                                heading=true
                                hint="It changes every 30 seconds. If time is nearly up, wait for the next one."
                                problem
                            />
                            {move || suspect.get().then(|| view! { <ClockHelp open=suspect/> })}
                        </div>
                    </section>
                    <SubmitButton post=submit label="Continue"/>
                </Form>
            </Gate>
        }
        .erase()
    })
}

#[component]
fn Scan(view: AuthenticatorView) -> AnyView {
    let size = view.qr_size;
    view! {
        <div class="scan">
            <div class="qr">
                <svg viewBox=format!("0 0 {size} {size}") role="img" aria-labelledby="qr-title">
                    <title id="qr-title">"QR code that links your authenticator app to " {view.account}</title>
                    <path d=view.qr_path></path>
                </svg>
            </div>
            <div class="stack stack--sm">
                <p class="small"><b>"Reading this on your phone?"</b> " You cannot scan your own screen. Tap here instead:"</p>
                <a class="btn btn--sm" href=view.uri rel="external"><Icon d=icon::OPEN/> " Open in authenticator app"</a>
            </div>
        </div>
    }
    .erase()
}

#[component]
fn Key(view: AuthenticatorView) -> AnyView {
    let copied = RwSignal::new(false);
    let text = view.key.concat();
    let groups = view.key.into_iter().map(|group| view! { <span>{group}</span> " " }).collect::<Vec<_>>();
    view! {
        <details class="disclose">
            <summary><Icon d=icon::NEXT/> " Trouble Scanning?"</summary>
            <div class="disclose__body stack">
                <p class="small">"In your app, choose “enter a key” and type this:"</p>
                <p class="secret" id="key">{groups}</p>
                <div class="cluster">
                    <CopyButton label="Copy Key" class="btn btn--sm" text copied/>
                    <span class="small" role="status">{move || copied.get().then_some("Copied.")}</span>
                </div>
                <p class="small muted">
                    "Service: " {view.issuer} ". Account name: " {view.account} ". Type of key: time based. Digits: 6."
                </p>
            </div>
        </details>
    }
    .erase()
}

#[component]
fn NoApp() -> AnyView {
    view! {
        <details class="disclose">
            <summary><Icon d=icon::NEXT/> " I do not have an authenticator app"</summary>
            <div class="disclose__body">
                <p class="small">
                    "Open your phone’s app store and search for “authenticator”. Any app that makes 6-digit codes will do. "
                    "Pick one from a name you know. It should be free."
                </p>
            </div>
        </details>
    }
    .erase()
}

#[component]
fn Tips() -> AnyView {
    view! {
        <aside class="help stack" aria-labelledby="help-title">
            <h2 id="help-title">"Good to know"</h2>
            <ul class="facts" role="list">
                <li>
                    <Icon d=icon::APP/>
                    <span>"Scan from " <b>"inside the app"</b> ". Your normal camera cannot do it."</span>
                </li>
                <li>
                    <Icon d=icon::CLOCK/>
                    <span>
                        "Keep your phone’s date and time on " <b>"automatic"</b> ". A wrong clock makes wrong codes."
                    </span>
                </li>
                <li><Icon d=icon::LOCK/> <span>{t::frame::WARNING}</span></li>
            </ul>
            <p>"Stuck? Ask your company’s administrator."</p>
        </aside>
    }
    .erase()
}
