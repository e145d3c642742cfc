//! Every changed byte is found and named where it is: a sample here, all of them with `SYNDIC_EVERY_FLIP=1`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own steps stop it loudly"
)]

mod verify_world;

use syndic_ledger::verify::{ProblemKind, Report};
use verify_world::{World, frames};

/// How far apart the bytes tried are; a prime, so that they fall on every part of a frame.
fn stride(sampled: usize) -> usize {
    if std::env::var_os("SYNDIC_EVERY_FLIP").is_some() { 1 } else { sampled }
}

fn each_flip(world: &World, path: &str, from: usize, every: usize, mut judge: impl FnMut(usize, &Report)) -> usize {
    let trust = world.trust();
    let bytes = world.bytes(path);
    let mut tried = 0;
    for at in (from..bytes.len()).step_by(every) {
        let mut flipped = bytes.clone();
        flipped[at] ^= [0x01, 0x80, 0xff, 0x10][at % 4];
        world.put(path, &flipped);
        judge(at, &world.verify(&trust));
        tried += 1;
    }
    world.put(path, &bytes);
    assert!(world.verify(&trust).is_intact(), "{path} is whole again");
    tried
}

#[test]
fn a_flipped_byte_of_a_segment_is_named_at_its_record_and_no_other() {
    let world = World::new(1_000, 100, 0, 64 << 10);
    let segments = world.segments();
    assert!(segments.len() > 2);
    let report = world.verify(&world.trust());
    assert!(report.is_intact() && report.size == 1_000 && report.problems.is_empty(), "{report:?}");
    let mut tried = 0;
    for path in &segments {
        let frames = frames(&world.bytes(path));
        tried += each_flip(&world, path, 0, stride(397), |at, report| {
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
                    assert_eq!(report.vouched.map(|head| head.size), Some(1_000), "the others are vouched for");
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
    let world = World::new(1_000, 100, 0, 64 << 10);
    let mut tried = 0;
    for path in world.files("tile") {
        tried += each_flip(&world, &path, 0, stride(1_009), |at, report| {
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
    let world = World::new(20, 10, 0, 64 << 10);
    for path in ["checkpoint", "log.json"] {
        let trust = world.trust();
        let bytes = world.bytes(path);
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            world.put(path, &flipped);
            let report = world.verify(&trust);
            assert!(!report.is_intact(), "{path} byte {at}");
            assert!(report.problems.iter().all(|problem| problem.path == path), "{path} byte {at}: {report:?}");
        }
        world.put(path, &bytes);
    }
}
