//! A log on a simulated disk, and the ways an intruder changes it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk, SimDisk};
use syndic_ledger::frame::{FrameKind, Parsed, parse, split_record};
use syndic_ledger::leaf::Leaf;
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::verify::{Problem, ProblemKind, Report, Trust, verify_with};
use syndic_ledger::{Clock, Description, Entry, Log, Options, Ports};

pub(crate) struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now_us(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

pub(crate) struct World {
    pub(crate) disk: SimDisk,
    pub(crate) ports: Ports,
    pub(crate) options: Options,
    /// Every checkpoint signed, oldest first.
    pub(crate) notes: Vec<String>,
}

/// A frame of a segment: where it is, and its record's index if it holds one.
pub(crate) struct Frame {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) index: Option<u64>,
}

impl World {
    /// A log of `records` with a checkpoint every `every`, and `unsigned` more records behind the last.
    pub(crate) fn new(records: u64, every: u64, unsigned: u64, segment_bytes: u64) -> Self {
        let disk = SimDisk::new(5);
        // Logs made differently have other times, and so other roots.
        let start = i64::try_from(every).unwrap();
        let ports = Ports {
            disk: Arc::new(disk.clone()),
            clock: Arc::new(Ticks(AtomicI64::new(start))),
            sealer: Arc::new(Unsealed),
        };
        let mut options = Options::new("a.example/log", SigningKey::from_seed([3; 32]));
        options.segment_bytes = segment_bytes;
        let mut world = Self { disk, ports, options, notes: Vec::new() };
        let mut log = Log::create(&world.ports, &world.options).unwrap();
        for index in 0..records {
            append(&mut log, index);
            if (index + 1) % every == 0 || index + 1 == records {
                world.notes.push(log.publish().unwrap().note);
            }
        }
        for index in records..records + unsigned {
            append(&mut log, index);
        }
        world
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(&Description::read(&self.disk).unwrap().key).unwrap()
    }

    pub(crate) fn verify(&self, trust: &Trust) -> Report {
        self.verify_with(trust, 2)
    }

    pub(crate) fn verify_with(&self, trust: &Trust, workers: usize) -> Report {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        verify_with(&disk, trust, workers)
    }

    pub(crate) fn segments(&self) -> Vec<String> {
        let names = self.disk.list("segments").unwrap();
        names.iter().filter(|name| name.ends_with(".seg")).map(|name| format!("segments/{name}")).collect()
    }

    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        syndic_ledger::disk::read_file(&self.disk, path, u64::MAX).unwrap().unwrap()
    }

    /// Files below a folder, whole paths.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        for name in self.disk.list(folder).unwrap_or_default() {
            let path = format!("{folder}/{name}");
            if self.disk.open(&path).is_ok() {
                files.push(path);
            } else {
                files.extend(self.files(&path));
            }
        }
        files
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        assert!(self.disk.tamper(path, |old| *old = bytes.to_vec()));
    }
}

fn append(log: &mut Log, index: u64) {
    let entry = Entry {
        kind: "test.happened".to_owned(),
        actor: format!("actor-{}", index % 7),
        tags: vec![("n".to_owned(), index.to_string())],
        content: format!("content of {index}, ").repeat(3).into_bytes(),
        subject: None,
    };
    assert!(log.append(&[&[entry]]).iter().all(Result::is_ok));
}

/// The frames of a segment.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Parsed::Frame { kind, payload, total_bytes } = parse(&bytes[at..]) {
        let index = (kind == FrameKind::Record).then(|| Leaf::parse(split_record(payload).unwrap().0).unwrap().index);
        frames.push(Frame { start: at, end: at + total_bytes, index });
        at += total_bytes;
    }
    frames
}

/// Whether a problem of this kind names exactly these records.
pub(crate) fn names(report: &Report, kind: ProblemKind, records: std::ops::Range<u64>) -> bool {
    report.problems.iter().any(|problem: &Problem| problem.kind == kind && problem.records == records)
}
