//! Power may fail at every operation of the disk: nothing that was promised is lost.

use super::*;
use crate::disk::Faults;

/// How differently the same cut is played: what was not synced arrives, is torn or is lost by the seed.
const SEEDS: u64 = 12;
const SUBJECTS: [&str; 4] = ["anna", "bert", "carl", ""];

/// A durable store with a content for each subject.
fn prepared(seed: u64) -> (Bench, Vec<Vec<u8>>) {
    let bench = Bench::new(seed);
    let store = bench.create(1);
    let sealed = SUBJECTS.iter().map(|name| seal(&store, name, name.as_bytes())).collect();
    store.flush().unwrap();
    (bench, sealed)
}

/// Plays `act` with the power failing at operation 1, 2, 3 … until it gets through, and hands each outcome to `check`.
fn at_every_operation<T>(
    act: impl Fn(&KeyStore) -> Result<T, KeyError>,
    check: impl Fn(&Bench, &[Vec<u8>], Result<T, KeyError>),
) {
    for seed in 0..SEEDS {
        for cut in 1.. {
            let (bench, sealed) = prepared(seed);
            let (store, _) = bench.open(1, Access::Write).unwrap();
            bench.disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
            let outcome = act(&store);
            let got_through = bench.disk.operations() < cut;
            assert_eq!(outcome.is_ok(), got_through, "no false success at {cut}");
            bench.disk.lose_power();
            check(&bench, &sealed, outcome);
            if got_through {
                assert!(cut > 3, "the cuts hit something");
                break;
            }
        }
    }
}

fn assert_all_readable(store: &KeyStore, sealed: &[Vec<u8>]) {
    for (name, sealed) in SUBJECTS.iter().zip(sealed) {
        assert_eq!(plain(store, name, sealed), name.as_bytes());
    }
}

#[test]
fn a_rotation_cut_anywhere_leaves_all_readable_under_one_of_the_keys() {
    at_every_operation(
        |store| store.rotate(&key(2)),
        |bench, sealed, outcome| {
            let (old, new) = (bench.open(1, Access::Write), bench.open(2, Access::Write));
            assert!(outcome.is_err() || new.is_ok(), "a finished rotation holds");
            let (store, recovery) = match (old, new) {
                (Ok(old), Err(_)) => old,
                (Err(_), Ok(new)) => new,
                _ => panic!("exactly one key opens the store"),
            };
            assert!(recovery.damaged.is_empty(), "nothing is damaged");
            assert_all_readable(&store, sealed);
            assert_eq!(bench.disk.list("keys").unwrap(), ["slots"], "nothing lies about");
            // It can be done again, and holds.
            store.rotate(&key(3)).unwrap();
            assert_all_readable(&bench.open(3, Access::Write).unwrap().0, sealed);
        },
    );
}

#[test]
fn a_rotation_that_finds_no_room_leaves_the_store_in_use_under_the_old_key() {
    let (mut refused, mut done) = (0, 0);
    for seed in 0..100 {
        let (bench, sealed) = prepared(seed);
        let (store, _) = bench.open(1, Access::Write).unwrap();
        bench.disk.set_faults(Faults { no_space: 200, ..Faults::default() });
        let outcome = store.rotate(&key(2));
        bench.disk.set_faults(Faults::default());
        let master = if outcome.is_ok() { 2 } else { 1 };
        assert_all_readable(&store, &sealed);
        if seal_and_flush(&store).is_ok() {
            assert_eq!(bench.disk.list("keys").unwrap(), ["slots"], "in use means that nothing lies about");
        }
        bench.disk.lose_power();
        assert_all_readable(&bench.open(master, Access::Write).unwrap().0, &sealed);
        if outcome.is_ok() { done += 1 } else { refused += 1 }
    }
    assert!(refused > 10 && done > 10, "{refused} {done}");
}

fn seal_and_flush(store: &KeyStore) -> Result<(), KeyError> {
    store.seal(b"dora", &store.pseudonym("dora"), b"dora's")?;
    store.flush()
}

#[test]
fn the_new_key_of_an_unfinished_rotation_is_told_from_a_foreign_one() {
    let (bench, _) = prepared(1);
    let (store, _) = bench.open(1, Access::Write).unwrap();
    // Far enough for the new file, not for its rename.
    bench.disk.set_faults(Faults { power_off_at: 5, ..Faults::default() });
    store.rotate(&key(2)).unwrap_err();
    bench.disk.kill_process();
    let error = bench.open(2, Access::Write).err().unwrap().to_string();
    assert!(error.contains("did not finish"), "{error}");
}

#[test]
fn an_erasure_cut_anywhere_is_whole_or_not_begun_and_spares_the_others() {
    at_every_operation(
        |store| store.erase(&store.pseudonym("anna"), |_| false),
        |bench, sealed, outcome| {
            let (store, recovery) = bench.open(1, Access::Write).unwrap();
            assert!(recovery.damaged.is_empty());
            let anna = store.unseal(b"anna", &sealed[0]).unwrap();
            assert!(is_gone(&anna) || outcome.is_err(), "a confirmed erasure holds");
            assert!(is_gone(&anna) || anna == Opened::Plain(b"anna".to_vec()));
            for (name, sealed) in SUBJECTS.iter().zip(sealed).skip(1) {
                assert_eq!(plain(&store, name, sealed), name.as_bytes());
            }
            let copies = &bench.bytes()[2 * 4096..];
            let is_zero = [&copies[..128], &copies[4096..4224]].concat().iter().all(|byte| *byte == 0);
            assert_eq!(is_zero, is_gone(&anna), "erased means zeros");
        },
    );
}

#[test]
fn a_decided_erasure_stays_decided_however_often_opening_is_cut() {
    for seed in 0..60 {
        let (bench, sealed) = prepared(seed);
        let (store, _) = bench.open(1, Access::Write).unwrap();
        // The first copy is read (2), marked and synced (2); the power fails before the second is overwritten.
        bench.disk.set_faults(Faults { power_off_at: 5, ..Faults::default() });
        store.erase(&store.pseudonym("anna"), |_| false).unwrap_err();
        bench.disk.lose_power();
        for cut in 1..40 {
            bench.disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
            drop(bench.open(1, Access::Write));
            bench.disk.lose_power();
            let (reader, _) = bench.open(1, Access::Read).unwrap();
            assert!(is_gone(&reader.unseal(b"anna", &sealed[0]).unwrap()), "seed {seed}, cut {cut}");
        }
    }
}

#[test]
fn new_subjects_cut_anywhere_cost_no_old_one_and_hold_once_flushed() {
    at_every_operation(
        |store| {
            let sealed = store.seal(b"dora", &store.pseudonym("dora"), b"dora's")?;
            store.flush().map(|()| sealed)
        },
        |bench, sealed, outcome| {
            let (store, _) = bench.open(1, Access::Write).unwrap();
            assert_all_readable(&store, sealed);
            if let Ok(dora) = outcome {
                assert_eq!(plain(&store, "dora", &dora), b"dora's");
            }
            let again = seal(&store, "dora", b"again");
            store.flush().unwrap();
            bench.disk.lose_power();
            let (store, _) = bench.open(1, Access::Write).unwrap();
            assert_eq!(plain(&store, "dora", &again), b"again");
            assert_all_readable(&store, sealed);
        },
    );
}

#[test]
fn making_a_store_cut_anywhere_can_be_done_again() {
    for seed in 0..SEEDS {
        for cut in 1..30 {
            let bench = Bench::new(seed);
            bench.disk.set_faults(Faults { power_off_at: cut, ..Faults::default() });
            let made = KeyStore::create(Arc::new(bench.disk.clone()), bench.random.clone(), &key(1));
            bench.disk.lose_power();
            let opened = bench.open(1, Access::Write);
            assert!(made.is_err() || opened.is_ok(), "a store that was made is there");
            let store = opened.map_or_else(|_| bench.create(1), |(store, _)| store);
            let sealed = seal(&store, "anna", b"text");
            assert_eq!(plain(&store, "anna", &sealed), b"text");
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_more_is_promised_until_reopened_and_then_it_holds() {
    for seed in 0..60 {
        let (bench, sealed) = prepared(seed);
        let (store, _) = bench.open(1, Access::Write).unwrap();
        bench.disk.set_faults(Faults { sync_error: 1000, ..Faults::default() });
        seal(&store, "dora", b"never written");
        assert!(matches!(store.flush(), Err(KeyError::Disk { .. })));
        bench.disk.set_faults(Faults::default());
        assert!(matches!(store.flush(), Err(KeyError::Closed { .. })), "never retried");
        assert!(matches!(store.seal(b"", &store.pseudonym("anna"), b""), Err(KeyError::Closed { .. })));
        assert_all_readable(&store, &sealed);
        // The process starts again and sees the slot that never reached the disk.
        bench.disk.kill_process();
        let (store, _) = bench.open(1, Access::Write).unwrap();
        let dora = seal(&store, "dora", b"dora's");
        store.flush().unwrap();
        bench.disk.lose_power();
        let (store, _) = bench.open(1, Access::Write).unwrap();
        assert_eq!(plain(&store, "dora", &dora), b"dora's", "seed {seed}");
        assert_all_readable(&store, &sealed);
    }
}

#[test]
fn a_full_or_failing_disk_makes_no_false_promise() {
    for seed in 0..200 {
        let (bench, sealed) = prepared(seed);
        let (store, _) = bench.open(1, Access::Write).unwrap();
        bench.disk.set_faults(Faults { no_space: 150, write_error: 100, short_write: 300, ..Faults::default() });
        let mut promised = Vec::new();
        for n in 0..40 {
            let name = format!("new {n}");
            let fresh = store.seal(name.as_bytes(), &store.pseudonym(&name), name.as_bytes());
            if let Ok(fresh) = fresh {
                promised.push((name, fresh));
            }
        }
        store.flush().unwrap();
        let erased = store.erase(&store.pseudonym("anna"), |_| false);
        bench.disk.lose_power();
        let (store, _) = bench.open(1, Access::Write).unwrap();
        for (name, sealed) in &promised {
            assert_eq!(plain(&store, name, sealed), name.as_bytes(), "seed {seed}");
        }
        if erased.is_ok() {
            assert!(is_gone(&store.unseal(b"anna", &sealed[0]).unwrap()));
        } else {
            store.unseal(b"anna", &sealed[0]).unwrap();
        }
    }
}
