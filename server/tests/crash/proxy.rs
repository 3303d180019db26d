//! A way to PostgreSQL on loopback that is cut at a COMMIT (PG-03), or falls silent.

use std::{
    future::pending,
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
    sync::watch,
    task::JoinHandle,
};

use crate::support::Database;

/// Every so many commits a connection is cut, in turn before the server hears of it and before its answer arrives.
const EVERY: usize = 9;

/// A proxy; it ends with this value.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    count: Arc<Count>,
    task: JoinHandle<()>,
}

/// Commits and silences so far, and what is to come.
#[derive(Default)]
struct Count {
    commits: AtomicUsize,
    /// True when connections are not cut any more.
    is_whole: AtomicBool,
    /// True when the next commit is to be the last word on every connection.
    is_last: AtomicBool,
    /// How often every connection has fallen silent.
    silences: watch::Sender<usize>,
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

    /// The address of a database on that server, by this way.
    pub(crate) fn url(&self, database: &Database) -> String {
        let name = database.url().split('?').next().unwrap().rsplit('/').next().unwrap();
        format!("postgres://muster@{}/{name}?sslmode=disable", self.address)
    }

    /// How many connections were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.count.commits.load(Ordering::SeqCst) / EVERY
    }

    /// From here on nothing is cut.
    pub(crate) fn stop_cutting(&self) {
        self.count.is_whole.store(true, Ordering::SeqCst);
    }

    /// From here on nothing goes either way on the connections that there are, and none of them is closed: as when a host
    /// has lost its power, or a firewall the connection. New ones work.
    pub(crate) fn fall_silent(&self) {
        self.count.silences.send_modify(|count| *count += 1);
    }

    /// The same at the next commit: in turn before the server hears of it and before its answer arrives.
    pub(crate) async fn fall_silent_at_a_commit(&self) {
        let (mut silences, before) = (self.count.silences.subscribe(), *self.count.silences.borrow());
        self.count.is_last.store(true, Ordering::SeqCst);
        silences.wait_for(|count| *count > before).await.unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, count: Arc<Count>) {
    while let Ok((client, _)) = listener.accept().await {
        // An error is a connection that has ended: both ends see it.
        tokio::spawn(serve(client, socket.clone(), Arc::clone(&count)));
    }
}

async fn serve(mut client: TcpStream, socket: PathBuf, count: Arc<Count>) -> std::io::Result<()> {
    let mut silence = count.silences.subscribe();
    let mut server = UnixStream::connect(socket).await?;
    let end = tokio::select! {
        end = forward(&mut client, &mut server, &count) => end?,
        Ok(()) = silence.changed() => return pending().await,
    };
    if end == End::Silence {
        count.silences.send_modify(|count| *count += 1);
        return pending().await;
    }
    Ok(())
}

async fn forward(client: &mut TcpStream, server: &mut UnixStream, count: &Count) -> std::io::Result<End> {
    let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            asked = client.read(&mut question) => {
                let text = &question[..asked?];
                match count.end_at(text) {
                    _ if text.is_empty() => return Ok(End::Cut),
                    Some((Lost::Question, end)) => return Ok(end),
                    Some((Lost::Answer, end)) => {
                        server.write_all(text).await?;
                        until_committed(server, &mut answer).await?;
                        return Ok(end);
                    }
                    None => server.write_all(text).await?,
                }
            }
            said = server.read(&mut answer) => match said? {
                0 => return Ok(End::Cut),
                count => client.write_all(&answer[..count]).await?,
            },
        }
    }
}

/// What is lost.
enum Lost {
    Question,
    Answer,
}

/// How a connection ends.
#[derive(PartialEq, Eq)]
enum End {
    /// Closed.
    Cut,
    /// Open, and with it all others.
    Silence,
}

impl Count {
    /// Whether the connection ends at this text of the client.
    fn end_at(&self, text: &[u8]) -> Option<(Lost, End)> {
        // The text of a statement ends with a zero (PostgreSQL, "Message Formats").
        if !holds(text, b"COMMIT\0") {
            return None;
        }
        if self.is_last.swap(false, Ordering::SeqCst) {
            let lost = if self.silences.borrow().is_multiple_of(2) { Lost::Question } else { Lost::Answer };
            return Some((lost, End::Silence));
        }
        if self.is_whole.load(Ordering::SeqCst) {
            return None;
        }
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        match (number % EVERY, number / EVERY % 2) {
            (0, 0) => Some((Lost::Question, End::Cut)),
            (0, _) => Some((Lost::Answer, End::Cut)),
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
