//! A whole server round a database: router, service, a clock that stands still, a seeded generator.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use app::backend::Port;
use axum::Router;
use server::{
    crypto::{Cost, Keyring, Passwords},
    domain::{Limits, SmsLimits},
    http::{HttpSettings, Programs},
    service::{Service, Settings},
    sms::{Gateways, SmsGateway},
    storage::{DatabaseSettings, Store},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use super::{Browser, Database, Enrolled, FakeClock, Phones, SeededRng};

/// A key that every test uses.
pub(super) const KEY: &str = "1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// Many tests share two processors: what a person waits for seconds may take longer here, and is no less right.
const UNHURRIED: Duration = Duration::from_hours(1);

/// How long a test waits for what must happen: far longer than it takes, so that only a fault reaches it.
const PATIENCE: Duration = Duration::from_mins(2);

/// How a world is to be.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Seed of the generator.
    pub(crate) seed: String,
    /// The limits; those per network address are far off unless a test is about them.
    pub(crate) limits: Limits,
    /// The limits of text messages.
    pub(crate) sms: SmsLimits,
    /// Other gateways for text messages than [`Phones`].
    pub(crate) gateways: Option<Gateways>,
    /// The key file.
    pub(crate) keys: String,
    /// Cost of a password hash.
    pub(crate) cost: Cost,
    /// Password checks at once, and how many more may wait.
    pub(crate) password_queue: (usize, usize),
    /// Connections to PostgreSQL.
    pub(crate) connections: u32,
    /// How long a request waits for the database.
    pub(crate) patience: Duration,
    /// The installation's name.
    pub(crate) issuer: String,
}

impl Plan {
    /// The usual plan, with the test's own randomness.
    pub(crate) fn of(seed: &'static str) -> Self {
        Self {
            seed: seed.to_owned(),
            limits: Limits { passwords_per_address: 100_000, codes_per_address: 100_000, ..Limits::default() },
            sms: SmsLimits { per_address: 100_000, ..SmsLimits::default() },
            gateways: None,
            keys: KEY.to_owned(),
            cost: Cost { memory: 8, passes: 1, lanes: 1 },
            password_queue: (4, 1000),
            connections: 8,
            patience: UNHURRIED,
            issuer: "Muster".to_owned(),
        }
    }
}

/// One server on one database.
pub(crate) struct World {
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) service: Arc<Service>,
    pub(crate) database: Database,
    /// Where the text messages go.
    pub(crate) phones: Arc<Phones>,
    plan: Plan,
    router: Router,
    addresses: AtomicU16,
    /// Whether the browsers talk to processes, which check a password at what it costs in earnest.
    pub(crate) in_earnest: bool,
}

impl World {
    pub(crate) async fn new(database: Database, plan: Plan) -> Self {
        Self::with_clock(database, plan, Arc::new(FakeClock::default())).await
    }

    /// A world whose clock runs as that of a server process does, some seconds off.
    pub(crate) async fn running(database: Database, plan: Plan, offset: i64) -> Self {
        Self::with_clock(database, plan, Arc::new(FakeClock::running(offset))).await
    }

    /// What stands round a process that has the database to itself, as it has to have SQLite: phones, browsers and the time.
    /// The service that comes with them works on another database.
    pub(crate) async fn beside(database: &Database, plan: Plan) -> Self {
        let mut world = Self::running(Database::sqlite().await, plan, 0).await;
        world.database = database.clone();
        world
    }

    /// The same world with browsers that talk to somebody else on the same database.
    pub(crate) fn through(mut self, router: Router) -> Self {
        (self.router, self.in_earnest) = (router, true);
        self
    }

    /// Ends the server; what it leaves is the database.
    pub(crate) async fn end(self) {
        self.service.store.close().await;
    }

    /// Ends the server and starts one with another plan on the same database.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Plan)) -> Self {
        let Self { clock, service, database, mut plan, router, .. } = self;
        service.store.close().await;
        drop((router, service));
        // Every start draws its own ids.
        plan.seed.push_str(", started again");
        change(&mut plan);
        Self::with_clock(database, plan, clock).await
    }

    async fn with_clock(database: Database, plan: Plan, clock: Arc<FakeClock>) -> Self {
        let settings = DatabaseSettings {
            patience: plan.patience,
            ..DatabaseSettings::new(database.url().to_owned(), plan.connections)
        };
        let store = Store::connect(&settings).await.unwrap();
        // A copy of a schema needs no connection of its own for it.
        if store.check_schema().await.is_err() {
            store.migrate().await.unwrap();
        }
        let rng = SeededRng::new(&plan.seed);
        let phones = Arc::new(Phones::default());
        let (permits, queue) = plan.password_queue;
        let service = Arc::new(Service {
            store,
            keys: Arc::new(Keyring::parse(&plan.keys).unwrap()),
            passwords: Arc::new(Passwords::new(plan.cost, permits, queue, &rng).unwrap()),
            clock: clock.clone(),
            rng: Arc::new(rng),
            sms: plan.gateways.clone().unwrap_or_else(|| Gateways::new([phones.clone() as Arc<dyn SmsGateway>])),
            settings: Arc::new(Settings {
                issuer: plan.issuer.clone(),
                limits: plan.limits,
                public_url: "http://127.0.0.1:3000".to_owned(),
                sms: plan.sms,
                host: Some("muster.example".to_owned()),
                secure_cookies: false,
                demo: false,
            }),
            gathering: Arc::default(),
        });
        let port: Port = service.clone();
        let programs: Arc<dyn Programs> = service.clone();
        let router = server::http::router(&http_settings(), port, programs);
        Self { clock, service, database, phones, plan, router, addresses: AtomicU16::new(0), in_earnest: false }
    }

    /// The same server on a socket: its address, how to stop it, and its end.
    pub(crate) async fn listen(&self) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ((stop, stopped), router) = (oneshot::channel(), self.router.clone());
        let serving = async move {
            server::http::serve(listener, router, &http_settings(), async {
                let _ = stopped.await;
            })
            .await
        };
        (address, stop, tokio::spawn(serving))
    }

    /// A browser that was never here before, at a network address of its own.
    pub(crate) fn browser(&self) -> Browser {
        let number = self.addresses.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Browser::new(self.router.clone(), [10, 1, number[0], number[1]])
    }

    /// Browsers, each at an address of its own.
    pub(crate) fn browsers(&self, count: usize) -> Vec<Browser> {
        (0..count).map(|_| self.browser()).collect()
    }

    /// How many rows there are in a table.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.database.int(sql, Vec::new()).await
    }

    /// The one number that a query gives for the id of a person.
    pub(crate) async fn int_of(&self, person: &Enrolled, sql: &'static str) -> i64 {
        let id = self.database.blob("SELECT id FROM person WHERE email = $1", vec![person.email.as_str().into()]).await;
        self.database.int(sql, vec![id.into()]).await
    }

    /// Waits until a request that was started waits itself for a row that somebody has changed, or has ended.
    /// SQLite does not say who waits; there a writer waits for the other one before it reads anything.
    pub(crate) async fn somebody_waits_for_a_lock<T>(&self, request: &tokio::task::JoinHandle<T>) {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waits = async {
            while !self.database.is_sqlite() && !request.is_finished() && self.count(waiting).await == 0 {
                Self::look_again().await;
            }
        };
        timeout(PATIENCE, waits).await.expect("nobody waits for a lock");
    }

    /// Between two looks at what is awaited: a loop that only looks keeps a processor from whoever is to bring it about.
    pub(crate) async fn look_again() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }

    /// Waits until a count is reached by work that goes on after its answer; fails when that never happens.
    pub(crate) async fn until(&self, sql: &'static str, count: i64) {
        let reached = async {
            while self.count(sql).await < count {
                Self::look_again().await;
            }
        };
        let waited = timeout(PATIENCE, reached).await;
        assert!(waited.is_ok(), "{} instead of {count}: {sql}", self.count(sql).await);
    }

    /// Sessions that have not been ended, one by one or all of a person at once.
    pub(crate) async fn live_sessions(&self) -> i64 {
        self.count(
            "SELECT COUNT(*) FROM session JOIN person ON person.id = session.person_id \
             WHERE session.ended_at IS NULL AND session.epoch = person.epoch",
        )
        .await
    }

    /// Live sessions of one person.
    pub(crate) async fn live_sessions_of(&self, email: &str) -> i64 {
        self.database
            .int(
                "SELECT COUNT(*) FROM session JOIN person ON person.id = session.person_id \
                 WHERE person.email = $1 AND session.ended_at IS NULL AND session.epoch = person.epoch",
                vec![email.into()],
            )
            .await
    }
}

fn http_settings() -> HttpSettings {
    HttpSettings { request_deadline: UNHURRIED, ..HttpSettings::new("http://127.0.0.1:3000".parse().unwrap()) }
}
