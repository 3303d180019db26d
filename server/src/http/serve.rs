//! The accept loop. `axum::serve` sets no timer, so that a client could take for ever to send its head.

use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use super::{HttpSettings, stall::Stall, visit::Peer};

/// Most header fields of a request.
const MAX_HEADERS: usize = 100;
/// Longest head of a request, bytes: seven cookies and what browsers send beside them take a few thousand.
const MAX_HEAD: usize = 32 * 1024;
/// What a connection reads ahead at most, bytes.
const BUFFER: usize = 64 * 1024;
/// Pause after the system refused a connection, for want of file handles, say.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Serves the router until `stop` is done, then lets requests in flight finish within the grace time.
///
/// # Errors
/// Those of the listener's socket that trying again does not mend; at present there are none.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &HttpSettings,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let slots = Arc::new(Semaphore::new(settings.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    let http = http1(settings);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer, slot)) => {
                let io = Stall::new(stream, settings.request_deadline);
                let connection = converse(http.clone(), io, peer, router.clone(), graceful.watcher());
                connections.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) if is_of_one_connection(&error) => tracing::debug!(%error, "a connection was gone already"),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(BACK_OFF).await;
            }
        }
    }
    drop(listener);
    if timeout(settings.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(left = connections.len(), "connections were cut at the end of the grace time");
    }
    connections.shutdown().await;
    Ok(())
}

/// Waits for a free slot first: what is over the cap stays in the system's queue.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Answers are a little slower without it. It fails where the peer has gone already, which reading will tell.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small packets of a connection are held back");
    }
    Ok((stream, Peer(peer.ip()), slot))
}

/// True for an error of the connection that was to be accepted, not of the listener: the next one may be taken at once
/// (accept(2) hands on what happened to a connection in the queue).
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

fn http1(settings: &HttpSettings) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(settings.header_deadline)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEAD)
        .max_buf_size(BUFFER);
    http
}

/// Serves one connection to its end.
async fn converse(http: http1::Builder, io: Stall<TcpStream>, peer: Peer, router: Router, watcher: Watcher) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let connection = http.serve_connection(TokioIo::new(io), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_of_the_listener_make_the_next_connection_wait() {
        for kind in [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset] {
            assert!(is_of_one_connection(&kind.into()));
        }
        // EMFILE, ENFILE, ENOMEM.
        for code in [24, 23, 12] {
            assert!(!is_of_one_connection(&io::Error::from_raw_os_error(code)), "{code}");
        }
    }
}
