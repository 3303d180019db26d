//! A cheap HTTP/1.1 client, since it shares the processors with the server: one connection that is kept, the
//! bytes of a request ready beforehand, and of the answer only what the bench looks at.

use std::{io, net::SocketAddr, time::Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::load::Work;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const END_OF_CHUNKS: &[u8] = b"\r\n0\r\n\r\n";

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Reply<'a> {
    head: &'a str,
    body: &'a str,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(32 * 1024) }
    }

    /// Sends a request and reads the whole answer, which does what was asked for.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Reply<'_> {
        let start = Instant::now();
        let reply = self.try_exchange(request).await.unwrap();
        assert!(reply.status().starts_with('2'), "refused after {:?}: {}{}", start.elapsed(), reply.head, reply.body);
        reply
    }

    /// The same, whatever the answer is.
    pub(crate) async fn try_exchange(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.fill().await?;
            if let Some(end) = find(&self.buffer, END_OF_HEAD) {
                break end + END_OF_HEAD.len();
            }
        };
        match content_length(text(&self.buffer[..head])?) {
            Some(length) => {
                while self.buffer.len() < head + length {
                    self.fill().await?;
                }
            }
            // A page comes in chunks. Nothing follows the last one: the next request has not been sent.
            None => {
                while !self.buffer.ends_with(END_OF_CHUNKS) {
                    self.fill().await?;
                }
            }
        }
        let (head, body) = self.buffer.split_at(head);
        Ok(Reply { head: text(head)?, body: text(body)? })
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl<'a> Reply<'a> {
    /// `HTTP/1.1 200 OK`: the three digits.
    fn status(&self) -> &'a str {
        self.head.get(9..12).unwrap_or_default()
    }

    /// The value of a cookie that the answer sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<&'a str> {
        let cookies = self.head.split("\r\n").filter_map(|line| line.strip_prefix("set-cookie: "));
        let mut values = cookies.filter_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='));
        values.next()?.split(';').next().filter(|value| !value.is_empty())
    }
}

/// The same requests over and over; each client has its own.
pub(crate) struct Repeat {
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
}

impl Repeat {
    pub(crate) fn new(address: SocketAddr, requests: Vec<Vec<u8>>) -> Self {
        Self { address, requests }
    }
}

impl Work for Repeat {
    type Client = (Vec<u8>, Client);

    async fn open(&self, number: usize) -> Self::Client {
        (self.requests[number % self.requests.len()].clone(), Client::connect(self.address).await)
    }

    async fn unit(&self, (request, client): &mut Self::Client) -> Option<()> {
        client.exchange(request).await;
        Some(())
    }
}

fn content_length(head: &str) -> Option<usize> {
    head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(io::Error::other)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
