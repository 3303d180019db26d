//! The steps with codes that are sent as text messages.

use leptos::prelude::server;

use crate::{AppError, model::Secret};

/// `Set Up SMS Verification`, `Send Text Message`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/phone")]
pub async fn send_set_up_code(country: String, phone: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.send_set_up_code(&visit, &country, phone).await)
}

/// `Resend New Code` of an enrolment.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/phone/resend")]
pub async fn resend_set_up_code() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.resend_set_up_code(&visit).await)
}

/// `Enter the 6-Digit Verification Code`, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "set-up/phone/code")]
pub async fn confirm_phone(code: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.confirm_phone(&visit, code).await)
}

/// `Use a Phone Number`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/phone")]
pub async fn send_sign_in_code() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.send_sign_in_code(&visit).await)
}

/// `Resend New Code` of a sign-in.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/phone/resend")]
pub async fn resend_sign_in_code() -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.resend_sign_in_code(&visit).await)
}

/// The code of a text message, `Continue`.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "sign-in/phone/code")]
pub async fn verify_phone_code(code: Secret) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.verify_phone_code(&visit, code).await)
}
