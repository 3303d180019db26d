//! Where the databases of a run live: on a disk, with every flush.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::cluster::Cluster;

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A folder under `target`, which is no memory file system as `/tmp` may be, and a cluster of PostgreSQL.
pub(crate) struct Place {
    folder: TempDir,
    cluster: Cluster,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // `/var/tmp` outlives a restart, so it is on a disk; PostgreSQL's user may not reach `target`.
        let cluster = Cluster::new("/var/tmp".into(), true).await;
        Self { folder, cluster }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn postgres_program(&self, name: &str) -> PathBuf {
        self.cluster.program(name)
    }

    /// The address of a new database.
    pub(crate) async fn database(&self, engine: Engine) -> String {
        match engine {
            Engine::Sqlite => format!("sqlite:{}", self.path("muster.db").display()),
            Engine::Postgres => self.cluster.create().await,
        }
    }
}
