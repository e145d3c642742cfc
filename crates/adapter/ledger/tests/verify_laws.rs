//! What an intruder who knows the format can do, and what a crash does: each is told apart and named.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own steps stop it loudly"
)]

mod verify_world;

use std::sync::Arc;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, Note, NoteSigner};
use syndic_ledger::disk::{Disk as _, SimDisk};
use syndic_ledger::frame::{Parsed, encode_record, parse, split_record};
use syndic_ledger::leaf::Leaf;
use syndic_ledger::verify::{ProblemKind, Trust};
use verify_world::{World, frames, names};

fn world() -> World {
    World::new(60, 20, 0, 64 << 10)
}

/// Replaces the frames of the only segment by others, and lets judge.
fn with_frames(world: &World, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> syndic_ledger::verify::Report {
    let path = world.segments().remove(0);
    let bytes = world.bytes(&path);
    let mut parts: Vec<Vec<u8>> = frames(&bytes).iter().map(|frame| bytes[frame.start..frame.end].to_vec()).collect();
    change(&mut parts);
    let mut changed = parts.concat();
    changed.resize(bytes.len().max(changed.len()), 0);
    world.put(&path, &changed);
    let report = world.verify(&world.trust());
    world.put(&path, &bytes);
    report
}

/// The frame of a record with another actor and a right checksum.
fn rewritten(frame: &[u8]) -> Vec<u8> {
    let Parsed::Frame { payload, .. } = parse(frame) else { panic!("no frame") };
    let (leaf, content) = split_record(payload).unwrap();
    let leaf = Leaf { actor: "somebody else".to_owned(), ..Leaf::parse(leaf).unwrap() };
    let mut bytes = Vec::new();
    assert!(encode_record(&leaf.encode().unwrap(), content, &mut bytes));
    bytes
}

#[test]
fn a_rewritten_record_with_a_right_checksum_is_named() {
    let report = with_frames(&world(), |frames| frames[7] = rewritten(&frames[7]));
    assert!(names(&report, ProblemKind::Tampered, 7..8) && report.problems.len() == 1, "{report:?}");
}

#[test]
fn a_content_exchanged_under_its_leaf_is_named() {
    let report = with_frames(&world(), |frames| {
        let Parsed::Frame { payload, .. } = parse(&frames[7]) else { panic!("no frame") };
        let leaf = split_record(payload).unwrap().0.to_vec();
        frames[7].clear();
        assert!(encode_record(&leaf, b"another content", &mut frames[7]));
    });
    assert!(names(&report, ProblemKind::Tampered, 7..8) && report.problems.len() == 1, "{report:?}");
}

#[test]
fn a_dropped_frame_is_missing_and_the_others_are_not() {
    let report = with_frames(&world(), |frames| drop(frames.remove(7)));
    assert!(names(&report, ProblemKind::Missing, 7..8) && report.problems.len() == 1, "{report:?}");
}

#[test]
fn exchanged_frames_are_both_named() {
    let report = with_frames(&world(), |frames| frames.swap(7, 8));
    assert!(report.problems.len() == 2, "{report:?}");
    let either = |index: u64| {
        names(&report, ProblemKind::Missing, index..index + 1)
            && names(&report, ProblemKind::Tampered, index..index + 1)
    };
    assert!(either(7) || either(8), "{report:?}");
}

#[test]
fn a_doubled_frame_is_named() {
    let report = with_frames(&world(), |frames| frames.insert(9, frames[7].clone()));
    assert!(names(&report, ProblemKind::Tampered, 7..8) && report.problems.len() == 1, "{report:?}");
}

#[test]
fn a_frame_of_another_log_is_named_wherever_it_is_put() {
    let far = World::new(200, 20, 0, 64 << 10);
    let path = far.segments().remove(0);
    let bytes = far.bytes(&path);
    let foreign =
        frames(&bytes).iter().find(|frame| frame.index == Some(150)).map(|f| bytes[f.start..f.end].to_vec()).unwrap();
    let report = with_frames(&world(), |frames| frames[7] = foreign.clone());
    assert!(
        names(&report, ProblemKind::Missing, 7..8) && names(&report, ProblemKind::Tampered, 150..151),
        "{report:?}"
    );
    let report = with_frames(&world(), |frames| frames.push(foreign.clone()));
    assert!(!report.problems.is_empty(), "{report:?}");
}

#[test]
fn exchanged_checkpoint_frames_are_named() {
    // Frames 20 and 41 hold checkpoints.
    let report = with_frames(&world(), |frames| frames.swap(20, 41));
    assert!(!report.is_intact() && report.problems.iter().all(|problem| problem.records.is_empty()), "{report:?}");
}

#[test]
fn a_checkpoint_frame_before_records_it_covers_is_named() {
    let moved_to = |place: usize| {
        with_frames(&world(), |frames| {
            let checkpoint = frames.remove(20);
            frames.insert(place, checkpoint);
        })
    };
    let report = moved_to(13);
    assert!(names(&report, ProblemKind::Tampered, 20..20) && report.problems.len() == 1, "{report:?}");
    assert!(report.problems[0].what.contains("stands before record 13"), "{report:?}");
    // Behind them it may stand anywhere: records are appended while a checkpoint is signed.
    assert!(moved_to(25).problems.is_empty());
}

#[test]
fn a_missing_segment_is_missing_and_the_rest_is_judged() {
    let world = World::new(1_000, 100, 0, 64 << 10);
    let firsts: Vec<u64> = world.segments().iter().map(|path| path[9..29].parse().unwrap()).collect();
    world.disk.remove(&world.segments()[1]).unwrap();
    let report = world.verify(&world.trust());
    assert!(names(&report, ProblemKind::Missing, firsts[1]..firsts[2]) && report.problems.len() == 1, "{report:?}");
    assert_eq!(report.vouched.map(|head| head.size), Some(1_000), "tiles and the other segments lead to the root");
}

#[test]
fn the_first_segment_may_not_go_without_a_word() {
    let world = World::new(1_000, 100, 0, 64 << 10);
    let second: u64 = world.segments()[1][9..29].parse().unwrap();
    world.disk.remove(&world.segments()[0]).unwrap();
    let report = world.verify(&world.trust());
    assert!(names(&report, ProblemKind::Missing, 0..second) && !report.is_intact(), "{report:?}");
}

#[test]
fn a_cut_below_the_newest_checkpoint_is_truncation() {
    let report = with_frames(&world(), |frames| frames.truncate(50));
    // 50 frames: 48 records, 2 checkpoints.
    assert!(names(&report, ProblemKind::Truncated, 48..60) && report.problems.len() == 1, "{report:?}");
}

#[test]
fn a_log_put_back_to_an_older_checkpoint_is_found_by_who_knows_a_later_one() {
    let world = world();
    let path = world.segments().remove(0);
    let mut bytes = world.bytes(&path);
    let end = frames(&bytes)[41].end;
    bytes[end..].fill(0);
    world.put(&path, &bytes);
    world.put("checkpoint", world.notes[1].as_bytes());
    let report = world.verify(&world.trust());
    assert!(names(&report, ProblemKind::TileMismatch, 0..60) && !report.is_intact(), "its tiles stayed: {report:?}");
    // With its tiles it is what it was.
    let world = World { notes: world.notes, ..World::new(40, 20, 0, 64 << 10) };
    assert!(world.verify(&world.trust()).is_intact(), "alone it looks like a younger log");
    let report = world.verify(&world.trust().known(&world.notes[2]).unwrap());
    assert!(names(&report, ProblemKind::Rollback, 40..60) && !report.is_intact(), "{report:?}");
}

#[test]
fn a_checkpoint_file_put_back_alone_is_a_rollback() {
    let world = world();
    world.put("checkpoint", world.notes[0].as_bytes());
    let report = world.verify(&world.trust());
    assert!(names(&report, ProblemKind::Rollback, 20..60) && report.problems.len() == 1, "{report:?}");
    world.disk.remove("checkpoint").unwrap();
    let report = world.verify(&world.trust());
    assert!(report.problems.iter().any(|problem| problem.kind == ProblemKind::Missing && problem.path == "checkpoint"));
}

#[test]
fn a_log_rewritten_from_its_start_with_its_own_key_is_found_by_a_known_checkpoint() {
    let (world, other) = (world(), World::new(60, 15, 0, 64 << 10));
    let known = other.trust().known(&world.notes[0]).unwrap();
    // The same key signed both; the second log's clock ticks differently, so its records have other times.
    let report = other.verify(&known);
    assert!(!report.is_intact() && names(&report, ProblemKind::Tampered, 15..20), "{report:?}");
    assert_eq!(report.vouched.map(|head| head.size), Some(60), "by its own later heads");
}

#[test]
fn a_torn_tail_behind_the_newest_checkpoint_is_no_damage() {
    let world = World::new(60, 20, 5, 64 << 10);
    let path = world.segments().remove(0);
    let bytes = world.bytes(&path);
    let whole = world.verify(&world.trust());
    assert!(whole.is_intact() && whole.problems.is_empty() && whole.unsigned_records == 5, "{whole:?}");
    let frames = frames(&bytes);
    let last = frames.last().unwrap();
    for cut in last.start + 1..last.end - 8 {
        let mut torn = bytes.clone();
        torn[cut..].fill(0);
        world.put(&path, &torn);
        let report = world.verify(&world.trust());
        assert!(report.is_intact() && report.size == 64, "cut at {cut}: {report:?}");
        assert!(
            names(&report, ProblemKind::TornTail, 64..64) && report.problems.len() == 1,
            "cut at {cut}: {report:?}"
        );
    }
}

#[test]
fn bytes_zeroed_to_look_like_the_end_are_tampering_below_a_signed_size() {
    let world = world();
    let path = world.segments().remove(0);
    let mut bytes = world.bytes(&path);
    let frame = &frames(&bytes)[30];
    let (start, index) = (frame.start, frame.index.unwrap());
    bytes[start..frame.end].fill(0);
    world.put(&path, &bytes);
    let report = world.verify(&world.trust());
    assert!(names(&report, ProblemKind::Tampered, index..index + 1) && report.problems.len() == 1, "{report:?}");
}

#[test]
fn another_key_vouches_for_nothing() {
    let world = world();
    let stranger = NoteSigner::new("a.example/log", KeyUse::Note, SigningKey::from_seed([9; 32])).unwrap();
    let report = world.verify(&Trust::new(&stranger.key().to_string()).unwrap());
    assert!(!report.is_intact() && report.vouched.is_none());
    assert!(
        report.problems.iter().any(|problem| problem.kind == ProblemKind::BadSignature && problem.path == "checkpoint")
    );
}

#[test]
fn cosignatures_that_are_needed_are_asked_for() {
    let world = world();
    let witness = NoteSigner::new("w.example", KeyUse::Cosignature, SigningKey::from_seed([4; 32])).unwrap();
    let trust = world.trust().witness(&witness.key().to_string()).unwrap().needing_witnesses(1);
    assert!(names(&world.verify(&trust), ProblemKind::Missing, 0..0));
    let mut note = Note::parse(&world.notes[2]).unwrap();
    note.add(witness.cosign(note.text(), 77).unwrap()).unwrap();
    world.put("checkpoint", note.to_string().as_bytes());
    let report = world.verify(&trust);
    assert!(report.is_intact() && report.witnesses[0].time_s == Some(77), "{report:?}");
}

#[test]
fn an_empty_folder_is_not_intact_and_any_bytes_are_judged_without_panic() {
    let trust = world().trust();
    let disk: Arc<dyn syndic_ledger::disk::Disk> = Arc::new(SimDisk::new(1));
    assert!(!syndic_ledger::verify::verify(&disk, &trust).is_intact());
    let world = world();
    let path = world.segments().remove(0);
    let bytes = world.bytes(&path);
    for seed in 0_u64..40 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut hostile = bytes.clone();
        for _ in 0..200 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state % hostile.len() as u64).unwrap();
            hostile[at] = state.to_le_bytes()[5];
        }
        world.put(&path, &hostile);
        assert!(!world.verify(&trust).is_intact());
    }
}

#[test]
fn retired_segments_are_known_by_their_leaves_and_a_signed_record_says_so() {
    let mut world = World::new(1_000, 100, 0, 64 << 10);
    let second: u64 = world.segments()[1][9..29].parse().unwrap();
    world.disk.kill_process();
    let (mut log, _) = syndic_ledger::Log::open(&world.ports, &world.options).unwrap();
    let retired = syndic_ledger::Entry {
        kind: "ledger.retired".to_owned(),
        actor: "ledger".to_owned(),
        tags: vec![("before".to_owned(), second.to_string())],
        ..Default::default()
    };
    assert!(log.append(&[&[retired]]).iter().all(Result::is_ok));
    world.disk.remove(&world.segments()[0]).unwrap();
    assert!(names(&world.verify(&world.trust()), ProblemKind::Missing, 0..second), "not signed yet");
    world.notes.push(log.publish().unwrap().note);
    let report = world.verify(&world.trust());
    assert!(report.is_intact() && report.problems.is_empty() && report.size == 1_001, "{report:?}");
    let bundle = world.bytes("tile/entries/000");
    let mut changed = bundle.clone();
    changed[40] ^= 1;
    world.put("tile/entries/000", &changed);
    let report = world.verify(&world.trust());
    assert!(names(&report, ProblemKind::TileMismatch, 0..1) && report.problems.len() == 1, "{report:?}");
}
