//! The audit log: events, and the blocks that chain them.
//!
//! An event is one insert in the transaction of what it tells of and touches no shared row, so
//! sign-ins do not wait for each other. Blocks are made afterwards, see `service::audit`.

use serde_json::Value;
use sqlx::AnyConnection;

use super::{PersonId, StoreError, get, get_id, rows};
use crate::clock::Timestamp;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Id, from the source of randomness.
    pub id: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// What, such as `sign_in.password`.
    pub kind: String,
    /// Whom it concerns, if that is known.
    pub person: Option<PersonId>,
    /// Who did it: `self`, `cli`, `system`.
    pub actor: String,
    /// Network address.
    pub address: String,
    /// Details, as JSON without secrets.
    pub detail: String,
    /// Keyed hash over all of the above.
    pub mac: Vec<u8>,
}

/// Whose doing an event of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Somebody's who had the password, a link or the command line.
    Person,
    /// Anybody's who knows the e-mail, as often as they like.
    Anybody,
}

/// The events of one account; each kind of them has an index of its own, so that many of one do not slow the other. Of what
/// happened in one second wrong passwords are the last, so that a pause which they brought is always among those read.
macro_rules! of_person {
    ($in:literal) => {
        concat!(
            "SELECT id, at, kind, person_id, actor, address, detail, mac FROM audit_event \
             WHERE person_id = $1 AND at >= $2 AND kind ",
            $in,
            " ('password.wrong', 'password.paused', 'password.refused', 'password.reset_asked') \
             AND kind <> 'password.refused' ORDER BY at DESC, kind = 'password.wrong', id LIMIT $3",
        )
    };
}

/// What happened to one account since a moment, the latest first, `most` events at most. What a pause refused is for the log
/// alone.
///
/// # Errors
/// The database's.
pub async fn list_of_person(
    db: &mut AnyConnection,
    person: PersonId,
    since: Timestamp,
    doing: Doing,
    most: i64,
) -> Result<Vec<Event>, StoreError> {
    sqlx::query(match doing {
        Doing::Person => of_person!("NOT IN"),
        Doing::Anybody => of_person!("IN"),
    })
    .bind(person.bytes())
    .bind(since.0)
    .bind(most)
    .fetch_all(db)
    .await?
    .iter()
    .map(event_from_row)
    .collect()
}

/// A block of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// How many events it holds.
    pub events: i64,
    /// The hash of the block before; empty for the first.
    pub previous: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
    /// Keyed hash of its hash.
    pub mac: Vec<u8>,
}

/// Adds an event.
///
/// # Errors
/// The database's.
pub async fn insert(db: &mut AnyConnection, event: &Event) -> Result<(), StoreError> {
    insert_all(db, [event]).await
}

/// Adds events.
///
/// # Errors
/// The database's.
pub async fn insert_all(db: &mut AnyConnection, events: impl IntoIterator<Item = &Event>) -> Result<(), StoreError> {
    let list = rows::list(events.into_iter().map(|event| {
        vec![
            rows::bytes(&event.id),
            event.at.0.into(),
            event.kind.as_str().into(),
            event.person.map_or(Value::Null, |person| rows::bytes(person.bytes())),
            event.actor.as_str().into(),
            event.address.as_str().into(),
            event.detail.as_str().into(),
            rows::bytes(&event.mac),
        ]
    }));
    sqlx::query(
        "INSERT INTO audit_event (id, at, kind, person_id, actor, address, detail, mac) \
         SELECT unhex(r.value ->> 0), CAST(r.value ->> 1 AS BIGINT), r.value ->> 2, unhex(r.value ->> 3), \
         r.value ->> 4, r.value ->> 5, r.value ->> 6, unhex(r.value ->> 7) FROM json_each($1) r",
    )
    .bind(list)
    .execute(db)
    .await?;
    Ok(())
}

/// The last block of the chain.
///
/// # Errors
/// The database's.
pub async fn find_last_block(db: &mut AnyConnection) -> Result<Option<Block>, StoreError> {
    let row = sqlx::query("SELECT number, events, previous, hash, mac FROM audit_block ORDER BY number DESC LIMIT 1")
        .fetch_optional(db)
        .await?;
    row.map(|row| block_from_row(&row)).transpose()
}

/// Gives the oldest events without a block to this one, and returns them in their order. Two nodes never
/// get the same event.
///
/// # Errors
/// The database's.
pub async fn consume_open(db: &mut AnyConnection, block: i64, most: i64) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query(
        "UPDATE audit_event SET block = $1 WHERE block IS NULL \
         AND id IN (SELECT id FROM audit_event WHERE block IS NULL ORDER BY at, id LIMIT $2) \
         RETURNING id, at, kind, person_id, actor, address, detail, mac",
    )
    .bind(block)
    .bind(most)
    .fetch_all(db)
    .await?;
    let mut events = rows.iter().map(event_from_row).collect::<Result<Vec<_>, _>>()?;
    events.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    Ok(events)
}

/// Adds a block.
///
/// # Errors
/// [`StoreError::Duplicate`] when another node made this block, or the database's.
pub async fn insert_block(db: &mut AnyConnection, block: &Block, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_block (number, events, previous, hash, mac, sealed_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(block.number)
    .bind(block.events)
    .bind(block.previous.as_slice())
    .bind(block.hash.as_slice())
    .bind(block.mac.as_slice())
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// The blocks after one, in order, `most` of them.
///
/// # Errors
/// The database's.
pub async fn list_blocks(db: &mut AnyConnection, after: i64, most: i64) -> Result<Vec<Block>, StoreError> {
    let rows = sqlx::query(
        "SELECT number, events, previous, hash, mac FROM audit_block WHERE number > $1 ORDER BY number LIMIT $2",
    )
    .bind(after)
    .bind(most);
    rows.fetch_all(db).await?.iter().map(block_from_row).collect()
}

/// The events of a block, in their order.
///
/// # Errors
/// The database's.
pub async fn list_events(db: &mut AnyConnection, block: i64) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, at, kind, person_id, actor, address, detail, mac FROM audit_event WHERE block = $1 ORDER BY at, id",
    )
    .bind(block);
    rows.fetch_all(db).await?.iter().map(event_from_row).collect()
}

/// The events that wait for a block, in their order.
///
/// # Errors
/// The database's.
pub async fn list_open(db: &mut AnyConnection) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, at, kind, person_id, actor, address, detail, mac FROM audit_event WHERE block IS NULL ORDER BY at, id",
    );
    rows.fetch_all(db).await?.iter().map(event_from_row).collect()
}

/// The lowest block, after one, that events name and that may not be there.
///
/// # Errors
/// The database's.
pub async fn find_named_block(db: &mut AnyConnection, after: i64) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT block FROM audit_event WHERE block > $1 ORDER BY block LIMIT 1")
        .bind(after)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| get(&row, "block")).transpose()?)
}

fn event_from_row(row: &sqlx::any::AnyRow) -> Result<Event, StoreError> {
    let person: Option<Vec<u8>> = get(row, "person_id")?;
    Ok(Event {
        id: get(row, "id")?,
        at: Timestamp(get(row, "at")?),
        kind: get(row, "kind")?,
        person: person.map(|_| get_id(row, "person_id")).transpose()?,
        actor: get(row, "actor")?,
        address: get(row, "address")?,
        detail: get(row, "detail")?,
        mac: get(row, "mac")?,
    })
}

fn block_from_row(row: &sqlx::any::AnyRow) -> Result<Block, StoreError> {
    Ok(Block {
        number: get(row, "number")?,
        events: get(row, "events")?,
        previous: get(row, "previous")?,
        hash: get(row, "hash")?,
        mac: get(row, "mac")?,
    })
}
