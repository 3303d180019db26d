//! The database: SQLite or PostgreSQL, one SQL text for both.

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite:/path/to/file` or `postgres://…`.
    pub url: String,
    /// Most connections at once (PostgreSQL).
    pub connections: u32,
}

/// The database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, read-only, or its pool is used up: try again later.
    #[error("the database is away: {0}")]
    Away(#[source] sqlx::Error),
    /// Anything else: a fault of ours.
    #[error("the database refused: {0}")]
    Refused(#[source] sqlx::Error),
    /// The schema is of another version, or the settings do not fit.
    #[error("{0}")]
    Setup(String),
}

/// The database.
#[derive(Clone, Debug)]
pub struct Store {}

impl Store {
    /// Opens the database; for SQLite makes the file when it is missing and holds it against a second process.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connect(_settings: &DatabaseSettings) -> Result<Self, StoreError> {
        unimplemented!()
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Makes sure that the schema is of this program's version; the error says `muster migrate`.
    ///
    /// # Errors
    /// [`StoreError::Setup`], or the database's.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Ends every connection.
    pub async fn close(&self) {
        unimplemented!()
    }
}
