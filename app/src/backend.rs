//! The one port between the pages and the server: what a server function may ask for.
//!
//! The server puts an [`Port`] and a [`Visit`] into the context of every request; a server function
//! takes them, calls one method and hands the answer's cookies and next page to the response.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    AppError, Guess, Language,
    model::{
        AuthenticatorView, ConfirmView, EmailView, HomeView, Method, MethodView, OutboxView, PasswordView, PauseView,
        PhoneCodeView, PhoneView, Purpose, RecoveryCodeView, RecoveryView, RequiredView, Secret, SecurityView, Theme,
        VerifyView,
    },
    routes,
};

/// The port as it travels in the context.
pub type Port = Arc<dyn Backend>;

/// What one request brings along, as far as the flow cares.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The client's address, as far as it cannot be forged.
    pub address: std::net::IpAddr,
    /// The `User-Agent`, cut to 256 bytes.
    pub agent: String,
    /// Sealed e-mail of the first page, if the cookie is there.
    pub entry: Option<Secret>,
    /// Token of a sign-in that is not finished.
    pub sign_in: Option<Secret>,
    /// Token of a full session.
    pub session: Option<Secret>,
    /// Signed mark of a known browser; used for limits only.
    pub device: Option<Secret>,
    /// Token of a link that sets a new password.
    pub reset: Option<Secret>,
    /// The language of the answer: the signed-in person's, else the one that the browser asks for.
    pub language: Language,
    /// The page that a form was sent from, as far as the browser says so.
    pub page: Option<&'static str>,
    /// The look that this browser keeps.
    pub theme: Option<Theme>,
}

/// What somebody gives to show again that it is them.
#[derive(Debug)]
pub struct Confirmation {
    /// The current password.
    pub password: Secret,
    /// A code of the factor that there is.
    pub code: Option<Secret>,
}

/// A pause after too many wrong guesses, as the address of its page tells of it. Anybody may write one there, so the page
/// only counts to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What did not match.
    pub guess: Guess,
    /// When it ends, seconds since 1970.
    pub until: i64,
}

impl Pause {
    /// The address of its page.
    pub fn address(self) -> String {
        format!("{}?{}={}", routes::PAUSE, self.guess.name(), self.until)
    }

    /// The pause that an address tells of.
    pub fn parse(query: &str) -> Option<Self> {
        let (name, until) = query.split_once('=')?;
        let guess = [Guess::Password, Guess::Code].into_iter().find(|guess| guess.name() == name)?;
        Some(Self { guess, until: until.parse().ok()? })
    }
}

/// An answer with what it does to the browser.
#[derive(Debug)]
pub struct Reply<T> {
    /// The answer itself, or why there is none.
    pub result: Result<T, AppError>,
    /// Complete `Set-Cookie` values.
    pub cookies: Vec<String>,
    /// The page to go to, always one of [`crate::routes`].
    pub location: Option<&'static str>,
    /// The pause that the result tells of: [`crate::routes::PAUSE`] is the page to go to.
    pub pause: Option<Pause>,
    /// True to empty the browser's cache and storage (sign-out).
    pub clear_site_data: bool,
}

/// What the pages may ask of the server.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// First page; sends people who are signed in already on to where they belong.
    async fn email_page(&self, visit: &Visit) -> Reply<EmailView>;
    /// Password page.
    async fn password_page(&self, visit: &Visit) -> Reply<PasswordView>;
    /// `Two-Factor Authentication Required`.
    async fn required_page(&self, visit: &Visit) -> Reply<RequiredView>;
    /// The page that asks for the password again, and for a code where there is a factor.
    async fn confirm_page(&self, visit: &Visit, purpose: Purpose) -> Reply<ConfirmView>;
    /// The same page before a new password.
    async fn password_change_page(&self, visit: &Visit) -> Reply<ConfirmView>;
    /// `Password & Security`.
    async fn security_page(&self, visit: &Visit) -> Reply<SecurityView>;
    /// `Select an Authentication Method`.
    async fn method_page(&self, visit: &Visit) -> Reply<MethodView>;
    /// `Secure your Account`; shows the pending secret of this enrolment, the same one each time.
    async fn authenticator_page(&self, visit: &Visit) -> Reply<AuthenticatorView>;
    /// `Set Up SMS Verification`: countries and number.
    async fn phone_page(&self, visit: &Visit) -> Reply<PhoneView>;
    /// `Set Up SMS Verification`: the code.
    async fn phone_confirm_page(&self, visit: &Visit) -> Reply<PhoneCodeView>;
    /// Code page of a text message, in a sign-in.
    async fn phone_code_page(&self, visit: &Visit) -> Reply<PhoneCodeView>;
    /// `Save Your Recovery Code`; hands the code out once.
    async fn recovery_code_page(&self, visit: &Visit) -> Reply<RecoveryCodeView>;
    /// Code page and choice page.
    async fn verify_page(&self, visit: &Visit) -> Reply<VerifyView>;
    /// `Enter Your Recovery Code`.
    async fn recovery_page(&self, visit: &Visit) -> Reply<RecoveryView>;
    /// First page after the sign-in.
    async fn home_page(&self, visit: &Visit) -> Reply<HomeView>;
    /// How long a pause lasts that ends at a moment, seconds since 1970.
    async fn pause_page(&self, visit: &Visit, until: i64) -> Reply<PauseView>;
    /// Mail and SMS of the demo; `Forbidden` elsewhere.
    async fn outbox_page(&self, language: Language) -> Reply<OutboxView>;

    /// `Forgot your password?`
    async fn reset_page(&self, visit: &Visit) -> Reply<EmailView>;
    /// The page that takes a new password, for who has opened a link.
    async fn new_password_page(&self, visit: &Visit) -> Reply<EmailView>;

    /// `Email`, `Continue`.
    async fn submit_email(&self, visit: &Visit, email: &str) -> Reply<()>;
    /// `Password`, `Continue`.
    async fn submit_password(&self, visit: &Visit, email: &str, password: Secret) -> Reply<()>;
    /// A change of one's own factors, by a person who shows again that it is them.
    async fn confirm_change(&self, visit: &Visit, purpose: Purpose, given: Confirmation) -> Reply<()>;
    /// A code as a text message, for such a person.
    async fn send_confirm_code(&self, visit: &Visit) -> Reply<()>;
    /// A new password.
    async fn change_password(&self, visit: &Visit, given: Confirmation, new: Secret, end_others: bool) -> Reply<()>;
    /// Ends one of one's own sessions.
    async fn end_session(&self, visit: &Visit, id: &str) -> Reply<()>;
    /// Ends all of one's own sessions but this one.
    async fn end_other_sessions(&self, visit: &Visit) -> Reply<()>;
    /// Sets the look of the pages.
    async fn set_theme(&self, visit: &Visit, theme: Option<Theme>) -> Reply<()>;
    /// `Select an Authentication Method`, `Continue`.
    async fn choose_method(&self, visit: &Visit, method: Method) -> Reply<()>;
    /// `Secure your Account`, `Continue`.
    async fn confirm_authenticator(&self, visit: &Visit, code: Secret) -> Reply<()>;
    /// `Send Text Message`.
    async fn send_set_up_code(&self, visit: &Visit, country: &str, phone: Secret) -> Reply<()>;
    /// `Resend New Code` of an enrolment.
    async fn resend_set_up_code(&self, visit: &Visit) -> Reply<()>;
    /// `Enter the 6-Digit Verification Code`, `Continue`.
    async fn confirm_phone(&self, visit: &Visit, code: Secret) -> Reply<()>;
    /// `Use a Phone Number`.
    async fn send_sign_in_code(&self, visit: &Visit) -> Reply<()>;
    /// `Resend New Code` of a sign-in.
    async fn resend_sign_in_code(&self, visit: &Visit) -> Reply<()>;
    /// The code of a text message, `Continue`.
    async fn verify_phone_code(&self, visit: &Visit, code: Secret) -> Reply<()>;
    /// `Save Your Recovery Code`, `Continue`.
    async fn acknowledge_recovery_code(&self, visit: &Visit, number: i64, saved: bool) -> Reply<()>;
    /// A fresh recovery code in place of one that was shown and not saved.
    async fn renew_recovery_code(&self, visit: &Visit) -> Reply<()>;
    /// `Enter Your 6-digit Verification Code`, `Continue`.
    async fn verify_code(&self, visit: &Visit, code: Secret) -> Reply<()>;
    /// `Enter Your Recovery Code`, `Continue`.
    async fn verify_recovery_code(&self, visit: &Visit, code: Secret) -> Reply<()>;
    /// The language that the signed-in person has chosen; `None` for everybody else.
    async fn language(&self, visit: &Visit) -> Option<Language>;
    /// The picker of each page: answers in this language from now on.
    async fn set_language(&self, visit: &Visit, language: Language) -> Reply<()>;
    /// Asks for a link that sets a new password. One answer for everybody.
    async fn ask_reset(&self, visit: &Visit, email: &str) -> Reply<()>;
    /// Sets a new password with such a link.
    async fn reset_password(&self, visit: &Visit, password: Secret) -> Reply<()>;
    /// Ends the session and any half-finished sign-in.
    async fn sign_out(&self, visit: &Visit) -> Reply<()>;
}
