//! The picker of the language.

use leptos::prelude::server;

use crate::{AppError, Language};

/// `Language`, `Change`. The browser itself posts, with a script or without: the whole page changes.
///
/// # Errors
/// Those of the port, as they are.
#[server(prefix = "/api", endpoint = "language")]
pub async fn set_language(language: Language) -> Result<(), AppError> {
    let (port, visit) = super::port()?;
    super::answer(port.set_language(&visit, language).await)
}
