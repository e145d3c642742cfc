//! How much of the server one client can use up.

use std::time::Duration;

/// Most bytes of a request's body. A checkpoint with a hundred signatures has a third of it.
pub const BODY_BYTES_LIMIT: usize = 1 << 20;

/// Most headers of a request.
pub(crate) const HEADERS_LIMIT: usize = 64;

/// Most bytes of a request's head.
pub(crate) const HEAD_BYTES_LIMIT: usize = 16 << 10;

/// Bounds of a server in time and number.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a head may take to arrive, and how long a connection may wait for the next; 10 seconds.
    pub head: Duration,
    /// How long a body may take to arrive; 10 seconds.
    pub body: Duration,
    /// How long a connection may stay, however busy; a minute.
    pub connection: Duration,
    /// How long a request under way may take to end when the server stops; 3 seconds.
    pub farewell: Duration,
    /// Connections at a time; others wait to be accepted; 64.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            connection: Duration::from_secs(60),
            farewell: Duration::from_secs(3),
            connections: 64,
        }
    }
}
