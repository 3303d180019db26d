//! Many requests at one moment.

use std::{future::Future, sync::Arc};

use tokio::{sync::Barrier, task::JoinSet};

/// Starts as many tasks as there are pieces of work, lets them go at one barrier, and gives every answer.
pub(crate) async fn at_once<F>(work: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(work.len()));
    let mut tasks = JoinSet::new();
    for piece in work {
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            barrier.wait().await;
            piece.await
        });
    }
    tasks.join_all().await
}
