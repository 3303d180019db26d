//! Whether the database answers and takes writes, for whoever asks often.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Store, StoreError};

/// How long a write that went well is believed, while none has failed since.
const BELIEVED: Duration = Duration::from_mins(1);
/// Bytes of a write that asks for room: more than a page.
const ROOM: usize = 20_000;

/// When something was last written to see whether it works. `None`: not yet, or a write has failed since.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<Instant>>);

impl Health {
    /// A write has failed.
    pub(super) fn doubt(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// True when the caller has to write something to know; others believe it meanwhile.
    fn is_due(&self) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = seen.is_none_or(|seen| seen.elapsed() > BELIEVED);
        if due {
            *seen = Some(Instant::now());
        }
        due
    }
}

impl Store {
    /// Whether the database answers, is of this schema, and takes writes.
    ///
    /// Most calls run a statement that changes no row, which PostgreSQL refuses where it takes no writes, and which
    /// costs the disk nothing. A full disk shows only to what needs room. So the first call, one in a minute, and
    /// every one after a write that failed, writes a row and deletes it in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check(&self) -> Result<(), StoreError> {
        let room = self.health.is_due().then_some(ROOM);
        let checked = self.write(move |db| {
            Box::pin(async move {
                if let Some(room) = room {
                    let row = sqlx::query("INSERT INTO key_check (key_id, value) VALUES (-1, $1)");
                    row.bind(vec![0_u8; room]).execute(&mut *db).await?;
                }
                sqlx::query("DELETE FROM key_check WHERE key_id = -1").execute(db).await?;
                Ok(())
            })
        });
        let checked = checked.await;
        if checked.is_err() {
            self.health.doubt();
        }
        checked
    }
}
