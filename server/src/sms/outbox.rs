//! The demo's gateway: messages are there to be read on the outbox page.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Message, SendError, SmsGateway};
use crate::{
    clock::{Clock, Rng, random},
    storage::{Store, notice},
};

/// Writes messages into the outbox.
#[derive(Debug)]
pub struct Outbox {
    store: Store,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Outbox {
    /// The outbox of this database.
    pub fn new(store: Store, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { store, clock, rng }
    }
}

#[async_trait]
impl SmsGateway for Outbox {
    fn name(&self) -> &'static str {
        "outbox"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let id = random(&*self.rng).map_err(|error| SendError::Refused(error.to_string()))?;
        let (person, now) = (message.person, self.clock.now());
        let (recipient, body) = (message.to.e164().to_owned(), message.text.clone());
        let written = self.store.write(move |db| {
            Box::pin(async move { notice::insert_text(db, id, person, &recipient, &body, now).await })
        });
        written.await.map_err(|error| SendError::Refused(error.to_string()))
    }
}
