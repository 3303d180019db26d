//! The audit log: keyed events, chained in blocks.
//!
//! An event is written in the transaction of what it tells of, with a keyed hash of its own, and takes
//! no lock that another sign-in needs. Every second the open events are gathered into a block, whose
//! hash covers the block before and every event in it. So an event cannot be changed or moved without
//! the key, and cannot be left out once its block is made; only an event removed within that second,
//! by somebody who writes to the database, goes unseen. `super::chain` checks all of it. What was cut off whole at the
//! end shows where a head of the chain was kept in another place, such as the log.

use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::{Head, Service, failure::Failure};
use crate::{
    clock::{Timestamp, random},
    crypto::{Keyring, MacPurpose},
    storage::{
        PersonId, StoreError,
        audit::{self, Block, Event},
    },
};

/// How many events a block holds at most.
const BLOCK_EVENTS: i64 = 1000;

/// What is noted.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    /// What happened.
    pub(super) kind: &'static str,
    /// Whom it concerns.
    pub(super) person: Option<PersonId>,
    /// Who did it.
    pub(super) actor: &'static str,
    /// Network address.
    pub(super) address: &'a str,
    /// More, without secrets.
    pub(super) detail: serde_json::Value,
    /// When.
    pub(super) now: Timestamp,
}

impl Service {
    /// Notes an event in the transaction of what it tells of.
    pub(super) async fn note(&self, db: &mut AnyConnection, entry: Entry<'_>) -> Result<(), Failure> {
        Ok(audit::insert(db, &self.event(entry)?).await?)
    }

    /// An event with its keyed hash.
    pub(super) fn event(&self, entry: Entry<'_>) -> Result<Event, Failure> {
        let mut event = Event {
            id: random::<16>(&*self.rng)?.to_vec(),
            at: entry.now,
            kind: entry.kind.to_owned(),
            person: entry.person,
            actor: entry.actor.to_owned(),
            address: entry.address.to_owned(),
            detail: entry.detail.to_string(),
            mac: Vec::new(),
        };
        event.mac = self.keys.mac(MacPurpose::Audit, &[&canonical(&event)]);
        Ok(event)
    }

    /// Gathers the open events into the next block. True when there may be more than the block holds.
    ///
    /// # Errors
    /// The database's.
    pub async fn seal_audit_block(&self) -> Result<bool, StoreError> {
        let (keys, now) = (self.keys.clone(), self.now());
        let sealed = self.store.write(move |db| Box::pin(async move { seal(db, &keys, now).await })).await;
        match sealed {
            // Another node has just made this block: the rest waits for the next round.
            Err(StoreError::Duplicate) => Ok(false),
            other => other,
        }
    }

    /// Where the audit log ends now; none before its first block.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_head(&self) -> Result<Option<Head>, StoreError> {
        let last = async { audit::find_last_block(&mut *self.store.read().await?).await };
        Ok(self.store.read_in_time(last).await?.as_ref().and_then(Head::of))
    }
}

async fn seal(db: &mut AnyConnection, keys: &Keyring, now: Timestamp) -> Result<bool, StoreError> {
    let last = audit::find_last_block(db).await?;
    let number = last.as_ref().map_or(1, |block| block.number + 1);
    let previous = last.map(|block| block.hash).unwrap_or_default();
    let events = audit::consume_open(db, number, BLOCK_EVENTS).await?;
    if events.is_empty() {
        return Ok(false);
    }
    let hash = block_hash(number, &previous, &events);
    let mac = keys.mac(MacPurpose::Audit, &[&hash]);
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    audit::insert_block(db, &Block { number, events: count, previous, hash, mac }, now).await?;
    Ok(count == BLOCK_EVENTS)
}

/// The bytes of an event that its hashes cover: every field with its length in front.
pub(super) fn canonical(event: &Event) -> Vec<u8> {
    let fields: [&[u8]; 7] = [
        &event.id,
        &event.at.0.to_be_bytes(),
        event.kind.as_bytes(),
        event.person.as_ref().map_or(&[], PersonId::bytes),
        event.actor.as_bytes(),
        event.address.as_bytes(),
        event.detail.as_bytes(),
    ];
    let mut bytes = Vec::new();
    for field in fields {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

pub(super) fn block_hash(number: i64, previous: &[u8], events: &[Event]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(number.to_be_bytes());
    hash.update(previous);
    for event in events {
        hash.update(Sha256::digest(canonical(event)));
    }
    hash.finalize().to_vec()
}
