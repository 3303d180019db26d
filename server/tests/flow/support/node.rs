//! The built program as a server in a process of its own, and a way into it for the browsers of the tests.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderName, StatusCode, header},
    response::Response,
};
use http_body_util::BodyExt;
use server::http::Peer;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{browser::HOST, world::KEY};

/// The status of a request whose answer did not arrive whole. The server itself never answers it.
pub(crate) const LOST: StatusCode = StatusCode::BAD_GATEWAY;

/// One `muster serve`.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
    folder: TempDir,
}

impl Node {
    /// Starts on a migrated database and waits until it listens.
    ///
    /// # Errors
    /// What it wrote when it ended instead.
    pub(crate) fn start(database: &str) -> Result<Self, String> {
        Self::start_with::<&str>(database, &[])
    }

    /// The same with further settings.
    ///
    /// # Errors
    /// What it wrote when it ended instead.
    pub(crate) fn start_with<V: AsRef<OsStr>>(database: &str, settings: &[(&str, V)]) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("muster-node-").tempdir().unwrap();
        let errors = std::fs::File::create(folder.path().join("errors")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_muster"))
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .envs([
                ("MUSTER_SERVER__PUBLIC_URL", format!("https://{HOST}").as_str()),
                ("MUSTER_SERVER__LISTEN", "127.0.0.1:0"),
                // Many tests share two processors: a request may take longer here than a person would wait.
                ("MUSTER_SERVER__REQUEST_DEADLINE", "60"),
                ("MUSTER_SERVER__GRACE", "60"),
                ("MUSTER_KEYS__FILE", key_file(&folder).to_str().unwrap()),
                ("MUSTER_DATABASE_URL", database),
                // The least that is accepted: tests sign in by the hundred.
                ("MUSTER_PASSWORD__MEMORY", "19456"),
                ("MUSTER_PASSWORD__PASSES", "2"),
                ("MUSTER_PASSWORD__LANES", "1"),
                ("MUSTER_PASSWORD__HASH_QUEUE", "1000"),
                ("MUSTER_LIMITS__PASSWORDS_PER_ADDRESS", "100000"),
                ("MUSTER_LIMITS__CODES_PER_ADDRESS", "100000"),
                // The way in of [`Node::router`].
                ("MUSTER_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ])
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("Listening on http://") else {
            child.wait().unwrap();
            return Err(std::fs::read_to_string(folder.path().join("errors")).unwrap());
        };
        Ok(Self { address: address.parse().unwrap(), child, output, folder })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("errors")).unwrap()
    }

    /// How much memory it holds (`VmRSS`), or held at most so far (`VmHWM`), KiB.
    pub(crate) fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap()
    }

    /// Ends it at once (SIGKILL), with whatever it was doing.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM).
    pub(crate) fn ask_to_stop(&self) {
        // The shell's own: a machine may lack the program `kill`.
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> ExitStatus {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap()
    }

    /// A way into the nodes, one request to each in turn. It says at which address each browser is.
    pub(crate) fn router(nodes: &[&Self]) -> Router {
        let addresses: Arc<[SocketAddr]> = nodes.iter().map(|node| node.address).collect();
        let turn = Arc::new(AtomicUsize::new(0));
        Router::new().fallback(move |request: Request| {
            let address = addresses[turn.fetch_add(1, Ordering::Relaxed) % addresses.len()];
            async move { forward(address, request).await.unwrap_or_else(lost) }
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Only where a test failed half-way: otherwise it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn key_file(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("keys");
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
    std::io::Write::write_all(&mut file, KEY.as_bytes()).unwrap();
    path
}

fn lost(error: std::io::Error) -> Response {
    Response::builder().status(LOST).body(error.to_string().into()).unwrap()
}

/// One request on a connection of its own, byte for byte.
async fn forward(address: SocketAddr, request: Request) -> std::io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let mut head =
        format!("{} {} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", parts.method, parts.uri, body.len());
    if let Some(Peer(browser)) = parts.extensions.get() {
        write!(head, "x-forwarded-for: {browser}\r\n").unwrap();
    }
    for (name, value) in &parts.headers {
        write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    parse(&bytes).ok_or_else(|| std::io::Error::other("the answer is cut off"))
}

/// An answer that arrived whole.
fn parse(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
    let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?;
    let mut response = Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        response = response.header(name.trim(), value.trim());
    }
    let head = response.headers_ref()?;
    let value = |name: HeaderName| head.get(name).and_then(|value| value.to_str().ok());
    let rest = &bytes[end + 4..];
    let body = if value(header::TRANSFER_ENCODING) == Some("chunked") {
        unchunked(rest)?
    } else {
        let length = value(header::CONTENT_LENGTH).map_or(Some(0), |length| length.parse().ok())?;
        rest.get(..length)?.to_vec()
    };
    response.body(Body::from(body)).ok()
}

/// A chunked body, if its last chunk is there (RFC 9112 §7.1).
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|part| part == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
