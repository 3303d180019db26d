//! Checking the audit log: every event, every block, and what holds the blocks together.
//!
//! Whoever takes the last blocks away together with their events leaves a chain that holds. A [`Head`] that was kept
//! in another place tells.

use std::{fmt, str::FromStr};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

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

/// Where the audit log ended at some moment: a block, whose hash covers everything before it. Written `NUMBER:HASH`, with
/// the hash in hexadecimal digits; it tells nothing about anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The block's number, from 1.
    number: i64,
    /// Its hash.
    hash: [u8; 32],
}

impl Head {
    /// The head that a block is. None for one whose hash is no hash.
    pub(super) fn of(block: &Block) -> Option<Self> {
        Some(Self { number: block.number, hash: block.hash.as_slice().try_into().ok()? })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}:{}", self.number, HEXLOWER.encode(&self.hash))
    }
}

/// A text that is no [`Head`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a head is the number of a block, a colon and 64 hexadecimal digits, as `muster audit verify` prints it and the \
     server logs it every hour"
)]
pub struct NoHead;

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let (number, hash) = text.trim().split_once(':').ok_or(NoHead)?;
        let hash = HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).map_err(|_| NoHead)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(NoHead)?;
        Ok(Self { number, hash: hash.try_into().map_err(|_| NoHead)? })
    }
}

/// What a sound audit log holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Events in blocks.
    pub sealed: usize,
    /// The last block; none before the first event.
    pub head: Option<Head>,
    /// Events that wait for their block.
    pub open: usize,
}

impl Chain {
    /// How many blocks there are.
    pub fn blocks(&self) -> i64 {
        self.head.map_or(0, |head| head.number)
    }
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
    /// The block that was noted is another one now: the log was cut before it, and went on.
    #[error("block {0} of the audit log is not the one that was noted: what was there was replaced")]
    Replaced(i64),
    /// The log ends before the block that was noted.
    #[error("the audit log ends with block {last} and held block {noted} once: its end was cut off")]
    CutOff {
        /// The last block now.
        last: i64,
        /// The block that was noted.
        noted: i64,
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
    /// Checks the whole audit log, and that it holds the head that was noted, if one was.
    ///
    /// # Errors
    /// [`ChainError`] with the first place that does not hold.
    pub async fn verify_audit_chain(&self, noted: Option<Head>) -> Result<Chain, ChainError> {
        let mut chain = Chain::default();
        let mut previous = Vec::new();
        loop {
            let blocks = audit::list_blocks(&mut *self.store.read().await?, chain.blocks(), PAGE).await?;
            if blocks.is_empty() {
                break;
            }
            for block in blocks {
                let number = chain.blocks().saturating_add(1);
                let events = audit::list_events(&mut *self.store.read().await?, number).await?;
                self.verify_block(&block, number, &previous, &events)?;
                let head = Head::of(&block).ok_or(ChainError::Block(number))?;
                if noted.is_some_and(|noted| noted.number == number && noted != head) {
                    return Err(ChainError::Replaced(number));
                }
                chain = Chain { sealed: chain.sealed.saturating_add(events.len()), head: Some(head), open: 0 };
                previous = block.hash;
            }
        }
        let mut db = self.store.read().await?;
        let open = audit::list_open(&mut db).await?;
        self.verify_events(&open)?;
        if let Some(named) = audit::find_named_block(&mut db, chain.blocks()).await?
            && audit::list_blocks(&mut db, named.saturating_sub(1), 1).await?.is_empty()
        {
            return Err(ChainError::Missing(named));
        }
        if let Some(noted) = noted.filter(|noted| noted.number > chain.blocks()) {
            return Err(ChainError::CutOff { last: chain.blocks(), noted: noted.number });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_is_read_as_it_is_written_and_nothing_else_is_one() {
        let head = Head { number: 120, hash: [0xa7; 32] };
        let text = head.to_string();
        assert_eq!(text, format!("120:{}", "a7".repeat(32)));
        for written in [text.clone(), text.to_uppercase(), format!(" {text}\n")] {
            assert_eq!(written.parse(), Ok(head), "{written}");
        }
        let hash = "a7".repeat(32);
        let odd = ["", "120", ":", &hash, "120:", "120:a7", &format!("{text}a7"), &format!("120:{}", "g7".repeat(32))];
        for text in odd
            .into_iter()
            .chain([format!("0:{hash}"), format!("-1:{hash}"), format!("x:{hash}")].iter().map(String::as_str))
        {
            assert_eq!(text.parse::<Head>(), Err(NoHead), "{text}");
        }
    }
}
