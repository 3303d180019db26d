//! Whether the time of an answer tells who has an account (FLOW-24, FLOW-25): the times of people who are there against
//! those of somebody who is not, taken in turns from one client. That the work is the same, the tests show.

use std::time::{Duration, Instant};

use app::model::Email;
use server::clock::{Rng, SystemRng};

use crate::{
    client::Client,
    request, table,
    world::{self, COMPANY, World},
};

/// Answers of each kind of person (security.md, FLOW-24).
const SAMPLES: usize = 300;
/// The factor of the two-sided test of Kolmogorov and Smirnov at five percent.
const FIVE_PERCENT: f64 = 1.358;

const UNKNOWN: &str = "guess-0@bench.example";
const NOBODY_ELSE: &str = "guess-5@bench.example";
const NOT_ENROLLED: &str = "guess-1@bench.example";
const WITH_APP: &str = "guess-2@bench.example";
const DISABLED: &str = "guess-3@bench.example";
const WITHOUT_PASSWORD: &str = "guess-4@bench.example";

/// Each kind of person against nobody, and somebody else who is not there: what those two differ by is the machine's doing.
const KINDS: [(&str, &str); 5] = [
    ("nobody else", NOBODY_ELSE),
    ("not enrolled", NOT_ENROLLED),
    ("with an app", WITH_APP),
    ("disabled", DISABLED),
    ("without a password", WITHOUT_PASSWORD),
];

/// Prints a line for each kind of person and each question.
pub(crate) async fn compare(world: &World) {
    people(world).await;
    print("wrong password", &times(world, request::wrong_password).await);
    print("password forgotten", &times(world, request::ask_reset).await);
}

async fn people(world: &World) {
    for (email, password) in [(NOT_ENROLLED, true), (WITH_APP, true), (DISABLED, true), (WITHOUT_PASSWORD, false)] {
        let email = Email::parse(email).unwrap();
        world::add(&world.service, &email, COMPANY, password.then_some(request::PASSWORD)).await;
    }
    world.service.enrol_for_demo(&Email::parse(WITH_APP).unwrap()).await.unwrap();
    let disabled = world.service.store.write(|db| {
        Box::pin(async move {
            let disable = sqlx::query("UPDATE person SET disabled_at = 1 WHERE email = $1");
            Ok(disable.bind(DISABLED).execute(db).await?.rows_affected())
        })
    });
    assert_eq!(disabled.await.unwrap(), 1);
}

/// The times of nobody, then of each kind, sorted. Whose turn it is is drawn over the whole run: what a request leaves to
/// be done afterwards, such as a mail, slows down everybody's next one as often.
async fn times(world: &World, request: fn(&str) -> Vec<u8>) -> Vec<Vec<Duration>> {
    let emails = [UNKNOWN].into_iter().chain(KINDS.map(|(_, email)| email));
    let requests: Vec<_> = emails.map(request).collect();
    let mut client = Client::connect(world.address).await;
    let mut times = vec![Vec::with_capacity(SAMPLES); requests.len()];
    // The first of each makes the counters and is not counted.
    for request in &requests {
        client.try_exchange(request).await.unwrap();
    }
    for number in shuffled(SAMPLES * requests.len()) {
        let kind = number % requests.len();
        let start = Instant::now();
        client.try_exchange(&requests[kind]).await.unwrap();
        times[kind].push(start.elapsed());
    }
    for times in &mut times {
        times.sort_unstable();
    }
    times
}

fn shuffled(count: usize) -> Vec<usize> {
    let mut keyed: Vec<_> = (0..count)
        .map(|number| {
            let mut key = [0; 8];
            SystemRng.fill(&mut key).unwrap();
            (key, number)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, number)| number).collect()
}

fn print(what: &str, times: &[Vec<Duration>]) {
    let median = |sorted: &[Duration]| sorted[sorted.len() / 2].as_secs_f64();
    let size = f64::from(u32::try_from(SAMPLES).unwrap());
    let critical = FIVE_PERCENT * (2.0 / size).sqrt();
    let (unknown, kinds) = times.split_first().unwrap();
    for ((who, _), known) in KINDS.iter().zip(kinds) {
        table::value(
            &format!("{what}: {who}"),
            &format!("{:.3}, KS {:.3}", median(known) / median(unknown), distance(known, unknown)),
            &format!("median of nobody ± 5 %, KS under {critical:.3}"),
        );
    }
}

/// The statistic of Kolmogorov and Smirnov: how far two sorted samples of one size are apart at most, as shares.
fn distance(one: &[Duration], other: &[Duration]) -> f64 {
    let share = |sorted: &[Duration], time: Duration| {
        let below = u32::try_from(sorted.partition_point(|sample| *sample <= time)).unwrap();
        f64::from(below) / f64::from(u32::try_from(sorted.len()).unwrap())
    };
    let apart = one.iter().chain(other).map(|time| (share(one, *time) - share(other, *time)).abs());
    apart.fold(0.0, f64::max)
}
