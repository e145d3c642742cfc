//! No altered byte ever yields a wrong plaintext: it is refused, or mended from the second copy.

use super::*;

const BLOCK: usize = 4096;

#[test]
fn every_flip_in_a_content_is_refused() {
    let bench = Bench::new(1);
    let store = bench.create(1);
    for name in ["bert", "carl"] {
        seal(&store, name, b"other subjects' keys must not open it either");
    }
    let sealed = seal(&store, "anna", b"the content");
    for place in 0..sealed.len() {
        for bit in 0..8 {
            let mut altered = sealed.clone();
            altered[place] ^= 1 << bit;
            assert!(store.unseal(b"anna", &altered).is_err(), "byte {place} bit {bit}");
        }
    }
    for length in 0..sealed.len() {
        assert!(store.unseal(b"anna", &sealed[..length]).is_err(), "cut to {length}");
    }
}

#[test]
fn every_flip_in_one_copy_is_mended_from_the_other() {
    let bench = Bench::new(2);
    let sealed = seal_and_flush(&bench);
    let whole = bench.bytes();
    // Header, first slot and second slot, first copy and second copy of each.
    let header = (0..156).chain(BLOCK..BLOCK + 156);
    let slots = (2 * BLOCK..2 * BLOCK + 256).chain(3 * BLOCK..3 * BLOCK + 256);
    for place in header.chain(slots) {
        bench.disk.tamper("keys/slots", |bytes| bytes[place] ^= 0x10);
        for access in [Access::Read, Access::Write] {
            let (store, recovery) = bench.open(1, access).unwrap();
            assert_eq!(
                (recovery.mended, recovery.is_header_mended),
                (u64::from(place >= 2 * BLOCK), place < 2 * BLOCK),
                "{place}"
            );
            assert_eq!(plain(&store, "anna", &sealed[0]), b"anna's");
            assert_eq!(plain(&store, "bert", &sealed[1]), b"bert's");
        }
        assert_eq!(bench.bytes(), whole, "mended at {place}");
    }
}

#[test]
fn flips_in_both_copies_are_refused_and_named() {
    let bench = Bench::new(3);
    let sealed = seal_and_flush(&bench);
    let whole = bench.bytes();
    for place in 0..128 {
        bench.disk.tamper("keys/slots", |bytes| {
            bytes.clone_from(&whole);
            bytes[2 * BLOCK + place] ^= 1;
            bytes[3 * BLOCK + place] ^= 1;
        });
        let (store, recovery) = bench.open(1, Access::Write).unwrap();
        assert_eq!(recovery.damaged, [0], "{place}");
        let outcome = store.unseal(b"anna", &sealed[0]);
        assert!(matches!(outcome, Err(KeyError::BadSlot { slot: 0 })), "{place}: {outcome:?}");
        assert_eq!(plain(&store, "bert", &sealed[1]), b"bert's");
    }
}

#[test]
fn a_copy_forged_with_a_right_checksum_never_replaces_a_good_one() {
    let bench = Bench::new(4);
    let sealed = seal_and_flush(&bench);
    // A newer sequence and another key, with the checksum made right.
    bench.disk.tamper("keys/slots", |bytes| {
        let slot = &mut bytes[2 * BLOCK..2 * BLOCK + 128];
        slot[15] += 1;
        slot[100] ^= 1;
        let crc = crc32c::crc32c_append(crc32c::crc32c(&0_u64.to_be_bytes()), &slot[..124]);
        slot[124..].copy_from_slice(&crc.to_be_bytes());
    });
    let (store, recovery) = bench.open(1, Access::Write).unwrap();
    assert_eq!(recovery.mended, 1);
    assert_eq!(plain(&store, "anna", &sealed[0]), b"anna's");
}

#[test]
fn slots_exchanged_on_the_disk_open_nothing() {
    let bench = Bench::new(5);
    let sealed = seal_and_flush(&bench);
    bench.disk.tamper("keys/slots", |bytes| {
        for block in [2 * BLOCK, 3 * BLOCK] {
            let (first, second) = bytes[block..block + 256].split_at_mut(128);
            first.swap_with_slice(second);
        }
    });
    let (store, recovery) = bench.open(1, Access::Write).unwrap();
    assert_eq!(recovery.damaged, [0, 1]);
    assert!(store.unseal(b"anna", &sealed[0]).is_err() && store.unseal(b"bert", &sealed[1]).is_err());
}

#[test]
fn a_header_bad_in_both_copies_is_refused() {
    let bench = Bench::new(6);
    seal_and_flush(&bench);
    bench.disk.tamper("keys/slots", |bytes| {
        bytes[20] ^= 1;
        bytes[BLOCK + 30] ^= 1;
    });
    let error = bench.open(1, Access::Write).err().unwrap();
    assert!(matches!(error, KeyError::BadHeader { .. }), "{error}");
}

fn seal_and_flush(bench: &Bench) -> [Vec<u8>; 2] {
    let store = bench.create(1);
    let sealed = [seal(&store, "anna", b"anna's"), seal(&store, "bert", b"bert's")];
    store.flush().unwrap();
    sealed
}
