//! A whole server on a loopback port of this process, and the people who sign in.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::model::{Email, Secret};
use data_encoding::BASE32_NOPAD;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use server::{
    clock::{Clock, Rng, SystemClock, SystemRng, Timestamp},
    config::Config,
    crypto::{Passwords, Token, TokenKind},
    domain::{Limits, Role, STEP_SECONDS},
    http::HttpSettings,
    service::{NewPerson, Service, Settings},
    sms::{Gateways, SmsGateway},
    startup::{self, key_file},
    storage::{
        DatabaseSettings, PersonId, SignInId, Store, person,
        sign_in::{self, SignIn, Stage},
    },
};
use sha1::Sha1;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    place::{Engine, Place},
    request,
    text::{self, Phones, Subscriber},
};

/// People with an authenticator and no password; far more than there are requests in flight.
const PEOPLE: usize = 1024;
/// People with both.
const WITH_PASSWORD: usize = 64;
/// How many people are made at once, and how many challenges in one transaction.
const TOGETHER: usize = 64;
/// Everybody's company.
pub(crate) const COMPANY: &str = "Bench";
/// So far in the past, seconds, that a run ends before the present: its codes are old when a server with the
/// machine's clock goes on with the same database.
const HEAD_START: i64 = 20 * 60 * 60;

/// A clock that only work moves on, a step of the authenticator at a time.
#[derive(Debug)]
struct SteppedClock {
    start: i64,
    round: AtomicI64,
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.start + self.round.load(Ordering::Relaxed) * STEP_SECONDS)
    }
}

/// Somebody with an authenticator.
pub(crate) struct Enrolled {
    id: PersonId,
    pub(crate) email: String,
    key: Vec<u8>,
    /// The counter of wrong codes: a key of its own for each person.
    throttle_key: Vec<u8>,
}

/// The second factor of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    App,
    Text,
}

/// A second-factor step to be made.
pub(crate) struct Challenge {
    pub(crate) round: i64,
    pub(crate) answer: Answer,
}

/// What answers a challenge.
pub(crate) enum Answer {
    /// The request with the app's code.
    App(Vec<u8>),
    /// A code that has to be asked for first: the token, and the number where it arrives.
    Text { token: String, number: String },
}

/// A server that runs.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    url: String,
    key_file: PathBuf,
    /// People without a password.
    pub(crate) people: Vec<Arc<Enrolled>>,
    /// People with one.
    pub(crate) with_password: Vec<Arc<Enrolled>>,
    /// People with nothing but a phone.
    subscribers: Vec<Subscriber>,
    pub(crate) phones: Arc<Phones>,
    pub(crate) service: Service,
    clock: Arc<SteppedClock>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl World {
    pub(crate) async fn new(place: &Place, engine: Engine, config: &Config) -> Self {
        let url = place.database(engine).await;
        let key_file = place.path(&format!("{}.keys", engine.name()));
        key_file::create(&key_file, &SystemRng).unwrap();
        let start = SystemClock.now().plus(-HEAD_START).0;
        let clock = Arc::new(SteppedClock { start: start - start % STEP_SECONDS, round: AtomicI64::new(0) });
        let connections = config.database.settings().connections;
        let store = Store::connect(&DatabaseSettings::new(url.clone(), connections)).await.unwrap();
        store.migrate().await.unwrap();
        let password = &config.password;
        let passwords = Passwords::new(password.cost, password.permits, password.queue, &SystemRng).unwrap();
        let phones = Arc::new(Phones::default());
        let service = Service {
            store,
            keys: Arc::new(key_file::read(&key_file).unwrap()),
            passwords: Arc::new(passwords),
            clock: clock.clone(),
            rng: Arc::new(SystemRng),
            sms: Gateways::new([phones.clone() as Arc<dyn SmsGateway>]),
            settings: Arc::new(Settings {
                sms: text::unlimited(config.sms),
                host: None,
                issuer: config.site_name.clone(),
                limits: unlimited(config.limits),
                public_url: "http://127.0.0.1".to_owned(),
                secure_cookies: true,
                demo: false,
            }),
            gathering: Arc::default(),
        };
        service.check_keys().await.unwrap();
        service.add_company(COMPANY).await.unwrap();
        let people = enrol(&service, PEOPLE, None).await;
        let with_password = enrol(&service, WITH_PASSWORD, Some(request::PASSWORD)).await;
        let http = startup::http_settings(config, request::public_url(), false);
        let (address, stop, server) = start_server(service.clone(), http).await;
        let subscribers = text::enrol(&service, address, &phones).await;
        Self { address, url, key_file, people, with_password, subscribers, phones, service, clock, stop, server }
    }

    /// Challenges of people in turn, as the right password opens them; each with what answers it. After everybody's
    /// turn comes the next step of the clock.
    pub(crate) async fn challenges(&self, means: Means, count: usize) -> Vec<Challenge> {
        let first = self.next_round();
        let people = match means {
            Means::App => self.people.len(),
            Means::Text => self.subscribers.len(),
        };
        let mut challenges = Vec::with_capacity(count);
        let mut rows = Vec::with_capacity(TOGETHER);
        for number in 0..count {
            let round = first + i64::try_from(number / people).unwrap();
            if means == Means::App && self.is_ambiguous(&self.people[number % people], round) {
                continue;
            }
            let token = Token::generate(TokenKind::SignIn, &SystemRng).unwrap();
            let (row, answer) = self.challenge(means, number % people, round, token.expose());
            challenges.push(Challenge { round, answer });
            rows.push((row, token));
            if rows.len() == TOGETHER {
                self.insert(std::mem::take(&mut rows)).await;
            }
        }
        self.insert(rows).await;
        challenges
    }

    fn challenge(&self, means: Means, place: usize, round: i64, token: &str) -> (SignIn, Answer) {
        match means {
            Means::App => {
                let person = &self.people[place];
                let request = request::code(token, &self.code(person, round));
                (row(person.id, 0, &person.throttle_key), Answer::App(request))
            }
            Means::Text => {
                let person = &self.subscribers[place];
                let answer = Answer::Text { token: token.to_owned(), number: person.number.clone() };
                (row(person.id, person.epoch, &person.throttle_key), answer)
            }
        }
    }

    async fn insert(&self, rows: Vec<(SignIn, Token)>) {
        let now = self.clock.now();
        // Alive for as long as the clock of the run may go.
        let end = now.plus(24 * 60 * 60);
        let inserted = self.service.store.write(move |db| {
            Box::pin(async move {
                for (row, token) in &rows {
                    sign_in::insert(db, row, token.hash(), now, end).await?;
                    sqlx::query(KNOWN_NETWORK).bind(token.hash().as_slice()).execute(&mut *db).await?;
                }
                Ok(())
            })
        });
        inserted.await.unwrap();
    }

    /// The first round of the clock in which nobody has used a code.
    pub(crate) fn next_round(&self) -> i64 {
        self.clock.round.load(Ordering::Relaxed) + 2
    }

    /// Moves the clock on to a round. One that is behind stays: the server takes the code of a step before.
    pub(crate) fn reach(&self, round: i64) {
        self.clock.round.fetch_max(round, Ordering::Relaxed);
    }

    /// What somebody's phone shows in a round.
    pub(crate) fn code(&self, person: &Enrolled, round: i64) -> String {
        code_at(&person.key, self.clock.start + round * STEP_SECONDS)
    }

    /// Whether the phone shows the same code again within two rounds, as it does once in half a million times: the server
    /// takes it for that of the later one, whose turn would be refused then.
    fn is_ambiguous(&self, person: &Enrolled, round: i64) -> bool {
        let code = self.code(person, round);
        (1..=2).any(|later| self.code(person, round + later) == code)
    }

    /// How many sessions the database holds.
    pub(crate) async fn sessions(&self) -> usize {
        let mut db = self.service.store.read().await.unwrap();
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM session").fetch_one(&mut *db).await.unwrap();
        usize::try_from(count).unwrap()
    }

    /// Ends the server as SIGTERM would.
    pub(crate) async fn stop(self) -> Remains {
        self.stop.send(()).unwrap();
        self.server.await.unwrap();
        Remains { url: self.url, key_file: self.key_file, people: self.with_password }
    }
}

/// What a server that has ended leaves.
pub(crate) struct Remains {
    pub(crate) url: String,
    pub(crate) key_file: PathBuf,
    /// People with a password.
    pub(crate) people: Vec<Arc<Enrolled>>,
}

impl Enrolled {
    /// What the phone shows now.
    pub(crate) fn code_now(&self) -> String {
        code_at(&self.key, SystemClock.now().0)
    }
}

/// What the password step notes of somebody who has signed in from here today.
const KNOWN_NETWORK: &str = "UPDATE sign_in SET seen_network = \
    (SELECT n.network FROM seen_network n WHERE n.person_id = sign_in.person_id) WHERE token_hash = $1";

/// The settings' limits without those on failures, which some measures make on purpose: a limit that is never reached
/// costs as much as any other.
fn unlimited(limits: Limits) -> Limits {
    let most = 1_000_000;
    Limits { failures: most, passwords_per_address: most, resets_per_address: most, resets_per_person: most, ..limits }
}

async fn start_server(service: Service, http: HttpSettings) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let (listener, address) = startup::listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        startup::run(service, None, listener, &http, stopped).await.unwrap();
    });
    (address, stop, server)
}

async fn enrol(service: &Service, count: usize, password: Option<&str>) -> Vec<Arc<Enrolled>> {
    let kind = if password.is_some() { "person" } else { "guest" };
    let mut people = Vec::with_capacity(count);
    for first in (0..count).step_by(TOGETHER) {
        let group = (first..count.min(first + TOGETHER)).map(|number| enrol_one(service, kind, number, password));
        people.extend(join_all(group).await);
    }
    people
}

async fn enrol_one(service: &Service, kind: &str, number: usize, password: Option<&str>) -> Arc<Enrolled> {
    let email = Email::parse(&format!("{kind}-{number}@bench.example")).unwrap();
    let id = add(service, &email, COMPANY, password).await;
    let (key, _recovery) = service.enrol_for_demo(&email).await.unwrap();
    let key = BASE32_NOPAD.decode(key.expose().as_bytes()).unwrap();
    Arc::new(Enrolled { id, email: email.to_string(), key, throttle_key: throttle_key() })
}

/// Adds somebody to a company.
pub(crate) async fn add(service: &Service, email: &Email, company: &str, password: Option<&str>) -> PersonId {
    let new = NewPerson {
        email: email.clone(),
        name: email.to_string(),
        company: company.to_owned(),
        role: Role::Member,
        password: password.map(Secret::new),
    };
    service.add_person(&new).await.unwrap();
    let found = person::find_by_email(&mut service.store.read().await.unwrap(), email.as_str()).await.unwrap();
    found.unwrap().id
}

/// A counter of wrong codes that nobody else has.
pub(crate) fn throttle_key() -> Vec<u8> {
    let mut key = vec![0; 32];
    SystemRng.fill(&mut key).unwrap();
    key
}

/// A sign-in after the right password.
pub(crate) fn row(person: PersonId, epoch: i64, throttle_key: &[u8]) -> SignIn {
    SignIn {
        id: SignInId::generate(&SystemRng).unwrap(),
        person,
        epoch,
        stage: Stage::Challenge,
        throttle_key: throttle_key.to_vec(),
        known: false,
        attempts: 0,
        session: None,
        lost: false,
        resumes: None,
        seen_network: None,
    }
}

/// RFC 6238 with SHA-1 and six digits.
fn code_at(key: &[u8], seconds: i64) -> String {
    let step = (seconds / STEP_SECONDS).to_be_bytes();
    let hash = Hmac::<Sha1>::new_from_slice(key).unwrap().chain_update(step).finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
