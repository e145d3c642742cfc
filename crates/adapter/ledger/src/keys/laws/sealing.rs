//! What is sealed opens in its own place, and nowhere else.

use proptest::prelude::*;

use super::*;
use crate::keys::SEAL_OVERHEAD;
use crate::sealer::Sealer;

#[test]
fn what_is_sealed_opens_also_after_reopening_and_for_a_reader() {
    let bench = Bench::new(1);
    let store = bench.create(1);
    let subjects: Vec<String> = (0..100).map(|n| format!("subject {n}")).collect();
    let sealed: Vec<Vec<u8>> = subjects.iter().map(|name| seal(&store, name, name.as_bytes())).collect();
    store.flush().unwrap();
    bench.disk.lose_power();
    for access in [Access::Read, Access::Write] {
        let (store, recovery) = bench.open(1, access).unwrap();
        assert_eq!(recovery, KeyRecovery { slots: 100, live: 100, ..KeyRecovery::default() });
        for (name, sealed) in subjects.iter().zip(&sealed) {
            assert_eq!(plain(&store, name, sealed), name.as_bytes());
        }
    }
}

#[test]
fn a_subject_keeps_one_key_and_every_record_has_its_own() {
    let bench = Bench::new(2);
    let store = bench.create(1);
    let (one, other) = (seal(&store, "anna", b"same"), seal(&store, "anna", b"same"));
    assert_eq!(one[..9], other[..9], "one slot");
    assert!(one[9..].iter().zip(&other[9..]).filter(|(one, other)| one == other).count() < 12, "nothing else equal");
    assert_eq!(one.len(), 4 + SEAL_OVERHEAD);
}

#[test]
fn a_content_opens_with_no_other_leaf_and_no_other_subject() {
    let bench = Bench::new(3);
    let store = bench.create(1);
    let (anna, bert) = (seal(&store, "anna", b"for anna"), seal(&store, "bert", b"for bert"));
    for (leaf, sealed) in [("bert", &anna), ("anna", &bert), ("", &anna), ("anna ", &anna)] {
        let outcome = store.unseal(leaf.as_bytes(), sealed);
        assert!(matches!(outcome, Err(KeyError::Refused { .. })), "{leaf}: {outcome:?}");
    }
    // The parts of two records of one subject do not fit each other either.
    let second = seal(&store, "anna", b"for anna");
    let spliced = [&anna[..81], &second[81..]].concat();
    assert!(matches!(store.unseal(b"anna", &spliced), Err(KeyError::Refused { .. })));
}

#[test]
fn a_pseudonym_outlives_rotation_and_differs_between_ledgers() {
    let bench = Bench::new(4);
    let store = bench.create(1);
    let before = store.pseudonym("anna");
    assert_ne!(before, store.pseudonym("bert"));
    assert_ne!(before, store.pseudonym(""));
    store.rotate(&key(2)).unwrap();
    assert_eq!(store.pseudonym("anna"), before);
    assert_eq!(bench.open(2, Access::Read).unwrap().0.pseudonym("anna"), before);
    assert_ne!(Bench::new(5).create(1).pseudonym("anna"), before);
}

#[test]
fn a_wrong_master_key_says_so() {
    let bench = Bench::new(6);
    let store = bench.create(1);
    let foreign = bench.open(9, Access::Write).err().unwrap();
    assert!(matches!(foreign, KeyError::WrongMaster { generation: 1, .. }), "{foreign}");
    store.rotate(&key(2)).unwrap();
    let old = bench.open(1, Access::Write).err().unwrap().to_string();
    assert!(old.contains("generation 2") && old.contains("before the last rotation"), "{old}");
    let same = store.rotate(&key(2)).err().unwrap().to_string();
    assert!(same.contains("is the present one"), "{same}");
}

#[test]
fn a_slot_the_store_never_had_is_missing_not_erased() {
    let bench = Bench::new(7);
    let store = bench.create(1);
    let mut sealed = seal(&store, "anna", b"text");
    sealed[8] = 1;
    let outcome = store.unseal(b"anna", &sealed);
    assert!(matches!(outcome, Err(KeyError::MissingSlot { slot: 1, slots: 1 })), "{outcome:?}");
}

#[test]
fn a_store_is_never_made_over_another_and_a_reader_changes_nothing() {
    let bench = Bench::new(8);
    let store = bench.create(1);
    let sealed = seal(&store, "anna", b"text");
    store.flush().unwrap();
    let again = KeyStore::create(Arc::new(bench.disk.clone()), bench.random.clone(), &key(1));
    assert!(matches!(again, Err(KeyError::Disk { .. })));
    let before = bench.bytes();
    let (reader, _) = bench.open(1, Access::Read).unwrap();
    assert_eq!(plain(&reader, "anna", &sealed), b"text");
    let anna = reader.pseudonym("anna");
    assert!(matches!(reader.seal(b"", &anna, b""), Err(KeyError::Closed { .. })));
    assert!(matches!(reader.erase(&anna, |_| false), Err(KeyError::Closed { .. })));
    assert!(matches!(reader.rotate(&key(2)), Err(KeyError::Closed { .. })));
    assert_eq!(bench.bytes(), before);
}

#[test]
fn a_reader_learns_of_subjects_added_since() {
    let bench = Bench::new(9);
    let store = bench.create(1);
    let (reader, _) = bench.open(1, Access::Read).unwrap();
    let sealed = seal(&store, "anna", b"text");
    store.flush().unwrap();
    assert_eq!(plain(&reader, "anna", &sealed), b"text");
}

proptest! {
    #[test]
    fn every_content_comes_back(content in proptest::collection::vec(any::<u8>(), 0..5000), leaf: Vec<u8>, name: String) {
        let store = Bench::new(10).create(1);
        let sealed = store.seal(&leaf, &store.pseudonym(&name), &content).unwrap();
        prop_assert_eq!(sealed.len(), content.len() + SEAL_OVERHEAD);
        prop_assert_eq!(store.unseal(&leaf, &sealed).unwrap(), Opened::Plain(content));
    }

    #[test]
    fn no_bytes_make_the_store_panic_or_open(sealed in proptest::collection::vec(any::<u8>(), 0..300)) {
        let store = Bench::new(11).create(1);
        seal(&store, "anna", b"text");
        prop_assert!(store.unseal(b"anna", &sealed).is_err());
    }
}

#[test]
fn through_the_logs_port_the_same_contents_open() {
    let bench = Bench::new(12);
    let store = bench.create(1);
    let port: &dyn Sealer = &store;
    let (own, anna) = (port.seal(b"leaf", None, b"own").unwrap(), port.seal(b"leaf", Some("anna"), b"hers").unwrap());
    port.flush().unwrap();
    assert_eq!(port.pseudonym("anna").unwrap(), store.pseudonym("anna").0);
    assert_eq!(port.open(b"leaf", &own).unwrap(), Opened::Plain(b"own".to_vec()));
    assert_eq!(port.open(b"leaf", &anna).unwrap(), Opened::Plain(b"hers".to_vec()));
    assert!(port.open(b"another leaf", &anna).unwrap_err().to_string().contains("refused"));
    store.erase(&store.pseudonym("anna"), |_| false).unwrap();
    assert!(is_gone(&port.open(b"leaf", &anna).unwrap()));
    assert_eq!(port.open(b"leaf", &own).unwrap(), Opened::Plain(b"own".to_vec()));
}
