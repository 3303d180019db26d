//! `Save Your Recovery Code`: the one page that shows it, once.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    AppError,
    api::{AcknowledgeRecoveryCode, RecoveryCodePage, RenewRecoveryCode},
    components::{
        CopyButton, Erase, Form, Gate, HelpAside, Icon, Post, RecoveryCard, Step, SubmitButton, Tie, at, card_text,
        download_address, icon, show,
    },
    model::RecoveryCodeView,
    t,
};

const TICK: &str = "saved";

#[component]
pub(super) fn RecoveryCodeStep() -> AnyView {
    let saved = Post::to::<AcknowledgeRecoveryCode>();
    let (tick, fresh) = (saved.problem(), Post::to::<RenewRecoveryCode>().problem());
    let problem = Signal::derive(move || tick.get().or_else(|| fresh.get()));
    let replaced = Memo::new(move |_| problem.get() == Some(AppError::RecoveryCodeReplaced));
    show(RecoveryCodePage {}, move |view: RecoveryCodeView| {
        (move || match view.groups.clone().filter(|_| !replaced.get()) {
            Some(groups) => view! { <Code view=view.clone() groups saved problem/> }.erase(),
            None => view! { <Gone number=view.number saved tick=view.seen && !replaced.get() problem/> }.erase(),
        })
        .erase()
    })
}

#[component]
fn Code(view: RecoveryCodeView, groups: [String; 6], saved: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let download = download_address(&card_text(&view, &groups));
    let copied = RwSignal::new(false);
    let (number, text) = (view.number, groups.join("-"));
    let shown = groups.clone().map(|group| view! { <span>{group}</span> " " }).to_vec();
    let above = view.just_enrolled.then(|| {
        view! {
            <p class="note note--go" role="status">
                <Icon d=icon::OK/>
                <span>{t::recovery_code::LINKED.bold()}</span>
            </p>
        }
        .erase()
    });
    let step = view.just_enrolled.then_some(Step::Save);
    let aside = view! { <Keep view groups/> }.erase();
    view! {
        <Gate title=t::recovery_code::TITLE problem field=TICK step above aside>
            <p>{t::recovery_code::WHAT.bold()}</p>
            <p class="secret secret--big" id="recovery">{shown}</p>
            <div class="stack stack--sm">
                <div class="trio">
                    <CopyButton label=t::recovery_code::COPY class="btn" text copied/>
                    <a class="btn" href=download download=t::recovery_code::FILE_NAME><Icon d=icon::DOWNLOAD/> " " {t::recovery_code::DOWNLOAD}</a>
                    <a class="btn" href="#recovery-card" rel="external" on:click=print><Icon d=icon::PRINT/> " " {t::recovery_code::PRINT}</a>
                </div>
                <p class="small" role="status">{move || copied.get().then(|| t::recovery_code::COPIED.show())}</p>
            </div>
            <Tick number saved problem/>
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
fn Tick(number: i64, saved: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let tie = Tie::new(TICK, true, problem);
    view! {
        <Form post=saved class="stack needs-tick">
            // Which card this is about: another sign-in may have made a newer one.
            <input type="hidden" name="number" value=number/>
            {at(tie)}
            <label class="check">
                <input
                    type="checkbox"
                    id=TICK
                    name="saved"
                    value="yes"
                    required
                    aria-invalid=move || tie.invalid()
                    aria-describedby=move || tie.described()
                />
                " " {t::recovery_code::SAVED}
            </label>
            <SubmitButton post=saved label=t::frame::CONTINUE/>
            <p class="hint" id="saved-hint">
                {t::recovery_code::SAVED_HINT}
            </p>
        </Form>
    }
    .erase()
}

#[component]
fn Keep(view: RecoveryCodeView, groups: [String; 6]) -> AnyView {
    view! {
        <aside class="help help--card stack" aria-labelledby="help-title">
            <h2 class="no-print" id="help-title">{t::recovery_code::KEEP}</h2>
            <RecoveryCard view groups/>
            <ul class="no-print">
                <li>{t::recovery_code::KEEP_GOOD.bold()}</li>
                <li>{t::recovery_code::KEEP_BAD.bold()}</li>
            </ul>
            <p class="no-print">{t::frame::WARNING}</p>
        </aside>
    }
    .erase()
}

/// The code was shown before. It is kept as a hash only, so there is nothing left to show; whoever has saved it, and whose
/// tick did not reach us, says so here.
#[component]
fn Gone(number: i64, saved: Post, tick: bool, problem: Signal<Option<AppError>>) -> AnyView {
    view! {
        <Gate title=t::recovery_code::TITLE problem field=TICK step=Step::Save aside=view! { <HelpAside/> }.erase()>
            <p>{t::recovery_code::GONE.bold([("number", &number.to_string())])}</p>
            {tick.then(|| view! { <Tick number saved problem/> })}
            <p>{t::recovery_code::GONE_DO}</p>
            // A new code comes with a redirect to this same page, so the browser itself posts and loads it anew.
            <form method="post" action={<RenewRecoveryCode as ServerFn>::PATH}>
                <button class="btn btn--primary btn--block" type="submit">{t::recovery_code::MAKE_NEW}</button>
            </form>
        </Gate>
    }
    .erase()
}
