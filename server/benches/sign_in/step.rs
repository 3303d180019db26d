//! What people do, over HTTP: the second-factor step, the whole sign-in, a page, the session.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use server::http::cookie::Kind;

use crate::{
    client::{Client, Repeat},
    load::{self, Figures, Work},
    request,
    world::{Answer, Challenge, Means, World},
};

/// Steps that tell how many a cell of a given time needs.
const PROBE: usize = 256;
/// The most steps of a cell.
const MOST: usize = 60_000;

/// Everybody signs in once: from then on they come from a network that is known, as people do every day.
pub(crate) async fn everybody(world: &Arc<World>, clients: usize) {
    answer(world, Means::App, clients, world.people.len()).await;
}

/// The second-factor step alone: the challenges are there already. Takes about `time`.
pub(crate) async fn second_factor(world: &Arc<World>, means: Means, clients: usize, time: Duration) -> Figures {
    let probe = answer(world, means, clients, PROBE).await;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of steps, positive and small")]
    let count = (probe.per_second() * time.as_secs_f64()) as usize;
    answer(world, means, clients, count.clamp(PROBE, MOST)).await
}

/// Answers so many new challenges, and compares the sessions that the clients and the database have seen.
async fn answer(world: &Arc<World>, means: Means, clients: usize, count: usize) -> Figures {
    let challenges = world.challenges(means, count).await;
    let before = world.sessions().await;
    let steps = Steps { world: world.clone(), challenges, next: AtomicUsize::new(0) };
    let figures = load::run(clients, Duration::from_mins(1), steps).await;
    assert_eq!(world.sessions().await - before, figures.done(), "the answers and the rows of sessions differ");
    figures
}

struct Steps {
    world: Arc<World>,
    challenges: Vec<Challenge>,
    next: AtomicUsize,
}

impl Work for Steps {
    type Client = Client;

    async fn open(&self, _: usize) -> Client {
        Client::connect(self.world.address).await
    }

    async fn unit(&self, client: &mut Client) -> Option<()> {
        let challenge = self.challenges.get(self.next.fetch_add(1, Ordering::Relaxed))?;
        self.world.reach(challenge.round);
        let reply = match &challenge.answer {
            Answer::App(request) => client.exchange(request).await,
            Answer::Text { token, number } => {
                client.exchange(&request::ask_text(token)).await;
                client.exchange(&request::text_code(token, &self.world.phones.code(number))).await
            }
        };
        assert!(reply.cookie(request::cookie(Kind::Session)).is_some());
        Some(())
    }
}

/// Password and code, one after the other.
pub(crate) async fn whole_sign_in(world: &Arc<World>, clients: usize, time: Duration) -> Figures {
    let before = world.sessions().await;
    let sign_ins = SignIns { first: world.next_round(), world: world.clone(), next: AtomicUsize::new(0) };
    let figures = load::run(clients, time, sign_ins).await;
    assert_eq!(world.sessions().await - before, figures.done(), "the answers and the rows of sessions differ");
    figures
}

struct SignIns {
    world: Arc<World>,
    first: i64,
    next: AtomicUsize,
}

impl Work for SignIns {
    type Client = Client;

    async fn open(&self, _: usize) -> Client {
        Client::connect(self.world.address).await
    }

    async fn unit(&self, client: &mut Client) -> Option<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let person = &self.world.with_password[number % self.world.with_password.len()];
        let round = self.first + i64::try_from(number / self.world.with_password.len()).unwrap();
        self.world.reach(round);
        let code = self.world.code(person, round);
        sign_in(client, &person.email, &code).await;
        Some(())
    }
}

/// The whole sign-in of one person: the token of the session.
pub(crate) async fn sign_in(client: &mut Client, email: &str, code: &str) -> String {
    let reply = client.exchange(&request::password(email)).await;
    let request = request::code(reply.cookie(request::cookie(Kind::SignIn)).unwrap(), code);
    client.exchange(&request).await.cookie(request::cookie(Kind::Session)).unwrap().to_owned()
}

/// One client that asks for the health, while others keep every permit at a password (PWD-07).
pub(crate) async fn health(world: &Arc<World>, clients: usize, time: Duration) -> Figures {
    let asking = Repeat::new(world.address, vec![request::get("/healthz", "")]);
    let (_, figures) = tokio::join!(whole_sign_in(world, clients, time), load::run(1, time, asking));
    figures
}

/// Sessions of different people.
pub(crate) async fn sessions(world: &World) -> Vec<String> {
    let round = world.next_round();
    world.reach(round);
    let mut sessions = Vec::new();
    let mut client = Client::connect(world.address).await;
    for person in &world.with_password {
        sessions.push(sign_in(&mut client, &person.email, &world.code(person, round)).await);
    }
    sessions
}

/// A path with the sessions of different people.
pub(crate) async fn signed_in(
    world: &World,
    path: &str,
    sessions: &[String],
    clients: usize,
    time: Duration,
) -> Figures {
    let requests = sessions.iter().map(|session| request::get(path, session)).collect();
    load::run(clients, time, Repeat::new(world.address, requests)).await
}
