//! When the system, or somebody at the keyboard, wants Muster to stop.

use std::io;

/// Waits for SIGTERM or Ctrl-C. Heard from the call on, not from the first wait.
///
/// # Errors
/// The system's, when it does not deliver signals.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
    })
}

/// Waits for Ctrl-C.
///
/// # Errors
/// None; the same signature as on Unix.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        tracing::info!("told to stop");
    })
}
