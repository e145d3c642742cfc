//! Erasing a subject: nothing of it stays, everything else does, and no crash leaves it half done or unrecorded.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "the helpers of tests")]

use std::cell::Cell;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use syndic_ledger::Content;
use syndic_ledger::admin::{AdminError, ERASED_KIND, ROTATED_KIND};
use syndic_ledger::disk::{Faults, RealDisk, SimDisk};
use syndic_ledger::hold::HoldScope;

#[path = "retention/bench.rs"]
mod bench;

use bench::{Bench, append, assert_all_proved, cause, content, count, entry, master, plain};

const SECRET: &str = "anna's most secret text";

/// Every byte of every file below a folder.
fn everything(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for found in std::fs::read_dir(folder).unwrap().map(|found| found.unwrap().path()) {
        bytes.extend(if found.is_dir() { everything(&found) } else { std::fs::read(found).unwrap() });
    }
    bytes
}

/// How many parts of eight bytes of any needle the bytes hold: so many do not meet by chance.
fn parts_left(bytes: &[u8], needles: &[Vec<u8>]) -> usize {
    let parts: HashSet<&[u8]> = needles.iter().flat_map(|needle| needle.windows(8)).collect();
    bytes.windows(8).filter(|window| parts.contains(window)).count()
}

#[test]
fn nothing_of_an_erased_subject_is_in_any_byte_of_the_folder_and_all_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Arc::new(RealDisk::new(folder.path())));
    let admin = bench.create();
    let bert = append(&admin, "bert", "bert's");
    bench.random.drawn.lock().unwrap().clear();
    let anna = append(&admin, "anna", SECRET);
    // Drawn for her: the subject key, the nonce of its wrapping, then the record key with the nonce of its wrapping.
    let drawn = bench.random.drawn.lock().unwrap().clone();
    assert_eq!(drawn.iter().map(Vec::len).collect::<Vec<_>>(), [32, 24, 56]);
    let own = append(&admin, "", "of nobody");
    let slots = std::fs::read(folder.path().join("keys/slots")).unwrap();

    let erased = admin.erase("anna", &cause()).unwrap();
    let [slot] = erased.slots[..] else { panic!("one key was hers: {erased:?}") };
    // The slot as it was: both copies hold her key, wrapped under the master key (layout in keys/slot.rs).
    let at = 8192 + 128 * usize::try_from(slot).unwrap();
    let wrapped = slots[at + 48..at + 120].to_vec();
    assert!(parts_left(&slots, std::slice::from_ref(&wrapped)) > 0, "the search finds what is there");
    let needles = [drawn[0].clone(), drawn[2][..32].to_vec(), wrapped, SECRET.into()];
    assert_eq!(parts_left(&everything(folder.path()), &needles), 0);

    let record = admin.ledger().read(erased.index).unwrap();
    assert_eq!(
        (record.leaf.kind.as_str(), record.leaf.subject, record.content),
        (ERASED_KIND, None, plain("request 7"))
    );
    assert_eq!(record.leaf.actor, "dpo");
    assert_all_proved(&admin);
    admin.ledger().close().unwrap();
    drop(admin);
    let admin = bench.open();
    assert_eq!(content(&admin, anna), Content::Erased);
    assert_eq!([content(&admin, bert), content(&admin, own)], [plain("bert's"), plain("of nobody")]);
    assert_all_proved(&admin);
    assert_eq!(parts_left(&everything(folder.path()), &needles), 0, "nor after everything was written again");
}

#[test]
fn no_record_names_an_erased_subject() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Arc::new(RealDisk::new(folder.path())));
    let admin = bench.create();
    append(&admin, "anna.lindqvist@example.org", "text");
    admin.hold("case 7", &HoldScope::Subject("anna.lindqvist@example.org".to_owned()), &cause()).unwrap();
    admin.release("case 7", &cause()).unwrap();
    admin.erase("anna.lindqvist@example.org", &cause()).unwrap();
    admin.ledger().close().unwrap();
    assert_eq!(parts_left(&everything(folder.path()), &[b"anna.lindqvist@example.org".to_vec()]), 0);
}

#[test]
fn the_logs_own_subject_and_a_cause_no_record_holds_are_refused() {
    let bench = Bench::new(Arc::new(SimDisk::new(1)));
    let admin = bench.create();
    let (own, anna) = (append(&admin, "", "own"), append(&admin, "anna", SECRET));
    assert!(matches!(admin.erase("", &cause()), Err(AdminError::OwnSubject)));
    let mut long = cause();
    long.actor = "x".repeat(256);
    assert!(matches!(admin.erase("anna", &long), Err(AdminError::Ledger(_))));
    assert!(matches!(admin.rotate(&master(2), &long), Err(AdminError::Ledger(_))));
    assert_eq!([content(&admin, own), content(&admin, anna)], [plain("own"), plain(SECRET)]);
    assert_eq!(admin.ledger().size(), 2, "nothing was recorded");
}

#[test]
fn a_hold_blocks_erasing_until_released() {
    let bench = Bench::new(Arc::new(SimDisk::new(2)));
    let admin = bench.create();
    let anna = append(&admin, "anna", SECRET);
    append(&admin, "bert", "other");
    let tag = |value: usize| HoldScope::Tag { key: "of".to_owned(), value: value.to_string() };
    for scope in [HoldScope::Subject("anna".to_owned()), HoldScope::Everything, tag(SECRET.len())] {
        admin.hold("case 7", &scope, &cause()).unwrap();
        assert!(matches!(admin.hold("case 7", &scope, &cause()), Err(AdminError::HoldExists { .. })));
        assert!(
            matches!(admin.erase("anna", &cause()), Err(AdminError::Held { hold }) if hold == "case 7"),
            "{scope:?}"
        );
        assert_eq!(content(&admin, anna), plain(SECRET));
        assert_eq!(admin.holds().len(), 1);
        admin.release("case 7", &cause()).unwrap();
        assert!(matches!(admin.release("case 7", &cause()), Err(AdminError::NoSuchHold { .. })));
    }
    admin.hold("other subject", &HoldScope::Subject("bert".to_owned()), &cause()).unwrap();
    admin.hold("other tag", &tag("other".len()), &cause()).unwrap();
    admin.erase("anna", &cause()).unwrap();
    assert_eq!(content(&admin, anna), Content::Erased);
    assert_eq!(count(&admin, ERASED_KIND), 1);
}

#[test]
fn a_hold_survives_reopening() {
    let disk = SimDisk::new(3);
    let bench = Bench::new(Arc::new(disk.clone()));
    let admin = bench.create();
    append(&admin, "anna", SECRET);
    let hold = admin.hold("case 7", &HoldScope::Subject("anna".to_owned()), &cause()).unwrap();
    drop(admin);
    disk.lose_power();
    let admin = bench.open();
    assert_eq!(admin.holds(), [hold]);
    assert!(matches!(admin.erase("anna", &cause()), Err(AdminError::Held { .. })));
}

#[test]
fn erasing_again_records_nothing_unless_the_subject_came_back() {
    let bench = Bench::new(Arc::new(SimDisk::new(4)));
    let admin = bench.create();
    append(&admin, "anna", SECRET);
    let first = admin.erase("anna", &cause()).unwrap();
    let again = admin.erase("anna", &cause()).unwrap();
    assert_eq!((again.index, again.slots.len(), count(&admin, ERASED_KIND)), (first.index, 0, 1));
    let back = append(&admin, "anna", "new text");
    assert_eq!(content(&admin, back), plain("new text"));
    let second = admin.erase("anna", &cause()).unwrap();
    assert_eq!((second.slots.len(), count(&admin, ERASED_KIND)), (1, 2));
    assert_eq!(content(&admin, back), Content::Erased);
}

/// Runs `act` with the power cut at every operation in turn, reopens and judges; ends when nothing was cut.
fn at_every_operation<T>(
    act: impl Fn(&syndic_ledger::admin::Admin) -> Result<T, AdminError>,
    judge: impl Fn(&Bench, &SimDisk, Result<T, AdminError>),
) {
    for cut in 1..400 {
        let disk = SimDisk::new(cut);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        admin.ledger().append(vec![entry("anna", SECRET), entry("bert", "bert's")]).unwrap();
        disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
        let outcome = act(&admin);
        let was_cut = outcome.is_err();
        drop(admin);
        disk.lose_power();
        judge(&bench, &disk, outcome);
        if !was_cut {
            assert!(cut > 10, "the cuts were in it");
            return;
        }
    }
    panic!("never finished");
}

#[test]
fn an_erasure_cut_anywhere_is_whole_or_not_there_after_reopening_and_always_recorded() {
    let finished_late = Cell::new(0);
    at_every_operation(
        |admin| admin.erase("anna", &cause()),
        |bench, _, outcome| {
            let admin = bench.open();
            let (anna, recorded) = (content(&admin, 0), count(&admin, ERASED_KIND));
            assert!(outcome.is_err() || anna == Content::Erased, "a confirmed erasure holds");
            assert_eq!(anna == Content::Erased, recorded == 1, "{anna:?} and {recorded} records");
            finished_late.set(finished_late.get() + usize::from(outcome.is_err()) * recorded);
            admin.erase("anna", &cause()).unwrap();
            assert_eq!((content(&admin, 0), content(&admin, 1)), (Content::Erased, plain("bert's")));
            assert_eq!(count(&admin, ERASED_KIND), 1, "recorded once");
            assert_all_proved(&admin);
        },
    );
    assert!(finished_late.get() > 3, "some cuts fell between the key's end and the record");
}

#[test]
fn an_erasure_that_failed_is_finished_however_often_reopening_is_cut() {
    at_every_operation(
        |admin| admin.erase("anna", &cause()),
        |bench, disk, _| {
            for cut in (1..200).step_by(7) {
                disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
                drop(bench.try_open(1));
                disk.lose_power();
            }
            let admin = bench.open();
            let recorded = count(&admin, ERASED_KIND);
            assert_eq!(content(&admin, 0) == Content::Erased, recorded == 1, "{recorded} records");
        },
    );
}

#[test]
fn an_erasure_on_a_failing_or_full_disk_is_recorded_or_was_not_done() {
    let (mut failed, mut done) = (0, 0);
    for seed in 0..300 {
        let disk = SimDisk::new(seed);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        admin.ledger().append(vec![entry("anna", SECRET)]).unwrap();
        disk.set_faults(Faults {
            write_error: 60,
            no_space: 90,
            sync_error: 60,
            short_write: 200,
            ..Faults::default()
        });
        let outcome = admin.erase("anna", &cause());
        drop(admin);
        disk.lose_power();
        let admin = bench.open();
        let recorded = count(&admin, ERASED_KIND);
        assert_eq!(content(&admin, 0) == Content::Erased, recorded == 1, "seed {seed}: {recorded} records");
        assert!(outcome.is_err() || recorded == 1, "seed {seed}");
        if outcome.is_ok() { done += 1 } else { failed += 1 }
    }
    assert!(failed > 20 && done > 20, "{failed} failed, {done} done");
}

#[test]
fn while_the_disk_is_full_the_next_action_finishes_the_erasure() {
    let mut finished = 0;
    for seed in 0..60 {
        let disk = SimDisk::new(seed);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        admin.ledger().append(vec![entry("anna", SECRET)]).unwrap();
        disk.set_faults(Faults { no_space: 150, ..Faults::default() });
        let outcome = admin.erase("anna", &cause());
        disk.set_faults(Faults::default());
        let is_unreadable = matches!(content(&admin, 0), Content::Sealed(_));
        let is_unrecorded = is_unreadable && count(&admin, ERASED_KIND) == 0;
        if outcome.is_err() && is_unrecorded && admin.hold("any", &HoldScope::Everything, &cause()).is_ok() {
            assert_eq!(count(&admin, ERASED_KIND), 1, "seed {seed}");
            finished += 1;
        }
    }
    assert!(finished > 0, "no seed fell between key and record");
}

#[test]
fn rotating_with_the_log_open_keeps_all_readable_and_is_recorded() {
    let bench = Bench::new(Arc::new(SimDisk::new(5)));
    let admin = bench.create();
    let (anna, bert) = (append(&admin, "anna", SECRET), append(&admin, "bert", "bert's"));
    admin.erase("bert", &cause()).unwrap();
    assert_eq!(admin.rotate(&master(2), &cause()).unwrap().generation, 2);
    let after = append(&admin, "anna", "after");
    assert_eq!((admin.state().generation(), count(&admin, ROTATED_KIND)), (2, 1));
    admin.ledger().close().unwrap();
    drop(admin);
    assert!(bench.try_open(1).is_err(), "the old key opens nothing any more");
    let admin = bench.try_open(2).unwrap();
    assert_eq!([content(&admin, anna), content(&admin, after)], [plain(SECRET), plain("after")]);
    assert_eq!(content(&admin, bert), Content::Erased);
    assert_eq!(count(&admin, ROTATED_KIND), 1, "opening adds nothing");
}

#[test]
fn a_rotation_cut_anywhere_opens_with_one_key_and_is_recorded_once() {
    at_every_operation(
        |admin| admin.rotate(&master(2), &cause()),
        |bench, disk, outcome| {
            let with_new = bench.try_open(2);
            assert!(outcome.is_err() || with_new.is_ok(), "a confirmed rotation holds");
            let is_rotated = with_new.is_ok();
            drop(with_new);
            disk.kill_process();
            let admin = bench.try_open(if is_rotated { 2 } else { 1 }).unwrap();
            assert_eq!(count(&admin, ROTATED_KIND), usize::from(is_rotated));
            assert_eq!([content(&admin, 0), content(&admin, 1)], [plain(SECRET), plain("bert's")]);
            assert_all_proved(&admin);
        },
    );
}
