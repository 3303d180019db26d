//! A bounded queue in front of the hashing: so much at once, so many waiting, the rest is told to come back.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use argon2::Block;
use tokio::sync::{Semaphore, oneshot};

use super::PasswordError;
use crate::lanes::Lanes;

pub(super) struct Queue {
    /// One for each that runs or waits.
    places: Semaphore,
    lanes: Lanes<Work>,
    usual_blocks: usize,
}

type Work = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

impl Queue {
    /// Memory of more than `usual_blocks` is not kept for the next in the queue.
    pub(super) fn new(permits: usize, waiting: usize, usual_blocks: usize) -> Self {
        let permits = permits.max(1);
        let places = Semaphore::new(permits.saturating_add(waiting).min(Semaphore::MAX_PERMITS));
        // The places bound the queue; beyond them it holds only work that nobody waits for any more.
        Self { places, lanes: Lanes::new(permits, usize::MAX), usual_blocks }
    }

    /// Does the work on a blocking thread, first come, first served. Work that has begun goes to its end, also
    /// when nobody waits for the answer any more; who stops waiting before frees the place.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when the queue is full, or the process is ending.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.places.try_acquire().map_err(|_| PasswordError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            if !reply.is_closed() {
                let _ = reply.send(work(memory));
            }
        });
        if self.lanes.put(work).ok_or(PasswordError::Busy)? {
            let queue = Arc::clone(self);
            tokio::task::spawn_blocking(move || queue.run_lane());
        }
        answer.await.map_err(|_| PasswordError::Busy)
    }

    /// One hash after the other on one thread, until none waits: nothing has to wake up between them, and the
    /// next finds the memory of the last, which saves the page faults of fresh memory.
    fn run_lane(&self) {
        let mut memory = Vec::new();
        while let Some(work) = self.lanes.take(1).pop() {
            // A panic must not take the lane along; whoever waits is told to come back.
            let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
            if memory.len() > self.usual_blocks {
                memory = Vec::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    /// Work that says when it has begun and ends when it is told to.
    fn held() -> (impl FnOnce(&mut Vec<Block>) + Send + 'static, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let ((begun, has_begun), (end, may_end)) = (mpsc::channel(), mpsc::channel::<()>());
        let work = move |_: &mut Vec<Block>| {
            begun.send(()).unwrap();
            let _ = may_end.recv();
        };
        (work, has_begun, end)
    }

    async fn begun(signal: mpsc::Receiver<()>) {
        tokio::task::spawn_blocking(move || signal.recv().unwrap()).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pwd_07_two_hundred_at_once_run_three_at_a_time() {
        let queue = Arc::new(Queue::new(3, 200, 8));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let (queue, running, most) = (Arc::clone(&queue), Arc::clone(&running), Arc::clone(&most));
                tokio::spawn(async move {
                    let work = move |_: &mut Vec<Block>| {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                    };
                    queue.run(work).await
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(()));
        }
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
        assert_eq!(queue.places.available_permits(), 203);
    }

    #[tokio::test]
    async fn pwd_07_full_queue_answers_busy_and_takes_others_later() {
        let queue = Arc::new(Queue::new(1, 1, 8));
        let (work, has_begun, end) = held();
        let first = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(work).await }
        });
        begun(has_begun).await;
        let mut second = Box::pin(queue.run(|_| 2));
        assert!(futures_util::poll!(&mut second).is_pending());
        assert_eq!(queue.run(|_| 3).await, Err(PasswordError::Busy));
        drop(end);
        assert_eq!(first.await.unwrap(), Ok(()));
        assert_eq!(second.await, Ok(2));
        assert_eq!(queue.run(|_| 4).await, Ok(4));
    }

    #[tokio::test]
    async fn pwd_07_work_whose_caller_left_keeps_its_permit() {
        let queue = Arc::new(Queue::new(1, 1, 8));
        let ended = Arc::new(AtomicUsize::new(0));
        let (work, has_begun, end) = held();
        let caller = tokio::spawn({
            let (queue, ended) = (Arc::clone(&queue), Arc::clone(&ended));
            let work = move |memory: &mut Vec<Block>| {
                work(memory);
                ended.store(1, Ordering::SeqCst);
            };
            async move { queue.run(work).await }
        });
        begun(has_begun).await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        let mut next = Box::pin(queue.run(move |_| ended.load(Ordering::SeqCst)));
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(end);
        assert_eq!(next.await, Ok(1), "the next began after the first had ended");
    }

    #[tokio::test]
    async fn pwd_07_work_that_panics_keeps_no_permit() {
        let queue = Arc::new(Queue::new(1, 1, 8));
        assert_eq!(queue.run(|_| assert_eq!(1, 2)).await, Err(PasswordError::Busy));
        assert_eq!(queue.run(|_| 3).await, Ok(3));
    }

    #[tokio::test]
    async fn pwd_07_caller_who_stops_waiting_frees_the_place() {
        let queue = Arc::new(Queue::new(1, 1, 8));
        let (work, has_begun, end) = held();
        let first = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(work).await }
        });
        begun(has_begun).await;
        {
            let mut second = Box::pin(queue.run(|_| ()));
            assert!(futures_util::poll!(&mut second).is_pending());
        }
        let third = Box::pin(queue.run(|_| 3));
        drop(end);
        assert_eq!(third.await, Ok(3));
        assert_eq!(first.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn memory_goes_to_the_next_in_the_queue() {
        let queue = Arc::new(Queue::new(1, 3, 8));
        let (work, has_begun, end) = held();
        let first = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(work).await }
        });
        begun(has_begun).await;
        let mut second = Box::pin(queue.run(|memory| memory.resize(8, Block::default())));
        let mut third = Box::pin(queue.run(|memory| (memory.len(), memory.resize(9, Block::default())).0));
        let mut fourth = Box::pin(queue.run(|memory| memory.len()));
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(futures_util::poll!(&mut third).is_pending());
        assert!(futures_util::poll!(&mut fourth).is_pending());
        drop(end);
        first.await.unwrap().unwrap();
        assert_eq!((second.await, third.await), (Ok(()), Ok(8)));
        assert_eq!(fourth.await, Ok(0), "memory above the usual size is not kept");
    }
}
