//! When the simulated disk misbehaves: probabilities, a budget of operations, and the seed they are drawn from.

use std::io;

/// How a [`super::SimDisk`] misbehaves. Chances are in 1,000 operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// A write takes only part of its bytes and says so.
    pub short_write: u32,
    /// A write fails with EIO, having written a part.
    pub write_error: u32,
    /// A write or creation fails with ENOSPC, having written a part.
    pub no_space: u32,
    /// A sync fails with EIO: each write since the last sync is kept or forgotten, and all stay visible.
    pub sync_error: u32,
    /// A read fails with EIO.
    pub read_error: u32,
    /// A sync reports success and does nothing.
    pub lying_sync: u32,
    /// Power fails at this operation, counted from 1; 0 for never. Every later operation fails.
    pub power_off_at: u64,
}

/// A small generator of good quality for simulations; never for keys. Source: Steele, Lea, Flood: SplitMix64, 2014.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws from `0..bound`; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// Is true `chance` times in 1,000.
    pub(crate) fn happens(&mut self, chance: u32) -> bool {
        self.below(1000) < u64::from(chance)
    }
}

/// The error of every operation after the power went off.
pub(crate) fn power_is_off() -> io::Error {
    io::Error::other("the simulated power is off")
}

/// ENOSPC as the system reports it.
pub(crate) fn no_space() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

/// EIO as the system reports it.
pub(crate) fn input_output_error() -> io::Error {
    io::Error::other("simulated input/output error (EIO)")
}
