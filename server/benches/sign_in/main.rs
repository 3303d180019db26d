//! What `make bench` measures: the sign-in over HTTP, beside the floors of the same machine in the same run.
//!
//! Client, server and database share the processors. No figure passes or fails: the aims stand beside the
//! ratios. What is checked is that every answer that counts has its session in the database.
//! `cargo bench --package server --bench sign_in -- quick` prints a short version.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints its figures, and ends where a measure fails"
)]

mod client;
#[path = "../../tests/flow/support/cluster.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod cluster;
mod enumeration;
mod floor;
mod load;
mod place;
mod process;
mod request;
mod step;
mod table;
mod text;
mod world;

use std::{sync::Arc, time::Duration};

use app::routes;
use server::{
    config::{self, Config, Inputs},
    startup,
};

use load::Figures;
use place::{Engine, Place};
use table::Ratio;
use world::{Means, World};

/// How much is measured.
struct Plan {
    /// Time for a turn of a cell.
    time: Duration,
    /// Numbers of clients of the second-factor step.
    clients: &'static [usize],
    /// False leaves out everything but the second-factor step and the session.
    whole: bool,
    /// Starts of the release binary.
    starts: usize,
}

/// A figure and its floor are measured in turns: a machine that others slow down for a while is slow for both.
const TURNS: u32 = 3;
/// Who is signed in, for programs.
const SESSION: &str = "/api/session";
/// Clients of the rows that have one number of them.
const MANY: usize = 64;
/// Clients of the whole sign-in: enough to keep every core at its hash.
const SIGN_INS: usize = 8;

fn main() {
    let plan = if std::env::args().any(|argument| argument == "quick") {
        Plan { time: Duration::from_secs(1), clients: &[64], whole: false, starts: 3 }
    } else {
        Plan { time: Duration::from_secs(2), clients: &[1, 8, 64], whole: true, starts: 9 }
    };
    startup::block_on(measure(&plan)).unwrap();
}

async fn measure(plan: &Plan) {
    let config = config::load(&Inputs::default()).into_config().unwrap();
    let place = Place::new().await;
    introduce(&config);
    table::head();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        measure_engine(plan, &place, engine, &config).await;
    }
}

fn introduce(config: &Config) {
    let cost = config.password.cost;
    println!(
        "{} cores; argon2id with {} KiB, {} passes, {} lane; {} connections to PostgreSQL; every commit is flushed",
        floor::cores(),
        cost.memory,
        cost.passes,
        cost.lanes,
        config.database.settings().connections
    );
}

async fn measure_engine(plan: &Plan, place: &Place, engine: Engine, config: &Config) {
    println!("\n{}", engine.name());
    let world = Arc::new(World::new(place, engine, config).await);
    step::everybody(&world, MANY).await;
    match engine {
        Engine::Sqlite => steps_on_sqlite(plan, place, &world).await,
        Engine::Postgres => steps_on_postgres(plan, place, &world).await,
    }
    let texts = step::second_factor(&world, Means::Text, MANY, plan.time).await;
    table::line("text message: code asked for, sent and checked", MANY, &texts, &[]);
    let sessions = step::sessions(&world).await;
    answers(plan, &world, &sessions, ("GET /api/session", SESSION, Some("≥ 0.33"))).await;
    if plan.whole {
        answers(plan, &world, &sessions, ("page with a session", routes::HOME, None)).await;
        answers(plan, &world, &sessions, ("profile page", routes::SECURITY, None)).await;
        whole_sign_ins(plan, &world, config).await;
        let slowest = step::health(&world, SIGN_INS, plan.time).await.percentile(99);
        let name = "GET /healthz while every permit hashes, p99";
        table::value(name, &format!("{} ms", table::millis(slowest)), "under 100 ms");
        enumeration::compare(&world).await;
    }
    let Ok(world) = Arc::try_unwrap(world) else { panic!("a client still holds the server") };
    let remains = world.stop().await;
    let start_up = process::start_up(&remains, plan.starts);
    table::value("start-up, median", &format!("{} ms", start_up.as_millis()), "under 200 ms");
    if plan.whole {
        let memory = process::memory(&remains, MANY, plan.time).await;
        table::value("resident memory, idle", &format!("{:.1} MiB", memory.idle), "under 40 MB");
        table::value(
            "resident memory, most under load",
            &format!("{:.1} MiB", memory.load),
            &format!("under 60 MB and argon2's {:.0} MiB", permits_memory(config)),
        );
    }
}

/// What argon2 needs when every permit is taken, MiB.
fn permits_memory(config: &Config) -> f64 {
    let permits = u32::try_from(config.password.permits).unwrap();
    f64::from(config.password.cost.memory) * f64::from(permits) / 1024.0
}

/// A path with sessions, beside a reply without any work.
async fn answers(
    plan: &Plan,
    world: &World,
    sessions: &[String],
    (name, path, aim): (&str, &str, Option<&'static str>),
) {
    let (mut floor, mut figures) = (Figures::default(), Figures::default());
    for _ in 0..TURNS {
        floor.add(floor::bare_reply(MANY, plan.time).await);
        figures.add(step::signed_in(world, path, sessions, MANY, plan.time).await);
    }
    table::line("floor: bare axum reply", MANY, &floor, &[]);
    let ratio = Ratio { value: figures.per_second() / floor.per_second(), aim, of: "bare axum reply" };
    table::line(name, MANY, &figures, &[ratio]);
}

async fn whole_sign_ins(plan: &Plan, world: &Arc<World>, config: &Config) {
    // Few fit into a second: the last ones, which have the cores to themselves, shall not count for much.
    let (cost, time) = (config.password.cost, 2 * plan.time);
    let (mut floor, mut figures) = (0.0, Figures::default());
    for _ in 0..TURNS {
        floor += tokio::task::block_in_place(|| floor::argon2(cost, time)) / f64::from(TURNS);
        figures.add(step::whole_sign_in(world, SIGN_INS, time).await);
    }
    table::rate("floor: argon2 alone, threads", floor::cores(), floor);
    let ratio = Ratio { value: figures.per_second() / floor, aim: Some("≥ 0.90"), of: "argon2 alone" };
    table::line("whole sign-in: password and code", SIGN_INS, &figures, &[ratio]);
}

async fn steps_on_sqlite(plan: &Plan, place: &Place, world: &Arc<World>) {
    for clients in plan.clients.iter().copied() {
        let (mut floor, mut figures) = (Figures::default(), Figures::default());
        for _ in 0..TURNS {
            // One writer commits, however many wait.
            floor.add(floor::sqlite(place, plan.time).await);
            figures.add(step::second_factor(world, Means::App, clients, plan.time).await);
        }
        table::line("floor: durable one-row update", 1, &floor, &[]);
        let aim = (clients == MANY).then_some("≥ 0.50");
        let value = figures.per_second() / floor.per_second();
        table::line("second-factor step", clients, &figures, &[Ratio { value, aim, of: "one-row update, 1 writer" }]);
    }
}

async fn steps_on_postgres(plan: &Plan, place: &Place, world: &Arc<World>) {
    let url = place.database(Engine::Postgres).await;
    floor::prepare_postgres(&url).await;
    for clients in plan.clients.iter().copied() {
        let (mut ours, mut pgbench, mut figures) = (Figures::default(), Some(0.0), Figures::default());
        for _ in 0..TURNS {
            ours.add(floor::postgres(&url, clients, plan.time).await);
            let rate = tokio::task::block_in_place(|| floor::pgbench(place, &url, clients, plan.time));
            pgbench = pgbench.zip(rate).map(|(mean, rate)| mean + rate / f64::from(TURNS));
            figures.add(step::second_factor(world, Means::App, clients, plan.time).await);
        }
        table::line("floor: durable one-row update, our driver", clients, &ours, &[]);
        if let Some(per_second) = pgbench {
            table::rate("floor: durable one-row update, pgbench", clients, per_second);
        }
        let aim = (clients == MANY).then_some("≥ 0.25");
        let ratio = |floor: f64, of| Ratio { value: figures.per_second() / floor, aim, of };
        let mut ratios = vec![ratio(ours.per_second(), "one-row update, our driver")];
        ratios.extend(pgbench.map(|floor| ratio(floor, "one-row update, pgbench")));
        table::line("second-factor step", clients, &figures, &ratios);
    }
}
