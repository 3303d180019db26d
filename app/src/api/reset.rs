//! A new password by mail.

use leptos::prelude::server;

use crate::{AppError, model::Secret};

/// `Forgot your password?`, `Send Link`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "password/ask")]
pub async fn ask_reset(email: String) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.ask_reset(&visit, &email).await)
}

/// `Choose a new password`, `Save Password`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "password/new")]
pub async fn reset_password(password: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.reset_password(&visit, password).await)
}
