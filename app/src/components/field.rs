//! Labelled inputs with their hint and their error.

use leptos::{html, prelude::*};

use super::{Erase, Icon, icon, message};
use crate::{AppError, model::Email, t, text::Text};

/// `id` of the e-mail field.
pub const EMAIL: &str = "email";
/// `id` of the password field.
pub const PASSWORD: &str = "password";
/// `id` of the field for a new password beside the present one.
pub const NEW_PASSWORD: &str = "new_password";
/// `id` of the six-digit field.
pub const CODE: &str = "code";

/// What ties an input to its hint and error.
#[derive(Clone, Copy, Debug)]
pub struct Tie {
    id: &'static str,
    hinted: bool,
    problem: Signal<Option<AppError>>,
}

impl Tie {
    /// Ties the input of this `id`.
    pub fn new(id: &'static str, hinted: bool, problem: Signal<Option<AppError>>) -> Self {
        Self { id, hinted, problem }
    }

    fn failed(self) -> bool {
        self.problem.get().and_then(message::at_field).is_some()
    }

    /// The value of `aria-invalid`.
    pub fn invalid(self) -> Option<&'static str> {
        self.failed().then_some("true")
    }

    /// The value of `aria-describedby`.
    pub fn described(self) -> Option<String> {
        let id = self.id;
        match (self.hinted, self.failed()) {
            (true, true) => Some(format!("{id}-hint {id}-error")),
            (true, false) => Some(format!("{id}-hint")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        }
    }
}

/// Label, hint, error and input, in this order.
#[component]
pub fn Field(
    /// The `id` of the input.
    id: &'static str,
    /// The label.
    label: Text,
    /// True to make the label a heading of the second level.
    #[prop(optional)]
    heading: bool,
    /// What helps while typing.
    #[prop(default = None)]
    hint: Option<String>,
    /// The error of the form.
    problem: Signal<Option<AppError>>,
    /// The input, given what ties it to its hint and error.
    input: impl FnOnce(Tie) -> AnyView,
) -> AnyView {
    let tie = Tie::new(id, hint.is_some(), problem);
    let label = if heading {
        view! { <h2><label for=id>{label}</label></h2> }.erase()
    } else {
        view! { <label class="label" for=id>{label}</label> }.erase()
    };
    view! {
        <div class="field" class:field--error=move || tie.failed()>
            {label}
            {hint.map(|text| view! { <span class="hint" id=format!("{id}-hint")>{text}</span> })}
            {at(tie)}
            {input(tie)}
        </div>
    }
    .erase()
}

/// The words beside a control that the error is about.
pub fn at(tie: Tie) -> AnyView {
    (move || {
        tie.problem.get().and_then(message::at_field).map(|text| {
            view! {
                <span class="error" id=format!("{}-error", tie.id)>
                    <Icon d=icon::ALERT/>
                    <span><span class="vh">{t::frame::ERROR} " "</span>{text}</span>
                </span>
            }
        })
    })
    .erase()
}

/// Empties a secret after an error, so that the next one is typed afresh.
fn clear_on(problem: Signal<Option<AppError>>, node: NodeRef<html::Input>) {
    Effect::new(move |_| {
        if let (true, Some(input)) = (problem.get().is_some(), node.get_untracked()) {
            input.set_value("");
        }
    });
}

/// An e-mail that somebody types.
#[component]
pub fn EmailField(
    /// The label.
    label: Text,
    /// What stands in it at first.
    value: String,
    /// The error of the form.
    problem: Signal<Option<AppError>>,
) -> AnyView {
    let input = move |tie: Tie| {
        view! {
            <input
                class="input"
                id=EMAIL
                name="email"
                type="email"
                value=value
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                maxlength=Email::MAX_LEN
                required
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described()
            />
        }
        .erase()
    };
    view! { <Field id=EMAIL label problem input/> }.erase()
}

/// The password of the person whose e-mail stands above.
#[component]
pub fn PasswordField(
    /// The error of the form.
    problem: Signal<Option<AppError>>,
) -> AnyView {
    password(problem, PASSWORD, "current-password", t::sign_in::PASSWORD, None)
}

/// A password that somebody chooses.
#[component]
pub fn NewPasswordField(
    /// The `id` and the name of the input.
    #[prop(default = PASSWORD)]
    id: &'static str,
    /// The label.
    label: Text,
    /// What helps while typing.
    hint: Text,
    /// The error of the form.
    problem: Signal<Option<AppError>>,
) -> AnyView {
    password(problem, id, "new-password", label, Some(hint))
}

fn password(
    problem: Signal<Option<AppError>>,
    id: &'static str,
    autocomplete: &'static str,
    label: Text,
    hint: Option<Text>,
) -> AnyView {
    let hint = hint.map(|text| text.show().to_owned());
    let node = NodeRef::new();
    clear_on(problem, node);
    let input = move |tie: Tie| {
        view! {
            <input
                class="input"
                id=id
                name=id
                type="password"
                autocomplete=autocomplete
                maxlength="1024"
                required
                node_ref=node
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described()
            />
        }
        .erase()
    };
    view! { <Field id label hint problem input/> }.erase()
}

/// One input for the six digits. The six lines under it are paint.
#[component]
pub fn CodeField(
    /// The label.
    label: Text,
    /// True to make the label a heading of the second level.
    #[prop(optional)]
    heading: bool,
    /// What helps while typing.
    #[prop(into)]
    hint: String,
    /// The error of the form.
    problem: Signal<Option<AppError>>,
) -> AnyView {
    let node = NodeRef::new();
    clear_on(problem, node);
    let input = move |tie: Tie| {
        view! {
            <input
                class="input input--code"
                id=CODE
                name="code"
                inputmode="numeric"
                autocomplete="one-time-code"
                maxlength="32"
                required
                node_ref=node
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described()
            />
        }
        .erase()
    };
    view! { <Field id=CODE label heading hint=Some(hint) problem input/> }.erase()
}

/// Who is signing in: shown, and there for the password manager. Posted only where it may be changed.
#[component]
pub fn Fixed(
    /// The e-mail.
    email: String,
    /// The page to change it on.
    #[prop(optional)]
    edit: Option<&'static str>,
) -> AnyView {
    view! {
        <p class="same">
            <span><span class="vh">{t::sign_in::SIGNING_IN_AS} " "</span><b>{email.clone()}</b></span>
            {edit.map(|page| view! { <a class="tap" href=page>{t::sign_in::EDIT}<span class="vh">" " {t::sign_in::EDIT_EMAIL}</span></a> })}
        </p>
        <input
            class="vh"
            type="email"
            name=edit.map(|_| "email")
            value=email
            autocomplete="username"
            tabindex="-1"
            aria-hidden="true"
            readonly
        />
    }
    .erase()
}

/// A masked phone number, with words for those who hear it. They begin with the calling code, so that they read well
/// in the middle of any sentence: a word there would need the article or the case of each language.
pub fn masked(number: &str, ending: &str) -> AnyView {
    let (code, _) = number.split_once('\u{a0}').unwrap_or((number, ""));
    view! {
        <span class="vh">{t::phone::ENDING.fill([("code", code), ("digits", ending)])}</span>
        <span aria-hidden="true">{number.to_owned()}</span>
    }
    .erase()
}
