//! The demo's mailer.

use async_trait::async_trait;

use super::{Mail, MailError, Mailer};

/// Takes every message and sends none: the demo shows the outbox itself.
#[derive(Clone, Copy, Debug)]
pub struct Outbox;

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        Ok(())
    }
}
