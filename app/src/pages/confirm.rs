//! Showing again that it is you, before a change of one's own second step. Plain.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    AppError,
    api::{
        self, ChangeAuthenticator, ChangePhone, NewRecoveryCode, RemoveAuthenticator, RemovePhone, SendConfirmCode,
        StartSetUp,
    },
    components::{
        CODE, CodeField, Erase, Fixed, Form, Gate, Icon, NEW_PASSWORD, PASSWORD, PasswordField, Post, SubmitButton,
        icon, masked, show_plain,
    },
    model::{CodeView, ConfirmView, Delivery, Purpose},
    pages::phone_code::State,
    routes, t,
    text::Text,
};

/// The words of a purpose.
struct Words {
    title: Text,
    why: Text,
    note: Option<Text>,
    button: Text,
    later: Text,
    back: &'static str,
}

fn words(purpose: Purpose, view: &ConfirmView) -> Words {
    let check = Words {
        title: t::confirm::TITLE,
        why: t::confirm::SET_UP_WHY,
        note: Some(if view.has_card { t::confirm::NEW_CODE } else { t::confirm::FIRST_CODE }),
        button: t::frame::CONTINUE,
        later: t::confirm::CANCEL,
        back: routes::SECURITY,
    };
    match purpose {
        Purpose::SetUp if view.lost => Words {
            title: t::confirm::LOST_TITLE,
            why: t::confirm::LOST_WHY,
            note: None,
            later: t::confirm::LOST_LATER,
            back: routes::HOME,
            ..check
        },
        Purpose::SetUp => Words { note: None, back: routes::HOME, ..check },
        Purpose::Authenticator if view.replaces => Words { why: t::confirm::APP_WHY, ..check },
        Purpose::Authenticator => Words { why: t::confirm::APP_FIRST_WHY, ..check },
        Purpose::Phone if view.replaces => Words { why: t::confirm::PHONE_WHY, ..check },
        Purpose::Phone => Words { why: t::confirm::PHONE_FIRST_WHY, ..check },
        Purpose::RecoveryCode => Words { why: t::confirm::CODE_WHY, note: Some(t::confirm::CODE_NOTE), ..check },
        Purpose::RemoveAuthenticator => {
            Words { why: t::confirm::REMOVE_APP_WHY, note: None, button: t::confirm::REMOVE_APP, ..check }
        }
        Purpose::RemovePhone => {
            Words { why: t::confirm::REMOVE_PHONE_WHY, note: None, button: t::confirm::REMOVE_PHONE, ..check }
        }
    }
}

/// The page of a purpose.
pub(super) async fn page(purpose: Purpose) -> AnyView {
    match purpose {
        Purpose::SetUp => to::<StartSetUp>(purpose).await,
        Purpose::Authenticator => to::<ChangeAuthenticator>(purpose).await,
        Purpose::Phone => to::<ChangePhone>(purpose).await,
        Purpose::RecoveryCode => to::<NewRecoveryCode>(purpose).await,
        Purpose::RemoveAuthenticator => to::<RemoveAuthenticator>(purpose).await,
        Purpose::RemovePhone => to::<RemovePhone>(purpose).await,
    }
}

/// The forms of a page that asks again: the one that goes on, and the one that has a code sent.
#[derive(Clone, Copy)]
pub(super) struct Posts {
    pub(super) submit: Post,
    pub(super) text: Post,
}

impl Posts {
    pub(super) fn to<S: ServerFn<Output = (), Error = AppError>>() -> Self {
        Self { submit: Post::to::<S>(), text: Post::to::<SendConfirmCode>() }
    }

    /// The error of whichever was sent.
    pub(super) fn problem(self) -> Signal<Option<AppError>> {
        Signal::derive(move || self.submit.problem().get().or_else(|| self.text.problem().get()))
    }
}

async fn to<S: ServerFn<Output = (), Error = AppError>>(purpose: Purpose) -> AnyView {
    let posts = Posts::to::<S>();
    show_plain(data(purpose).await, |view| view! { <Confirm purpose view posts/> }.erase())
}

async fn data(purpose: Purpose) -> Result<ConfirmView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.confirm_page(&visit, purpose).await)
}

#[component]
fn Confirm(purpose: Purpose, view: ConfirmView, posts: Posts) -> AnyView {
    let submit = posts.submit;
    let Words { title, why, note, button, later, back } = words(purpose, &view);
    view! {
        <Gate title problem=posts.problem() field=field_of(submit)>
            {notice().map(|text| view! { <p class="note note--soon" role="status"><Icon d=icon::WARN/> <span>{text}</span></p> })}
            <p>{why}</p>
            <TextFirst code=view.code.clone() post=posts.text/>
            <Form post=submit class="stack stack--lg">
                <Proof view submit/>
                {note.map(|text| view! { <p class="note"><Icon d=icon::KEY/> <span>{text}</span></p> })}
                <SubmitButton post=submit label=button/>
                <a class="btn btn--text btn--block" href=back>{later}</a>
            </Form>
        </Gate>
    }
    .erase()
}

/// Why somebody is here who did not ask for it: a closed set, anything else in the address is ignored.
fn notice() -> Option<Text> {
    let parts = use_context::<http::request::Parts>()?;
    let query = parts.uri.query()?;
    (query == "notice=replaced").then_some(t::confirm::CARD_REPLACED)
}

/// Where a code can come as a text message: the way to get one. Before everything that is typed, so that nothing is lost.
#[component]
pub(super) fn TextFirst(
    /// The code that is asked for.
    code: CodeView,
    /// The form.
    post: Post,
) -> AnyView {
    let (text, first) = match code {
        CodeView::None | CodeView::App => return ().into_any(),
        CodeView::Text(text) => (text, t::confirm::TEXT_FIRST),
        CodeView::Either(text) => (text, t::confirm::TEXT_INSTEAD),
    };
    let (words, d, button) = if text.delivery == Delivery::None {
        let bold = |_| view! { <b>{masked(&text.masked, &text.ending)}</b> }.erase();
        (view! { <p>{first.marked(&bold)}</p> }.into_any(), icon::SMS, t::confirm::TEXT_ME)
    } else {
        (view! { <State view=text page="?"/> }.into_any(), icon::AGAIN, t::confirm::TEXT_AGAIN)
    };
    view! {
        <Form post class="stack stack--sm">
            {words}
            <button class="btn btn--sm" type="submit"><Icon d/> " " {button}</button>
        </Form>
    }
    .erase()
}

/// What shows that it is you: the password, and a code where there is a factor. Each error stands at its own field.
#[component]
pub(super) fn Proof(
    /// Whose, and what is asked for.
    view: ConfirmView,
    /// The form.
    submit: Post,
) -> AnyView {
    let problem = submit.problem();
    let at = move |field: &'static str| Signal::derive(move || problem.get().filter(|_| field_of(submit) == field));
    let hint = match &view.code {
        CodeView::None => None,
        CodeView::Either(text) if !matches!(text.delivery, Delivery::None | Delivery::Failed) => {
            Some(t::confirm::CODE_EITHER)
        }
        CodeView::App | CodeView::Either(_) => Some(t::confirm::CODE_APP),
        CodeView::Text(_) => Some(t::confirm::CODE_PHONE),
    };
    view! {
        <Fixed email=view.email/>
        <PasswordField problem=at(PASSWORD)/>
        {hint.map(|hint| view! { <CodeField label=t::confirm::CODE hint problem=at(CODE)/> })}
    }
    .erase()
}

/// The field that an error of this form is about.
pub(super) fn field_of(submit: Post) -> &'static str {
    match submit.problem().get_untracked() {
        Some(
            AppError::CodeMalformed
            | AppError::CodeWrong { .. }
            | AppError::CodeUsed
            | AppError::ClockOff { .. }
            | AppError::SmsCodeWrong { .. }
            | AppError::SmsCodeExpired
            | AppError::SmsCodeUsed,
        ) => CODE,
        Some(
            AppError::PasswordShort | AppError::PasswordLong | AppError::PasswordKnown | AppError::PasswordPersonal,
        ) => NEW_PASSWORD,
        _ => PASSWORD,
    }
}
