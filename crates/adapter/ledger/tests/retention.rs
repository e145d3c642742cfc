//! Retiring segments: what is old and not held goes, stays provable, and no crash leaves a log that does not open.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of tests")]

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use syndic_ledger::admin::{Admin, AdminError, RETIRED_KIND, State};
use syndic_ledger::disk::{Disk, Faults, RealDisk, SimDisk, read_file};
use syndic_ledger::hold::HoldScope;
use syndic_ledger::retention::{KeptBecause, Retention};
use syndic_ledger::verify::{Trust, verify};
use syndic_ledger::{Content, Description};

#[path = "retention/bench.rs"]
mod bench;

use bench::{Bench, append, assert_all_proved, cause, content, count, entry, plain};

const DAY_US: i64 = 86_400_000_000;

/// Appends records of alternating subjects, one batch a day's part, and publishes.
fn fill(bench: &Bench, admin: &Admin, records: Range<u64>, day: i64) {
    bench.clock.0.store(day * DAY_US, Ordering::Relaxed);
    for start in records.clone().step_by(50) {
        let batch =
            (start..records.end.min(start + 50)).map(|index| entry(&format!("subject {}", index % 7), &text(index)));
        admin.ledger().append(batch.collect()).unwrap();
    }
    admin.ledger().checkpoint().unwrap();
}

fn text(index: u64) -> String {
    format!("{index:09}").repeat(12)
}

fn segments(disk: &dyn Disk) -> Vec<u64> {
    let names = disk.list("segments").unwrap();
    names.iter().filter_map(|name| name.strip_suffix(".seg")?.parse().ok()).collect()
}

/// Verifies the folder with the public key alone.
fn assert_verified(disk: &Arc<dyn Disk>) {
    let trust = Trust::new(&Description::read(disk.as_ref()).unwrap().key).unwrap();
    let report = verify(disk, &trust);
    assert!(report.is_intact(), "{:#?}", report.problems);
}

/// Every record from the first kept on opens; of those before the leaf is there and the content is gone.
fn assert_retired_before(admin: &Admin, before: u64, records: u64) {
    let all: Vec<_> = admin.ledger().tail(0).map(Result::unwrap).collect();
    for (index, tailed) in (0..records).zip(&all) {
        let record = admin.ledger().read(index).unwrap();
        assert_eq!(&record, tailed);
        let expected = if index < before { Content::Retired } else { plain(&text(index)) };
        assert_eq!((record.leaf.index, record.content), (index, expected), "record {index}");
    }
}

#[test]
fn old_segments_go_and_stay_provable_and_the_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path()));
    let bench = Bench::new(Arc::clone(&disk));
    let admin = bench.create();
    fill(&bench, &admin, 0..400, 0);
    fill(&bench, &admin, 400..700, 100);

    assert_eq!(admin.retire(183 * DAY_US, &cause()).unwrap().index, None, "not older than 183 days yet");
    let size = admin.ledger().size();
    let prospect = admin.would_retire(Retention::default(), 184 * DAY_US).unwrap();
    assert_eq!((admin.ledger().size(), segments(disk.as_ref())[0]), (size, 0), "looking changes nothing");
    let retired = admin.retire(184 * DAY_US, &cause()).unwrap();
    let before = retired.before;
    assert_eq!(
        (prospect.segments, prospect.records, prospect.keeping),
        (retired.segments, 0..before, retired.keeping.clone())
    );
    // 400 records are old enough; whole segments, and only those in full bundles, may go.
    assert!(retired.segments > 2 && before > 200 && before <= 400, "{retired:?}");
    assert_eq!(retired.keeping.unwrap().because, KeptBecause::TooYoung);
    assert_eq!(segments(disk.as_ref())[0], before);
    let record = admin.ledger().read(retired.index.unwrap()).unwrap();
    assert_eq!(record.leaf.kind, RETIRED_KIND);
    let expected =
        [("from", 0), ("before", before), ("days", 183)].map(|(key, value)| (key.to_owned(), value.to_string()));
    assert_eq!(record.leaf.tags, expected);
    assert_all_proved(&admin);

    admin.ledger().close().unwrap();
    drop(admin);
    for round in 0..3 {
        let admin = bench.open();
        assert_eq!(admin.state().retired_before(), before);
        assert_retired_before(&admin, before, 700);
        let more = append(&admin, "", "more");
        assert_eq!(content(&admin, more), plain("more"), "round {round}");
        assert_all_proved(&admin);
        assert_eq!(State::derive(&disk, admin.ledger().head()).unwrap(), admin.state());
        assert_verified(&disk);
        admin.ledger().close().unwrap();
    }
}

#[test]
fn a_hold_keeps_its_segment_and_all_after_it() {
    let bench = Bench::new(Arc::new(SimDisk::new(1)));
    let admin = bench.create();
    fill(&bench, &admin, 0..300, 0);
    let held = append(&admin, "anna", &text(300));
    fill(&bench, &admin, 301..900, 0);
    for scope in [
        HoldScope::Subject("anna".to_owned()),
        HoldScope::Tag { key: "of".to_owned(), value: text(0).len().to_string() },
        HoldScope::Everything,
    ]
    .iter()
    .rev()
    {
        admin.hold("case 7", scope, &cause()).unwrap();
        let retired = admin.retire(400 * DAY_US, &cause()).unwrap();
        let keeping = retired.keeping.clone().unwrap();
        assert_eq!(keeping.because, KeptBecause::Held("case 7".to_owned()));
        let prospect = admin.would_retire(Retention::default(), 400 * DAY_US).unwrap();
        assert_eq!((prospect.segments, prospect.keeping), (0, Some(keeping.clone())));
        if matches!(scope, HoldScope::Subject(_)) {
            assert!(retired.segments > 2 && retired.before <= held, "{retired:?}");
        } else {
            assert_eq!((retired.segments, retired.index, keeping.from), (0, None, 0));
        }
        admin.release("case 7", &cause()).unwrap();
    }
    let before = admin.state().retired_before();
    assert_retired_before(&admin, before, 900);
    let after = admin.retire(400 * DAY_US, &cause()).unwrap();
    assert!(after.before > held, "released, it goes: {after:?}");
    assert_eq!(count(&admin, RETIRED_KIND), 2);
    assert_all_proved(&admin);
}

#[test]
fn the_segment_in_use_and_what_is_in_no_full_bundle_stay() {
    let bench = Bench::new(Arc::new(SimDisk::new(2)));
    let admin = bench.create();
    fill(&bench, &admin, 0..200, 0);
    let retired = admin.retire(1_000 * DAY_US, &cause()).unwrap();
    assert_eq!((retired.segments, retired.keeping.unwrap().because), (0, KeptBecause::NotPublished));
    let bench = Bench::new(Arc::new(SimDisk::new(3)));
    let admin = bench.create();
    append(&admin, "", "alone");
    assert_eq!(admin.retire(1_000 * DAY_US, &cause()).unwrap().keeping.unwrap().because, KeptBecause::InUse);
}

#[test]
fn retention_is_set_by_a_record_and_below_the_minimum_only_explicitly() {
    let disk = SimDisk::new(4);
    let bench = Bench::new(Arc::new(disk.clone()));
    let admin = bench.create();
    fill(&bench, &admin, 0..600, 0);
    assert!(matches!(Retention::of_days(30), Err(AdminError::TooShort { .. })));
    assert_eq!(admin.retire(31 * DAY_US, &cause()).unwrap().segments, 0);
    let index = admin.set_retention(Retention::overriding_minimum(30), &cause()).unwrap();
    let tags = admin.ledger().read(index).unwrap().leaf.tags;
    assert!(tags.contains(&("minimum".to_owned(), "overridden".to_owned())), "{tags:?}");
    drop(admin);
    disk.lose_power();
    let admin = bench.open();
    assert_eq!(admin.state().retention().days(), 30);
    assert!(admin.retire(31 * DAY_US, &cause()).unwrap().segments > 2);
}

#[test]
fn what_stays_is_made_again_from_the_segments_before_they_go() {
    for path in ["tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001", "tile/1/000.p/2"] {
        for is_lost in [false, true] {
            let disk = SimDisk::new(5);
            let bench = Bench::new(Arc::new(disk.clone()));
            let admin = bench.create();
            fill(&bench, &admin, 0..600, 0);
            assert!(disk.tamper(path, |bytes| bytes[40] ^= 1), "{path}");
            if is_lost {
                disk.remove(path).unwrap();
            }
            let retired = admin.retire(400 * DAY_US, &cause()).unwrap();
            assert!(retired.segments > 2, "{path}: {retired:?}");
            drop(admin);
            let admin = bench.open();
            assert_retired_before(&admin, retired.before, 600);
            assert_all_proved(&admin);
        }
    }
}

#[test]
fn nothing_goes_that_is_not_under_the_signed_root() {
    let disk = SimDisk::new(5);
    let bench = Bench::new(Arc::new(disk.clone()));
    let admin = bench.create();
    fill(&bench, &admin, 0..600, 0);
    let before = segments(&disk);
    let second = format!("segments/{:020}.seg", before[1]);
    // The checksum is made to fit, as an intruder would: of the first frame, after its length and type.
    assert!(disk.tamper(&second, |bytes| {
        let length = usize::try_from(u32::from_le_bytes(bytes[..4].try_into().unwrap())).unwrap();
        bytes[12 + 2 + 16] ^= 1;
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes[..8]), &bytes[12..12 + length]);
        bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    }));
    let outcome = admin.retire(400 * DAY_US, &cause());
    assert!(matches!(outcome, Err(AdminError::Unproved { .. })), "{outcome:?}");
    assert_eq!(segments(&disk), before);
}

#[test]
fn a_retirement_cut_anywhere_leaves_a_log_that_opens_and_a_record_of_all_that_is_gone() {
    let (cut_between, finished) = (Cell::new(0), Cell::new(0));
    for cut in 1..600 {
        let disk = SimDisk::new(cut);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        fill(&bench, &admin, 0..600, 0);
        disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
        let outcome = admin.retire(400 * DAY_US, &cause());
        drop(admin);
        if outcome.is_ok() {
            finished.set(cut);
        }
        disk.lose_power();
        let admin = bench.open();
        let (first, recorded) = (segments(&disk)[0], admin.state().retired_before());
        assert!(first <= recorded, "cut {cut}: gone before {first}, recorded before {recorded}");
        assert!(outcome.as_ref().is_ok_and(|retired| retired.before == first) || outcome.is_err());
        cut_between.set(cut_between.get() + usize::from(first < recorded));
        assert_retired_before(&admin, first, 600);
        let again = admin.retire(400 * DAY_US, &cause()).unwrap();
        assert_eq!(count(&admin, RETIRED_KIND), 1, "cut {cut}: recorded once, {again:?}");
        assert_eq!(segments(&disk)[0], admin.state().retired_before());
        assert_verified(&bench.disk);
        if cut % 10 == 0 {
            assert_all_proved(&admin);
        }
        if finished.get() > 0 {
            break;
        }
    }
    assert!(finished.get() > 40 && cut_between.get() > 3, "{finished:?} {cut_between:?}");
}

#[test]
fn a_lost_changed_or_older_state_file_costs_nothing() {
    let disk = SimDisk::new(6);
    let bench = Bench::new(Arc::new(disk.clone()));
    let admin = bench.create();
    admin.hold("kept", &HoldScope::Subject("subject 3".to_owned()), &cause()).unwrap();
    fill(&bench, &admin, 1..1_200, 0);
    let reopen = |admin: Admin| {
        drop(admin);
        disk.kill_process();
        bench.open()
    };
    let admin = reopen(admin);
    assert_eq!(disk.list("admin").unwrap(), ["state"], "kept after so many records");
    // Newer than the file, which is read on from.
    admin.hold("newer", &HoldScope::Everything, &cause()).unwrap();
    admin.erase("subject 3", &cause()).unwrap_err();
    admin.release("kept", &cause()).unwrap();
    let state = admin.state();
    let admin = reopen(admin);
    assert_eq!(admin.state(), state);
    let admin = (0..40).fold(admin, |admin, byte| {
        assert!(disk.tamper("admin/state", |bytes| bytes[byte * 3] ^= 0x10));
        let admin = reopen(admin);
        assert_eq!(admin.state(), state, "byte {byte}");
        admin
    });
    disk.remove("admin/state").unwrap();
    let admin = reopen(admin);
    assert_eq!(admin.state(), state);
    assert_eq!(State::derive(&bench.disk, admin.ledger().head()).unwrap(), state);
}

#[test]
fn whatever_tiles_a_crash_loses_after_a_retirement_the_log_opens_and_proves_all() {
    let lost = Cell::new(0);
    // How many crashes lose the tile depends on the moment of publication: go on until enough did.
    for seed in 0..400 {
        let disk = SimDisk::new(seed);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        fill(&bench, &admin, 0..600, 0);
        let before = admin.retire(400 * DAY_US, &cause()).unwrap().before;
        // Each publication replaces partial tiles without waiting for the disk.
        fill(&bench, &admin, 600..650, 1);
        drop(admin);
        let tile = || read_file(&disk, "tile/1/000.p/2", 64).unwrap();
        let whole = tile();
        disk.lose_power();
        lost.set(lost.get() + usize::from(tile() != whole));
        let admin = bench.open();
        assert_all_proved(&admin);
        assert_eq!(content(&admin, before - 1), Content::Retired);
        drop(admin);
        disk.kill_process();
        assert_verified(&bench.disk);
        if seed >= 60 && lost.get() > 5 {
            break;
        }
    }
    assert!(lost.get() > 0, "no crash lost what recovery starts from");
}

#[test]
fn a_changed_tile_before_the_first_segment_is_found_out_and_made_again() {
    for path in ["tile/0/000", "tile/1/000.p/2"] {
        let disk = SimDisk::new(7);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        fill(&bench, &admin, 0..600, 0);
        admin.retire(400 * DAY_US, &cause()).unwrap();
        drop(admin);
        assert!(disk.tamper(path, |bytes| bytes[3] ^= 1), "{path}");
        let admin = bench.open();
        append(&admin, "", "more");
        assert_all_proved(&admin);
        drop(admin);
        disk.kill_process();
        assert_verified(&bench.disk);
    }
}
