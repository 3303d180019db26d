//! Checking the audit log: every event, every block, and what holds the blocks together.
//!
//! Whoever takes the last blocks away together with their events leaves a chain that holds: compare the
//! number of the last block with one that was noted elsewhere.

use data_encoding::HEXLOWER;

use super::{
    Service,
    audit::{block_hash, canonical},
};
use crate::{
    crypto::MacPurpose,
    storage::{
        StoreError,
        audit::{self, Block, Event},
    },
};

/// Blocks that are read at once.
const PAGE: i64 = 500;

/// What a sound audit log holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Events in blocks.
    pub sealed: usize,
    /// Blocks; the last one has this number.
    pub blocks: i64,
    /// Events that wait for their block.
    pub open: usize,
}

/// The first place where the audit log does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A number is left out: the block is not there.
    #[error("block {0} of the audit log is missing")]
    Missing(i64),
    /// The block was changed, or does not follow the one before it.
    #[error("block {0} of the audit log is not the one that was sealed")]
    Block(i64),
    /// Events were taken out of the block or put into it.
    #[error("block {block} of the audit log was sealed with {sealed} events and holds {found}")]
    Events {
        /// The block.
        block: i64,
        /// Events when it was sealed.
        sealed: i64,
        /// Events now.
        found: usize,
    },
    /// An event was changed after it was written, or was not written by Muster.
    #[error("the event {id} of the audit log was changed or forged; it says {kind} at second {at}")]
    Event {
        /// Its id, hexadecimal.
        id: String,
        /// What it says happened.
        kind: String,
        /// When it says it happened, seconds since 1970.
        at: i64,
    },
}

impl Service {
    /// Checks the whole audit log.
    ///
    /// # Errors
    /// [`ChainError`] with the first place that does not hold.
    pub async fn verify_audit_chain(&self) -> Result<Chain, ChainError> {
        let mut chain = Chain::default();
        let mut previous = Vec::new();
        loop {
            let blocks = audit::list_blocks(&mut *self.store.read().await?, chain.blocks, PAGE).await?;
            if blocks.is_empty() {
                break;
            }
            for block in blocks {
                let number = chain.blocks.saturating_add(1);
                let events = audit::list_events(&mut *self.store.read().await?, number).await?;
                self.verify_block(&block, number, &previous, &events)?;
                chain = Chain { sealed: chain.sealed.saturating_add(events.len()), blocks: number, open: 0 };
                previous = block.hash;
            }
        }
        let mut db = self.store.read().await?;
        let open = audit::list_open(&mut db).await?;
        self.verify_events(&open)?;
        if let Some(named) = audit::find_named_block(&mut db, chain.blocks).await?
            && audit::list_blocks(&mut db, named.saturating_sub(1), 1).await?.is_empty()
        {
            return Err(ChainError::Missing(named));
        }
        Ok(Chain { open: open.len(), ..chain })
    }

    fn verify_block(&self, block: &Block, number: i64, previous: &[u8], events: &[Event]) -> Result<(), ChainError> {
        if block.number != number {
            return Err(ChainError::Missing(number));
        }
        if !self.keys.verify_mac(MacPurpose::Audit, &[&block.hash], &block.mac) || block.previous != previous {
            return Err(ChainError::Block(number));
        }
        self.verify_events(events)?;
        if i64::try_from(events.len()) != Ok(block.events) {
            return Err(ChainError::Events { block: number, sealed: block.events, found: events.len() });
        }
        if block.hash == block_hash(number, previous, events) { Ok(()) } else { Err(ChainError::Block(number)) }
    }

    fn verify_events(&self, events: &[Event]) -> Result<(), ChainError> {
        let changed =
            events.iter().find(|event| !self.keys.verify_mac(MacPurpose::Audit, &[&canonical(event)], &event.mac));
        changed.map_or(Ok(()), |event| {
            Err(ChainError::Event { id: HEXLOWER.encode(&event.id), kind: event.kind.clone(), at: event.at.0 })
        })
    }
}
