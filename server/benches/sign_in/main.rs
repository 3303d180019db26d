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
    /// Time for a cell.
    time: Duration,
    /// Numbers of clients of the second-factor step.
    clients: &'static [usize],
    /// False leaves out everything but the second-factor step and the session.
    whole: bool,
    /// Starts of the release binary.
    starts: usize,
}

/// Clients of the rows that have one number of them.
const MANY: usize = 64;
/// Clients of the whole sign-in: enough to keep every core at its hash.
const SIGN_INS: usize = 8;

fn main() {
    let plan = if std::env::args().any(|argument| argument == "quick") {
        Plan { time: Duration::from_secs(1), clients: &[64], whole: false, starts: 3 }
    } else {
        Plan { time: Duration::from_secs(3), clients: &[1, 8, 64], whole: true, starts: 9 }
    };
    startup::block_on(measure(&plan)).unwrap();
}

async fn measure(plan: &Plan) {
    let config = config::load(&Inputs::default()).into_config().unwrap();
    let place = Place::new().await;
    introduce(&config);
    table::head();
    let bare = floor::bare_reply(MANY, plan.time).await;
    table::line("floor: bare axum reply", MANY, bare, &[]);
    let cost = config.password.cost;
    let argon2 = tokio::task::spawn_blocking({
        let time = plan.time;
        move || floor::argon2(cost, time)
    });
    let argon2 = argon2.await.unwrap();
    table::rate("floor: argon2 alone, threads", floor::cores(), argon2);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        measure_engine(plan, &place, engine, &config, bare, argon2).await;
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

async fn measure_engine(plan: &Plan, place: &Place, engine: Engine, config: &Config, bare: Figures, argon2: f64) {
    println!("\n{}", engine.name());
    let world = Arc::new(World::new(place, engine, config).await);
    step::everybody(&world, MANY).await;
    match engine {
        Engine::Sqlite => steps_on_sqlite(plan, place, &world).await,
        Engine::Postgres => steps_on_postgres(plan, place, &world).await,
    }
    let texts = step::second_factor(&world, Means::Text, MANY, plan.time).await;
    table::line("text message: code asked for, sent and checked", MANY, texts, &[]);
    let session = step::signed_in(&world, "/api/session", MANY, plan.time).await;
    let ratio = Ratio { value: session.per_second / bare.per_second, aim: Some("≥ 0.33"), of: "bare axum reply" };
    table::line("GET /api/session", MANY, session, &[ratio]);
    if plan.whole {
        let whole = step::whole_sign_in(&world, SIGN_INS, plan.time).await;
        let ratio = Ratio { value: whole.per_second / argon2, aim: Some("≥ 0.90"), of: "argon2 alone" };
        table::line("whole sign-in: password and code", SIGN_INS, whole, &[ratio]);
        for (name, path) in [("page with a session", routes::HOME), ("profile page", routes::SECURITY)] {
            let page = step::signed_in(&world, path, MANY, plan.time).await;
            let ratio = Ratio { value: page.per_second / bare.per_second, aim: None, of: "bare axum reply" };
            table::line(name, MANY, page, &[ratio]);
        }
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

async fn steps_on_sqlite(plan: &Plan, place: &Place, world: &Arc<World>) {
    // One writer commits, however many wait.
    let floor = floor::sqlite(place, plan.time).await;
    table::line("floor: durable one-row update", 1, floor, &[]);
    for clients in plan.clients {
        let figures = step::second_factor(world, Means::App, *clients, plan.time).await;
        let value = figures.per_second / floor.per_second;
        let ratio = Ratio { value, aim: Some("≥ 0.50"), of: "one-row update, 1 writer" };
        table::line("second-factor step", *clients, figures, &[ratio]);
    }
}

async fn steps_on_postgres(plan: &Plan, place: &Place, world: &Arc<World>) {
    let url = place.database(Engine::Postgres).await;
    floor::prepare_postgres(&url).await;
    for clients in plan.clients.iter().copied() {
        let floor = floor::postgres(&url, clients, plan.time).await;
        table::line("floor: durable one-row update, our driver", clients, floor, &[]);
        let pgbench = tokio::task::block_in_place(|| floor::pgbench(place, &url, clients, plan.time));
        if let Some(per_second) = pgbench {
            table::rate("floor: durable one-row update, pgbench", clients, per_second);
        }
        let figures = step::second_factor(world, Means::App, clients, plan.time).await;
        let aim = (clients == MANY).then_some("≥ 0.25");
        let ratio = |floor: f64, of| Ratio { value: figures.per_second / floor, aim, of };
        let mut ratios = vec![ratio(floor.per_second, "one-row update, our driver")];
        ratios.extend(pgbench.map(|floor| ratio(floor, "one-row update, pgbench")));
        table::line("second-factor step", clients, figures, &ratios);
    }
}
