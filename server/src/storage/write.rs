//! Writing: every change is one transaction, and nobody is answered before it is durable.
//!
//! PostgreSQL runs each change in a transaction of its own. SQLite has one writer: a task that owns
//! the one writing connection and puts the changes that wait into one transaction, each behind a
//! savepoint, so that many requests share one flush to the disk. A change that fails is undone alone;
//! when the commit fails, all of them failed.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{AnyConnection, AnyPool, Connection};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// How many changes share one commit at most.
const BATCH: usize = 64;
/// How many changes may wait; one more is answered with [`StoreError::Away`].
const QUEUE: usize = 1024;

/// The writing side of the store.
#[derive(Clone, Debug)]
pub(super) enum Writer {
    /// The queue of the one writer (SQLite).
    Queue(mpsc::Sender<Box<dyn Change>>),
    /// A transaction for each change (PostgreSQL).
    Pool(AnyPool),
}

impl Writer {
    /// Starts the one writer on the one connection of this pool.
    pub(super) fn queue(pool: AnyPool) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(drain(pool, receiver));
        Self::Queue(sender)
    }

    /// Runs a change in a transaction and answers once it is durable.
    pub(super) async fn run<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        match self {
            Self::Pool(pool) => {
                let mut transaction = pool.begin().await?;
                let value = change(&mut transaction).await?;
                transaction.commit().await?;
                Ok(value)
            }
            Self::Queue(queue) => {
                let (reply, answer) = oneshot::channel();
                queue
                    .try_send(Box::new(Job { change: Some(change), result: None, reply }))
                    .map_err(|_| StoreError::away())?;
                answer.await.unwrap_or_else(|_| Err(StoreError::away()))
            }
        }
    }
}

/// A change in the queue.
pub(super) trait Change: Send {
    /// Runs the change; true when it may be committed.
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, bool>;
    /// Hands the result to whoever waits; `None` when the commit failed.
    fn finish(self: Box<Self>, committed: bool);
}

struct Job<T, F> {
    change: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Change for Job<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(change) = self.change.take() else { return false };
            // A panic in one change must not take the writer of all along.
            let result = AssertUnwindSafe(async { change(connection).await }).catch_unwind().await;
            let result = result.unwrap_or_else(|_| Err(StoreError::Setup("a change of the database panicked".into())));
            let ok = result.is_ok();
            self.result = Some(result);
            ok
        })
    }

    fn finish(self: Box<Self>, committed: bool) {
        let result = match self.result {
            Some(Ok(_)) | None if !committed => Err(StoreError::away()),
            Some(result) => result,
            None => Err(StoreError::away()),
        };
        // Whoever asked may have gone away; the change stands all the same.
        let _ = self.reply.send(result);
    }
}

/// The one writer: takes what waits, commits it together, answers.
async fn drain(pool: AnyPool, mut queue: mpsc::Receiver<Box<dyn Change>>) {
    while let Some(first) = queue.recv().await {
        let mut batch = vec![first];
        let committed = match commit_batch(&pool, &mut batch, &mut queue).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, changes = batch.len(), "the database did not take a batch of changes");
                false
            }
        };
        for change in batch {
            change.finish(committed);
        }
    }
}

async fn commit_batch(
    pool: &AnyPool,
    batch: &mut Vec<Box<dyn Change>>,
    queue: &mut mpsc::Receiver<Box<dyn Change>>,
) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let committed = commit_on(&mut connection, batch, queue).await;
    if committed.is_err() {
        // A full disk or an I/O error makes SQLite end the transaction by itself (sqlite.org/lang_transaction.html,
        // section 3). The driver still counts it as open and would refuse every later `BEGIN`: the next batch
        // gets a new connection.
        connection.close_on_drop();
    }
    committed
}

async fn commit_on(
    connection: &mut AnyConnection,
    batch: &mut Vec<Box<dyn Change>>,
    queue: &mut mpsc::Receiver<Box<dyn Change>>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut done = 0;
    while let Some(change) = batch.get_mut(done) {
        let mut savepoint = transaction.begin().await?;
        if change.run(&mut savepoint).await {
            savepoint.commit().await?;
        } else {
            // Fails when the database undid the whole transaction by itself: then nothing is committed.
            savepoint.rollback().await?;
        }
        done += 1;
        if done == batch.len()
            && done < BATCH
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
    }
    transaction.commit().await
}
