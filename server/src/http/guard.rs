//! The port as one request sees it: a panic behind it becomes an answer, and what went wrong is kept for the
//! page's status.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
};

use app::{
    AppError, Language,
    backend::{Backend, Confirmation, Port, Reply, Visit},
    model::{
        AuthenticatorView, ConfirmView, EmailView, HomeView, Method, MethodView, OutboxView, PasswordView, PauseView,
        PhoneCodeView, PhoneView, Purpose, RecoveryCodeView, RecoveryView, RequiredView, Secret, SecurityView, Theme,
        VerifyView,
    },
};
use async_trait::async_trait;
use futures_util::FutureExt;

use super::panic::reference;

/// The first error that a request met.
pub(super) type Trouble = Arc<OnceLock<AppError>>;

/// The port of one request. A page asks the port from a task of its own, where a panic would never reach the
/// net round the request and the page would wait for its deadline.
pub(super) struct Guard {
    /// The port behind it.
    pub(super) port: Port,
    /// Where the first error is kept.
    pub(super) trouble: Trouble,
}

impl Guard {
    async fn run<T>(&self, step: &'static str, call: impl Future<Output = Reply<T>> + Send) -> Reply<T> {
        // A step owns what it works on; what it shares is in the database, in a transaction.
        let reply = AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| {
            let reference = reference();
            tracing::error!(reference, step, "a step panicked");
            Reply {
                result: Err(AppError::Internal { reference }),
                cookies: Vec::new(),
                location: None,
                pause: None,
                clear_site_data: false,
            }
        });
        if let Err(error) = &reply.result {
            let _ = self.trouble.set(*error);
        }
        reply
    }
}

macro_rules! guard {
    ($($step:ident($($argument:ident: $type:ty),*) -> $value:ty;)*) => {
        #[async_trait]
        impl Backend for Guard {
            $(async fn $step(&self, visit: &Visit $(, $argument: $type)*) -> Reply<$value> {
                self.run(stringify!($step), self.port.$step(visit $(, $argument)*)).await
            })*

            async fn outbox_page(&self, language: Language) -> Reply<OutboxView> {
                self.run("outbox_page", self.port.outbox_page(language)).await
            }

            async fn language(&self, visit: &Visit) -> Option<Language> {
                self.port.language(visit).await
            }
        }
    };
}

guard! {
    email_page() -> EmailView;
    password_page() -> PasswordView;
    required_page() -> RequiredView;
    confirm_page(purpose: Purpose) -> ConfirmView;
    password_change_page() -> ConfirmView;
    security_page() -> SecurityView;
    method_page() -> MethodView;
    authenticator_page() -> AuthenticatorView;
    phone_page() -> PhoneView;
    phone_confirm_page() -> PhoneCodeView;
    phone_code_page() -> PhoneCodeView;
    recovery_code_page() -> RecoveryCodeView;
    verify_page() -> VerifyView;
    recovery_page() -> RecoveryView;
    home_page() -> HomeView;
    reset_page() -> EmailView;
    new_password_page() -> EmailView;
    pause_page(until: i64) -> PauseView;
    submit_email(email: &str) -> ();
    submit_password(email: &str, password: Secret) -> ();
    confirm_change(purpose: Purpose, given: Confirmation) -> ();
    send_confirm_code() -> ();
    change_password(given: Confirmation, new: Secret, end_others: bool) -> ();
    end_session(id: &str) -> ();
    end_other_sessions() -> ();
    set_theme(theme: Option<Theme>) -> ();
    choose_method(method: Method) -> ();
    confirm_authenticator(code: Secret) -> ();
    send_set_up_code(country: &str, phone: Secret) -> ();
    resend_set_up_code() -> ();
    confirm_phone(code: Secret) -> ();
    send_sign_in_code() -> ();
    resend_sign_in_code() -> ();
    verify_phone_code(code: Secret) -> ();
    acknowledge_recovery_code(number: i64, saved: bool) -> ();
    renew_recovery_code() -> ();
    verify_code(code: Secret) -> ();
    verify_recovery_code(code: Secret) -> ();
    ask_reset(email: &str) -> ();
    reset_password(password: Secret) -> ();
    set_language(language: Language) -> ();
    sign_out() -> ();
}
