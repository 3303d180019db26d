//! Codes that arrive together are checked together.
//!
//! A second-factor step is little work and many waits: for the database's answers and for the disk. So the
//! codes that wait while a transaction runs share the next one. No code waits for company: the first that
//! finds a free lane goes at once.

use std::{collections::BTreeSet, mem, sync::Arc};

use app::{AppError, backend::Visit, model::OneTimeCode};
use tokio::sync::oneshot;

use super::{Service, challenge::Checked, failure::Failure};
use crate::{
    crypto::Token,
    lanes::{self, Lanes},
    storage::StoreError,
};

/// Transactions under way at once: one is made durable while the next does its work.
const LANES: usize = 2;
/// Codes in one transaction.
const TOGETHER: usize = 32;
/// How many codes may wait; one more is told to come back.
const WAITING: usize = 1024;

/// A code to check.
#[derive(Debug)]
pub(super) struct CodeCheck {
    pub(super) token: Token,
    pub(super) code: OneTimeCode,
    pub(super) visit: Visit,
}

type Answer = Result<Checked, Failure>;
type Asked = (CodeCheck, oneshot::Sender<Answer>);

/// The codes that wait.
pub struct Gathering(Lanes<Asked>);

impl Default for Gathering {
    fn default() -> Self {
        Self(Lanes::new(LANES, WAITING))
    }
}

impl Service {
    /// Checks a code, together with those that arrive at the same time.
    pub(super) async fn check_together(&self, check: CodeCheck) -> Answer {
        let (reply, answer) = oneshot::channel();
        if self.gathering.0.put((check, reply)).ok_or(AppError::Busy { retry_after: 2 })? {
            tokio::spawn(self.clone().run_lane());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::away().into()))
    }

    async fn run_lane(self) {
        loop {
            let asked = self.gathering.0.take(TOGETHER);
            if asked.is_empty() {
                return;
            }
            let (checks, replies): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
            for (reply, answer) in replies.into_iter().zip(self.answer_all(checks).await) {
                // Whoever asked may have gone away; what was committed stands all the same.
                let _ = reply.send(answer);
            }
            lanes::let_others_go_first().await;
        }
    }

    /// All in one transaction. When that fails for another reason than an absent database, each in its own,
    /// so that one record that cannot be used stops nobody else, and so that codes which keep colliding with
    /// those of another node hold few rows at a time.
    async fn answer_all(&self, checks: Vec<CodeCheck>) -> Vec<Answer> {
        let checks: Arc<[CodeCheck]> = checks.into();
        let count = checks.len();
        match self.write_checks(checks.clone(), 0, count).await {
            Ok(checked) => checked.into_iter().map(Ok).collect(),
            Err(error) if count == 1 => vec![Err(error.into())],
            Err(StoreError::Away(_)) => (0..count).map(|_| Err(StoreError::away().into())).collect(),
            Err(error) => {
                tracing::warn!(%error, count, "codes could not be checked together");
                let mut answers = Vec::with_capacity(count);
                for first in 0..count {
                    let alone = self.write_checks(checks.clone(), first, 1).await;
                    let checked = alone.map(|mut checked| checked.pop());
                    answers.push(
                        checked.map_err(Failure::from).and_then(|one| one.ok_or_else(|| StoreError::Lost.into())),
                    );
                }
                answers
            }
        }
    }

    async fn write_checks(
        &self,
        checks: Arc<[CodeCheck]>,
        first: usize,
        count: usize,
    ) -> Result<Vec<Checked>, StoreError> {
        let service = self.clone();
        self.store
            .write(move |db| {
                Box::pin(async move {
                    let chosen: Vec<&CodeCheck> = checks.iter().skip(first).take(count).collect();
                    Ok(service.check_codes(db, &chosen).await?)
                })
            })
            .await
    }
}

/// Takes out of a list all whose key is new, in order; those that repeat one stay for the next round.
pub(super) fn take_distinct<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = BTreeSet::new();
    let (now, later) = mem::take(list).into_iter().partition(|one| seen.insert(key(one)));
    *list = later;
    now
}
