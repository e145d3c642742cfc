//! What holds of an archive whatever happens while it is written.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use syndic_archive::{ArchiveDisk, ArchiveError, Body, Folder, Objects, Outcome, When, restore};
use syndic_ledger::disk::{Disk, RealDisk, SimDisk, write_all_at};
use syndic_ledger::verify::{ProblemKind, verify_with};
use syndic_ledger::{Entry, Log};
use world::{Memory, World, done, options, ports, verified};

#[test]
fn an_archive_holds_the_log_and_grows_with_it() {
    let (mut world, memory) = (World::new(1), Memory::default());
    let mut before = 0;
    for records in [0, 1, 40, 1, 300, 256, 3] {
        world.grow(records);
        let archived = done(world.archive(&memory));
        assert_eq!((archived.before, archived.head.size), (before, world.size()));
        before = world.size();
        let report = verified(Arc::new(memory.clone()), &world.trust());
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!((report.vouched.map(|head| head.size), report.unsigned_records), (Some(before), 0));
        assert_eq!(done(world.archive(&memory)).sent, 0, "a second run sends nothing");
        assert_eq!(done(world.archive_all(&memory)).sent, 0, "looking at all sends nothing");
    }
    assert!(memory.paths().iter().filter(|path| path.starts_with("segments/")).count() > 5);
}

#[test]
fn a_plain_copy_of_the_archive_is_a_ledgers_folder() {
    let mut world = World::new(2);
    let folder = tempfile::tempdir().unwrap();
    done(world.grow(300).archive(&Folder::new(folder.path())));
    done(world.grow(77).archive(&Folder::new(folder.path())));
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path()));
    let report = verify_with(&disk, &world.trust(), 2);
    assert!(report.is_intact() && report.size == 377, "{:?}", report.problems);
}

#[test]
fn at_every_step_a_reader_sees_a_whole_log() {
    let mut world = World::new(3);
    let trust = world.trust();
    let watched = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&watched);
    let memory = Memory {
        on_put: Some(Arc::new(move |memory: &Memory, _| {
            let still = Memory { on_put: None, ..memory.clone() };
            if memory.paths().iter().any(|path| path == "checkpoint") {
                let report = verified(Arc::new(still), &trust);
                assert!(report.is_intact() && report.unsigned_records == 0, "{:?}", report.problems);
                seen.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })),
        ..Memory::default()
    };
    for records in [1, 30, 100, 5, 200] {
        done(world.grow(records).archive(&memory));
    }
    assert!(watched.load(Ordering::Relaxed) > 20);
}

#[test]
fn a_run_cut_short_anywhere_is_finished_by_the_next_and_sends_the_rest_only() {
    let mut world = World::new(4);
    let whole = Memory::default();
    done(world.grow(60).archive(&whole));
    let start = whole.objects.lock().unwrap().clone();
    let all = done(world.grow(200).archive(&whole)).sent;
    let paths = whole.paths();
    for cut in 0..all {
        let memory = Memory::default();
        memory.objects.lock().unwrap().clone_from(&start);
        let failing = Memory {
            on_put: Some(Arc::new(move |_: &Memory, number| match number {
                number if number < cut => Ok(()),
                // What was written is there although the writer is told otherwise, as after a lost connection.
                _ => Err(ArchiveError::Source("cut".to_owned())),
            })),
            ..memory.clone()
        };
        assert_eq!(world.archive(&failing).unwrap_err().to_string(), "cut");
        let cut_short = memory.paths().len();
        let report = verified(Arc::new(memory.clone()), &world.trust());
        assert!(report.is_intact(), "cut after {cut}: {:?}", report.problems);
        let rest = done(world.archive(&memory));
        assert!(rest.sent >= (paths.len() - cut_short) as u64 && rest.sent < all, "{cut}: {rest:?} of {all}");
        assert_eq!(memory.paths(), paths);
        assert!(*memory.objects.lock().unwrap() == *whole.objects.lock().unwrap());
    }
}

#[test]
fn a_log_put_back_behind_its_archive_is_named_and_sends_nothing() {
    let (mut earlier, mut later, memory) = (World::new(5), World::new(5), Memory::default());
    done(later.grow(80).archive(&memory));
    let before = memory.objects.lock().unwrap().clone();
    earlier.grow(50);
    let Ok(Outcome::NotIntact(report)) = earlier.archive(&memory) else { panic!("not named") };
    assert!(report.problems.iter().any(|found| found.kind == ProblemKind::Rollback), "{:?}", report.problems);
    // Going on from the earlier state makes another history, however long it gets.
    earlier.grow(100);
    let Ok(Outcome::NotIntact(report)) = earlier.archive(&memory) else { panic!("not named") };
    assert!(report.problems.iter().any(|found| found.kind == ProblemKind::Tampered), "{:?}", report.problems);
    assert!(*memory.objects.lock().unwrap() == before);
}

#[test]
fn an_archive_of_another_log_is_left_alone() {
    let (mut world, memory) = (World::new(6), Memory::default());
    world.grow(5);
    let sim = SimDisk::new(9);
    let mut other = Log::create(
        &ports(&sim, 9),
        &syndic_ledger::Options { key: syndic_attest::SigningKey::from_seed([4; 32]), ..options(9) },
    )
    .unwrap();
    other.append(&[&[Entry { kind: "a.b".to_owned(), ..Entry::default() }]]);
    let note = other.publish().unwrap().note;
    memory.put("checkpoint", &Body::of_bytes(note.as_bytes()), When::Absent).unwrap();
    assert!(matches!(world.archive(&memory), Err(ArchiveError::OtherLog { .. })));
    assert_eq!(memory.paths(), ["checkpoint"]);
}

#[test]
fn an_object_in_the_way_is_named_and_never_overwritten() {
    for path in ["log.json", "segments/00000000000000000000.seg", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"] {
        for bytes in [b"something else".to_vec(), vec![7; 8_192], vec![7; 1 << 20]] {
            let (mut world, memory) = (World::new(7), Memory::default());
            memory.put(path, &Body::of_bytes(&bytes), When::Absent).unwrap();
            let outcome = world.grow(300).archive(&memory).unwrap();
            let Outcome::Conflict(conflict) = outcome else { panic!("{path}: {outcome:?}") };
            assert_eq!(conflict.path, path);
            assert!(memory.objects.lock().unwrap()[path] == bytes);
            assert!(!memory.paths().contains(&"checkpoint".to_owned()));
        }
    }
}

#[test]
fn a_segment_that_was_changed_in_the_archive_is_not_gone_on_with() {
    let (mut world, memory) = (World::new(8), Memory::default());
    done(world.grow(10).archive(&memory));
    let path = "segments/00000000000000000000.seg";
    memory.change(path, |bytes| bytes[40] ^= 1);
    let Ok(Outcome::Conflict(conflict)) = world.grow(5).archive(&memory) else { panic!("not named") };
    assert_eq!(conflict.path, path);
}

#[test]
fn a_store_that_overwrites_regardless_is_refused() {
    let memory = Memory { is_careless: true, ..Memory::default() };
    assert!(matches!(World::new(9).grow(3).archive(&memory), Err(ArchiveError::Unfit { .. })));
}

#[test]
fn every_changed_or_lost_object_is_named_and_what_was_lost_is_sent_again() {
    let (mut world, memory) = (World::new(10), Memory::default());
    done(world.grow(300).archive(&memory));
    let whole = memory.objects.lock().unwrap().clone();
    for path in memory.paths().iter().filter(|path| *path != "checkpoint") {
        let last = whole[path].iter().rposition(|byte| *byte != 0).unwrap();
        memory.change(path, |bytes| bytes[last / 2] ^= 1);
        let report = verified(Arc::new(memory.clone()), &world.trust());
        assert!(report.problems.iter().any(|found| found.path == *path), "{path}: {:?}", report.problems);
        let Ok(Outcome::Conflict(conflict)) = world.archive_all(&memory) else { panic!("{path} not named") };
        assert_eq!(conflict.path, *path);

        memory.objects.lock().unwrap().remove(path);
        assert!(!verified(Arc::new(memory.clone()), &world.trust()).is_intact(), "{path}");
        assert_eq!(done(world.archive_all(&memory)).sent, 1, "{path}");
        assert!(*memory.objects.lock().unwrap() == whole, "{path}");
    }
}

#[test]
fn what_is_not_the_logs_stays_here() {
    let (mut world, memory) = (World::new(11), Memory::default());
    world.grow(30);
    let secret = b"the master key and nothing but it";
    for path in ["keys/slots", "keys/secret", "segments/spare.tmp", "segments/other.seg", "tile/0/x", "master.key"] {
        world.disk.create_dir(syndic_ledger::disk::folder_of(path)).unwrap();
        drop(world.disk.remove(path));
        write_all_at(world.disk.create(path).unwrap().as_ref(), secret, 0).unwrap();
    }
    done(world.archive(&memory));
    for (path, bytes) in memory.objects.lock().unwrap().iter() {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{path}");
        assert!(!path.contains("keys"), "{path}");
    }
}

#[test]
fn a_restored_folder_verifies_opens_and_goes_on() {
    let (mut world, memory) = (World::new(12), Memory::default());
    done(world.grow(300).archive(&memory));
    let sim = SimDisk::new(13);
    let archive = ArchiveDisk::open(Arc::new(memory.clone())).unwrap();
    let restored = restore(&archive, &sim).unwrap();
    assert_eq!((restored.size, restored.missing), (300, 0));
    assert!(restore(&archive, &sim).is_err(), "a folder with something in it is not written to");
    let claims = Memory { objects: Arc::new(Mutex::new(memory.objects.lock().unwrap().clone())), ..Memory::default() };
    let claimed = claims.objects.lock().unwrap().get("checkpoint").cloned().unwrap();
    let claimed = String::from_utf8(claimed).unwrap().replacen("\n300\n", "\n99999999999999\n", 1);
    claims.objects.lock().unwrap().insert("checkpoint".to_owned(), claimed.into_bytes());
    let boundless = restore(&ArchiveDisk::open(Arc::new(claims)).unwrap(), &SimDisk::new(14)).unwrap_err();
    assert!(boundless.to_string().contains("more than its segments can hold"), "{boundless}");

    let disk: Arc<dyn Disk> = Arc::new(sim.clone());
    let report = verify_with(&disk, &world.trust(), 2);
    assert!(report.is_intact() && report.size == 300, "{:?}", report.problems);
    let (mut log, found) = Log::open(&ports(&sim, 12), &options(12)).unwrap();
    assert_eq!((found.records, found.cut_bytes), (300, 0));
    for _ in 0..40 {
        log.append(&[&[Entry { kind: "test.happened".to_owned(), ..Entry::default() }]]).remove(0).unwrap();
    }
    log.publish().unwrap();
    let again = syndic_archive::archive(&disk, &world.trust(), &memory, syndic_archive::Scope::New);
    assert_eq!(done(again).head.size, 340);
    assert!(verified(Arc::new(memory), &world.trust()).is_intact());
}

#[test]
fn names_in_an_archive_decide_nothing_about_where_is_written() {
    let (mut world, memory) = (World::new(14), Memory::default());
    done(world.grow(30).archive(&memory));
    for path in ["segments/../../escaped.seg", "segments/x/00000000000000000001.seg", "../escaped", "keys/slots"] {
        memory.put(path, &Body::of_bytes(b"x"), When::Absent).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("deep/restored");
    restore(&ArchiveDisk::open(Arc::new(memory)).unwrap(), &RealDisk::new(&to)).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["checkpoint", "log.json", "segments", "tile"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
}
