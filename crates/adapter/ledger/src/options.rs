//! What a ledger is told when it is created or opened.

use std::sync::Arc;
use std::time::Duration;

use syndic_attest::SigningKey;
use syndic_tlog::TreeHead;

use crate::clock::Clock;
use crate::disk::Disk;
use crate::sealer::Sealer;

/// The world a ledger lives in.
#[derive(Clone)]
pub struct Ports {
    /// Its folder.
    pub disk: Arc<dyn Disk>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its keys.
    pub sealer: Arc<dyn Sealer>,
}

/// What happens to entries nobody waits for when the disk is full or too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFull {
    /// `submit` fails, so that the caller can refuse to go on.
    #[default]
    FailClosed,
    /// `submit` drops them and says nothing; the next record that gets through states how many were dropped.
    Shed,
}

/// How a ledger works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The log's name: a URL without scheme, `acme.example/ledger`. It is signed with every checkpoint.
    pub origin: String,
    /// Signs checkpoints.
    pub key: SigningKey,
    /// Size of a new segment in bytes; 64 MiB.
    pub segment_bytes: u64,
    /// How long a record waits at most for a checkpoint; one second.
    pub checkpoint_every: Duration,
    /// What happens to entries nobody waits for.
    pub on_full: OnFull,
    /// How many submitted entries may wait for the disk; 65,536.
    pub queue_entries: usize,
    /// Heads the caller knows were signed, from witnesses or kept elsewhere: a log that lacks them is not opened.
    pub known_heads: Vec<TreeHead>,
}

impl Options {
    /// Returns the defaults for a log with this name and key.
    pub fn new(origin: impl Into<String>, key: SigningKey) -> Self {
        Self {
            origin: origin.into(),
            key,
            segment_bytes: 64 << 20,
            checkpoint_every: Duration::from_secs(1),
            on_full: OnFull::default(),
            queue_entries: 65_536,
            known_heads: Vec::new(),
        }
    }
}
