//! What works beside the accept loop without being asked, as long as the server runs.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    mail::Mailer,
    service::{Delivery, Service},
};

/// Mails under way at once on one node: a slow mail server does not hold the others up.
const SENDERS: usize = 2;
/// Time between two looks into the outbox while there is nothing in it, and before a task that has ended starts again.
const PAUSE: Duration = Duration::from_secs(1);
/// Seconds between two notes of where the audit log ends, and between two deletions of what is over.
const HOUR: u64 = 3600;

/// The tasks. None waits for another: what takes long holds up only itself.
pub(super) struct Tasks {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Tasks {
    /// Starts them. Without a mailer no mail is sent.
    pub(super) fn start(service: &Arc<Service>, mailer: Option<&Arc<dyn Mailer>>) -> Self {
        let mut tasks = Self { stop: watch::Sender::new(false), running: JoinSet::new() };
        let own = service.clone();
        tasks.keep_up("audit log", move |stopped| until(stopped, seal(own.clone())));
        let own = service.clone();
        tasks.keep_up("purge", move |stopped| until(stopped, purge(own.clone())));
        for mailer in mailer.into_iter().cycle().take(SENDERS) {
            let (own, mailer) = (service.clone(), mailer.clone());
            tasks.keep_up("mails", move |stopped| send(own.clone(), mailer.clone(), stopped));
        }
        tasks
    }

    /// Starts one, again and again when it ends before it is told to, which only a panic brings about. The server goes on
    /// meanwhile: all that a task knows is in the database, so a new process would begin no better than a new task does,
    /// and nobody could sign in until then.
    fn keep_up<F>(&mut self, task: &'static str, work: impl Fn(watch::Receiver<bool>) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stopped = self.stop.subscribe();
        self.running.spawn(async move {
            loop {
                // Where it panicked is in the log already.
                let _ = AssertUnwindSafe(work(stopped.clone())).catch_unwind().await;
                if *stopped.borrow() {
                    return;
                }
                tracing::error!(task, "a task has ended before the server, and starts again in a second");
                sleep(PAUSE).await;
            }
        });
    }

    /// Ends them once the mails under way have been sent and noted, so that nothing is sent twice; what takes longer
    /// than `grace` is left to its lease.
    pub(super) async fn stop(mut self, grace: Duration) {
        self.stop.send_replace(true);
        let ended = async { while self.running.join_next().await.is_some() {} };
        if timeout(grace, ended).await.is_err() {
            tracing::warn!("a mail was still under way at the end: it may be sent a second time, with the same id");
        }
    }
}

/// Works until it is told to stop, and breaks off then.
async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        // Whoever could say so is gone: that means the end as well.
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}

/// Seals the audit log every second, and every hour tells where it ends.
async fn seal(service: Arc<Service>) {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0_u64.. {
        second.tick().await;
        // More than one block when a second had more events than a block holds.
        while match service.seal_audit_block().await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "the audit log was not sealed, next try in a second");
                false
            }
        } {}
        if tick % HOUR == 0 {
            tell_audit_head(&service).await;
        }
    }
}

/// Whoever writes to the database can cut the audit log's end off: a log that is kept elsewhere has the head then.
async fn tell_audit_head(service: &Service) {
    match service.audit_head().await {
        Ok(Some(head)) => tracing::info!(%head, "the audit log ends here, see `muster audit verify --expect`"),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the end of the audit log was not read, next try in an hour"),
    }
}

/// Deletes every hour what is over. After a long while that is a thousand transactions.
async fn purge(service: Arc<Service>) {
    let mut hour = interval(Duration::from_secs(HOUR));
    hour.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hour.tick().await;
        if let Err(error) = service.purge().await {
            tracing::warn!(%error, "what is over was not deleted, next try in an hour");
        }
    }
}

async fn send(service: Arc<Service>, mailer: Arc<dyn Mailer>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match service.deliver_one(&*mailer).await {
            Ok(Delivery::Sent | Delivery::PutOff | Delivery::Failed) => continue,
            Ok(Delivery::Idle) => {}
            Err(error) => tracing::warn!(%error, "the outbox was not read, next try in a second"),
        }
        // Either may come first; a sender that is gone means the end as well.
        tokio::select! {
            () = sleep(PAUSE) => {}
            changed = stopped.changed() => if changed.is_err() { return },
        }
    }
}
