//! The release binary as a process of its own, on a database that has been used: start-up time and memory.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use server::http::cookie::Kind;

use crate::{
    client::Client,
    load::{self, Work},
    request,
    step::sign_in,
    world::{Enrolled, Remains},
};

/// How long one start may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a process is left alone before its memory counts as idle.
const REST: Duration = Duration::from_secs(2);

/// A `muster serve`.
struct Process {
    child: Child,
    address: SocketAddr,
    /// From the start of the process to its first answer.
    start_up: Duration,
}

/// Resident memory, MiB.
pub(crate) struct Memory {
    pub(crate) idle: f64,
    /// The most under load.
    pub(crate) load: f64,
}

/// The median time from the start of the process to the first 200 of `/healthz`.
pub(crate) fn start_up(remains: &Remains, runs: usize) -> Duration {
    let mut times: Vec<_> = (0..runs)
        .map(|_| {
            let process = Process::start(remains);
            let time = process.start_up;
            process.end();
            time
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Memory of a fresh process, and its peak while clients sign in and look at pages.
pub(crate) async fn memory(remains: &Remains, clients: usize, time: Duration) -> Memory {
    let process = Process::start(remains);
    tokio::time::sleep(REST).await;
    let idle = process.status("VmRSS:");
    let people = Mixed { address: process.address, people: remains.people.clone() };
    load::run(clients, time, people).await;
    let load = process.status("VmHWM:");
    process.end();
    Memory { idle, load }
}

/// Each client signs in once, then checks passwords and looks at pages in turn.
struct Mixed {
    address: SocketAddr,
    people: Vec<Arc<Enrolled>>,
}

struct Visitor {
    client: Client,
    person: Arc<Enrolled>,
    session: Option<String>,
}

impl Work for Mixed {
    type Client = Visitor;

    async fn open(&self, number: usize) -> Visitor {
        let person = self.people[number % self.people.len()].clone();
        Visitor { client: Client::connect(self.address).await, person, session: None }
    }

    async fn unit(&self, visitor: &mut Visitor) -> Option<()> {
        let Visitor { client, person, session } = visitor;
        let Some(session) = session else {
            *session = Some(sign_in(client, &person.email, &person.code_now()).await);
            return Some(());
        };
        let checked = client.exchange(&request::password(&person.email)).await;
        assert!(checked.cookie(request::cookie(Kind::SignIn)).is_some());
        client.exchange(&request::get("/", session)).await;
        Some(())
    }
}

impl Process {
    fn start(remains: &Remains) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let begin = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_muster"))
            .arg("serve")
            .env_clear()
            .env("MUSTER_SERVER__LISTEN", address.to_string())
            .env("MUSTER_SERVER__PUBLIC_URL", request::public_url().as_str())
            .env("MUSTER_KEYS__FILE", &remains.key_file)
            .env("MUSTER_DATABASE_URL", &remains.url)
            .env("MUSTER_LOG__LEVEL", "warn")
            // All clients come from one address, in browsers that the accounts do not know.
            .env("MUSTER_LIMITS__PASSWORDS_PER_ADDRESS", "1000000")
            .stdout(Stdio::null())
            // It finds mails that have waited since the start of the run's clock, and says so for each.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !answers(address) {
            assert!(begin.elapsed() < PATIENCE, "muster serve does not answer");
            thread::sleep(Duration::from_micros(500));
        }
        Self { child, address, start_up: begin.elapsed() }
    }

    /// A line of `/proc/PID/status`, MiB.
    fn status(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Ends the process as a service manager does.
    fn end(mut self) {
        let told = Command::new("sh").args(["-c", &format!("kill {}", self.child.id())]).status().unwrap();
        assert!(told.success() && self.child.wait().unwrap().success(), "muster serve did not end well");
    }
}

fn answers(address: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok::<_, std::io::Error>(head == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
