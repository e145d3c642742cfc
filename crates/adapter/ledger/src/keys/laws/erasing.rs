//! Erasing leaves nothing of the subject, and everything of the others.

use super::*;
use crate::clock::OsRandom;
use crate::disk::RealDisk;
use crate::keys::Erasure;

#[test]
fn erasing_leaves_no_key_and_no_text_and_all_other_subjects() {
    let bench = Bench::new(1);
    let store = bench.create(1);
    let bert = seal(&store, "bert", b"bert's text");
    bench.random.drawn();
    let anna = seal(&store, "anna", b"anna's most secret text");
    // Drawn for her: subject key, nonce of its wrapping, then record key and nonce of its wrapping.
    let drawn = bench.random.drawn();
    let (subject_key, record_key) = (&drawn[0], &drawn[2][..32]);
    assert_eq!((drawn[0].len(), drawn[1].len(), drawn[2].len()), (32, 24, 56));
    store.flush().unwrap();
    let wrapped = bench.bytes()[2 * 4096 + 128..][48..120].to_vec();
    let pseudonym = store.pseudonym("anna");
    assert!(bench.contains(&wrapped) && bench.contains(&pseudonym.0), "the search finds what is there");

    let erasure = store.erase(&pseudonym, |_| false).unwrap();
    assert_eq!(erasure, Erasure { slots: vec![1], unreadable: Vec::new() });
    let folder = [bench.bytes(), anna.clone()].concat();
    let left = |needle: &[u8]| folder.windows(needle.len()).any(|window| window == needle);
    for (what, needle) in
        [("subject key", &subject_key[..]), ("record key", record_key), ("text", b"anna's most secret text")]
    {
        assert!(!left(needle), "{what}");
        // Not even a part: eight bytes do not meet by chance.
        assert!(!needle.windows(8).any(left), "part of the {what}");
    }
    assert!(!wrapped.windows(8).any(|part| bench.contains(part)), "part of the wrapped key");
    assert!(!bench.contains(&pseudonym.0), "pseudonym");

    bench.disk.kill_process();
    for access in [Access::Read, Access::Write] {
        let (store, _) = bench.open(1, access).unwrap();
        assert!(is_gone(&store.unseal(b"anna", &anna).unwrap()));
        assert_eq!(plain(&store, "bert", &bert), b"bert's text");
    }
}

#[test]
fn an_erased_subject_may_come_back_and_its_old_contents_stay_erased() {
    let bench = Bench::new(2);
    let store = bench.create(1);
    let old = seal(&store, "anna", b"old");
    store.erase(&store.pseudonym("anna"), |_| false).unwrap();
    assert!(is_gone(&store.unseal(b"anna", &old).unwrap()), "at once, without reopening");
    let new = seal(&store, "anna", b"new");
    store.flush().unwrap();
    let (store, _) = bench.open(1, Access::Write).unwrap();
    assert!(is_gone(&store.unseal(b"anna", &old).unwrap()));
    assert_eq!(plain(&store, "anna", &new), b"new");
}

#[test]
fn a_slot_erased_last_is_not_given_out_again_after_reopening() {
    let bench = Bench::new(3);
    let store = bench.create(1);
    let old = seal(&store, "anna", b"old");
    store.erase(&store.pseudonym("anna"), |_| false).unwrap();
    let (store, recovery) = bench.open(1, Access::Write).unwrap();
    assert_eq!((recovery.slots, recovery.live), (1, 0));
    seal(&store, "bert", b"bert's");
    assert!(is_gone(&store.unseal(b"anna", &old).unwrap()), "not refused, which would look like tampering");
    store.rotate(&key(2)).unwrap();
    assert!(is_gone(&store.unseal(b"anna", &old).unwrap()));
}

#[test]
fn a_legal_hold_blocks_erasure() {
    let bench = Bench::new(4);
    let store = bench.create(1);
    let (anna, bert) = (seal(&store, "anna", b"anna's"), seal(&store, "bert", b"bert's"));
    let held = store.pseudonym("anna");
    let is_held = |subject: &_| *subject == held;
    assert!(matches!(store.erase(&held, is_held), Err(KeyError::Held)));
    assert_eq!(plain(&store, "anna", &anna), b"anna's");
    store.erase(&store.pseudonym("bert"), is_held).unwrap();
    assert!(is_gone(&store.unseal(b"bert", &bert).unwrap()));
}

#[test]
fn erasing_who_has_no_key_does_nothing() {
    let bench = Bench::new(5);
    let store = bench.create(1);
    seal(&store, "bert", b"bert's");
    let before = bench.bytes();
    assert_eq!(store.erase(&store.pseudonym("anna"), |_| false).unwrap(), Erasure::default());
    assert_eq!(bench.bytes(), before);
}

#[test]
fn erasing_finds_the_subjects_damaged_slot_and_names_the_unknown() {
    let bench = Bench::new(6);
    let store = bench.create(1);
    for name in ["anna", "bert", "carl"] {
        seal(&store, name, b"text");
    }
    store.flush().unwrap();
    bench.disk.tamper("keys/slots", |bytes| {
        for block in [2 * 4096, 3 * 4096] {
            bytes[block + 60] ^= 1; // anna's key
            bytes[block + 128 + 20] ^= 1; // bert's pseudonym
        }
    });
    let (store, recovery) = bench.open(1, Access::Write).unwrap();
    assert_eq!(recovery.damaged, [0, 1]);
    let erasure = store.erase(&store.pseudonym("anna"), |_| false).unwrap();
    assert_eq!(erasure, Erasure { slots: vec![0], unreadable: vec![1] });
    assert!(bench.bytes()[2 * 4096..][..128].iter().all(|byte| *byte == 0));
}

#[test]
fn on_a_real_disk_no_file_holds_the_key_after_an_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(Seeded::new(7));
    let root = folder.path().join("ledger");
    std::fs::create_dir(&root).unwrap();
    let master = MasterKey::create(&folder.path().join("master.key"), &*random).unwrap();
    let store = KeyStore::create(Arc::new(RealDisk::new(&root)), random, &master).unwrap();
    let (anna, bert) = (seal(&store, "anna", b"anna's"), seal(&store, "bert", b"bert's"));
    store.flush().unwrap();
    let everything = || -> Vec<u8> {
        let files = std::fs::read_dir(root.join("keys")).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    };
    let wrapped = everything()[2 * 4096 + 48..][..72].to_vec();
    let left = || everything().windows(8).filter(|window| wrapped.windows(8).any(|part| part == *window)).count();
    assert!(left() > 0, "the search finds what is there");
    store.erase(&store.pseudonym("anna"), |_| false).unwrap();
    assert_eq!(left(), 0);
    store.rotate(&MasterKey::create(&folder.path().join("second.key"), &OsRandom).unwrap()).unwrap();
    drop(store);
    let second = MasterKey::read(&folder.path().join("second.key")).unwrap();
    let (store, _) =
        KeyStore::open(Arc::new(RealDisk::new(&root)), Arc::new(OsRandom), &second, Access::Write).unwrap();
    assert!(is_gone(&store.unseal(b"anna", &anna).unwrap()));
    assert_eq!(plain(&store, "bert", &bert), b"bert's");
}
