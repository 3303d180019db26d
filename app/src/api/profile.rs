//! What a signed-in person changes about their own account. The pages are plain, so the browser has none of this.

use leptos::prelude::server;

use crate::{
    AppError,
    backend::Confirmation,
    model::{Purpose, Secret, Theme},
};

async fn confirm(purpose: Purpose, password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.confirm_change(&visit, purpose, Confirmation { password, code }).await)
}

/// The password of a signed-in person who enrols early, or who replaces a lost app.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/start")]
pub async fn start_set_up(password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    confirm(Purpose::SetUp, password, code).await
}

/// `Add Authenticator App`, `Change Authenticator App`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/authenticator")]
pub async fn change_authenticator(password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    confirm(Purpose::Authenticator, password, code).await
}

/// Takes the authenticator app away.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/authenticator/remove")]
pub async fn remove_authenticator(password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    confirm(Purpose::RemoveAuthenticator, password, code).await
}

/// `Add Phone Number`, `Change Phone Number`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/phone")]
pub async fn change_phone(password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    confirm(Purpose::Phone, password, code).await
}

/// Takes the phone number away.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/phone/remove")]
pub async fn remove_phone(password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    confirm(Purpose::RemovePhone, password, code).await
}

/// A code as a text message, to show again that it is you.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/text")]
pub async fn send_confirm_code() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.send_confirm_code(&visit).await)
}

/// `Request a New Recovery Code`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/recovery-code")]
pub async fn new_recovery_code(password: Secret, code: Option<Secret>) -> Result<(), AppError> {
    confirm(Purpose::RecoveryCode, password, code).await
}

/// `Change Password`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/password")]
pub async fn change_password(
    password: Secret,
    code: Option<Secret>,
    new_password: Secret,
    end_others: Option<String>,
) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    let end_others = end_others.as_deref() == Some("yes");
    super::answer(port.change_password(&visit, Confirmation { password, code }, new_password, end_others).await)
}

/// Ends one of one's own sessions.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/session/end")]
pub async fn end_session(session: String) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.end_session(&visit, &session).await)
}

/// Ends all of one's own sessions but this one.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/session/end-others")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.end_other_sessions(&visit).await)
}

/// Sets the look of the pages: `light`, `dark`, or that of the `device`.
///
/// # Errors
/// [`AppError::BadRequest`] for any other; those of the port, as they are.
#[server(prefix = "/api", endpoint = "profile/theme")]
pub async fn set_theme(theme: String) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    let theme = match &*theme {
        "device" => None,
        name => Some(Theme::parse(name).ok_or(AppError::BadRequest)?),
    };
    super::answer(port.set_theme(&visit, theme).await)
}
