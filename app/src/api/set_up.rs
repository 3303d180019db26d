//! The steps of an enrolment.

use leptos::prelude::server;

use crate::{
    AppError,
    model::{Method, Secret},
};

/// `Select an Authentication Method`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/method")]
pub async fn choose_method(method: Method) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.choose_method(&visit, method).await)
}

/// `Secure your Account`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/authenticator")]
pub async fn confirm_authenticator(code: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.confirm_authenticator(&visit, code).await)
}

/// `Save Your Recovery Code`, `Continue`. `number` is that of the card that the page shows: another one may count by now.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/saved")]
pub async fn acknowledge_recovery_code(number: i64, saved: Option<String>) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.acknowledge_recovery_code(&visit, number, saved.as_deref() == Some("yes")).await)
}

/// A fresh recovery code in place of one that was shown and not saved.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/new-code")]
pub async fn renew_recovery_code() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.renew_recovery_code(&visit).await)
}
