//! One HTTPS client for all providers: rustls with ring, no redirects, short waits, short answers.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, redirect};

use super::SendError;
use crate::reason;

/// Time to reach a provider.
const CONNECT: Duration = Duration::from_secs(2);
/// Time for the whole exchange; within what `Gateways` waits.
const WHOLE: Duration = Duration::from_secs(5);
/// The longest answer that is read, bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// An answer of a provider, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Whether a status that refuses is about us, whatever the message: unknown here, not allowed, too slow, too much.
    pub(super) fn is_about_us(&self) -> bool {
        matches!(
            self.status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
        )
    }
}

/// The client.
///
/// # Errors
/// Those of the TLS set-up.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    // Whoever came first has installed the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A redirect would carry the text of a message, and the name of its sender, to who knows where.
    Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .user_agent(concat!("muster/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Sends a request. Without a connection nothing was sent; after that nobody knows.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Answer, SendError> {
    let mut response = request.send().await.map_err(|error| {
        // The error without its address, which may carry an account.
        let error = error.without_url();
        if error.is_connect() || error.is_builder() {
            SendError::Refused(reason::of(&error))
        } else {
            SendError::Unknown(reason::of(&error))
        }
    })?;
    let (status, mut body) = (response.status(), Vec::new());
    while let Some(chunk) =
        response.chunk().await.map_err(|error| SendError::Unknown(reason::of(&error.without_url())))?
    {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(SendError::Unknown("the answer is too long".into()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}
