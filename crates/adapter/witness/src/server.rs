//! The server: accepts connections within bounds, and ends them in order.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use syndic_ledger::witness::{Answer, Witness};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::connection::connection;
use crate::limits::Limits;

/// Pause after a failed accept: the system is out of files or memory, and trying at once would only burn time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Is told a request's body and the answer to it.
pub type Told = Box<dyn Fn(&[u8], &Answer) + Send + Sync>;

/// Who answers requests.
pub struct Desk {
    /// Judges them.
    pub witness: Arc<Witness>,
    /// Is told each request's body and the answer, before the client is.
    pub told: Told,
}

/// What every connection gets.
pub(crate) struct Serving {
    pub(crate) desk: Desk,
    pub(crate) limits: Limits,
}

/// Serves until `shutdown` is done; requests under way are finished within [`Limits::farewell`].
///
/// # Errors
/// The listener's own error.
pub async fn serve(
    listener: TcpListener,
    desk: Desk,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let serving = Arc::new(Serving { desk, limits });
    let slots = Arc::new(Semaphore::new(limits.connections));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((slot, listener.accept().await))
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted?,
            () = shutdown.as_mut() => break,
        };
        // Those that ended are let go, so that their number stays that of the open ones.
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let served = connection(stream, Arc::clone(&serving), stopped.clone());
        connections.spawn(async move {
            served.await;
            drop(slot);
        });
    }
    drop(listener);
    // Nobody listens when no connection is open.
    let _ = stop.send(true);
    while connections.join_next().await.is_some() {}
    Ok(())
}
