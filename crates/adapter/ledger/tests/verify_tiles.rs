//! Every tile that lies in the folder is what the records make, or is named: also those the signed tree does not have.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's own steps stop it loudly")]

mod verify_world;

use syndic_ledger::disk::{Disk as _, write_all_at};
use syndic_ledger::verify::{ProblemKind, Report};
use verify_world::World;

/// Bytes that are no hashes.
fn junk(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| u8::try_from(at * 31 % 251).unwrap() | 1).collect()
}

fn verify(world: &World) -> Report {
    world.verify(&world.trust())
}

/// Puts a file where none is, or other bytes where one is.
fn put(world: &World, path: &str, bytes: &[u8]) {
    if !world.disk.tamper(path, |old| *old = bytes.to_vec()) {
        let folder = path.rsplit_once('/').unwrap().0;
        world.disk.create_dir(folder).unwrap();
        write_all_at(world.disk.create(path).unwrap().as_ref(), bytes, 0).unwrap();
    }
}

#[track_caller]
fn assert_named(world: &World, path: &str) {
    let report = verify(world);
    let is_named = |kind| report.problems.iter().any(|problem| problem.path == path && problem.kind == kind);
    assert!(is_named(ProblemKind::TileMismatch) && !report.is_intact(), "{path}: {report:?}");
}

#[test]
fn a_tile_of_the_tree_that_holds_junk_is_named() {
    let world = World::new(700, 350, 0, 64 << 10);
    assert!(verify(&world).problems.is_empty());
    for path in world.files("tile") {
        let whole = world.bytes(&path);
        put(&world, &path, &junk(whole.len()));
        assert_named(&world, &path);
        put(&world, &path, &whole);
    }
    assert!(verify(&world).problems.is_empty());
}

#[test]
fn a_tile_that_the_tree_does_not_have_is_named() {
    for path in [
        // Readers of tiles would take these for the newest state of what is only begun.
        "tile/0/002",
        "tile/1/000",
        "tile/0/002.p/255",
        "tile/1/000.p/9",
        // These are of records that are not there.
        "tile/0/003",
        "tile/0/x001/000",
        "tile/2/000",
        "tile/2/000.p/1",
        "tile/7/000",
        "tile/3/x999/x999/999.p/7",
    ] {
        let world = World::new(700, 350, 0, 64 << 10);
        let width = path.rsplit_once(".p/").map_or(256, |(_, width)| width.parse().unwrap());
        put(&world, path, &junk(width * 32));
        assert_named(&world, path);
    }
    for path in ["tile/entries/002", "tile/entries/002.p/255", "tile/entries/009"] {
        let world = World::new(700, 350, 0, 64 << 10);
        let bundle = world.bytes("tile/entries/000");
        put(&world, path, &bundle);
        assert_named(&world, path);
    }
}

#[test]
fn tiles_of_a_checkpoint_that_did_not_come_about_are_held_to_the_records() {
    // The tree of a later checkpoint, whose file is put back: the crash came between tiles and checkpoint.
    let behind = |size: u64| {
        let world = World::new(size, 1_000_000, 0, 1 << 20);
        let whole = World::new(size + 600, size, 0, 1 << 20);
        (world, whole)
    };
    let (_, later) = behind(300);
    let path = later.segments().remove(0);
    let all = later.bytes(&path);
    // The frame of the later checkpoint was not written either.
    let frames = verify_world::frames(&all);
    let last = frames.iter().rev().find(|frame| frame.index.is_some()).unwrap().end;
    let mut bytes = all.clone();
    let mut at = last;
    let notes: Vec<_> =
        frames.iter().filter(|frame| frame.index.is_none()).skip(1).map(|frame| frame.start..frame.end).collect();
    for note in notes.iter().rev() {
        bytes.drain(note.clone());
        at -= if note.end <= last { note.len() } else { 0 };
    }
    bytes.truncate(at.max(1));
    bytes.resize(all.len(), 0);
    later.put(&path, &bytes);
    later.put("checkpoint", later.notes[0].as_bytes());
    let report = verify(&later);
    assert!(report.is_intact() && report.problems.is_empty() && report.unsigned_records == 600, "{report:?}");
    let strays = ["tile/0/001", "tile/0/002", "tile/1/000.p/3", "tile/entries/001", "tile/0/003.p/132"];
    for path in strays {
        let whole = later.bytes(path);
        later.put(path, &junk(whole.len()));
        assert_named(&later, path);
        // A crash tears what was never synced: that is named, and no damage.
        later.put(path, &whole[..whole.len() / 2]);
        let report = verify(&later);
        let is_torn = |problem: &syndic_ledger::verify::Problem| problem.kind == ProblemKind::TornTile;
        assert!(report.is_intact() && report.problems.iter().all(is_torn) && report.problems.len() == 1, "{report:?}");
        later.put(path, &whole);
    }
}

#[test]
fn the_tiles_of_records_that_were_cut_off_tell_of_them() {
    let world = World::new(700, 350, 0, 1 << 20);
    let path = world.segments().remove(0);
    let mut bytes = world.bytes(&path);
    // Segment and checkpoint as they were after 350 records; the tiles stay.
    let end = verify_world::frames(&bytes).iter().find(|frame| frame.index.is_none()).unwrap().end;
    bytes[end..].fill(0);
    world.put(&path, &bytes);
    world.put("checkpoint", world.notes[0].as_bytes());
    let report = verify(&world);
    let cut: Vec<_> = report.problems.iter().filter(|problem| problem.kind == ProblemKind::Truncated).collect();
    let paths: Vec<&str> = cut.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["tile/0/001", "tile/1/000.p/2"], "{report:?}");
    assert!(cut.iter().all(|problem| problem.records == (350..512)), "{report:?}");
}
