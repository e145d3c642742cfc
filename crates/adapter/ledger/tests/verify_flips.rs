//! Every changed byte is found and named where it is: a sample here, all of them with `SYNDIC_EVERY_FLIP=1`.
//!
//! Complete means every byte of every file, each with every one of its bits changed alone and with all eight. Of
//! the small files, `checkpoint` and `log.json`, each byte takes all 255 other values.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own steps stop it loudly"
)]

mod verify_world;

use std::sync::Arc;

use syndic_ledger::OsRandom;
use syndic_ledger::disk::Disk;
use syndic_ledger::keys::{Access, KeyStore, MasterKey};
use syndic_ledger::sealer::Opened;
use syndic_ledger::verify::{ProblemKind, Report};
use zeroize::Zeroizing;

use verify_world::{World, frames};

fn is_complete() -> bool {
    std::env::var_os("SYNDIC_EVERY_FLIP").is_some()
}

/// How far apart the bytes tried are; a prime, so that they fall on every part of a frame.
fn stride(sampled: usize) -> usize {
    if is_complete() { 1 } else { sampled }
}

/// What a byte is changed by.
fn changes(at: usize) -> &'static [u8] {
    const ALL: [u8; 9] = [0x01, 0x80, 0xff, 0x10, 0x02, 0x04, 0x08, 0x20, 0x40];
    if is_complete() { &ALL } else { &ALL[at % 4..=at % 4] }
}

/// Changes the bytes of a file one after the other, verifies the whole log after each change, and lets judge. Each
/// processor has a world of its own, which `make` makes alike, and takes its share of the bytes.
fn each_flip(
    make: impl Fn() -> World + Sync,
    path: &str,
    every: usize,
    judge: impl Fn(usize, &Report) + Sync,
) -> usize {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = |worker: usize| {
        let world = make();
        let trust = world.trust();
        let bytes = world.bytes(path);
        let mut tried = 0;
        for at in (0..bytes.len()).step_by(every).skip(worker).step_by(workers) {
            for change in changes(at) {
                let mut flipped = bytes.clone();
                flipped[at] ^= change;
                world.put(path, &flipped);
                judge(at, &world.verify_with(&trust, 1));
                tried += 1;
            }
        }
        world.put(path, &bytes);
        assert!(world.verify(&trust).is_intact(), "{path} is whole again");
        tried
    };
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..workers)
            .map(|worker| {
                scope.spawn({
                    let share = &share;
                    move || share(worker)
                })
            })
            .collect();
        shares.into_iter().map(|share| share.join().unwrap()).sum()
    })
}

#[test]
fn a_flipped_byte_of_a_segment_is_named_at_its_record_and_no_other() {
    // The complete run changes each byte nine times, and verifies the whole log after each: so it has a smaller one.
    let (records, segment_bytes) = if is_complete() { (200, 8 << 10) } else { (1_000, 64 << 10) };
    let make = || World::new(records, records / 10, 0, segment_bytes);
    let world = make();
    let segments = world.segments();
    assert!(segments.len() > 2);
    let report = world.verify(&world.trust());
    assert!(report.is_intact() && report.size == records && report.problems.is_empty(), "{report:?}");
    let mut tried = 0;
    for path in &segments {
        let frames = frames(&world.bytes(path));
        tried += each_flip(make, path, stride(397), |at, report| {
            let frame = frames.iter().find(|frame| (frame.start..frame.end).contains(&at));
            let here: Vec<_> = report.problems.iter().filter(|problem| problem.path == *path).collect();
            assert!(!here.is_empty() && here.len() == report.problems.len(), "{path} byte {at}: {report:?}");
            match frame.map(|frame| (frame.start as u64, frame.index)) {
                Some((start, Some(index))) => {
                    assert!(!report.is_intact(), "{path} byte {at}");
                    for problem in here {
                        assert_eq!(problem.kind, ProblemKind::Tampered, "{path} byte {at}: {problem}");
                        assert_eq!(
                            (problem.offset, &problem.records),
                            (start, &(index..index + 1)),
                            "{path} byte {at}"
                        );
                    }
                    assert_eq!(report.vouched.map(|head| head.size), Some(records), "the others are vouched for");
                }
                // A checkpoint frame, or the zeros behind the last frame: no record is concerned.
                Some((start, None)) => {
                    assert!(here.iter().all(|problem| problem.offset == start && problem.records.is_empty()));
                }
                None => assert!(here.iter().all(|problem| problem.records.is_empty()), "{path} byte {at}: {report:?}"),
            }
        });
    }
    println!("{tried} flips of segments, all found");
}

#[test]
fn a_flipped_byte_of_a_tile_or_bundle_is_named_at_its_file_and_record() {
    let records = if is_complete() { 300 } else { 1_000 };
    let make = || World::new(records, 100, 0, 64 << 10);
    let mut tried = 0;
    for path in make().files("tile") {
        tried += each_flip(make, &path, stride(1_009), |at, report| {
            assert!(!report.is_intact() && !report.problems.is_empty(), "{path} byte {at}");
            for problem in &report.problems {
                assert_eq!((problem.kind, &problem.path), (ProblemKind::TileMismatch, &path), "byte {at}: {problem}");
                if path.starts_with("tile/0/") {
                    assert_eq!(problem.offset, at as u64 / 32 * 32, "{path} byte {at}");
                }
            }
        });
    }
    assert!(tried > 100);
    println!("{tried} flips of tiles, all found");
}

#[test]
fn a_flipped_byte_of_the_checkpoint_or_the_description_is_named_there() {
    let world = World::new(20, 10, 0, 4 << 10);
    let mut tried = 0;
    for path in ["checkpoint", "log.json"] {
        let trust = world.trust();
        let bytes = world.bytes(path);
        for at in 0..bytes.len() {
            let all = 1..=255_u8;
            let one = 1 << (at % 8)..=1 << (at % 8);
            for change in if is_complete() { all } else { one } {
                let mut flipped = bytes.clone();
                flipped[at] ^= change;
                world.put(path, &flipped);
                let report = world.verify(&trust);
                assert!(!report.is_intact(), "{path} byte {at} changed by {change:#04x}");
                let is_named = report.problems.iter().all(|problem| problem.path == path);
                assert!(is_named, "{path} byte {at} changed by {change:#04x}: {report:?}");
                tried += 1;
            }
        }
        world.put(path, &bytes);
    }
    println!("{tried} flips of checkpoint and description, all found");
}

/// Where something of the key file stands that is read: both copies of the header, then both of each slot in use.
fn is_used_by_keys(at: usize, subjects: usize) -> bool {
    const BLOCK: usize = 4_096;
    const HEADER: usize = 156;
    const SLOT: usize = 128;
    let used = if at < 2 * BLOCK { HEADER } else { subjects * SLOT };
    at % BLOCK < used
}

#[test]
fn a_flipped_byte_of_the_key_file_is_mended_and_counted_or_lies_where_nothing_is() {
    let world = World::new(1, 1, 0, 4 << 10);
    let disk: Arc<dyn Disk> = Arc::new(world.disk.clone());
    let master = || MasterKey::from_bytes(Zeroizing::new([5; 32]));
    let store = KeyStore::create(Arc::clone(&disk), Arc::new(OsRandom), &master()).unwrap();
    let names = ["anna", "bert", "carl"];
    let sealed = names.map(|name| store.seal(b"leaf", &store.pseudonym(name), name.as_bytes()).unwrap());
    store.flush().unwrap();
    drop(store);
    let whole = world.bytes("keys/slots");
    let (mut found, mut unused) = (0, 0);
    for at in (0..whole.len()).step_by(stride(13)) {
        for change in changes(at) {
            let mut flipped = whole.clone();
            flipped[at] ^= change;
            world.put("keys/slots", &flipped);
            let (store, recovery) =
                KeyStore::open(Arc::clone(&disk), Arc::new(OsRandom), &master(), Access::Read).unwrap();
            let is_named = recovery.is_header_mended || recovery.mended == 1;
            if is_used_by_keys(at, names.len()) {
                assert!(is_named, "byte {at} changed by {change:#04x}: {recovery:?}");
                found += 1;
            } else {
                // No part of a copy: nobody ever reads it.
                assert!(!is_named && recovery.damaged.is_empty(), "byte {at}: {recovery:?}");
                unused += 1;
            }
            for (name, sealed) in names.iter().zip(&sealed) {
                assert_eq!(
                    store.unseal(b"leaf", sealed).unwrap(),
                    Opened::Plain(name.as_bytes().to_vec()),
                    "byte {at}"
                );
            }
        }
    }
    assert!(found > 50 && unused > 50);
    println!("{found} flips of keys, all found and mended; {unused} where nothing stands");
}
