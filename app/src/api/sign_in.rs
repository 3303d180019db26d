//! The steps of a sign-in.

use leptos::prelude::server;

use crate::{AppError, model::Secret};

/// `Email`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/email")]
pub async fn submit_email(email: String) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.submit_email(&visit, &email).await)
}

/// `Password`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/password")]
pub async fn submit_password(email: String, password: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.submit_password(&visit, &email, password).await)
}

/// `Enter Your 6-digit Verification Code`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/code")]
pub async fn verify_code(code: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.verify_code(&visit, code).await)
}

/// `Enter Your Recovery Code`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/recovery")]
pub async fn verify_recovery_code(recovery_code: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.verify_recovery_code(&visit, recovery_code).await)
}

/// Ends the session, and any half-finished sign-in.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.sign_out(&visit).await)
}
