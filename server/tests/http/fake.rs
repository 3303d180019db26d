//! A port that does as it is told.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use app::{
    AppError, Language,
    backend::{Backend, Confirmation, Reply, Visit},
    model::{
        AlwaysView, AppView, AuthenticatorView, CardView, CodeView, ConfirmView, Delivery, EmailView, HomeView, Method,
        MethodView, Offer, OutboxView, PasswordView, PauseView, PhoneCodeView, PhoneRowView, PhoneView, Purpose,
        RecoveryCodeView, RecoveryView, RequiredView, Safety, Secret, SecurityView, Theme, VerifyView,
    },
    routes,
};
use async_trait::async_trait;
use server::{
    http::Programs,
    service::{ReportOutcome, SessionInfo},
    sms::ReportRequest,
};

/// How the port behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Answers, and sends the browser to the password page.
    #[default]
    Works,
    /// Answers without sending the browser anywhere.
    Stays,
    /// Answers with an error.
    Fails(AppError),
    /// Panics with a text that nobody may see.
    Panics,
    /// Never answers.
    Hangs,
}

/// The text of the panic.
pub const PANIC: &str = "SELECT secret FROM person";

/// The fake port.
#[derive(Debug, Default)]
pub struct Fake {
    pub mode: Mode,
    pub calls: AtomicUsize,
    pub visit: Mutex<Option<Visit>>,
}

impl Fake {
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn reply<T>(&self, visit: Option<&Visit>, value: T) -> Reply<T> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        *self.visit.lock().unwrap() = visit.cloned();
        let reply =
            |result, location| Reply { result, cookies: Vec::new(), location, pause: None, clear_site_data: false };
        match self.mode {
            Mode::Works => Reply {
                cookies: vec!["__Host-muster-sign-in=token; Path=/; Secure; HttpOnly; SameSite=Lax".to_owned()],
                ..reply(Ok(value), Some(routes::PASSWORD))
            },
            Mode::Stays => reply(Ok(value), None),
            Mode::Fails(error) => reply(Err(error), None),
            Mode::Panics => panic!("{PANIC}"),
            Mode::Hangs => std::future::pending().await,
        }
    }
}

fn text() -> String {
    "text".to_owned()
}

#[async_trait]
impl Backend for Fake {
    async fn email_page(&self, visit: &Visit) -> Reply<EmailView> {
        self.reply(Some(visit), EmailView { email: text(), demo: false }).await
    }
    async fn reset_page(&self, visit: &Visit) -> Reply<EmailView> {
        self.reply(Some(visit), EmailView { email: text(), demo: false }).await
    }
    async fn new_password_page(&self, visit: &Visit) -> Reply<EmailView> {
        self.reply(Some(visit), EmailView { email: text(), demo: false }).await
    }
    async fn pause_page(&self, visit: &Visit, _until: i64) -> Reply<PauseView> {
        self.reply(Some(visit), PauseView { seconds: 700, time: text(), moment: text(), back: text() }).await
    }
    async fn ask_reset(&self, visit: &Visit, _email: &str) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn reset_password(&self, visit: &Visit, _password: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn password_page(&self, visit: &Visit) -> Reply<PasswordView> {
        self.reply(Some(visit), PasswordView { email: text() }).await
    }
    async fn required_page(&self, visit: &Visit) -> Reply<RequiredView> {
        self.reply(Some(visit), RequiredView { companies: vec![text()], payments_role: false, phone_uncounted: false })
            .await
    }
    async fn confirm_page(&self, visit: &Visit, _purpose: Purpose) -> Reply<ConfirmView> {
        self.reply(
            Some(visit),
            ConfirmView { email: text(), lost: false, replaces: true, has_card: true, code: CodeView::App },
        )
        .await
    }
    async fn password_change_page(&self, visit: &Visit) -> Reply<ConfirmView> {
        self.reply(
            Some(visit),
            ConfirmView { email: text(), lost: false, replaces: true, has_card: true, code: CodeView::App },
        )
        .await
    }
    async fn security_page(&self, visit: &Visit) -> Reply<SecurityView> {
        self.reply(Some(visit), security()).await
    }
    async fn method_page(&self, visit: &Visit) -> Reply<MethodView> {
        self.reply(Some(visit), MethodView { sms: Offer::Open }).await
    }
    async fn authenticator_page(&self, visit: &Visit) -> Reply<AuthenticatorView> {
        let view = AuthenticatorView {
            qr_path: "M0 0h1v1z".to_owned(),
            qr_size: 1,
            key: vec![text()],
            uri: "otpauth://totp/x".to_owned(),
            account: text(),
            issuer: text(),
        };
        self.reply(Some(visit), view).await
    }
    async fn phone_page(&self, visit: &Visit) -> Reply<PhoneView> {
        let view = PhoneView { countries: Vec::new(), country: text(), phone: text() };
        self.reply(Some(visit), view).await
    }
    async fn phone_confirm_page(&self, visit: &Visit) -> Reply<PhoneCodeView> {
        self.reply(Some(visit), phone_code()).await
    }
    async fn phone_code_page(&self, visit: &Visit) -> Reply<PhoneCodeView> {
        self.reply(Some(visit), phone_code()).await
    }
    async fn recovery_code_page(&self, visit: &Visit) -> Reply<RecoveryCodeView> {
        let view = RecoveryCodeView {
            groups: None,
            seen: true,
            number: 1,
            date: text(),
            date_iso: text(),
            initials: text(),
            just_enrolled: false,
        };
        self.reply(Some(visit), view).await
    }
    async fn verify_page(&self, visit: &Visit) -> Reply<VerifyView> {
        self.reply(
            Some(visit),
            VerifyView {
                issuer: text(),
                account: text(),
                methods: vec![Method::Authenticator],
                masked: text(),
                ending: text(),
            },
        )
        .await
    }
    async fn recovery_page(&self, visit: &Visit) -> Reply<RecoveryView> {
        self.reply(Some(visit), RecoveryView { number: 1 }).await
    }
    async fn home_page(&self, visit: &Visit) -> Reply<HomeView> {
        let view = HomeView {
            name: text(),
            initials: text(),
            email: text(),
            companies: Vec::new(),
            enrolled: true,
            banner: None,
            until: text(),
        };
        self.reply(Some(visit), view).await
    }
    async fn outbox_page(&self, _language: Language) -> Reply<OutboxView> {
        self.reply(None, OutboxView { messages: Vec::new() }).await
    }
    async fn submit_email(&self, visit: &Visit, _email: &str) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn submit_password(&self, visit: &Visit, _email: &str, _password: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn send_confirm_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn confirm_change(&self, visit: &Visit, _purpose: Purpose, _given: Confirmation) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn change_password(&self, visit: &Visit, _given: Confirmation, _new: Secret, _end: bool) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn end_session(&self, visit: &Visit, _id: &str) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn end_other_sessions(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn set_theme(&self, visit: &Visit, _theme: Option<Theme>) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn choose_method(&self, visit: &Visit, _method: Method) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn confirm_authenticator(&self, visit: &Visit, _code: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn send_set_up_code(&self, visit: &Visit, _country: &str, _phone: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn resend_set_up_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn confirm_phone(&self, visit: &Visit, _code: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn send_sign_in_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn resend_sign_in_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn verify_phone_code(&self, visit: &Visit, _code: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn acknowledge_recovery_code(&self, visit: &Visit, _number: i64, _saved: bool) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn renew_recovery_code(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn verify_code(&self, visit: &Visit, _code: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn verify_recovery_code(&self, visit: &Visit, _code: Secret) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn language(&self, _visit: &Visit) -> Option<Language> {
        None
    }
    async fn set_language(&self, visit: &Visit, _language: Language) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
    async fn sign_out(&self, visit: &Visit) -> Reply<()> {
        self.reply(Some(visit), ()).await
    }
}

#[async_trait]
impl Programs for Fake {
    async fn session(&self, token: &Secret) -> Result<SessionInfo, AppError> {
        match self.mode {
            Mode::Fails(error) => return Err(error),
            Mode::Hangs => std::future::pending().await,
            Mode::Panics => panic!("{PANIC}"),
            Mode::Works | Mode::Stays => {}
        }
        if token.expose() != "right" {
            return Err(AppError::NotSignedIn);
        }
        let (email, name) = ("ana@harbor.example".to_owned(), "Ana".to_owned());
        Ok(SessionInfo { email, name, expires_at: 1, second_factor: true })
    }

    async fn delivery_report(&self, _gateway: &str, _report: &ReportRequest<'_>) -> ReportOutcome {
        ReportOutcome::Taken
    }

    async fn ready(&self) -> Result<(), AppError> {
        match self.mode {
            Mode::Fails(error) => Err(error),
            _ => Ok(()),
        }
    }
}

fn phone_code() -> PhoneCodeView {
    PhoneCodeView {
        masked: text(),
        ending: text(),
        delivery: Delivery::Sent,
        sent: text(),
        delivered: String::new(),
        until: text(),
        minutes: 30,
        every: 30,
        stopped: None,
    }
}

/// What a person without anything sees of their account.
fn security() -> SecurityView {
    SecurityView {
        name: text(),
        initials: text(),
        banner: None,
        safety: Safety::NotSetUp,
        app: AppView::None,
        phone: PhoneRowView::None,
        card: CardView::None,
        always: AlwaysView::NotEnrolled,
        sessions: Vec::new(),
        events: Vec::new(),
        zone: text(),
        theme: None,
    }
}
