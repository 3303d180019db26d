//! The floors: what the machine does without Muster, in the same run.

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use axum::{Router, routing::get};
use server::crypto::Cost;
use sqlx::{
    Connection, Executor, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::net::TcpListener;

use crate::{
    client::Repeat,
    load::{self, Figures, Work, rate},
    place::Place,
    request,
};

/// As many rows as there are clients at most: none waits for another's row.
const ROWS: usize = 64;

/// A statement that commits by itself.
const UPDATE: &str = "UPDATE bench_floor SET n = n + 1 WHERE id = $1";

/// One-row updates of one SQLite connection, each flushed to the disk: the fastest that its one writer can.
pub(crate) async fn sqlite(place: &Place, most: Duration) -> Figures {
    struct Updates(SqliteConnectOptions);

    impl Work for Updates {
        type Client = SqliteConnection;

        async fn open(&self, _: usize) -> SqliteConnection {
            let mut connection = SqliteConnection::connect_with(&self.0).await.unwrap();
            connection
                .execute("CREATE TABLE IF NOT EXISTS bench_floor (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
                .await
                .unwrap();
            connection.execute("INSERT OR IGNORE INTO bench_floor VALUES (0, 0)").await.unwrap();
            connection
        }

        async fn unit(&self, connection: &mut SqliteConnection) -> Option<()> {
            let done = sqlx::query(UPDATE).bind(0).execute(connection).await.unwrap();
            assert_eq!(done.rows_affected(), 1);
            Some(())
        }
    }

    let options = SqliteConnectOptions::new()
        .filename(place.path("floor.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    load::run(1, most, Updates(options)).await
}

/// The table for the two measures on PostgreSQL.
pub(crate) async fn prepare_postgres(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute("CREATE TABLE bench_floor (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)").await.unwrap();
    let rows = i64::try_from(ROWS).unwrap() - 1;
    let fill = sqlx::query("INSERT INTO bench_floor SELECT id, 0 FROM generate_series(0, $1) id").bind(rows);
    fill.execute(&mut connection).await.unwrap();
}

/// One-row updates of as many PostgreSQL connections, each on its own row, through our own driver.
pub(crate) async fn postgres(url: &str, clients: usize, most: Duration) -> Figures {
    struct Updates(String);

    impl Work for Updates {
        type Client = (i64, PgConnection);

        async fn open(&self, number: usize) -> Self::Client {
            (i64::try_from(number % ROWS).unwrap(), PgConnection::connect(&self.0).await.unwrap())
        }

        async fn unit(&self, (id, connection): &mut Self::Client) -> Option<()> {
            let done = sqlx::query(UPDATE).bind(*id).execute(connection).await.unwrap();
            assert_eq!(done.rows_affected(), 1);
            Some(())
        }
    }

    load::run(clients, most, Updates(url.to_owned())).await
}

/// The same from `pgbench`, PostgreSQL's own client in C: updates a second. `None` when it is not installed.
pub(crate) fn pgbench(place: &Place, url: &str, clients: usize, most: Duration) -> Option<f64> {
    let script = place.path("floor.sql");
    std::fs::write(&script, "UPDATE bench_floor SET n = n + 1 WHERE id = :client_id;\n").unwrap();
    let output = Command::new(place.postgres_program("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared"])
        .arg(format!("--client={clients}"))
        .arg(format!("--jobs={}", clients.min(cores())))
        .arg(format!("--time={}", most.as_secs().max(1)))
        .arg("--file")
        .arg(script)
        .arg(url)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

/// A constant answer of axum's own server to the same client.
pub(crate) async fn bare_reply(clients: usize, most: Duration) -> Figures {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/api/session", get(|| async { "ok" }));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let figures = load::run(clients, most, Repeat::new(address, vec![request::get("/api/session", "")])).await;
    server.abort();
    figures
}

/// Password hashes a second, on a thread for each core.
pub(crate) fn argon2(cost: Cost, most: Duration) -> f64 {
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).unwrap();
    let start = Instant::now();
    let count: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(|| hashes(&params, start + most))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    rate(count, start.elapsed())
}

fn hashes(params: &Params, end: Instant) -> usize {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut memory = vec![Block::default(); params.block_count()];
    let mut tag = [0; 32];
    let mut count = 0;
    while Instant::now() < end {
        argon2.hash_password_into_with_memory(request::PASSWORD.as_bytes(), &[7; 16], &mut tag, &mut memory).unwrap();
        count += 1;
    }
    count
}

pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
