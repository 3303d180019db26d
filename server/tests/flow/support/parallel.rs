//! Many requests at one moment.

use std::{future::Future, sync::Arc};

use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::Answer;

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

/// How many answers are a success; the others are refusals, or the test fails. A server without a processor to run on may
/// also ask to come again: then it has done nothing.
#[track_caller]
pub(crate) fn accepted(answers: &[Answer]) -> usize {
    let refused = |answer: &Answer| answer.status.is_client_error() || answer.header("retry-after").is_some();
    let unclear = answers.iter().find(|answer| !answer.is_ok() && !refused(answer));
    assert!(unclear.is_none(), "neither accepted nor refused: {unclear:?}");
    answers.iter().filter(|answer| answer.is_ok()).count()
}
