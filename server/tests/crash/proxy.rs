//! A way to PostgreSQL on loopback that is cut at a COMMIT (PG-03).

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    task::JoinHandle,
};

/// Every so many commits a connection is cut, in turn before the server hears of it and before its answer arrives.
const EVERY: usize = 9;

/// A proxy; it ends with this value.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    count: Arc<Count>,
    task: JoinHandle<()>,
}

/// Commits so far, and whether connections are still cut.
#[derive(Default)]
struct Count {
    commits: AtomicUsize,
    is_whole: AtomicBool,
}

impl Proxy {
    /// Listens on a free port and leads to the server with its socket in `folder`.
    pub(crate) async fn start(folder: &Path) -> Self {
        let socket = folder.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(Count::default());
        let task = tokio::spawn(accept(listener, socket, Arc::clone(&count)));
        Self { address, count, task }
    }

    /// How many connections were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.count.commits.load(Ordering::SeqCst) / EVERY
    }

    /// From here on nothing is cut.
    pub(crate) fn stop_cutting(&self) {
        self.count.is_whole.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, count: Arc<Count>) {
    while let Ok((client, _)) = listener.accept().await {
        let (socket, count) = (socket.clone(), Arc::clone(&count));
        // An error is a connection that has ended: both ends see it.
        tokio::spawn(async move { forward(client, UnixStream::connect(socket).await?, &count).await });
    }
}

async fn forward(mut client: TcpStream, mut server: UnixStream, count: &Count) -> std::io::Result<()> {
    let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            asked = client.read(&mut question) => {
                let text = &question[..asked?];
                match count.cut(text) {
                    _ if text.is_empty() => return Ok(()),
                    Some(Cut::Question) => return Ok(()),
                    Some(Cut::Answer) => {
                        server.write_all(text).await?;
                        return until_committed(&mut server, &mut answer).await;
                    }
                    None => server.write_all(text).await?,
                }
            }
            said = server.read(&mut answer) => match said? {
                0 => return Ok(()),
                count => client.write_all(&answer[..count]).await?,
            },
        }
    }
}

/// What is lost.
enum Cut {
    Question,
    Answer,
}

impl Count {
    /// Whether the connection is cut at this text of the client.
    fn cut(&self, text: &[u8]) -> Option<Cut> {
        // The text of a statement ends with a zero (PostgreSQL, "Message Formats").
        if self.is_whole.load(Ordering::SeqCst) || !holds(text, b"COMMIT\0") {
            return None;
        }
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        match (number % EVERY, number / EVERY % 2) {
            (0, 0) => Some(Cut::Question),
            (0, _) => Some(Cut::Answer),
            _ => None,
        }
    }
}

/// Takes what the server says to itself, up to the word that it has committed.
async fn until_committed(server: &mut UnixStream, answer: &mut [u8]) -> std::io::Result<()> {
    loop {
        let count = server.read(answer).await?;
        if count == 0 || holds(&answer[..count], b"COMMIT\0") {
            return Ok(());
        }
    }
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}
