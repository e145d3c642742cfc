//! Runs a log on a disk that fails in every way [`Faults`] knows, and checks what survives. All follows from the seed.
//!
//! One seed is a few lives of one log: each life appends, publishes and ends with a loss of power or a killed process,
//! often in the middle of an operation, and often while recovering from the life before. After each, on a disk
//! that works again, the log must open, and hold: every acknowledged record, at its index, byte for byte; no record
//! nobody asked for; every signed root.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use syndic_attest::SigningKey;
use syndic_tlog::{Frontier, Hash, TreeHead, leaf_hash};

use crate::clock::Clock;
use crate::disk::{Faults, SimDisk, SplitMix};
use crate::entry::Entry;
use crate::error::LedgerError;
use crate::leaf::Leaf;
use crate::log::Log;
use crate::options::{Options, Ports};
use crate::sealer::Unsealed;

/// What the runs of some seeds came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lives of a log.
    pub lives: u64,
    /// Records that were acknowledged.
    pub acknowledged: u64,
    /// Batches that were refused or not acknowledged.
    pub refused: u64,
    /// Records found that nobody had been told of; they are allowed.
    pub unacknowledged_kept: u64,
    /// Torn tails that were cut.
    pub torn_tails: u64,
    /// Checkpoints that were signed.
    pub checkpoints: u64,
    /// Openings that a fault made fail, and that a later one made good.
    pub failed_openings: u64,
    /// With a lying disk: losses that were named because a signed head was known elsewhere.
    pub named_losses: u64,
}

/// Every call is a millisecond later.
#[derive(Debug, Default)]
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now_us(&self) -> i64 {
        self.0.fetch_add(1000, Ordering::Relaxed)
    }
}

/// What the outside world was told and must find again.
#[derive(Default)]
struct Witnessed {
    acknowledged: Vec<(u64, Hash)>,
    signed: Vec<TreeHead>,
    /// Digests of all contents ever handed in.
    attempted: BTreeSet<Vec<u8>>,
}

struct World {
    random: SplitMix,
    disk: SimDisk,
    ports: Ports,
    options: Options,
    witnessed: Witnessed,
    tally: Tally,
}

/// Runs one seed.
///
/// # Errors
/// The law that was broken, in words.
pub fn run(seed: u64) -> Result<Tally, String> {
    let mut world = World::new(seed);
    let lives = 1 + world.random.below(4);
    for _ in 0..lives {
        world.tally.lives += 1;
        let faults = world.draw_faults();
        world.disk.set_faults(faults);
        let log = world.live();
        let is_power_lost = world.random.happens(700);
        if is_power_lost {
            world.disk.lose_power();
        } else {
            world.disk.kill_process();
        }
        drop(log);
        world.judge()?;
    }
    Ok(world.tally)
}

/// Runs one seed on a disk whose syncs lie, with a witness that keeps the newest signed head.
///
/// # Errors
/// The law that was broken, in words: a loss below the witness's head that was not named.
pub fn run_lying(seed: u64) -> Result<Tally, String> {
    let mut world = World::new(seed);
    let mut log = Log::create(&world.ports, &world.options).map_err(|problem| format!("create: {problem}"))?;
    world.disk.set_faults(Faults {
        lying_sync: 300 + u32::try_from(world.random.below(700)).unwrap_or(0),
        ..Faults::default()
    });
    for _ in 0..2 + world.random.below(12) {
        world.act(&mut log);
    }
    world.disk.lose_power();
    drop(log);
    world.options.known_heads = world.witnessed.signed.last().copied().into_iter().collect();
    let covered = world.witnessed.signed.last().map_or(0, |head| head.size);
    world.witnessed.acknowledged.retain(|(index, _)| *index < covered);
    match Log::open(&world.ports, &world.options) {
        // Segments before the newest checkpoint's are not read when opening; what they lack shows when it is read.
        Ok((log, _)) if log.stored(0).any(|record| matches!(record, Err(LedgerError::Damaged(_)))) => {
            world.tally.named_losses += 1;
        }
        Ok((log, _)) => world.check(&log)?,
        Err(LedgerError::Damaged(_)) => world.tally.named_losses += 1,
        Err(other) => return Err(format!("a loss was not named as damage: {other}")),
    }
    Ok(world.tally)
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = SplitMix(seed ^ 0x5eed_5eed);
        let disk = SimDisk::new(random.next());
        let ports =
            Ports { disk: Arc::new(disk.clone()), clock: Arc::new(Ticks::default()), sealer: Arc::new(Unsealed) };
        let mut options = Options::new("simulation.example/log", SigningKey::from_seed([7; 32]));
        options.segment_bytes = 1 << (12 + random.below(4));
        Self { random, disk, ports, options, witnessed: Witnessed::default(), tally: Tally::default() }
    }

    fn draw_faults(&mut self) -> Faults {
        let mut chance =
            || if self.random.happens(300) { u32::try_from(self.random.below(60)).unwrap_or(0) } else { 0 };
        let (short_write, write_error, no_space, sync_error, read_error) =
            (chance() * 4, chance(), chance(), chance(), chance() / 4);
        let power_off_at = if self.random.happens(600) { 1 + self.random.below(120) } else { 0 };
        Faults { short_write, write_error, no_space, sync_error, read_error, lying_sync: 0, power_off_at }
    }

    /// Creates or opens the log and uses it for a while.
    fn live(&mut self) -> Option<Log> {
        let opened = match Log::open(&self.ports, &self.options) {
            Err(LedgerError::NotALedger { .. }) => Log::create(&self.ports, &self.options),
            opened => opened.map(|(log, _)| log),
        };
        let Ok(mut log) = opened else {
            self.tally.failed_openings += 1;
            return None;
        };
        for _ in 0..self.random.below(14) {
            self.act(&mut log);
        }
        Some(log)
    }

    /// Appends a group or publishes, and remembers what it was told.
    fn act(&mut self, log: &mut Log) {
        if self.random.happens(250) {
            if let Ok(signed) = log.publish() {
                self.tally.checkpoints += 1;
                self.witnessed.signed.push(signed.head);
            }
            return;
        }
        let batches: Vec<Vec<Entry>> = (0..=self.random.below(5)).map(|_| self.batch()).collect();
        let batches: Vec<&[Entry]> = batches.iter().map(Vec::as_slice).collect();
        for outcome in log.append(&batches) {
            match outcome {
                Ok(receipts) => {
                    self.tally.acknowledged += receipts.len() as u64;
                    self.witnessed
                        .acknowledged
                        .extend(receipts.iter().map(|receipt| (receipt.index, receipt.leaf_hash)));
                }
                Err(_) => self.tally.refused += 1,
            }
        }
    }

    fn batch(&mut self) -> Vec<Entry> {
        (0..=self.random.below(4)).map(|_| self.entry()).collect()
    }

    fn entry(&mut self) -> Entry {
        let bytes = if self.random.happens(50) { 9000 } else { 900 };
        let length = usize::try_from(8 + self.random.below(bytes)).unwrap_or(8);
        let mut content = self.random.next().to_le_bytes().to_vec();
        content.resize(length, 0xa5);
        self.witnessed.attempted.insert(content.clone());
        Entry { kind: "simulated".to_owned(), actor: "simulation".to_owned(), content, ..Entry::default() }
    }

    /// Opens the log on a disk that works, and checks it; a log that was never finished being created is none.
    fn judge(&mut self) -> Result<(), String> {
        match Log::open(&self.ports, &self.options) {
            Ok((mut log, recovery)) => {
                self.tally.torn_tails += u64::from(recovery.cut_bytes > 0);
                self.check(&log)?;
                if self.random.happens(300) {
                    let signed = log.publish().map_err(|problem| format!("publish after recovery: {problem}"))?;
                    self.witnessed.signed.push(signed.head);
                }
                Ok(())
            }
            Err(LedgerError::NotALedger { .. }) if self.witnessed.acknowledged.is_empty() => Ok(()),
            Err(problem) => Err(format!("does not open: {problem}")),
        }
    }

    fn check(&mut self, log: &Log) -> Result<(), String> {
        let mut frontier = Frontier::new();
        let mut hashes = Vec::new();
        let mut signed = self.witnessed.signed.iter().filter(|head| head.size > 0).collect::<Vec<_>>();
        signed.sort_by_key(|head| head.size);
        let mut signed = signed.into_iter().peekable();
        for record in log.stored(0) {
            let (index, leaf, stored) = record.map_err(|problem| format!("reading: {problem}"))?;
            let parsed = Leaf::parse(&leaf).map_err(|problem| format!("record {index}: {problem}"))?;
            if parsed.index != index || !parsed.has_content(&stored) || !self.witnessed.attempted.contains(&stored) {
                return Err(format!("record {index} is not one anybody handed in"));
            }
            hashes.push(leaf_hash(&leaf));
            frontier.push(leaf_hash(&leaf));
            while let Some(head) = signed.next_if(|head| head.size == frontier.size()) {
                if head.root != frontier.root() {
                    return Err(format!("the root signed over {} records is another now", head.size));
                }
            }
        }
        if let Some(head) = signed.next() {
            return Err(format!("{} records were signed, {} are there", head.size, frontier.size()));
        }
        if log.head() != frontier.head() {
            return Err("the log's head is not that of its records".to_owned());
        }
        for (index, hash) in &self.witnessed.acknowledged {
            let found = usize::try_from(*index).ok().and_then(|index| hashes.get(index));
            if found != Some(hash) {
                return Err(format!(
                    "record {index} was acknowledged and is {}",
                    if found.is_some() { "another" } else { "lost" }
                ));
            }
        }
        let acknowledged: BTreeSet<u64> = self.witnessed.acknowledged.iter().map(|(index, _)| *index).collect();
        self.tally.unacknowledged_kept += frontier.size() - acknowledged.len() as u64;
        Ok(())
    }
}

impl Tally {
    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.lives += other.lives;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unacknowledged_kept += other.unacknowledged_kept;
        self.torn_tails += other.torn_tails;
        self.checkpoints += other.checkpoints;
        self.failed_openings += other.failed_openings;
        self.named_losses += other.named_losses;
    }
}
