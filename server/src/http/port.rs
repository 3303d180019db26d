//! The service as the pages and the programs see it: outcomes become cookies and locations.

use app::{
    AppError, Language,
    backend::{Backend, Confirmation, Pause, Reply, Visit},
    model::{
        AuthenticatorView, ConfirmView, EmailView, HomeView, Method, MethodView, OutboxView, PasswordView, PauseView,
        PhoneCodeView, PhoneView, Purpose, RecoveryCodeView, RecoveryView, RequiredView, Secret, SecurityView, Theme,
        VerifyView,
    },
};
use async_trait::async_trait;

use super::{
    Programs,
    cookie::{Cookies, Kind},
};
use crate::{
    service::{Change, Outcome, RESET_LIFE, ReportOutcome, Service, SessionInfo},
    sms::ReportRequest,
};

/// Seconds for which a browser keeps the typed e-mail.
const ENTRY_AGE: i64 = 10 * 60;
/// Seconds for which a browser stays known after a sign-in, and its language: as long as browsers keep any cookie (RFC 6265bis §5.5).
const KEPT: i64 = 400 * 24 * 60 * 60;

/// The `Set-Cookie` value of a change.
fn cookie(cookies: Cookies, change: Change) -> String {
    match change {
        Change::Entry(Some(email)) => cookies.set(Kind::Entry, email.expose(), Some(ENTRY_AGE)),
        Change::Entry(None) => cookies.clear(Kind::Entry),
        Change::Number(number) => cookies.set(Kind::Entry, number.expose(), None),
        Change::SignIn(Some(token)) => cookies.set(Kind::SignIn, token.expose(), None),
        Change::SignIn(None) => cookies.clear(Kind::SignIn),
        Change::Session(Some(token)) => cookies.set(Kind::Session, token.expose(), None),
        Change::Session(None) => cookies.clear(Kind::Session),
        Change::Reset(Some(token)) => cookies.set(Kind::Reset, token.expose(), Some(RESET_LIFE)),
        Change::Reset(None) => cookies.clear(Kind::Reset),
        Change::Device(mark) => cookies.set(Kind::Device, mark.expose(), Some(KEPT)),
        Change::Language(language) => cookies.set(Kind::Language, language.code(), Some(KEPT)),
        Change::Theme(Some(theme)) => cookies.set(Kind::Theme, theme.as_str(), Some(KEPT)),
        Change::Theme(None) => cookies.clear(Kind::Theme),
    }
}

impl Service {
    fn reply<T>(&self, outcome: Outcome<T>) -> Reply<T> {
        let cookies = Cookies::new(self.settings.secure_cookies);
        let pause = match &outcome.result {
            Err(AppError::Paused { seconds, guess }) => {
                Some(Pause { guess: *guess, until: self.now().plus((*seconds).into()).0 })
            }
            Err(_) | Ok(_) => None,
        };
        Reply {
            pause,
            result: outcome.result,
            cookies: outcome.changes.into_iter().map(|change| cookie(cookies, change)).collect(),
            location: outcome.next,
            clear_site_data: outcome.clear_site_data,
        }
    }
}

#[async_trait]
impl Backend for Service {
    async fn email_page(&self, visit: &Visit) -> Reply<EmailView> {
        self.reply(self.email_page(visit).await)
    }

    async fn password_page(&self, visit: &Visit) -> Reply<PasswordView> {
        self.reply(self.password_page(visit))
    }

    async fn required_page(&self, visit: &Visit) -> Reply<RequiredView> {
        self.reply(self.required_page(visit).await)
    }

    async fn confirm_page(&self, visit: &Visit, purpose: Purpose) -> Reply<ConfirmView> {
        self.reply(self.confirm_page(visit, purpose).await)
    }

    async fn password_change_page(&self, visit: &Visit) -> Reply<ConfirmView> {
        self.reply(self.password_change_page(visit).await)
    }

    async fn security_page(&self, visit: &Visit) -> Reply<SecurityView> {
        self.reply(self.security_page(visit).await)
    }

    async fn method_page(&self, visit: &Visit) -> Reply<MethodView> {
        self.reply(self.method_page(visit).await)
    }

    async fn authenticator_page(&self, visit: &Visit) -> Reply<AuthenticatorView> {
        self.reply(self.authenticator_page(visit).await)
    }

    async fn phone_page(&self, visit: &Visit) -> Reply<PhoneView> {
        self.reply(self.phone_page(visit).await)
    }

    async fn phone_confirm_page(&self, visit: &Visit) -> Reply<PhoneCodeView> {
        self.reply(self.phone_confirm_page(visit).await)
    }

    async fn phone_code_page(&self, visit: &Visit) -> Reply<PhoneCodeView> {
        self.reply(self.phone_code_page(visit).await)
    }

    async fn recovery_code_page(&self, visit: &Visit) -> Reply<RecoveryCodeView> {
        self.reply(self.recovery_code_page(visit).await)
    }

    async fn verify_page(&self, visit: &Visit) -> Reply<VerifyView> {
        self.reply(self.verify_page(visit).await)
    }

    async fn recovery_page(&self, visit: &Visit) -> Reply<RecoveryView> {
        self.reply(self.recovery_page(visit).await)
    }

    async fn home_page(&self, visit: &Visit) -> Reply<HomeView> {
        self.reply(self.home_page(visit).await)
    }

    async fn pause_page(&self, visit: &Visit, until: i64) -> Reply<PauseView> {
        self.reply(self.pause_page(visit, until).await)
    }

    async fn outbox_page(&self, language: Language) -> Reply<OutboxView> {
        self.reply(self.outbox_page(language).await)
    }

    async fn submit_email(&self, _visit: &Visit, email: &str) -> Reply<()> {
        self.reply(self.submit_email(email))
    }

    async fn submit_password(&self, visit: &Visit, email: &str, password: Secret) -> Reply<()> {
        self.reply(self.submit_password(visit, email, password).await)
    }

    async fn confirm_change(&self, visit: &Visit, purpose: Purpose, given: Confirmation) -> Reply<()> {
        self.reply(self.confirm_change(visit, purpose, given).await)
    }

    async fn send_confirm_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.send_confirm_code(visit).await)
    }

    async fn change_password(&self, visit: &Visit, given: Confirmation, new: Secret, end_others: bool) -> Reply<()> {
        self.reply(self.change_password(visit, given, new, end_others).await)
    }

    async fn end_session(&self, visit: &Visit, id: &str) -> Reply<()> {
        self.reply(self.end_session(visit, id).await)
    }

    async fn end_other_sessions(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.end_other_sessions(visit).await)
    }

    async fn set_theme(&self, visit: &Visit, theme: Option<Theme>) -> Reply<()> {
        self.reply(self.set_theme(visit, theme).await)
    }

    async fn choose_method(&self, visit: &Visit, method: Method) -> Reply<()> {
        self.reply(self.choose_method(visit, method).await)
    }

    async fn confirm_authenticator(&self, visit: &Visit, code: Secret) -> Reply<()> {
        self.reply(self.confirm_authenticator(visit, code).await)
    }

    async fn send_set_up_code(&self, visit: &Visit, country: &str, phone: Secret) -> Reply<()> {
        self.reply(self.send_set_up_code(visit, country, phone).await)
    }

    async fn resend_set_up_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.resend_set_up_code(visit).await)
    }

    async fn confirm_phone(&self, visit: &Visit, code: Secret) -> Reply<()> {
        self.reply(self.confirm_phone(visit, code).await)
    }

    async fn send_sign_in_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.send_sign_in_code(visit).await)
    }

    async fn resend_sign_in_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.resend_sign_in_code(visit).await)
    }

    async fn verify_phone_code(&self, visit: &Visit, code: Secret) -> Reply<()> {
        self.reply(self.verify_phone_code(visit, code).await)
    }

    async fn acknowledge_recovery_code(&self, visit: &Visit, number: i64, saved: bool) -> Reply<()> {
        self.reply(self.acknowledge_recovery_code(visit, number, saved).await)
    }

    async fn renew_recovery_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.renew_recovery_code(visit).await)
    }

    async fn verify_code(&self, visit: &Visit, code: Secret) -> Reply<()> {
        self.reply(self.verify_code(visit, code).await)
    }

    async fn verify_recovery_code(&self, visit: &Visit, code: Secret) -> Reply<()> {
        self.reply(self.verify_recovery_code(visit, code).await)
    }

    async fn language(&self, visit: &Visit) -> Option<Language> {
        self.language(visit).await
    }

    async fn set_language(&self, visit: &Visit, language: Language) -> Reply<()> {
        self.reply(self.set_language(visit, language).await)
    }

    async fn reset_page(&self, visit: &Visit) -> Reply<EmailView> {
        self.reply(self.reset_page(visit))
    }

    async fn new_password_page(&self, visit: &Visit) -> Reply<EmailView> {
        self.reply(self.new_password_page(visit).await)
    }

    async fn ask_reset(&self, visit: &Visit, email: &str) -> Reply<()> {
        self.reply(self.ask_reset(visit, email).await)
    }

    async fn reset_password(&self, visit: &Visit, password: Secret) -> Reply<()> {
        self.reply(self.reset_password(visit, password).await)
    }

    async fn sign_out(&self, visit: &Visit) -> Reply<()> {
        self.reply(self.sign_out(visit).await)
    }
}

#[async_trait]
impl Programs for Service {
    async fn session(&self, token: &Secret) -> Result<SessionInfo, AppError> {
        self.session(token).await
    }

    async fn delivery_report(&self, gateway: &str, report: &ReportRequest<'_>) -> ReportOutcome {
        self.take_report(gateway, report).await
    }

    async fn ready(&self) -> Result<(), AppError> {
        self.ready().await
    }
}
