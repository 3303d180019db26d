//! A cheap HTTP/1.1 client, since it shares the processors with the server: one connection that is kept, the
//! bytes of a request ready beforehand, and of the answer only what the bench looks at.

use std::{io, net::SocketAddr, time::Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::load::Work;

/// Most header fields of an answer.
const MAX_HEADERS: usize = 32;
const END_OF_CHUNKS: &[u8] = b"\r\n0\r\n\r\n";

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Reply<'a> {
    head: Head,
    /// All of it, with the head.
    bytes: &'a [u8],
}

/// What is looked at in a head.
#[derive(Clone, Copy)]
struct Head {
    status: u16,
    /// How long it is.
    end: usize,
    /// How long the body is, where that is told.
    length: Option<usize>,
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
        let accepted = (200..300).contains(&reply.head.status);
        assert!(accepted, "refused after {:?}: {}", start.elapsed(), String::from_utf8_lossy(reply.bytes));
        reply
    }

    /// The same, whatever the answer is.
    pub(crate) async fn try_exchange(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.fill().await?;
            if let Some(head) = parse(&self.buffer)? {
                break head;
            }
        };
        match head.length {
            Some(length) => {
                while self.buffer.len() < head.end + length {
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
        Ok(Reply { head, bytes: &self.buffer })
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl<'a> Reply<'a> {
    /// The value of a cookie that the answer sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<&'a str> {
        let head = std::str::from_utf8(&self.bytes[..self.head.end]).ok()?;
        let cookies = head.split("\r\n").filter_map(|line| line.strip_prefix("set-cookie: "));
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

/// The head, once it is all there.
fn parse(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) = response.parse(bytes).map_err(io::Error::other)? else { return Ok(None) };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    Ok(Some(Head {
        status: response.code.unwrap_or_default(),
        end,
        length: length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok()),
    }))
}
