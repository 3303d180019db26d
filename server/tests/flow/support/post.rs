//! A mailer that keeps what it is given.

use std::sync::Mutex;

use async_trait::async_trait;
use server::{
    mail::{Mail, MailError, Mailer},
    service::Delivery,
};

use super::World;

/// The mails that were handed over.
#[derive(Debug, Default)]
pub(crate) struct Letterbox(Mutex<Vec<Mail>>);

#[async_trait]
impl Mailer for Letterbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.0.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

impl World {
    /// Sends everything that waits; what was sent.
    pub(crate) async fn post(&self) -> Vec<Mail> {
        let letterbox = Letterbox::default();
        while self.service.deliver_one(&letterbox).await.unwrap() != Delivery::Idle {}
        letterbox.0.into_inner().unwrap()
    }
}
