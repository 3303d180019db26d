//! The code of a text message: in an enrolment, and in a sign-in.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    AppError,
    api::{
        ConfirmPhone, PhoneCodePage, PhoneConfirmPage, ResendSetUpCode, ResendSignInCode, SendSignInCode,
        VerifyPhoneCode,
    },
    components::{CODE, CodeField, Erase, Form, Gate, HelpAside, Icon, Post, Step, SubmitButton, icon, masked, show},
    model::{Delivery, PhoneCodeView},
    routes, t,
    text::Text,
};

type Link = (&'static str, Text);

/// What differs between the two pages.
#[derive(Clone, Copy)]
struct Frame {
    title: Text,
    label: Text,
    step: Option<Step>,
    resend: &'static str,
    /// This page.
    page: &'static str,
    /// The link beside `Resend New Code` and those below, each an address and its words.
    beside: Option<Link>,
    links: &'static [Link],
}

#[component]
pub(super) fn PhoneConfirmStep() -> AnyView {
    let submit = Post::to::<ConfirmPhone>();
    let problem = first(submit.problem(), Post::to::<ResendSetUpCode>().problem());
    let frame = Frame {
        title: t::phone::TITLE,
        label: t::phone::CODE,
        step: Some(Step::Phone),
        resend: <ResendSetUpCode as ServerFn>::PATH,
        page: routes::PHONE_CONFIRM,
        beside: Some((routes::PHONE, t::phone::CHANGE_NUMBER)),
        links: &[(routes::METHOD, t::phone::DIFFERENT_WAY)],
    };
    show(PhoneConfirmPage {}, move |view: PhoneCodeView| view! { <Body view frame submit problem/> }.erase())
}

#[component]
pub(super) fn PhoneCodeStep() -> AnyView {
    let submit = Post::to::<VerifyPhoneCode>();
    let sent = first(Post::to::<ResendSignInCode>().problem(), Post::to::<SendSignInCode>().problem());
    let problem = first(submit.problem(), sent);
    let frame = Frame {
        title: t::sign_in::CODE_TITLE,
        label: t::sign_in::CODE,
        step: None,
        resend: <ResendSignInCode as ServerFn>::PATH,
        page: routes::PHONE_CODE,
        beside: None,
        links: &[(routes::RECOVERY, t::sign_in::USE_RECOVERY_CODE), (routes::CHOOSE, t::sign_in::ANOTHER_WAY)],
    };
    show(PhoneCodePage {}, move |view: PhoneCodeView| {
        let stopped = view.stopped;
        let problem = first(problem, Signal::derive(move || stopped));
        view! { <Body view frame submit problem/> }.erase()
    })
}

/// The error of this try, or else of what came before.
fn first(this: Signal<Option<AppError>>, other: Signal<Option<AppError>>) -> Signal<Option<AppError>> {
    Signal::derive(move || this.get().or_else(|| other.get()))
}

#[component]
fn Body(view: PhoneCodeView, frame: Frame, submit: Post, problem: Signal<Option<AppError>>) -> AnyView {
    let hint = if view.until.is_empty() {
        t::phone::ASK_FIRST.into()
    } else {
        t::phone::UNTIL.fill([("time", &view.until), ("minutes", &view.minutes.to_string())])
    };
    let every = t::phone::RESEND_EVERY.fill([("seconds", &view.every.to_string())]);
    let link = |(page, words): &Link| view! { <a class="tap" href=*page>{*words}</a> };
    let (beside, links) = (frame.beside.as_ref().map(link), frame.links.iter().map(link).collect::<Vec<_>>());
    // As on the other pages of the enrolment.
    let aside = frame.step.map(|_| view! { <HelpAside/> }.erase());
    view! {
        <Gate title=frame.title problem field=CODE step=frame.step aside>
            <State view page=frame.page/>
            <Form post=submit class="stack stack--lg">
                <CodeField label=frame.label hint problem/>
                <SubmitButton post=submit label=t::frame::CONTINUE/>
            </Form>
            <div class="stack stack--sm">
                <p class="small muted">{every}</p>
                // A new code comes with a redirect to this same page, so the browser itself posts and loads it anew.
                <form class="cluster" method="post" action=frame.resend>
                    <button class="btn btn--sm" type="submit"><Icon d=icon::AGAIN/> " " {t::phone::RESEND}</button>
                    {beside}
                </form>
            </div>
            <div class="cluster">{links}</div>
        </Gate>
    }
    .erase()
}

/// How far the newest message has come.
#[component]
pub(super) fn State(
    /// The message.
    view: PhoneCodeView,
    /// Where to look again: this page.
    page: &'static str,
) -> AnyView {
    let PhoneCodeView { masked: number, ending, sent, delivered, .. } = view;
    let bold = |_| view! { <b>{masked(&number, &ending)}</b> }.erase();
    let (class, d, words) = match view.delivery {
        Delivery::None => ("note", icon::SMS, t::phone::STATE_NONE.marked(&bold)),
        Delivery::Elsewhere => {
            let times = [("sent", sent.as_str()), ("seconds", &view.every.to_string())];
            ("note note--soon", icon::SMS, t::phone::STATE_ELSEWHERE.marked(times, &bold))
        }
        Delivery::Sending => ("note note--soon", icon::CLOCK, t::phone::STATE_SENDING.marked(&bold)),
        Delivery::Sent => ("note note--go", icon::SMS, t::phone::STATE_SENT.marked([("sent", &sent)], &bold)),
        Delivery::Delivered => {
            let times = [("sent", sent.as_str()), ("delivered", delivered.as_str())];
            ("note note--go", icon::OK, t::phone::STATE_DELIVERED.marked(times, &bold))
        }
        Delivery::Failed => ("note note--stop", icon::ALERT, t::phone::STATE_FAILED.marked(&bold)),
    };
    let again = |words| view! { <a href=page rel="external">{words}</a> }.erase();
    let waiting = matches!(view.delivery, Delivery::Sending | Delivery::Sent)
        .then(|| view! { " " {t::phone::TAKES_MINUTE.marked(&again)} });
    view! { <p class=class><Icon d/> <span>{words} {waiting}</span></p> }.erase()
}
