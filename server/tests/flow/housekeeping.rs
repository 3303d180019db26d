//! What runs beside the accept loop without being asked.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use app::model::{Email, Secret};
use async_trait::async_trait;
use server::{
    http::HttpSettings,
    mail::{Mail, MailError, Mailer},
    service::PURGE_BATCH,
    startup::{self, StartError},
};
use sqlx::{AssertSqlSafe, Executor};
use tokio::{net::TcpListener, sync::oneshot};

use crate::support::{World, both};

both!(purge_without_end_leaves_the_audit_log_sealed, sender_that_panics_is_there_for_the_next_mail);

/// Runs the world's server with all that belongs to it.
async fn run(world: &World, mailer: Option<Arc<dyn Mailer>>, stop: impl Future<Output = ()>) -> Result<(), StartError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = HttpSettings::new("http://127.0.0.1:3000".parse().unwrap());
    startup::run((*world.service).clone(), mailer, listener, &settings, stop).await
}

/// A full batch of counters that are over, each of which comes again when it is deleted, and says so in `failures`.
async fn let_purge_go_on_for_ever(world: &World) {
    let again =
        "INSERT INTO throttle (key, failures, window_started, paused_until) VALUES (OLD.key, OLD.failures + 1, 1, 0);";
    let statements = if world.database.is_sqlite() {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PURGE_BATCH}) \
             INSERT INTO throttle (key, failures, window_started, paused_until) SELECT randomblob(16), 0, 1, 0 FROM n; \
             CREATE TRIGGER again AFTER DELETE ON throttle BEGIN {again} END;"
        )
    } else {
        format!(
            "INSERT INTO throttle (key, failures, window_started, paused_until) \
             SELECT uuid_send(gen_random_uuid()), 0, 1, 0 FROM generate_series(1, {PURGE_BATCH}); \
             CREATE FUNCTION again() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN {again} RETURN NULL; END'; \
             CREATE TRIGGER again AFTER DELETE ON throttle FOR EACH ROW EXECUTE FUNCTION again();"
        )
    };
    world.database.connect().await.execute(AssertSqlSafe(statements)).await.unwrap();
}

/// DB-13: a purge may take long, and the log does not stay open meanwhile.
async fn purge_without_end_leaves_the_audit_log_sealed(world: World) {
    let_purge_go_on_for_ever(&world).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let used = async {
        world.until("SELECT COUNT(*) FROM throttle WHERE failures > 3", PURGE_BATCH).await;
        world.open_company("Open").await;
        let sealed = "SELECT COUNT(*) FROM audit_event WHERE kind = 'company.added' AND block IS NOT NULL";
        world.until(sealed, 1).await;
        stop.send(()).unwrap();
    };
    let stopped = async { drop(stopped.await) };
    let (served, ()) = tokio::join!(run(&world, None, stopped), used);
    served.unwrap();
}

/// Takes mails after the first few, which show a fault in it.
#[derive(Debug, Default)]
struct Faulty(AtomicUsize);

/// As many as there are senders, and more.
const FAULTS: usize = 3;

#[async_trait]
impl Mailer for Faulty {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) >= FAULTS, "a fault of the mailer");
        Ok(())
    }
}

async fn sender_that_panics_is_there_for_the_next_mail(world: World) {
    for number in 0..=FAULTS {
        let email = format!("ana{number}@strict.example");
        world.newcomer(&email).await;
        let (email, password) = (Email::parse(&email).unwrap(), Secret::new("another long password"));
        world.service.set_password(&email, &password).await.unwrap();
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let told = async {
        world.until("SELECT COUNT(*) FROM notice WHERE state = 'sent'", 1).await;
        stop.send(()).unwrap();
    };
    let stopped = async { drop(stopped.await) };
    let (served, ()) = tokio::join!(run(&world, Some(Arc::new(Faulty::default())), stopped), told);
    served.unwrap();
}
