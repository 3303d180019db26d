//! `Save Your Recovery Code`: the one page that shows it, once.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    AppError,
    api::{AcknowledgeRecoveryCode, RecoveryCodePage, RenewRecoveryCode},
    components::{
        CopyButton, Erase, Form, Gate, HelpAside, Icon, Post, RecoveryCard, Step, SubmitButton, Tie, card_text,
        download_address, icon, show,
    },
    model::RecoveryCodeView,
    t,
};

const TITLE: &str = "Save Your Recovery Code";
const TICK: &str = "saved";

#[component]
pub(super) fn RecoveryCodeStep() -> AnyView {
    let saved = Post::to::<AcknowledgeRecoveryCode>();
    let (tick, fresh) = (saved.problem(), Post::to::<RenewRecoveryCode>().problem());
    let problem = Signal::derive(move || tick.get().or_else(|| fresh.get()));
    show(RecoveryCodePage {}, problem, move |view: RecoveryCodeView| match view.groups.clone() {
        Some(groups) => view! { <Code view groups saved problem/> }.erase(),
        None => view! { <Gone view problem/> }.erase(),
    })
}

#[component]
fn Code(view: RecoveryCodeView, groups: [String; 6], saved: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let download = download_address(&card_text(&view, &groups));
    let copied = RwSignal::new(false);
    let text = groups.join("-");
    let shown = groups.clone().map(|group| view! { <span>{group}</span> " " }).to_vec();
    let above = view.just_enrolled.then(|| {
        view! {
            <p class="note note--go" role="status">
                <Icon d=icon::OK/>
                <span><b>"Your phone is linked."</b> " One last thing."</span>
            </p>
        }
        .erase()
    });
    let step = view.just_enrolled.then_some(Step::Save);
    let aside = view! { <Keep view groups/> }.erase();
    view! {
        <Gate title=TITLE problem field=TICK step above aside>
            <p>
                "If you ever lose your phone, this code gets you back in. It works once, and we can "
                <b>"only show it now"</b> "."
            </p>
            <p class="secret secret--big" id="recovery">{shown}</p>
            <div class="stack stack--sm">
                <div class="trio">
                    <CopyButton label="Copy" class="btn" text copied/>
                    <a class="btn" href=download download="muster-recovery-code.txt"><Icon d=icon::DOWNLOAD/> " Download"</a>
                    <a class="btn" href="#recovery-card" rel="external" on:click=print><Icon d=icon::PRINT/> " Print card"</a>
                </div>
                <p class="small" role="status">{move || copied.get().then_some("Copied. Now put it somewhere safe.")}</p>
            </div>
            <Tick saved problem/>
        </Gate>
    }
    .erase()
}

/// Without a script the link leads to the card, which the browser's own menu prints.
fn print(event: leptos::ev::MouseEvent) {
    if window().print().is_ok() {
        event.prevent_default();
    }
}

#[component]
fn Tick(saved: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let tie = Tie::new(TICK, true, problem);
    view! {
        <Form post=saved class="stack needs-tick">
            <label class="check">
                <input
                    type="checkbox"
                    id=TICK
                    name="saved"
                    value="yes"
                    required
                    aria-invalid=move || tie.invalid()
                    aria-describedby="saved-hint"
                />
                " I Have Securely Saved This Code"
            </label>
            <SubmitButton post=saved label="Continue"/>
            <p class="hint" id="saved-hint">
                "Check the box to go on. This code is your only way in without your phone."
            </p>
        </Form>
    }
    .erase()
}

#[component]
fn Keep(view: RecoveryCodeView, groups: [String; 6]) -> AnyView {
    view! {
        <aside class="help help--card stack" aria-labelledby="help-title">
            <h2 class="no-print" id="help-title">"Where to keep it"</h2>
            <RecoveryCard view groups/>
            <ul class="no-print">
                <li><b>"Good:"</b> " your wallet, a locked drawer, a password manager."</li>
                <li><b>"Not good:"</b> " on the phone you sign in with, or stuck to a screen."</li>
            </ul>
            <p class="no-print">{t::frame::WARNING}</p>
        </aside>
    }
    .erase()
}

/// The code was shown before. It is kept as a hash only, so there is nothing left to show.
#[component]
fn Gone(view: RecoveryCodeView, problem: Signal<Option<AppError>>) -> AnyView {
    view! {
        <Gate title=TITLE problem step=Step::Save aside=view! { <HelpAside/> }.erase()>
            <p>
                "Card " {view.number} " was on this page before. We show each code " <b>"only once"</b>
                ", so we cannot show it again."
            </p>
            <p>"Make a new code and save it right away. The old one stops working then."</p>
            // A new code comes with a redirect to this same page, so the browser itself posts and loads it anew.
            <form method="post" action={<RenewRecoveryCode as ServerFn>::PATH}>
                <button class="btn btn--primary btn--block" type="submit">"Make a New Code"</button>
            </form>
        </Gate>
    }
    .erase()
}
