//! Many requests at one moment.

use std::{future::Future, sync::Arc};

use futures_util::future::join_all;
use tokio::sync::Barrier;

/// Starts as many tasks as there are pieces of work, lets them go at one barrier, and gives every answer in the
/// order of the work.
pub(crate) async fn at_once<F>(work: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(work.len()));
    let tasks: Vec<_> = work
        .into_iter()
        .map(|piece| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                piece.await
            })
        })
        .collect();
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}
