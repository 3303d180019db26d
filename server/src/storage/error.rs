//! What can go wrong with the database, sorted by what the caller can do about it.

use sqlx::error::ErrorKind;

/// The database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, read-only, or its pool is used up: try again later.
    #[error("the database is away: {0}")]
    Away(#[source] sqlx::Error),
    /// A row with this key is there already.
    #[error("the row is there already")]
    Duplicate,
    /// Two changes waited for each other, and the database undid this one as a whole: it may be tried again.
    #[error("two changes stood in each other's way: {0}")]
    Collided(#[source] sqlx::Error),
    /// Somebody else was faster: the change was undone as a whole.
    #[error("somebody else was faster")]
    Lost,
    /// Anything else: a fault of ours.
    #[error("the database refused: {0}")]
    Refused(#[source] sqlx::Error),
    /// The server takes no writes: a standby, or one that was set so.
    #[error("the database server is read-only: a standby, or `default_transaction_read_only` is on")]
    ReadOnly,
    /// The schema is of another version, or the settings do not fit.
    #[error("{0}")]
    Setup(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away(error),
            sqlx::Error::Database(reply) => match reply.kind() {
                ErrorKind::UniqueViolation => Self::Duplicate,
                // PostgreSQL's `serialization_failure` and `deadlock_detected`.
                _ if matches!(reply.code().as_deref(), Some("40001" | "40P01")) => Self::Collided(error),
                _ if reply.code().is_some_and(|code| is_passing(&code)) => Self::Away(error),
                _ => Self::Refused(error),
            },
            _ => Self::Refused(error),
        }
    }
}

/// True for a state of the database that is not the statement's fault.
fn is_passing(code: &str) -> bool {
    // SQLite answers with a number whose low byte is the primary code: busy, locked, read-only, I/O, full, cannot open.
    if let Ok(number) = code.parse::<u32>()
        && code.len() != 5
    {
        return matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14);
    }
    // PostgreSQL: connection, resources, operator intervention, system; read-only; lock time-out.
    let class = code.get(..2).unwrap_or_default();
    matches!(class, "08" | "53" | "57" | "58") || matches!(code, "25006" | "55P03")
}

impl StoreError {
    /// An away-error of our own making, such as a queue that is full.
    pub(crate) fn away() -> Self {
        Self::Away(sqlx::Error::PoolTimedOut)
    }
}
