//! Searching contents through the library: after erasures, crashes, rotations, and with older files put back.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of tests")]

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use syndic_ledger::Entry;
use syndic_ledger::admin::Admin;
use syndic_ledger::disk::{Faults, RealDisk, SimDisk};
use syndic_ledger::search::{Asked, ContentIndex, Filter, Order, Question, Seen};

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "retention/bench.rs"]
mod bench;

use bench::{Bench, append, cause, entry, master};

const SECRET: &str = "unforgettable-98765";

fn asked(words: &str) -> Asked {
    let question = Question::default().words(words).unwrap();
    Asked { question, filter: Filter::default(), order: Order::NewestFirst, most_looks: u64::MAX }
}

fn find(bench: &Bench, admin: &Admin, words: &str) -> (Vec<u64>, Seen) {
    let mut index = ContentIndex::open(admin.ledger(), &bench.keys()).unwrap();
    index.update().unwrap();
    let mut finder = index.find(asked(words)).unwrap();
    let mut found = Vec::new();
    while let Some(record) = finder.step().unwrap() {
        found.push(record.index);
    }
    (found, finder.seen())
}

/// Enough records for a block, with a secret of anna's and one of bert's in it.
fn fill(admin: &Admin) -> [u64; 2] {
    let many = |count: usize| (0..count).map(|number| entry("carla", &format!("text number-{number}"))).collect();
    admin.ledger().append(many(1_500)).unwrap();
    let anna = append(admin, "anna", SECRET);
    admin.ledger().append(many(1_500)).unwrap();
    [anna, append(admin, "bert", SECRET)]
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for found in std::fs::read_dir(from).unwrap().map(|found| found.unwrap().path()) {
        std::fs::copy(&found, to.join(found.file_name().unwrap())).unwrap();
    }
}

#[test]
fn words_are_found_by_the_index_and_not_after_an_erasure() {
    let bench = Bench::new(Arc::new(SimDisk::new(1)));
    let admin = bench.create();
    let [anna, bert] = fill(&admin);
    let (found, seen) = find(&bench, &admin, SECRET);
    assert_eq!((found, seen.looked), (vec![bert, anna], 2), "nothing else was opened");
    assert_eq!(find(&bench, &admin, "text number-77").0.len(), 2);
    admin.erase("anna", &cause()).unwrap();
    let (found, seen) = find(&bench, &admin, SECRET);
    assert_eq!((found, seen.erased), (vec![bert], 1));
}

#[test]
fn words_of_a_common_kind_are_found_by_few_candidates_and_by_many() {
    let bench = Bench::new(Arc::new(SimDisk::new(3)));
    let admin = bench.create();
    let of_kind = |kind: &str, content: String| Entry { kind: kind.to_owned(), ..entry("carla", &content) };
    let common =
        |number: usize| of_kind(if number % 100 == 7 { "rare" } else { "common" }, format!("text number-{number}"));
    admin.ledger().append((0..12_000).map(common).collect()).unwrap();
    let secrets = ["rare", "common", "rare"].map(|kind| of_kind(kind, SECRET.to_owned()));
    let first = admin.ledger().append(secrets.into()).unwrap()[0].index;
    let ask = |words: &str, kind: &str| {
        let mut index = ContentIndex::open(admin.ledger(), &bench.keys()).unwrap();
        index.update().unwrap();
        let mut finder = index.find(Asked { filter: Filter::default().kind(kind), ..asked(words) }).unwrap();
        std::iter::from_fn(|| finder.step().unwrap()).map(|record| record.index).collect::<Vec<u64>>()
    };
    assert_eq!(ask(SECRET, "common"), [first + 1]);
    assert_eq!(ask(SECRET, "rare"), [first + 2, first]);
    assert_eq!((ask("text", "common").len(), ask("text", "rare").len()), (11_880, 120));
    assert_eq!((ask("number-107", "common"), ask("number-107", "rare").len()), (vec![], 1));
    admin.erase("carla", &cause()).unwrap();
    assert!(ask("text", "common").is_empty());
}

#[test]
fn an_index_serves_before_and_after_a_new_master_key() {
    let bench = Bench::new(Arc::new(SimDisk::new(2)));
    let admin = bench.create();
    let [anna, bert] = fill(&admin);
    find(&bench, &admin, SECRET);
    admin.rotate(&master(2), &cause()).unwrap();
    assert_eq!(find(&bench, &admin, SECRET).0, [bert, anna]);
    admin.ledger().close().unwrap();
    drop(admin);
    let admin = bench.try_open(2).unwrap();
    let index = ContentIndex::open(admin.ledger(), &bench.keys()).unwrap();
    assert_eq!(index.missing(), 0, "nothing is made again");
    drop(index);
    let (found, seen) = find(&bench, &admin, SECRET);
    assert_eq!(found, [bert, anna]);
    assert!(seen.mended == 0 && seen.looked < 5, "{seen:?}");
}

#[test]
fn with_older_keys_and_an_older_index_put_back_nothing_erased_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let kept = tempfile::tempdir().unwrap();
    let bench = Bench::new(Arc::new(RealDisk::new(folder.path())));
    let admin = bench.create();
    let [_, bert] = fill(&admin);
    find(&bench, &admin, SECRET);
    admin.ledger().close().unwrap();
    for part in ["keys", "contents"] {
        copy(&folder.path().join(part), &kept.path().join(part));
    }
    drop(admin);
    let admin = bench.open();
    admin.erase("anna", &cause()).unwrap();
    admin.ledger().close().unwrap();
    drop(admin);
    for part in ["keys", "contents"] {
        copy(&kept.path().join(part), &folder.path().join(part));
    }
    let admin = bench.open();
    let left = ContentIndex::open(admin.ledger(), &bench.keys()).unwrap();
    assert!(left.missing() > 2_000, "the index that came back with the keys is gone");
    drop(left);
    let (found, seen) = find(&bench, &admin, SECRET);
    assert_eq!((found, seen.erased), (vec![bert], 1));
}

/// Every byte of every file below a folder.
fn everything(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for found in std::fs::read_dir(folder).unwrap().map(|found| found.unwrap().path()) {
        bytes.extend(if found.is_dir() { everything(&found) } else { std::fs::read(found).unwrap() });
    }
    bytes
}

#[test]
fn no_key_of_the_index_from_before_an_erasure_is_in_any_byte_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Arc::new(RealDisk::new(folder.path())));
    let admin = bench.create();
    fill(&admin);
    bench.random.drawn.lock().unwrap().clear();
    find(&bench, &admin, SECRET);
    let drawn: Vec<Vec<u8>> = bench.random.drawn.lock().unwrap().clone();
    let roster = std::fs::read(folder.path().join("contents/roster")).unwrap();
    let mut block = std::fs::read_dir(folder.path().join("contents")).unwrap().map(|file| file.unwrap().path());
    let block = std::fs::read(block.find(|path| path.extension().is_some()).unwrap()).unwrap();
    let needles = [drawn.concat(), roster[9..].to_vec(), block];
    let parts: HashSet<&[u8]> = needles.iter().flat_map(|needle| needle.windows(8)).collect();
    let left = |bytes: &[u8]| bytes.windows(8).filter(|window| parts.contains(window)).count();
    assert!(left(&everything(folder.path())) > 4_000, "the test finds what is there");
    admin.erase("anna", &cause()).unwrap();
    assert_eq!(left(&everything(folder.path())), 0);
}

#[test]
fn an_erasure_cut_anywhere_leaves_no_word_of_the_subject_to_be_found() {
    for cut in (1..2_000).step_by(3) {
        let disk = SimDisk::new(cut);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        let [anna, bert] = fill(&admin);
        find(&bench, &admin, SECRET);
        disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
        let outcome = admin.erase("anna", &cause());
        drop(admin);
        disk.lose_power();
        let admin = bench.open();
        let (found, seen) = find(&bench, &admin, SECRET);
        if seen.erased == 1 {
            assert_eq!(found, [bert]);
        } else {
            assert!(outcome.is_err(), "a confirmed erasure holds");
            assert_eq!(found, [bert, anna], "not begun, and the index serves or was made again");
        }
        if outcome.is_ok() {
            assert!(cut > 20, "the cuts were in it");
            return;
        }
    }
    unreachable!("never finished");
}

#[test]
fn an_index_cut_anywhere_in_the_making_answers_after_reopening() {
    for cut in 1..2_000 {
        let disk = SimDisk::new(cut);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        let [anna, bert] = fill(&admin);
        disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
        let made = ContentIndex::open(admin.ledger(), &bench.keys()).and_then(|mut index| index.update());
        drop(admin);
        disk.lose_power();
        let admin = bench.open();
        assert_eq!(find(&bench, &admin, SECRET).0, [bert, anna], "cut {cut}");
        let names = bench.disk.list("contents").unwrap();
        assert!(names.iter().all(|name| !name.ends_with(".tmp")), "{names:?}");
        if made.is_ok() {
            assert!(cut > 20, "the cuts were in it");
            return;
        }
    }
    unreachable!("never finished");
}

#[test]
fn a_full_disk_keeps_nobody_from_searching_or_erasing() {
    for seed in 0..20 {
        let disk = SimDisk::new(seed);
        let bench = Bench::new(Arc::new(disk.clone()));
        let admin = bench.create();
        let [anna, bert] = fill(&admin);
        disk.set_faults(Faults { no_space: 1_000, ..Faults::default() });
        let mut index = ContentIndex::open(admin.ledger(), &bench.keys()).unwrap();
        assert!(index.update().is_err());
        let mut finder = index.find(asked(SECRET)).unwrap();
        let found: Vec<u64> = std::iter::from_fn(|| finder.step().unwrap()).map(|record| record.index).collect();
        assert_eq!((found, finder.seen().looked), (vec![bert, anna], 3_002), "every content was opened");
        disk.set_faults(Faults::default());
        drop(index);
        assert_eq!(find(&bench, &admin, SECRET).0, [bert, anna]);
    }
}
