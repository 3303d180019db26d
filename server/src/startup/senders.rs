//! Sending mail as long as the server runs.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle};

use crate::{
    mail::Mailer,
    service::{Delivery, Service},
};

/// Mails under way at once on one node: a slow mail server does not hold the others up.
const SENDERS: usize = 2;
/// Time between two looks into the outbox while there is nothing in it.
const PAUSE: Duration = Duration::from_secs(1);

/// The tasks that send mail. Dropped without [`Senders::stop`], they go on.
pub(super) struct Senders {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Senders {
    /// Starts them.
    pub(super) fn start(service: &Arc<Service>, mailer: &Arc<dyn Mailer>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = || tokio::spawn(send(service.clone(), mailer.clone(), stopped.clone()));
        Self { tasks: (0..SENDERS).map(|_| task()).collect(), stop }
    }

    /// Ends them once what is under way has been sent and noted, so that nothing is sent twice; what takes longer
    /// than `grace` is left to its lease.
    pub(super) async fn stop(self, grace: Duration) {
        let _ = self.stop.send(true);
        let ended = async {
            for task in self.tasks {
                // A sender that has panicked is not there to be waited for.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::warn!("a mail was still under way at the end: it may be sent a second time, with the same id");
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
            () = tokio::time::sleep(PAUSE) => {}
            changed = stopped.changed() => if changed.is_err() { return },
        }
    }
}
