//! Closed loops: some clients, each of which starts its next unit of work when the last one has ended.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

/// What the clients do.
pub(crate) trait Work: Send + Sync + 'static {
    /// What each client keeps: a connection.
    type Client: Send;

    /// Gets a client ready, before the clock starts.
    fn open(&self, number: usize) -> impl Future<Output = Self::Client> + Send;

    /// One unit of work: true when it did what it should, `None` when there is no more.
    fn unit(&self, client: &mut Self::Client) -> impl Future<Output = Option<bool>> + Send;
}

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Units that did what they should.
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) per_second: f64,
    /// Half of the units took no longer.
    pub(crate) p50: Duration,
    /// 99 in 100 units took no longer.
    pub(crate) p99: Duration,
}

/// Runs until there is no more work, or until the time is over.
pub(crate) async fn run<W: Work>(clients: usize, most: Duration, work: W) -> Figures {
    let work = Arc::new(work);
    let mut ready = Vec::with_capacity(clients);
    for number in 0..clients {
        ready.push(work.open(number).await);
    }
    let start = Instant::now();
    let mut tasks: JoinSet<_> = ready.into_iter().map(|client| one(work.clone(), client, start + most)).collect();
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(result) = tasks.join_next().await {
        let (own, wrong) = result.unwrap();
        times.extend(own);
        failed += wrong;
    }
    let elapsed = start.elapsed();
    times.sort_unstable();
    Figures {
        done: times.len(),
        failed,
        per_second: rate(times.len(), elapsed),
        p50: percentile(&times, 50),
        p99: percentile(&times, 99),
    }
}

async fn one<W: Work>(work: Arc<W>, mut client: W::Client, end: Instant) -> (Vec<Duration>, usize) {
    let (mut times, mut failed) = (Vec::new(), 0);
    loop {
        let start = Instant::now();
        if start >= end {
            break;
        }
        match work.unit(&mut client).await {
            Some(true) => times.push(start.elapsed()),
            Some(false) => failed += 1,
            None => break,
        }
    }
    (times, failed)
}

/// How many a second.
pub(crate) fn rate(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / elapsed.as_secs_f64()
}

/// The nearest rank: the smallest time that `percent` of all do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
