//! Bodies that are far more than they say or may be, and such as nobody can read, against a process of its own: they are
//! refused, and its memory stays as it was (NET-03, FUZZ-09).

use std::{fmt::Write as _, net::SocketAddr, process::Command};

use app::api;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Database, Node, Plan, World};

/// What a large body is, bytes: more than [`ROOM`], so that one which is kept would show.
const LARGE: usize = 64 << 20;
/// What reading and refusing may take at most beside what was there, KiB.
const ROOM: u64 = 16 << 10;
/// What may be left of all of them together, KiB (FUZZ-09).
const LEFT: u64 = 64;

/// A request to any step: the end of its head, and what is sent after it, so many times.
struct Bomb {
    fields: String,
    part: Vec<u8>,
    times: usize,
}

impl Bomb {
    fn new(fields: &str, part: Vec<u8>, times: usize) -> Self {
        Self { fields: fields.to_owned(), part, times }
    }

    /// A body that keeps within the limit and cannot be read all the same.
    fn small(fields: &str, body: Vec<u8>) -> Self {
        Self::new(&format!("{fields}\r\nContent-Length: {}", body.len()), body, 1)
    }

    /// Fails unless it is refused. A server that closes early may take its answer along.
    async fn throw(&self, at: SocketAddr, path: &str) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nSec-Fetch-Site: same-origin\r\n\
             Connection: close\r\n{}\r\n\r\n",
            self.fields
        );
        let (mut reader, mut writer) = TcpStream::connect(at).await.unwrap().into_split();
        let writing = async {
            let mut sent = writer.write_all(head.as_bytes()).await;
            for _ in 0..self.times {
                if sent.is_ok() {
                    sent = writer.write_all(&self.part).await;
                }
            }
        };
        let mut answer = Vec::new();
        let ((), _) = tokio::join!(writing, reader.read_to_end(&mut answer));
        let status = answer.get(9..10).unwrap_or(b"4");
        assert_eq!(status, b"4", "{head}: {}", String::from_utf8_lossy(&answer));
    }
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

fn bombs() -> Vec<Bomb> {
    let part = vec![b'a'; 1 << 16];
    let chunk = [b"10000\r\n", &*part, b"\r\n"].concat();
    let zipped = format!("head -c {} /dev/zero | gzip -9", LARGE - (4 << 20));
    let zipped = Command::new("sh").args(["-c", &zipped]).output().unwrap().stdout;
    assert!((10_000..1 << 16).contains(&zipped.len()), "{} bytes keep within the limit", zipped.len());
    let mut keys = String::new();
    for key in 0..10_000 {
        write!(keys, "{key}=&").unwrap();
    }
    let nested =
        |open: &str, kind| Bomb::small(&format!("Content-Type: application/{kind}"), open.repeat(20_000).into());
    vec![
        Bomb::new(&format!("{FORM}\r\nContent-Length: 1000000000000"), part.clone(), LARGE >> 16),
        Bomb::new(&format!("{FORM}\r\nTransfer-Encoding: chunked"), chunk, LARGE >> 16),
        Bomb::small(&format!("{FORM}\r\nContent-Encoding: gzip"), zipped),
        Bomb::small(FORM, keys.into()),
        Bomb::small(FORM, format!("email{}=1", "[a]".repeat(20_000)).into()),
        Bomb::small(FORM, vec![0xff; 60_000]),
        nested("{\"email\":", "json"),
        nested("[", "json"),
        nested("\u{1}", "cbor"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn net_03_fuzz_09_bombs_are_refused_and_leave_the_memory_as_it_was() {
    let database = Database::sqlite().await;
    World::new(database.clone(), Plan::of("net_03_bombs")).await.end().await;
    let node = Node::start(database.url()).unwrap();
    let (bombs, most) = (bombs(), node.memory("VmHWM"));

    // What comes once comes in the first rounds. Whatever keeps something of each request keeps it in every round.
    let mut grown = Vec::new();
    while grown.last().is_none_or(|grown| *grown > LEFT) && grown.len() < 12 {
        let before = node.memory("VmRSS");
        for bomb in &bombs {
            for form in [api::forms(); 2].as_flattened() {
                bomb.throw(node.address(), form.path).await;
            }
        }
        grown.push(node.memory("VmRSS").saturating_sub(before));
    }

    assert!(grown.last().is_some_and(|grown| *grown <= LEFT), "KiB more after each round: {grown:?}");
    let peak = node.memory("VmHWM");
    assert!(peak < most + ROOM, "{most} KiB before, {peak} KiB at most");
    node.ask_to_stop();
    assert_eq!(node.wait().code(), Some(0));
}
