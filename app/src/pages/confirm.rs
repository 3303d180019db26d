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
    model::{CodeView, ConfirmView, Purpose},
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

fn words(purpose: Purpose, lost: bool) -> Words {
    let check = Words {
        title: t::confirm::TITLE,
        why: t::confirm::SET_UP_WHY,
        note: Some(t::confirm::NEW_CODE),
        button: t::frame::CONTINUE,
        later: t::confirm::CANCEL,
        back: routes::SECURITY,
    };
    match purpose {
        Purpose::SetUp if lost => Words {
            title: t::confirm::LOST_TITLE,
            why: t::confirm::LOST_WHY,
            note: None,
            later: t::confirm::LOST_LATER,
            back: routes::HOME,
            ..check
        },
        Purpose::SetUp => Words { note: None, back: routes::HOME, ..check },
        Purpose::Authenticator => Words { why: t::confirm::APP_WHY, ..check },
        Purpose::Phone => Words { why: t::confirm::PHONE_WHY, ..check },
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

async fn to<S: ServerFn<Output = (), Error = AppError>>(purpose: Purpose) -> AnyView {
    let submit = Post::to::<S>();
    let problem = submit.problem();
    show_plain(data(purpose).await, problem, |view| view! { <Confirm purpose view submit/> }.erase())
}

async fn data(purpose: Purpose) -> Result<ConfirmView, AppError> {
    let (port, visit) = api::port()?;
    api::answer(port.confirm_page(&visit, purpose).await)
}

#[component]
fn Confirm(purpose: Purpose, view: ConfirmView, submit: Post) -> AnyView {
    let Words { title, why, note, button, later, back } = words(purpose, view.lost);
    view! {
        <Gate title problem=submit.problem() field=field_of(submit)>
            <p>{why}</p>
            <TextFirst code=view.code.clone()/>
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

/// Where a code comes as a text message: the way to get one. Before everything that is typed, so that nothing is lost.
#[component]
pub(super) fn TextFirst(
    /// The code that is asked for.
    code: CodeView,
) -> AnyView {
    let CodeView::Text { masked: number, ending, sent } = code else { return ().into_any() };
    let bold = |_| view! { <b>{masked(&number, &ending)}</b> }.erase();
    let (words, button) = if sent {
        (t::confirm::TEXT_SENT, t::confirm::TEXT_AGAIN)
    } else {
        (t::confirm::TEXT_FIRST, t::confirm::TEXT_ME)
    };
    view! {
        <form class="stack stack--sm" method="post" action={<SendConfirmCode as ServerFn>::PATH}>
            <p>{words.marked(&bold)}</p>
            <button class="btn btn--sm" type="submit"><Icon d=icon::SMS/> " " {button}</button>
        </form>
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
    let hint = match view.code {
        CodeView::None => None,
        CodeView::App => Some(t::confirm::CODE_APP),
        CodeView::Text { .. } => Some(t::confirm::CODE_PHONE),
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
            | AppError::SmsCodeExpired,
        ) => CODE,
        Some(
            AppError::PasswordShort | AppError::PasswordLong | AppError::PasswordKnown | AppError::PasswordPersonal,
        ) => NEW_PASSWORD,
        _ => PASSWORD,
    }
}
