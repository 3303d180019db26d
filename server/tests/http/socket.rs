//! The accept loop, on real sockets, with short deadlines.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::join_all;
use server::http::{HttpSettings, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::sleep,
};

use crate::{
    fake::Mode,
    site::{Site, settings},
};

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(mode: Mode, settings: HttpSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let router = Site::with(mode, &settings).router;
        let task = tokio::spawn(async move {
            serve(listener, router, &settings, async {
                let _ = stopped.await;
            })
            .await
        });
        Self { address, stop: Some(stop), task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads all that comes until the server closes.
    async fn say(&self, bytes: &[u8]) -> String {
        let (mut reader, mut writer) = self.connect().await.into_split();
        let bytes = bytes.to_vec();
        let writing = tokio::spawn(async move {
            // The server may close before it has read all.
            let _ = writer.write_all(&bytes).await;
            writer
        });
        let answer = read(&mut reader).await;
        drop(writing.await);
        answer
    }

    /// Sends one part at once and of the rest one byte at a time, each far within any time for a single read, and reads all
    /// that comes until the server closes. A server that is content with single bytes gets a whole request in the end.
    async fn trickle(&self, head: &str, rest: &str) -> String {
        let (mut reader, mut writer) = self.connect().await.into_split();
        writer.write_all(head.as_bytes()).await.unwrap();
        let bytes = rest.to_owned().into_bytes();
        let writing = tokio::spawn(async move {
            for byte in bytes {
                sleep(TICK).await;
                if writer.write_all(&[byte]).await.is_err() {
                    break;
                }
            }
            writer
        });
        let answer = read(&mut reader).await;
        writing.abort();
        answer
    }

    async fn is_up(&self) -> bool {
        let answer = self.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        answer.starts_with("HTTP/1.1 200")
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// Everything until the end, or until the connection is reset.
async fn read(reader: &mut (impl AsyncReadExt + Unpin)) -> String {
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = reader.read(&mut buffer).await {
        all.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

fn short() -> HttpSettings {
    HttpSettings {
        header_deadline: Duration::from_millis(500),
        request_deadline: Duration::from_millis(500),
        grace: Duration::from_secs(30),
        ..settings()
    }
}

/// From one byte to the next of a trickle: several come within each deadline of [`short`].
const TICK: Duration = Duration::from_millis(100);

const FORM: &str = "POST /api/sign-in/email HTTP/1.1\r\nHost: muster.example\r\nSec-Fetch-Site: same-origin\r\n\
                    Content-Type: application/x-www-form-urlencoded\r\n";

/// NET-01: five hundred heads that go on byte by byte are closed at the deadline, and others are served meanwhile.
#[tokio::test]
async fn net_01_trickling_heads_closed_while_others_are_served() {
    let server = Server::start(Mode::Works, short()).await;
    let rest = format!("{}\r\nConnection: close\r\n\r\n", "a".repeat(30));
    let slow = (0..500).map(|_| server.trickle("GET /healthz HTTP/1.1\r\nHost: muster.example\r\nX: ", &rest));
    let (answers, up) = tokio::join!(join_all(slow), server.is_up());
    assert!(up);
    for answer in answers {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(server.is_up().await);
}

#[tokio::test]
async fn net_01_idle_connection_closed_after_a_request() {
    let server = Server::start(Mode::Works, short()).await;
    // Without `Connection: close`: the server ends it by itself.
    let answer = server.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut silent = server.connect().await;
    assert_eq!(read(&mut silent).await, "");
}

/// NET-02: a body that trickles is answered 408 and closed, however long its end is in coming.
#[tokio::test]
async fn net_02_trickling_body_is_408() {
    let server = Server::start(Mode::Works, short()).await;
    let body = "email=ana@harbor.example&password=muster";
    let mut chunks: String = body.chars().flat_map(|byte| ['1', '\r', '\n', byte, '\r', '\n']).collect();
    chunks.push_str("0\r\n\r\n");
    let whole = format!("{FORM}Content-Length: {}\r\n\r\n", body.len());
    let chunked = format!("{FORM}Transfer-Encoding: chunked\r\n\r\n");
    let answers = tokio::join!(server.trickle(&whole, body), server.trickle(&chunked, &chunks));
    for answer in <[String; 2]>::from(answers) {
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(server.is_up().await);
}

/// NET-03: a body over the limit is refused, however it is framed.
#[tokio::test]
async fn net_03_body_over_the_limit_is_413() {
    let server = Server::start(Mode::Works, HttpSettings { request_deadline: Duration::from_mins(1), ..short() }).await;
    let announced = format!("{FORM}Content-Length: 1000000000\r\n\r\nemail=");
    let answer = server.say(announced.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
    let chunked = format!("{FORM}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(17));
    let answer = server.say(chunked.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(server.is_up().await);
}

/// NET-04: too many or too long header fields.
#[tokio::test]
async fn net_04_oversized_head_refused() {
    let server = Server::start(Mode::Works, short()).await;
    let head = |fields: &str| format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n");
    let many = "X: y\r\n".repeat(101);
    let cookies = format!("Cookie: {}\r\n", "c=v; ".repeat(10_000));
    let cases = [
        ("101 fields", head(&many)),
        ("field of 512 KiB", head(&format!("X: {}\r\n", "a".repeat(512 * 1024)))),
        ("cookie of 64 KiB", head(&format!("Cookie: a={}\r\n", "a".repeat(64 * 1024)))),
        ("10^4 cookies", head(&cookies)),
        ("request line of 64 KiB", format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(64 * 1024))),
    ];
    for (what, request) in cases {
        let answer = server.say(request.as_bytes()).await;
        let status = answer.get(9..12).unwrap_or_default();
        // A reset that overtakes the answer is a refusal too.
        assert!(["431", "414", "400", ""].contains(&status), "{what}: {answer}");
        assert!(server.is_up().await, "{what}");
    }
    let answer = server.say(head(&many).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let some = "X: y\r\n".repeat(90);
    assert!(server.say(head(&some).as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn web_15_request_without_host_on_the_wire_is_400() {
    let server = Server::start(Mode::Works, short()).await;
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: muster.example\r\nHost: muster.example\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: muster.example\r\n\r\n",
    ] {
        let answer = server.say(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.0 400"), "{request}: {answer}");
    }
    let foreign = server.say(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").await;
    assert!(foreign.starts_with("HTTP/1.1 421"), "{foreign}");
}

#[tokio::test]
async fn connections_over_the_cap_wait_for_a_free_place() {
    let server = Server::start(Mode::Works, HttpSettings { max_connections: 2, ..short() }).await;
    let _held = [server.connect().await, server.connect().await];
    // The two are closed at the header deadline; only then is there a place.
    assert!(server.is_up().await);
}

/// CRASH-04: what is in flight finishes, what is new is refused.
#[tokio::test]
async fn crash_04_request_in_flight_finishes_after_stop() {
    let mut server =
        Server::start(Mode::Works, HttpSettings { request_deadline: Duration::from_mins(1), ..short() }).await;
    let mut stream = server.connect().await;
    stream.write_all(format!("{FORM}Content-Length: 23\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await.unwrap();
    // The server asks for the body, so the request is in flight.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"));

    server.stop();
    // New ones are refused once the listener is gone.
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(b"email=ana@harbor.exampl").await.unwrap();
    let answer = read(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn crash_04_request_that_does_not_finish_is_cut_after_the_grace_time() {
    let settings =
        HttpSettings { request_deadline: Duration::from_mins(10), grace: Duration::from_millis(200), ..short() };
    let mut server = Server::start(Mode::Hangs, settings).await;
    let mut stream = server.connect().await;
    let body = "email=a@b.example";
    stream.write_all(format!("{FORM}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    server.stop();
    server.task.await.unwrap().unwrap();
    assert_eq!(read(&mut stream).await, "");
}

/// A client that asks for much and reads nothing is let go of.
#[tokio::test]
async fn client_that_does_not_read_is_cut_off() {
    let mut server = Server::start(Mode::Works, short()).await;
    let stream = server.connect().await;
    // More answers than the buffers of both ends hold; the write ends when the server gives up.
    let (reader, mut writer) = stream.into_split();
    let requests = "GET /nothing.css HTTP/1.1\r\nHost: muster.example\r\n\r\n".repeat(1000);
    while writer.write_all(requests.as_bytes()).await.is_ok() {}
    drop(reader);
    server.stop();
    server.task.await.unwrap().unwrap();
}
