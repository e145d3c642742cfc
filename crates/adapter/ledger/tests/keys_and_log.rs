//! The key store held against the log: a key that is gone counts as erased only if a record says so, and one that is
//! there in spite of such a record is destroyed again.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "the helpers of tests")]

use std::sync::Arc;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, NoteSigner};
use syndic_ledger::admin::ERASED_KIND;
use syndic_ledger::disk::{Disk, SimDisk, read_file};
use syndic_ledger::hold::HoldScope;
use syndic_ledger::verify::{Problem, ProblemKind, Report, Scope, Trust, verify, verify_scope};
use syndic_ledger::{Content, Ledger, Options, Ports, SystemClock};

#[path = "retention/bench.rs"]
mod bench;

use bench::{Bench, append, assert_all_proved, cause, content, count, entry, master, plain};

const SLOTS: &str = "keys/slots";
/// Where the slots begin, and how long one copy is (layout in keys/mod.rs and keys/slot.rs).
const FIRST_SLOT: usize = 8_192;
const SECOND_COPIES: usize = 12_288;
const SLOT_BYTES: usize = 128;

fn bench(seed: u64) -> (SimDisk, Bench) {
    let disk = SimDisk::new(seed);
    (disk.clone(), Bench::new(Arc::new(disk)))
}

fn slots(disk: &SimDisk) -> Vec<u8> {
    read_file(disk, SLOTS, u64::MAX).unwrap().unwrap()
}

fn put_back(disk: &SimDisk, bytes: &[u8]) {
    assert!(disk.tamper(SLOTS, |file| *file = bytes.to_vec()));
}

fn zero(disk: &SimDisk, slot: usize) {
    let zeros = |file: &mut Vec<u8>| {
        for start in [FIRST_SLOT, SECOND_COPIES] {
            file[start + slot * SLOT_BYTES..][..SLOT_BYTES].fill(0);
        }
    };
    assert!(disk.tamper(SLOTS, zeros));
}

/// Verifies with nothing but the public key.
fn verified(disk: &SimDisk) -> Report {
    let signer = NoteSigner::new("bench.example/log", KeyUse::Note, SigningKey::from_seed([9; 32])).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let trust = Trust::new(&signer.key().to_string()).unwrap();
    assert!(verify(&disk, &trust).is_intact(), "the log itself is");
    verify_scope(&disk, &trust, Scope::LogAndKeys)
}

fn only(report: &Report, kind: ProblemKind) -> &Problem {
    let [problem] = &report.problems[..] else { panic!("{:?}", report.problems) };
    assert_eq!((problem.kind, problem.path.as_str(), report.is_intact()), (kind, SLOTS, false), "{problem}");
    problem
}

fn close(admin: syndic_ledger::admin::Admin) {
    admin.ledger().close().unwrap();
    drop(admin);
}

fn is_sealed(content: &Content) -> bool {
    matches!(content, Content::Sealed(why) if why.contains("no record says that it was erased"))
}

#[test]
fn a_key_that_is_gone_without_a_record_is_lost_and_not_erased() {
    let (disk, bench) = bench(1);
    let admin = bench.create();
    let (anna, bert) = (append(&admin, "anna", "anna's"), append(&admin, "bert", "bert's"));
    append(&admin, "anna", "more");
    admin.hold("case 7", &HoldScope::Subject("anna".to_owned()), &cause()).unwrap();
    close(admin);
    assert!(verified(&disk).is_intact());
    zero(&disk, 0);
    let report = verified(&disk);
    let problem = only(&report, ProblemKind::LostKey);
    assert_eq!((problem.records.clone(), problem.offset), (0..3, FIRST_SLOT as u64));
    assert!(problem.what.contains("slot 0") && problem.what.contains("2 record(s)"), "{problem}");

    let admin = bench.open();
    assert!(is_sealed(&content(&admin, anna)), "{:?}", content(&admin, anna));
    assert_eq!(content(&admin, bert), plain("bert's"));
    close(admin);
    only(&verified(&disk), ProblemKind::LostKey);
}

#[test]
fn a_key_store_of_zeros_loses_every_key_and_erases_none() {
    let (disk, bench) = bench(2);
    let admin = bench.create();
    let records = [append(&admin, "anna", "a"), append(&admin, "bert", "b"), append(&admin, "", "own")];
    admin.erase("bert", &cause()).unwrap();
    close(admin);
    let whole = slots(&disk);
    disk.tamper(SLOTS, |file| file[FIRST_SLOT..].fill(0));
    let report = verified(&disk);
    assert_eq!(report.problems.iter().filter(|problem| problem.kind == ProblemKind::LostKey).count(), 2, "{report:?}");
    let admin = bench.open();
    let [anna, bert, own] = records.map(|index| content(&admin, index));
    assert!(is_sealed(&anna) && is_sealed(&own), "{anna:?} {own:?}");
    assert_eq!(bert, Content::Erased, "that one a record states");
    close(admin);

    put_back(&disk, &whole);
    assert!(verified(&disk).is_intact());
    disk.tamper(SLOTS, |file| file.fill(0));
    assert!(only(&verified(&disk), ProblemKind::LostKey).what.contains("key index"));
    disk.remove(SLOTS).unwrap();
    only(&verified(&disk), ProblemKind::Missing);
}

#[test]
fn erasing_a_subject_whose_key_was_lost_states_it_and_settles_it() {
    let (disk, bench) = bench(3);
    let admin = bench.create();
    let anna = append(&admin, "anna", "anna's");
    close(admin);
    zero(&disk, 0);
    let admin = bench.open();
    let erased = admin.erase("anna", &cause()).unwrap();
    assert_eq!((content(&admin, anna), erased.slots.len()), (Content::Erased, 0));
    assert_eq!(admin.erase("anna", &cause()).unwrap().index, erased.index, "said once");
    close(admin);
    let report = verified(&disk);
    assert!(report.is_intact() && report.keys.unwrap().erased == 1, "{report:?}");
}

#[test]
fn an_older_key_store_put_back_is_named_and_its_erased_keys_are_destroyed_again() {
    let (disk, bench) = bench(4);
    let admin = bench.create();
    let (anna, bert) = (append(&admin, "anna", "anna's"), append(&admin, "bert", "bert's"));
    let older = slots(&disk);
    let erased = admin.erase("anna", &cause()).unwrap();
    close(admin);
    let after = slots(&disk);
    put_back(&disk, &older);
    let report = verified(&disk);
    // The own subject's key, which sealed the reason, is not in the older store.
    let revived: Vec<_> = report.problems.iter().filter(|one| one.kind == ProblemKind::RevivedKey).collect();
    assert_eq!(revived.len(), 1, "{report:?}");
    assert!(revived[0].what.contains(&format!("record {} says", erased.index)), "{}", revived[0]);

    let admin = bench.open();
    let [again] = &admin.revived()[..] else { panic!("{:?}", admin.revived()) };
    assert_eq!((again.subject, &again.slots), (erased.subject, &erased.slots));
    assert_eq!([content(&admin, anna), content(&admin, bert)], [Content::Erased, plain("bert's")]);
    let record = admin.ledger().read(again.index).unwrap();
    assert_eq!((record.leaf.kind.as_str(), record.leaf.actor.as_str()), (ERASED_KIND, "ledger"));
    assert_eq!(slots(&disk)[FIRST_SLOT..][..SLOT_BYTES], after[FIRST_SLOT..][..SLOT_BYTES]);
    assert!(slots(&disk)[FIRST_SLOT..][..SLOT_BYTES].iter().all(|byte| *byte == 0));
    assert_all_proved(&admin);
    close(admin);
    assert!(!verified(&disk).problems.iter().any(|one| one.kind == ProblemKind::RevivedKey));
    let admin = bench.open();
    assert_eq!((admin.revived().len(), count(&admin, ERASED_KIND)), (0, 2), "once");
}

#[test]
fn a_subject_that_came_back_keeps_its_new_key() {
    let (disk, bench) = bench(5);
    let admin = bench.create();
    let old = append(&admin, "anna", "old");
    let older = slots(&disk);
    admin.erase("anna", &cause()).unwrap();
    let new = append(&admin, "anna", "new");
    close(admin);
    for is_put_back in [false, true] {
        if is_put_back {
            // Only her old slot, as who knows the layout would do it.
            let slot = |at: usize| older[at..][..SLOT_BYTES].to_vec();
            let (first, second) = (slot(FIRST_SLOT), slot(SECOND_COPIES));
            disk.tamper(SLOTS, |file| {
                file[FIRST_SLOT..][..SLOT_BYTES].copy_from_slice(&first);
                file[SECOND_COPIES..][..SLOT_BYTES].copy_from_slice(&second);
            });
            only(&verified(&disk), ProblemKind::RevivedKey);
        }
        let admin = bench.open();
        assert_eq!(admin.revived().len(), usize::from(is_put_back));
        assert_eq!([content(&admin, old), content(&admin, new)], [Content::Erased, plain("new")]);
        close(admin);
        assert!(verified(&disk).is_intact());
    }
}

#[test]
fn a_key_the_store_did_not_have_when_its_subject_was_erased_is_destroyed_when_it_comes_back() {
    let (disk, bench) = bench(6);
    let admin = bench.create();
    append(&admin, "bert", "bert's");
    let oldest = slots(&disk);
    let anna = append(&admin, "anna", "anna's");
    close(admin);
    let newer = slots(&disk);
    put_back(&disk, &oldest);
    let admin = bench.open();
    admin.erase("anna", &cause()).unwrap();
    close(admin);
    put_back(&disk, &newer);
    let admin = bench.open();
    assert_eq!((admin.revived().len(), content(&admin, anna)), (1, Content::Erased));
}

#[test]
fn no_new_key_gets_the_number_of_one_that_the_log_says_is_gone() {
    let (disk, bench) = bench(7);
    let admin = bench.create();
    append(&admin, "bert", "bert's");
    let older = slots(&disk);
    append(&admin, "anna", "anna's");
    admin.erase("anna", &cause()).unwrap();
    close(admin);
    put_back(&disk, &older);
    let admin = bench.open();
    let again = append(&admin, "anna", "again");
    close(admin);
    let admin = bench.open();
    assert_eq!((admin.revived().len(), content(&admin, again)), (0, plain("again")));
}

#[test]
fn a_key_put_back_under_an_open_ledger_does_not_come_under_the_next_master_key() {
    let (disk, bench) = bench(8);
    let admin = bench.create();
    let anna = append(&admin, "anna", "anna's");
    append(&admin, "", "own");
    let older = slots(&disk);
    admin.erase("anna", &cause()).unwrap();
    disk.tamper(SLOTS, |file| file[..older.len()].copy_from_slice(&older));
    admin.rotate(&master(2), &cause()).unwrap();
    assert_eq!((admin.revived().len(), count(&admin, ERASED_KIND)), (1, 2));
    close(admin);
    drop(disk.lock());
    let report = verified(&disk);
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(content(&bench.try_open(2).unwrap(), anna), Content::Erased);
}

#[test]
fn a_key_store_from_before_a_rotation_is_named_without_a_key() {
    let (disk, bench) = bench(9);
    let admin = bench.create();
    append(&admin, "anna", "anna's");
    append(&admin, "", "own");
    let older = slots(&disk);
    admin.rotate(&master(2), &cause()).unwrap();
    close(admin);
    put_back(&disk, &older);
    assert!(only(&verified(&disk), ProblemKind::Rollback).what.contains("master key 1, the log says 2"));
}

#[test]
fn a_key_of_somebody_else_in_a_slot_is_named_and_so_are_two_subjects_of_one_slot() {
    // The same randomness gives both stores the same header; another subject comes second.
    let [(disk, one), (foreign, other)] = [bench(10), bench(10)];
    let [admin, elsewhere] = [one.create(), other.create()];
    for (admin, second) in [(&admin, "anna"), (&elsewhere, "carl")] {
        append(admin, "bert", "bert's");
        append(admin, second, "text");
    }
    close(admin);
    put_back(&disk, &slots(&foreign));
    assert!(only(&verified(&disk), ProblemKind::LostKey).what.contains("somebody else"));
    // As who does not heed the log would write it.
    let ports = Ports { disk: Arc::new(disk.clone()), clock: Arc::new(SystemClock), sealer: other.keys() };
    let ledger = Ledger::open(&ports, &Options::new("bench.example/log", SigningKey::from_seed([9; 32]))).unwrap().0;
    ledger.append(vec![entry("carl", "carl's")]).unwrap();
    ledger.close().unwrap();
    assert!(verified(&disk).problems.iter().any(|one| one.kind == ProblemKind::Tampered));
}

#[test]
fn the_number_of_a_lost_key_is_not_given_out_again() {
    let (disk, bench) = bench(11);
    let admin = bench.create();
    append(&admin, "bert", "bert's");
    let older = slots(&disk);
    let anna = append(&admin, "anna", "anna's");
    append(&admin, "bert", "the newest record names an old key");
    assert_eq!(admin.lost_keys().unwrap(), []);
    close(admin);
    for (left, lost) in [(&older[..], 1), (&older[..FIRST_SLOT], 3)] {
        put_back(&disk, left);
        let admin = bench.open();
        assert_eq!(admin.lost_keys().unwrap().len(), lost);
        let carl = append(&admin, "carl", "carl's");
        assert_eq!((is_sealed(&content(&admin, anna)), content(&admin, carl)), (true, plain("carl's")));
        close(admin);
        let kinds: Vec<_> = verified(&disk).problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, vec![ProblemKind::LostKey; lost]);
    }
}
