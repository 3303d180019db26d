//! What each hydrated page shows. A person who does not belong on a page is sent on to the one where they do.

use leptos::prelude::server;

use crate::{
    AppError,
    model::{
        AuthenticatorView, EmailView, MethodView, PasswordView, PhoneCodeView, PhoneView, RecoveryCodeView,
        RecoveryView, RequiredView, VerifyView,
    },
};

/// What the first page shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/email")]
pub async fn email_page() -> Result<EmailView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.email_page(&visit).await)
}

/// What the password page shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/password")]
pub async fn password_page() -> Result<PasswordView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.password_page(&visit).await)
}

/// What `Two-Factor Authentication Required` shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/required")]
pub async fn required_page() -> Result<RequiredView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.required_page(&visit).await)
}

/// What `Select an Authentication Method` shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/method")]
pub async fn method_page() -> Result<MethodView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.method_page(&visit).await)
}

/// What `Secure your Account` shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/authenticator")]
pub async fn authenticator_page() -> Result<AuthenticatorView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.authenticator_page(&visit).await)
}

/// What `Set Up SMS Verification` shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/phone")]
pub async fn phone_page() -> Result<PhoneView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.phone_page(&visit).await)
}

/// What its second page shows, the one for the code.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/phone-confirm")]
pub async fn phone_confirm_page() -> Result<PhoneCodeView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.phone_confirm_page(&visit).await)
}

/// What the page for the code of a text message shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/phone-code")]
pub async fn phone_code_page() -> Result<PhoneCodeView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.phone_code_page(&visit).await)
}

/// What `Save Your Recovery Code` shows; the code itself once.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/recovery-code")]
pub async fn recovery_code_page() -> Result<RecoveryCodeView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.recovery_code_page(&visit).await)
}

/// What the code page and the choice page show.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/verify")]
pub async fn verify_page() -> Result<VerifyView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.verify_page(&visit).await)
}

/// What `Enter Your Recovery Code` shows.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "page/recovery")]
pub async fn recovery_page() -> Result<RecoveryView, AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.recovery_page(&visit).await)
}
