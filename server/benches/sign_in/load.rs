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

    /// One unit of work, which ends the run when it fails; `None` when there is no more.
    fn unit(&self, client: &mut Self::Client) -> impl Future<Output = Option<()>> + Send;
}

/// What a run came to, or several one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// How long each unit took.
    times: Vec<Duration>,
    elapsed: Duration,
}

impl Figures {
    /// Units of work.
    pub(crate) fn done(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn per_second(&self) -> f64 {
        rate(self.done(), self.elapsed)
    }

    /// The nearest rank: the smallest time that `percent` of all units do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Adds a later run.
    pub(crate) fn add(&mut self, later: Self) {
        self.times.extend(later.times);
        self.elapsed += later.elapsed;
    }
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
    let mut figures = Figures::default();
    while let Some(result) = tasks.join_next().await {
        figures.times.extend(result.unwrap());
    }
    figures.elapsed = start.elapsed();
    figures
}

async fn one<W: Work>(work: Arc<W>, mut client: W::Client, end: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut start = Instant::now();
    while start < end && work.unit(&mut client).await.is_some() {
        times.push(start.elapsed());
        start = Instant::now();
    }
    times
}

/// How many a second.
pub(crate) fn rate(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / elapsed.as_secs_f64()
}
