//! Connections on which nothing comes any more.
//!
//! A host that loses its power and a firewall that forgets a connection close nothing. TCP notices after a quarter of an
//! hour, PostgreSQL's own time limits end with the server, and sqlx has none and takes no socket with options of ours.
//! So whoever waits for PostgreSQL waits for a limited time, here, and closes the connection then. One that has gone
//! silent tells of others: those that were last heard before it was asked are replaced when their turn comes, and nobody
//! waits for each of them.

use std::{
    future::Future,
    io,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use sqlx::{Any, AnyConnection, Connection, any::AnyPoolOptions, pool::PoolConnection};
use tokio::time::{Instant, timeout};

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    /// A word that costs the server nothing: half of the patience, so that the other half is left for a new connection.
    Word,
    /// A look-up by key, which can be made anew: the patience.
    LookUp,
    /// A transaction: longer than each of its statements may take by the server's own limit, of which a server that is
    /// there tells first.
    Change,
}

impl Wait {
    fn limit(self, patience: Duration) -> Duration {
        match self {
            Self::Word => patience / 2,
            Self::LookUp => patience,
            Self::Change => patience + Duration::from_secs(4),
        }
    }
}

/// How long a database is waited for, and when one of its connections was last found silent.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    patience: Option<Duration>,
    /// When that connection was asked what it has not answered.
    asked: Arc<Mutex<Option<Instant>>>,
}

impl Silence {
    /// For a database somewhere else. `None` for one in this process, which is never silent.
    pub(super) fn new(patience: Option<Duration>) -> Self {
        Self { patience, asked: Arc::default() }
    }

    /// The answer, or an I/O error once the time is over: then the connection must be closed, and nobody knows what became
    /// of the question.
    pub(super) async fn within<T, E: From<sqlx::Error>>(
        &self,
        wait: Wait,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(patience) = self.patience else { return answer.await };
        let asked = Instant::now();
        timeout(wait.limit(patience), answer).await.unwrap_or_else(|_| {
            let mut latest = self.lock();
            *latest = latest.max(Some(asked));
            Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database has gone silent")).into())
        })
    }

    /// True for a connection that was last heard before another one was found silent.
    pub(super) fn is_suspect(&self, heard: Instant) -> bool {
        self.lock().is_some_and(|asked| heard <= asked)
    }

    /// Lets a pool hand out only connections that answer. In place of sqlx's own test, which waits without end.
    pub(super) fn test(&self, options: AnyPoolOptions) -> AnyPoolOptions {
        let silence = self.clone();
        options.test_before_acquire(false).before_acquire(move |connection, state| {
            let (silence, heard) = (silence.clone(), Instant::now().checked_sub(state.idle_for));
            Box::pin(async move {
                let suspect = heard.is_none_or(|heard| silence.is_suspect(heard));
                Ok(!suspect && silence.within(Wait::Word, connection.ping()).await.is_ok())
            })
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection to read with. It goes back to its pool by itself.
#[derive(Debug)]
pub struct Reading {
    connection: PoolConnection<Any>,
    since: Instant,
    silence: Silence,
}

impl Reading {
    pub(super) fn new(connection: PoolConnection<Any>, silence: Silence) -> Self {
        Self { connection, since: Instant::now(), silence }
    }
}

impl Deref for Reading {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Reading {
    /// A pool asks what comes back for a word, without end, and counts the connection meanwhile: a few silent ones that
    /// were given up would keep everybody from reading.
    fn drop(&mut self) {
        if self.silence.is_suspect(self.since) {
            self.connection.close_on_drop();
            return;
        }
        let (silence, back) = (self.silence.clone(), self.connection.return_to_pool());
        tokio::spawn(async move { silence.within(Wait::LookUp, back.map(Ok::<_, sqlx::Error>)).await });
    }
}
