//! A provider that takes every message and delivers none is not asked first any more.
//!
//! Its answers are all right, so no breaker sees it: its delivery reports tell. Only a provider that has ever reported a
//! message as delivered is judged; one that sends no reports cannot be told from one that delivers nothing.

use sqlx::AnyConnection;

use super::Service;
use crate::{
    clock::Timestamp,
    storage::{StoreError, sms_message},
};

/// The newest messages that are judged. One of them on its phone is enough.
const JUDGED: i64 = 5;
/// How long a message may take, seconds. A phone that is switched on has it within a few.
const PATIENCE: i64 = 2 * 60;
/// How long the provider is left alone before a message tries it again, seconds.
const PROBE: i64 = 5 * 60;

impl Service {
    /// The preferred gateway, while it seems to deliver nothing and another one can be asked first.
    pub(super) async fn lagging(
        &self,
        db: &mut AnyConnection,
        now: Timestamp,
    ) -> Result<Option<&'static str>, StoreError> {
        let Some(gateway) = self.sms.preferred() else { return Ok(None) };
        let arrivals = sms_message::arrivals(db, gateway, now.plus(-PATIENCE), JUDGED).await?;
        if arrivals.judged < JUDGED || arrivals.delivered > 0 || arrivals.newest.plus(PROBE) <= now {
            return Ok(None);
        }
        if !sms_message::has_delivered(db, gateway).await? {
            return Ok(None);
        }
        tracing::warn!(
            gateway,
            "none of the last text messages is reported as delivered, another gateway is asked first"
        );
        Ok(Some(gateway))
    }
}
