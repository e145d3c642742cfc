//! What ends the program in order.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, and what service managers and closed terminals send.
pub(super) struct StopSignals([Signal; 3]);

impl StopSignals {
    /// Begins to listen: from here on a signal is an orderly stop.
    ///
    /// # Errors
    /// The system refuses to hand over signals.
    pub(super) fn listen() -> Result<Self> {
        let of = |kind: SignalKind| signal(kind).context("cannot listen for signals");
        Ok(Self([of(SignalKind::interrupt())?, of(SignalKind::terminate())?, of(SignalKind::hangup())?]))
    }

    /// Waits for the first of them.
    pub(super) async fn first(self) {
        let [mut interrupt, mut terminate, mut hangup] = self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
