//! A growing log on a simulated disk, and places of archives that watch or disturb what is done to them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use syndic_archive::{
    ArchiveDisk, ArchiveError, Archived, Body, Listed, Objects, Outcome, Page, Part, Put, Scope, Stat, When, archive,
};
use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk, SimDisk};
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::verify::{Report, Trust, verify_with};
use syndic_ledger::{Clock, Description, Entry, Log, Options, Ports};

/// Small, so that few records fill several.
pub(crate) const SEGMENT_BYTES: u64 = 16 << 10;

pub(crate) struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now_us(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

/// A log and the disk it is on.
pub(crate) struct World {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) sim: SimDisk,
    log: Log,
}

impl World {
    pub(crate) fn new(seed: u8) -> Self {
        let sim = SimDisk::new(u64::from(seed));
        let log = Log::create(&ports(&sim, seed), &options(seed)).unwrap();
        Self { disk: Arc::new(sim.clone()), sim, log }
    }

    /// Appends so many records, each under a checkpoint of its own or with some others.
    pub(crate) fn grow(&mut self, records: u64) -> &mut Self {
        for index in 0..records {
            let content = format!("content of {index}, ").repeat(9).into_bytes();
            let entry = Entry { kind: "test.happened".to_owned(), content, ..Entry::default() };
            assert!(self.log.append(&[&[entry]]).iter().all(Result::is_ok));
            if index % 7 == 0 {
                self.log.publish().unwrap();
            }
        }
        self.log.publish().unwrap();
        self
    }

    pub(crate) fn size(&self) -> u64 {
        self.log.head().size
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(&Description::read(&self.sim).unwrap().key).unwrap()
    }

    pub(crate) fn archive(&self, objects: &dyn Objects) -> Result<Outcome, ArchiveError> {
        archive(&self.disk, &self.trust(), objects, Scope::New)
    }

    pub(crate) fn archive_all(&self, objects: &dyn Objects) -> Result<Outcome, ArchiveError> {
        archive(&self.disk, &self.trust(), objects, Scope::All)
    }
}

pub(crate) fn ports(sim: &SimDisk, seed: u8) -> Ports {
    // Logs made differently have other times, and so other roots.
    let clock = Arc::new(Ticks(AtomicI64::new(i64::from(seed) * 1_000_000)));
    Ports { disk: Arc::new(sim.clone()), clock, sealer: Arc::new(Unsealed) }
}

/// All logs here have one key and name: the tree alone tells them apart.
pub(crate) fn options(_seed: u8) -> Options {
    Options { segment_bytes: SEGMENT_BYTES, ..Options::new("a.example/log", SigningKey::from_seed([3; 32])) }
}

pub(crate) fn done(outcome: Result<Outcome, ArchiveError>) -> Archived {
    match outcome {
        Ok(Outcome::Archived(done)) => done,
        other => panic!("not archived: {other:?}"),
    }
}

/// Verifies what an archive holds.
pub(crate) fn verified(objects: Arc<dyn Objects>, trust: &Trust) -> Report {
    let disk: Arc<dyn Disk> = Arc::new(ArchiveDisk::open(objects).unwrap());
    verify_with(&disk, trust, 2)
}

/// What a place does at its next write.
type OnPut = dyn Fn(&Memory, u64) -> Result<(), ArchiveError> + Send + Sync;

/// Objects in memory.
#[derive(Default, Clone)]
pub(crate) struct Memory {
    pub(crate) objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    pub(crate) puts: Arc<AtomicU64>,
    /// Does not look at the condition of a write.
    pub(crate) is_careless: bool,
    /// Called after each write with its number.
    pub(crate) on_put: Option<Arc<OnPut>>,
}

impl Memory {
    pub(crate) fn paths(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }

    pub(crate) fn change(&self, path: &str, how: impl FnOnce(&mut Vec<u8>)) {
        how(self.objects.lock().unwrap().get_mut(path).unwrap());
    }

    fn version(bytes: &[u8]) -> String {
        format!("{:02x?}", Body::of_bytes(bytes).sha256())
    }
}

impl Objects for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn put(&self, path: &str, body: &Body, when: When<'_>) -> Result<Put, ArchiveError> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut body.reader(), &mut bytes).unwrap();
        let mut objects = self.objects.lock().unwrap();
        let is_met = match (when, objects.get(path)) {
            (When::Absent, old) => old.is_none(),
            (When::Is(version), Some(old)) => Self::version(old) == version,
            (When::Is(_), None) => false,
        };
        if !is_met && !self.is_careless {
            return Ok(Put::Refused);
        }
        objects.insert(path.to_owned(), bytes);
        drop(objects);
        let number = self.puts.fetch_add(1, Ordering::Relaxed);
        self.on_put.as_ref().map_or(Ok(Put::Done), |on_put| on_put(self, number).map(|()| Put::Done))
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, ArchiveError> {
        let objects = self.objects.lock().unwrap();
        Ok(objects.get(path).map(|bytes| Stat {
            bytes: bytes.len() as u64,
            sha256: None,
            version: Self::version(bytes),
        }))
    }

    fn read(&self, path: &str, from: u64, most: usize) -> Result<Option<Part>, ArchiveError> {
        let objects = self.objects.lock().unwrap();
        Ok(objects.get(path).map(|all| {
            let start = all.len().min(usize::try_from(from).unwrap());
            let end = all.len().min(start + most);
            Part { bytes: all[start..end].to_vec(), total: all.len() as u64, version: Self::version(all) }
        }))
    }

    fn list(&self, folder: &str, from: Option<&str>) -> Result<Page, ArchiveError> {
        // Short pages, so that there are several.
        const PAGE: usize = 2;
        let objects = self.objects.lock().unwrap();
        let prefix = format!("{folder}/");
        let below = objects.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes)));
        let rest: Vec<Listed> = below
            .filter(|(name, _)| !name.contains('/') && from.is_none_or(|from| *name > from))
            .map(|(name, bytes)| Listed { name: name.to_owned(), bytes: bytes.len() as u64 })
            .collect();
        let next = (rest.len() > PAGE).then(|| rest[PAGE - 1].name.clone());
        Ok(Page { objects: rest.into_iter().take(PAGE).collect(), next })
    }
}
