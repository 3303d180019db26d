//! Writing: every change is one transaction, and nobody is answered before it is durable.
//!
//! Changes wait in one queue, and lanes take them from there. A lane is a task that keeps a connection
//! for itself. PostgreSQL has several lanes, each with one change in a transaction. SQLite has one,
//! which puts the changes that wait into one transaction, each behind a savepoint, so that many
//! requests share one flush to the disk. A change that fails is undone alone; when the commit fails,
//! all of them failed.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{Any, AnyConnection, AnyPool, Connection, SqlSafeStr, Transaction, pool::PoolConnection};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::Instant,
};

use super::StoreError;

/// How many changes may wait; one more is answered with [`StoreError::Away`].
const QUEUE: usize = 1024;
/// How long a change waits for a lane before it is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the lanes of an engine work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    /// How many there are, each with a connection.
    pub(super) count: u32,
    /// How many changes share one commit at most.
    pub(super) batch: usize,
    /// What opens a transaction.
    pub(super) begin: &'static str,
}

/// The writing side of the store.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Box<dyn Change>>);

type Queue = Arc<Mutex<mpsc::Receiver<Box<dyn Change>>>>;

impl Writer {
    /// Starts the lanes; they end when nobody can write any more.
    pub(super) fn start(pool: &AnyPool, lanes: Lanes) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let queue = Arc::new(Mutex::new(receiver));
        for _ in 0..lanes.count {
            tokio::spawn(run_lane(pool.clone(), lanes, queue.clone()));
        }
        Self(sender)
    }

    /// Runs a change in a transaction and answers once it is durable. It runs to its end even when
    /// nobody waits for the answer any more.
    pub(super) async fn run<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job { change: Some(change), result: None, reply, since: Instant::now() };
        self.0.try_send(Box::new(job)).map_err(|_| StoreError::away())?;
        answer.await.unwrap_or_else(|_| Err(StoreError::away()))
    }
}

/// A change in the queue.
trait Change: Send {
    /// True when it has waited too long to be worth running.
    fn is_stale(&self) -> bool;
    /// Runs the change; true when it may be committed.
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, bool>;
    /// Hands the result to whoever waits.
    fn finish(self: Box<Self>, committed: bool);
}

struct Job<T, F> {
    change: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    since: Instant,
}

impl<T, F> Change for Job<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    fn is_stale(&self) -> bool {
        self.since.elapsed() > PATIENCE
    }

    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(change) = self.change.take() else { return false };
            // A panic in one change must not take the lane along.
            let result = AssertUnwindSafe(async { change(connection).await }).catch_unwind().await;
            let result = result.unwrap_or_else(|_| Err(StoreError::Setup("a change of the database panicked".into())));
            let ok = result.is_ok();
            self.result = Some(result);
            ok
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

/// One lane: takes what waits, commits it, answers.
async fn run_lane(pool: AnyPool, lanes: Lanes, queue: Queue) {
    let mut connection: Option<PoolConnection<Any>> = None;
    while let Some(first) = next(&queue).await {
        let mut batch = vec![first];
        let committed = match commit_batch(&pool, &mut connection, lanes, &mut batch, &queue).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, changes = batch.len(), "the database did not take what was written");
                // A full disk or an I/O error makes SQLite end the transaction by itself (sqlite.org/lang_transaction.html,
                // section 3), while the driver still counts it as open: the next change gets a new connection.
                if let Some(mut broken) = connection.take() {
                    broken.close_on_drop();
                }
                false
            }
        };
        for change in batch {
            change.finish(committed);
        }
    }
}

/// The next change that is still worth running.
async fn next(queue: &Queue) -> Option<Box<dyn Change>> {
    let mut queue = queue.lock().await;
    loop {
        let change = queue.recv().await?;
        if !change.is_stale() {
            return Some(change);
        }
        change.finish(false);
    }
}

async fn commit_batch(
    pool: &AnyPool,
    connection: &mut Option<PoolConnection<Any>>,
    lanes: Lanes,
    batch: &mut Vec<Box<dyn Change>>,
    queue: &Queue,
) -> Result<(), sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(pool.acquire().await?),
    };
    let mut transaction = connection.begin_with(lanes.begin.into_sql_str()).await?;
    if lanes.batch == 1 {
        let Some(only) = batch.first_mut() else { return Ok(()) };
        return if only.run(&mut transaction).await {
            transaction.commit().await
        } else {
            transaction.rollback().await
        };
    }
    let mut done = 0;
    while let Some(change) = batch.get_mut(done) {
        run_behind_savepoint(change.as_mut(), &mut transaction).await?;
        done += 1;
        if done == batch.len()
            && done < lanes.batch
            && let Ok(next) = queue.lock().await.try_recv()
        {
            batch.push(next);
        }
    }
    transaction.commit().await
}

async fn run_behind_savepoint(
    change: &mut dyn Change,
    transaction: &mut Transaction<'_, Any>,
) -> Result<(), sqlx::Error> {
    let mut savepoint = transaction.begin().await?;
    if change.run(&mut savepoint).await {
        savepoint.commit().await
    } else {
        // Fails when the database undid the whole transaction by itself: then nothing is committed.
        savepoint.rollback().await
    }
}
