//! Many requests at one moment.

use std::{future::Future, sync::Arc};

use axum::http::StatusCode;
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

/// Asked to come again, and nothing done.
pub(crate) fn is_put_off(answer: &Answer) -> bool {
    answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.header("retry-after").is_some()
}

/// How many answers are a success; the others are refusals, or the test fails. A server without a processor to run on, or
/// with too many passwords under check, may also ask to come again. It must not have asked so many that there was no race.
#[track_caller]
pub(crate) fn accepted(answers: &[Answer]) -> usize {
    let decided: Vec<_> = answers.iter().filter(|answer| !is_put_off(answer)).collect();
    let unclear = decided.iter().find(|answer| !answer.is_ok() && !answer.status.is_client_error());
    assert!(unclear.is_none(), "neither accepted nor refused: {unclear:?}");
    assert!(2 * decided.len() >= answers.len(), "only {} of {} were decided", decided.len(), answers.len());
    decided.iter().filter(|answer| answer.is_ok()).count()
}
