//! A bounded queue in front of the hashing: so much at once, so many waiting, the rest is told to come back.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::PasswordError;

pub(super) struct Queue {
    /// One for each that runs or waits.
    places: Arc<Semaphore>,
    /// One for each that runs.
    permits: Arc<Semaphore>,
    all_places: usize,
    /// Memory of finished work for the next in the queue, which saves the page faults of a fresh 19 MiB.
    spare: Mutex<Vec<Vec<Block>>>,
    spare_blocks: usize,
}

impl Queue {
    /// Memory of more than `spare_blocks` is not kept.
    pub(super) fn new(permits: usize, waiting: usize, spare_blocks: usize) -> Self {
        let permits = permits.clamp(1, Semaphore::MAX_PERMITS);
        let all_places = permits.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(all_places)),
            permits: Arc::new(Semaphore::new(permits)),
            all_places,
            spare: Mutex::default(),
            spare_blocks,
        }
    }

    /// Does the work on a blocking thread, first come, first served. Work that has begun keeps its permit to its
    /// end, also when nobody waits for the answer any more; who stops waiting before frees the place.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when the queue is full, or the process is ending.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        let queue = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let mut memory = queue.take_memory();
            let result = work(&mut memory);
            queue.leave(memory, place);
            drop(permit);
            result
        });
        task.await.map_err(|_| PasswordError::Busy)
    }

    fn take_memory(&self) -> Vec<Block> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Leaves the memory to whoever comes next; the last one out gives it all back to the system. The place is
    /// freed under the lock: of two who leave at the same time, one sees that it is the last.
    fn leave(&self, memory: Vec<Block>, place: OwnedSemaphorePermit) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        drop(place);
        if self.places.available_permits() == self.all_places {
            spare.clear();
        } else if memory.len() <= self.spare_blocks {
            spare.push(memory);
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
        assert_eq!((queue.permits.available_permits(), queue.places.available_permits()), (3, 203));
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
        let queue = Arc::new(Queue::new(1, 0, 8));
        let (work, has_begun, end) = held();
        let caller = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(work).await }
        });
        begun(has_begun).await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!((queue.permits.available_permits(), queue.places.available_permits()), (0, 0));
        assert_eq!(queue.run(|_| ()).await, Err(PasswordError::Busy));
        drop(end);
        // The permit comes back when the work has ended.
        let _permit = queue.permits.acquire().await.unwrap();
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
    async fn memory_goes_to_the_next_in_the_queue_and_the_last_gives_it_back() {
        let queue = Arc::new(Queue::new(2, 0, 8));
        let (work, has_begun, end) = held();
        let first = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(work).await }
        });
        begun(has_begun).await;
        queue.run(|memory| memory.resize(8, Block::default())).await.unwrap();
        assert_eq!(queue.run(|memory| memory.len()).await, Ok(8));
        queue.run(|memory| memory.resize(9, Block::default())).await.unwrap();
        assert_eq!(queue.run(|memory| memory.len()).await, Ok(0), "memory above the usual size is not kept");
        drop(end);
        first.await.unwrap().unwrap();
        let _all = queue.places.acquire_many(2).await.unwrap();
        assert!(queue.spare.lock().unwrap().is_empty());
    }
}
