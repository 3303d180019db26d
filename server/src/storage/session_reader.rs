//! Reading sessions many at a time.
//!
//! Looking a session up is the most frequent thing that Muster does, and a cache would let a session
//! live on that another node has just ended. So there is none: the look-ups that wait at the same
//! moment share one query instead. The query starts after each of them was asked for, so it sees
//! everything that was committed before.

use std::{collections::HashMap, sync::Arc};

use sqlx::{Any, AnyPool, SqlSafeStr, any::AnyRow, pool::PoolConnection};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::Instant,
};

use super::{
    StoreError,
    company::companies,
    get, get_id,
    session::{Proof, Session},
    silence::{Silence, Wait},
};
use crate::{clock::Timestamp, lanes};

/// How many look-ups may wait; one more is answered with [`StoreError::Away`].
const QUEUE: usize = 4096;
/// Queries under way at once, each on a connection of its own, which it keeps.
pub(super) const LANES: u32 = 2;
/// Look-ups in one query.
const FEW: usize = 4;
const MANY: usize = 32;

macro_rules! select {
    ($places:literal) => {
        concat!(
            "SELECT s.token_hash, s.id, s.person_id, s.epoch, s.proof, s.created_at, s.last_seen_at, s.expires_at, s.idle, p.email, p.name, \
             p.language, p.seen_language \
             FROM session s JOIN person p ON p.id = s.person_id \
             WHERE s.ended_at IS NULL AND p.epoch = s.epoch AND p.disabled_at IS NULL \
             AND ",
            companies!("p.id"),
            " > 0 AND s.token_hash IN (",
            $places,
            ")"
        )
    };
}

type Answer = Result<Option<Session>, StoreError>;

struct LookUp {
    token_hash: [u8; 32],
    reply: oneshot::Sender<Answer>,
}

/// The reading side for sessions.
#[derive(Clone, Debug)]
pub(super) struct SessionReader(mpsc::Sender<LookUp>);

impl SessionReader {
    /// Starts the lanes; they end when nobody can ask any more.
    pub(super) fn start(pool: &AnyPool, silence: &Silence) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let queue = Arc::new(Mutex::new(receiver));
        for _ in 0..LANES {
            tokio::spawn(run_lane(pool.clone(), queue.clone(), silence.clone()));
        }
        Self(sender)
    }

    /// The session of a token, if it is alive: not ended, not expired, not idle, of the person's present
    /// epoch, the person not disabled and in a company that is not suspended.
    pub(super) async fn find(&self, token_hash: &[u8; 32], now: Timestamp, idle: i64) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(LookUp { token_hash: *token_hash, reply }).map_err(|_| StoreError::away())?;
        let found = answer.await.unwrap_or_else(|_| Err(StoreError::away()))?;
        Ok(found.filter(|session| {
            let idle = session.idle.map_or(idle, |own| own.min(idle));
            session.expires > now && session.last_seen > now.plus(-idle)
        }))
    }
}

async fn run_lane(pool: AnyPool, queue: Arc<Mutex<mpsc::Receiver<LookUp>>>, silence: Silence) {
    let mut connection: Option<PoolConnection<Any>> = None;
    let mut heard = Instant::now();
    let mut batch = Vec::with_capacity(MANY);
    loop {
        lanes::let_others_go_first().await;
        if queue.lock().await.recv_many(&mut batch, MANY).await == 0 {
            return;
        }
        if silence.is_suspect(heard) {
            close(&mut connection);
        }
        let kept = connection.is_some();
        let mut rows = read(&pool, &silence, &mut connection, &batch).await;
        if rows.is_err() && kept {
            // The database may have ended the kept connection, or gone silent on it: once more, on a new one.
            close(&mut connection);
            rows = read(&pool, &silence, &mut connection, &batch).await;
        }
        heard = Instant::now();
        if let Err(error) = &rows {
            tracing::warn!(%error, "sessions could not be read");
            close(&mut connection);
        }
        let rows = rows.ok();
        let found = rows.as_deref().map(by_token);
        for look_up in batch.drain(..) {
            let answer = match &found {
                None => Err(StoreError::away()),
                Some(found) => found.get(look_up.token_hash.as_slice()).copied().map(from_row).transpose(),
            };
            // Whoever asked may have gone away.
            let _ = look_up.reply.send(answer);
        }
    }
}

fn close(connection: &mut Option<PoolConnection<Any>>) {
    if let Some(mut broken) = connection.take() {
        broken.close_on_drop();
    }
}

async fn read(
    pool: &AnyPool,
    silence: &Silence,
    connection: &mut Option<PoolConnection<Any>>,
    batch: &[LookUp],
) -> Result<Vec<AnyRow>, sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(pool.acquire().await?),
    };
    // Few shapes of the statement, so that each is prepared once; free places repeat the first look-up.
    let (statement, places) = match batch.len() {
        0..=1 => (select!("$1"), 1),
        2..=FEW => (select!("$1, $2, $3, $4"), FEW),
        _ => (
            select!(
                "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                 $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32"
            ),
            MANY,
        ),
    };
    let mut query = sqlx::query(statement.into_sql_str());
    for look_up in batch.iter().chain(batch.first().into_iter().cycle()).take(places) {
        query = query.bind(look_up.token_hash.as_slice());
    }
    silence.within(Wait::LookUp, query.fetch_all(&mut **connection)).await
}

/// A row without its token, which the statement asks for, is nobody's.
fn by_token(rows: &[AnyRow]) -> HashMap<&[u8], &AnyRow> {
    rows.iter().filter_map(|row| Some((get(row, "token_hash").ok()?, row))).collect()
}

fn from_row(row: &AnyRow) -> Result<Session, StoreError> {
    let proof: &str = get(row, "proof")?;
    Ok(Session {
        id: get_id(row, "id")?,
        person: get_id(row, "person_id")?,
        email: get(row, "email")?,
        name: get(row, "name")?,
        language: get(row, "language")?,
        seen_language: get(row, "seen_language")?,
        epoch: get(row, "epoch")?,
        proof: Proof::parse(proof)?,
        created: Timestamp(get(row, "created_at")?),
        last_seen: Timestamp(get(row, "last_seen_at")?),
        expires: Timestamp(get(row, "expires_at")?),
        idle: get(row, "idle")?,
    })
}
