//! Time and randomness as ports, so that a simulation can be run again.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Returns microseconds since 1970, UTC.
    fn now_us(&self) -> i64;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_us(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}

/// A source of randomness good enough for keys.
pub trait Random: Send + Sync {
    /// Fills `into` with random bytes.
    ///
    /// # Errors
    /// What the system reports; `into` must not be used then.
    fn fill(&self, into: &mut [u8]) -> io::Result<()>;
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, into: &mut [u8]) -> io::Result<()> {
        getrandom::fill(into).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_tells_this_century_in_microseconds() {
        assert!((1_700_000_000_000_000..4_000_000_000_000_000).contains(&SystemClock.now_us()));
    }

    #[test]
    fn two_draws_differ() {
        let (mut one, mut two) = ([0; 32], [0; 32]);
        OsRandom.fill(&mut one).unwrap();
        OsRandom.fill(&mut two).unwrap();
        assert_ne!(one, two);
    }
}
