//! A new password by mail: asking for the link, and using it. Plain.

use leptos::prelude::*;

use crate::{
    AppError,
    api::{self, AskReset, ResetPassword},
    components::{
        EMAIL, EmailField, Erase, Fixed, Form, Gate, NewPasswordField, PASSWORD, Post, SubmitButton, show_plain,
    },
    model::EmailView,
    routes, t,
};

/// `Forgot your password?`
pub(super) async fn ask() -> AnyView {
    let form = Post::to::<AskReset>();
    let problem = form.problem();
    let data = async {
        let (port, visit) = api::port()?;
        api::answer(port.reset_page(&visit).await)
    };
    show_plain(data.await, |view: EmailView| {
        view! {
            <Gate title=t::reset::FORGOT problem field=EMAIL>
                <Form post=form class="stack stack--lg">
                    <p>{t::reset::WHY}</p>
                    <EmailField label=t::reset::EMAIL value=view.email problem/>
                    <SubmitButton post=form label=t::reset::SEND/>
                    <a class="btn btn--text btn--block" href=routes::SIGN_IN>{t::frame::BACK_TO_SIGN_IN}</a>
                </Form>
            </Gate>
        }
        .erase()
    })
}

/// The same for everybody who asked.
pub(super) fn sent() -> AnyView {
    view! {
        <Gate title=t::reset::SENT>
            <p>{t::reset::SENT_TEXT}</p>
            <p class="muted">{t::reset::SENT_HELP}</p>
            <a class="btn btn--text btn--block" href=routes::SIGN_IN>{t::frame::BACK_TO_SIGN_IN}</a>
        </Gate>
    }
    .erase()
}

/// Takes the new password, or says that the link is over.
pub(super) async fn new_password() -> AnyView {
    let form = Post::to::<ResetPassword>();
    let data = async {
        let (port, visit) = api::port()?;
        api::answer(port.new_password_page(&visit).await)
    };
    match data.await {
        Err(AppError::Expired) => over(),
        data => show_plain(data, |view| choose(form, view)),
    }
}

fn choose(post: Post, view: EmailView) -> AnyView {
    let problem = post.problem();
    view! {
        <Gate title=t::reset::CHOOSE problem field=PASSWORD>
            <Form post class="stack stack--lg">
                <Fixed email=view.email/>
                <NewPasswordField label=t::reset::LABEL hint=t::reset::HINT problem/>
                <p class="muted">{t::reset::AFTER}</p>
                <SubmitButton post label=t::reset::SAVE/>
            </Form>
        </Gate>
    }
    .erase()
}

fn over() -> AnyView {
    view! {
        <Gate title=t::reset::OVER>
            <p>{t::reset::OVER_TEXT}</p>
            <a class="btn btn--primary btn--block" href=routes::RESET>{t::reset::ASK_AGAIN}</a>
        </Gate>
    }
    .erase()
}

/// The new password is set. Nobody is signed in by it.
pub(super) fn done() -> AnyView {
    view! {
        <Gate title=t::reset::DONE>
            <p>{t::reset::DONE_TEXT}</p>
            <a class="btn btn--primary btn--block" href=routes::SIGN_IN>{t::frame::GO_TO_SIGN_IN}</a>
        </Gate>
    }
    .erase()
}
