//! Writing: every change is one transaction, and nobody is answered before it is durable.
//!
//! Changes wait in one queue, and lanes take them from there, each with a connection to itself. A lane ends
//! when nothing waits, and the next one takes the connection that was used last, where every statement is
//! prepared. PostgreSQL has several lanes, each with one change in a transaction. SQLite has one, which puts
//! the changes that wait into one transaction, each behind a savepoint, so that many requests share one flush
//! to the disk. A change that fails is undone alone; when the commit fails, all of them failed. Two changes of
//! PostgreSQL that wait for each other's rows are no failure: the one that the server undoes runs once more. One whose
//! connection goes silent is given up with the connection, and does not: nobody knows whether it stands.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{Any, AnyConnection, AnyPool, Connection, SqlSafeStr, Transaction, pool::PoolConnection};
use tokio::{sync::oneshot, time::Instant};

use super::{
    StoreError,
    silence::{Silence, Wait},
};
use crate::lanes::Lanes;

/// How many changes may wait; one more is answered with [`StoreError::Away`].
const QUEUE: usize = 1024;
/// How often a change runs that collides with another each time.
const TRIES: u32 = 3;
/// How long it stands back before it runs again, longer each time: the other one, which has just been woken, is to get
/// the row first, or the two meet as before.
const STAND_BACK: Duration = Duration::from_millis(20);

/// How an engine writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How many lanes there are at most, each with a connection.
    pub(super) lanes: usize,
    /// How many changes share one commit at most.
    pub(super) batch: usize,
    /// What opens a transaction.
    pub(super) begin: &'static str,
    /// How long a change waits for a lane before it is given up.
    pub(super) patience: Duration,
}

/// The writing side of the store.
#[derive(Clone)]
pub(super) struct Writer(Arc<Shared>);

struct Shared {
    lanes: Lanes<Box<dyn Change>>,
    pool: AnyPool,
    /// Connections of lanes that have ended, and when that was, the one used last at the end.
    idle: Mutex<Vec<(PoolConnection<Any>, Instant)>>,
    manner: Manner,
    silence: Silence,
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<(PoolConnection<Any>, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection of a lane that has ended.
    fn take_idle(&self) -> Option<PoolConnection<Any>> {
        loop {
            let (connection, heard) = self.idle().pop()?;
            if !self.silence.is_suspect(heard) {
                return Some(connection);
            }
            close(&mut Some(connection));
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("manner", &self.0.manner).finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn new(pool: AnyPool, manner: Manner, silence: Silence) -> Self {
        let lanes = Lanes::new(manner.lanes, QUEUE);
        Self(Arc::new(Shared { lanes, pool, idle: Mutex::default(), manner, silence }))
    }

    /// Runs a change in a transaction and answers once it is durable. It runs to its end even when
    /// nobody waits for the answer any more.
    pub(super) async fn run<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Clone + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job { change: Some(change), result: None, reply, until: Instant::now() + self.0.manner.patience };
        if self.0.lanes.put(Box::new(job)).ok_or_else(StoreError::away)? {
            tokio::spawn(run_lane(self.0.clone()));
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::away()))
    }

    /// Ends the connections that no lane uses.
    pub(super) async fn close(&self) {
        self.0.idle().clear();
        self.0.pool.close().await;
    }
}

/// A change in the queue.
trait Change: Send {
    /// True when it has waited too long to be worth running.
    fn is_stale(&self) -> bool;
    /// Runs the change; after the `last` time it does not run again.
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection, last: bool) -> BoxFuture<'c, Ran>;
    /// Hands the result to whoever waits.
    fn finish(self: Box<Self>, committed: bool);
}

/// How a change went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ran {
    /// It may be committed.
    Well,
    /// It has to be undone.
    Badly,
    /// It has to be undone, and may run again: the database undid it in favour of another.
    IntoAnother,
}

struct Job<T, F> {
    change: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    until: Instant,
}

impl<T, F> Change for Job<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Clone + Send + 'static,
{
    fn is_stale(&self) -> bool {
        Instant::now() > self.until
    }

    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection, last: bool) -> BoxFuture<'c, Ran> {
        Box::pin(async move {
            let Some(change) = (if last { self.change.take() } else { self.change.clone() }) else {
                return Ran::Badly;
            };
            // A panic in one change must not take the lane along.
            let result = AssertUnwindSafe(async { change(connection).await }).catch_unwind().await;
            let result = result.unwrap_or_else(|_| Err(StoreError::Setup("a change of the database panicked".into())));
            let ran = match &result {
                Ok(_) => Ran::Well,
                Err(StoreError::Collided(_)) => Ran::IntoAnother,
                Err(_) => Ran::Badly,
            };
            self.result = Some(result);
            ran
        })
    }

    fn finish(self: Box<Self>, committed: bool) {
        let result = match self.result {
            Some(Ok(value)) if committed => Ok(value),
            Some(Ok(_)) | None => Err(StoreError::away()),
            Some(Err(error)) => Err(error),
        };
        // Whoever asked may have gone away; the change stands all the same.
        let _ = self.reply.send(result);
    }
}

/// One lane: takes what waits, commits it, answers, until nothing waits.
async fn run_lane(shared: Arc<Shared>) {
    while let Some(first) = shared.lanes.take(1).pop() {
        if first.is_stale() {
            first.finish(false);
            continue;
        }
        let mut connection = shared.take_idle();
        let mut batch = vec![first];
        let kept = connection.is_some();
        let mut outcome = commit_batch(&shared, &mut connection, &mut batch).await;
        if kept && matches!(&outcome, Err(Failed::AtBegin(error)) if is_cut(error)) {
            // The database had ended the kept connection, as a restart does, or is silent on it: nothing was written, so
            // once more.
            close(&mut connection);
            outcome = commit_batch(&shared, &mut connection, &mut batch).await;
        }
        if let Err(Failed::AtBegin(error) | Failed::Later(error)) = &outcome {
            tracing::warn!(%error, changes = batch.len(), "the database did not take what was written");
            // A full disk or an I/O error makes SQLite end the transaction by itself (sqlite.org/lang_transaction.html,
            // section 3), while the driver still counts it as open: the next change gets a new connection.
            close(&mut connection);
        }
        // Before the lane can end: the one that starts then would wait for a connection that nobody gives back.
        if !shared.pool.is_closed() {
            shared.idle().extend(connection.map(|connection| (connection, Instant::now())));
        }
        let committed = outcome.is_ok();
        for change in batch {
            change.finish(committed);
        }
    }
}

/// Why nothing was committed.
enum Failed {
    /// No transaction was opened: no change has run.
    AtBegin(sqlx::Error),
    /// Later than that.
    Later(sqlx::Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Later(error)
    }
}

/// True when the connection has gone, on its own or by the server's word (class 57P of PostgreSQL's codes).
fn is_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(reply) => reply.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

fn close(connection: &mut Option<PoolConnection<Any>>) {
    if let Some(mut broken) = connection.take() {
        broken.close_on_drop();
    }
}

async fn commit_batch(
    shared: &Shared,
    connection: &mut Option<PoolConnection<Any>>,
    batch: &mut Vec<Box<dyn Change>>,
) -> Result<(), Failed> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(shared.pool.acquire().await.map_err(Failed::AtBegin)?),
    };
    if shared.manner.batch == 1 {
        let Some(only) = batch.first_mut() else { return Ok(()) };
        return commit_alone(connection, shared, only.as_mut()).await;
    }
    let begin = shared.manner.begin.into_sql_str();
    let mut transaction = connection.begin_with(begin).await.map_err(Failed::AtBegin)?;
    let mut done = 0;
    while let Some(change) = batch.get_mut(done) {
        run_behind_savepoint(change.as_mut(), &mut transaction).await?;
        done += 1;
        if done == batch.len()
            && done < shared.manner.batch
            && let Some(next) = shared.lanes.take_one_more()
        {
            batch.push(next);
        }
    }
    Ok(transaction.commit().await?)
}

/// One change in a transaction of its own, and in another one when it collided.
async fn commit_alone(connection: &mut AnyConnection, shared: &Shared, change: &mut dyn Change) -> Result<(), Failed> {
    let Shared { manner, silence, .. } = shared;
    for tried in 1..=TRIES {
        let begun = connection.begin_with(manner.begin.into_sql_str());
        let mut transaction = silence.within(Wait::Word, begun).await.map_err(Failed::AtBegin)?;
        let running = async {
            let ran = change.run(&mut transaction, tried == TRIES).await;
            match ran {
                Ran::Well => transaction.commit().await?,
                Ran::Badly | Ran::IntoAnother => transaction.rollback().await?,
            }
            Ok::<_, sqlx::Error>(ran)
        };
        if silence.within(Wait::Change, running).await? != Ran::IntoAnother {
            return Ok(());
        }
        tokio::time::sleep(STAND_BACK * tried).await;
    }
    Ok(())
}

async fn run_behind_savepoint(
    change: &mut dyn Change,
    transaction: &mut Transaction<'_, Any>,
) -> Result<(), sqlx::Error> {
    let mut savepoint = transaction.begin().await?;
    // One lane has nobody to collide with.
    if change.run(&mut savepoint, true).await == Ran::Well {
        savepoint.commit().await
    } else {
        // Fails when the database undid the whole transaction by itself: then nothing is committed.
        savepoint.rollback().await
    }
}
