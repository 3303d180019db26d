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
    show(AuthenticatorPage {}, move |view: AuthenticatorView| {
        view! {
            <Gate
                title=t::set_up::LINK_TITLE
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
                                <h2>{t::set_up::SCAN}</h2>
                                <p class="muted small">{t::set_up::SCAN_HOW}</p>
                            </div>
                            <Scan view=view.clone()/>
                            <div><Key view/> <NoApp/></div>
                        </div>
                    </section>
                    <section class="part">
                        <span class="part__no" aria-hidden="true">"2"</span>
                        <div class="stack">
                            <CodeField
                                label=t::set_up::LINK_CODE
                                heading=true
                                hint=t::set_up::LINK_CODE_HINT
                                problem
                            />
                            {move || suspect.get().then(|| view! { <ClockHelp open=suspect/> })}
                        </div>
                    </section>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
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
                    <title id="qr-title">{t::set_up::QR_TITLE.fill([("account", &view.account)])}</title>
                    <path d=view.qr_path></path>
                </svg>
            </div>
            <div class="stack stack--sm">
                <p class="small">{t::set_up::ON_PHONE.bold()}</p>
                <a class="btn btn--sm" href=view.uri rel="external"><Icon d=icon::OPEN/> " " {t::set_up::OPEN_IN_APP}</a>
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
            <summary><Icon d=icon::NEXT/> " " {t::set_up::TROUBLE}</summary>
            <div class="disclose__body stack">
                <p class="small">{t::set_up::TYPE_KEY}</p>
                <p class="secret" id="key">{groups}</p>
                <div class="cluster">
                    <CopyButton label=t::set_up::COPY_KEY class="btn btn--sm" text copied/>
                    <span class="small" role="status">{move || copied.get().then(|| t::frame::COPIED.show())}</span>
                </div>
                <p class="small muted">
                    {t::set_up::KEY_DETAILS.fill([("issuer", &view.issuer), ("account", &view.account)])}
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
            <summary><Icon d=icon::NEXT/> " " {t::set_up::NO_APP}</summary>
            <div class="disclose__body">
                <p class="small">{t::set_up::NO_APP_TEXT}</p>
            </div>
        </details>
    }
    .erase()
}

#[component]
fn Tips() -> AnyView {
    view! {
        <aside class="help stack" aria-labelledby="help-title">
            <h2 id="help-title">{t::set_up::TIPS}</h2>
            <ul class="facts" role="list">
                <li>
                    <Icon d=icon::APP/>
                    <span>{t::set_up::TIP_INSIDE.bold()}</span>
                </li>
                <li>
                    <Icon d=icon::CLOCK/>
                    <span>{t::set_up::TIP_CLOCK.bold()}</span>
                </li>
                <li><Icon d=icon::LOCK/> <span>{t::frame::WARNING}</span></li>
            </ul>
            <p>{t::help::ASK}</p>
        </aside>
    }
    .erase()
}
