//! Any bytes as the key index `keys/slots`, and any change of a good one, checksums made right again: a content opens to
//! what was sealed or to nothing, opening for writing changes no key, and a copy is read the same way.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use syndic_ledger::Random;
use syndic_ledger::disk::{Disk, SimDisk, read_file, write_all_at};
use syndic_ledger::keys::{Access, KeyBackup, KeyStore, MasterKey, slots_not_opening};
use syndic_ledger::sealer::Opened;
use zeroize::Zeroizing;

const PATH: &str = "keys/slots";
/// Where the store's structures stand: two headers, then both copies of each slot.
const HEADERS: [usize; 2] = [0, 4_096];
const HEADER_BYTES: usize = 156;
const COPIES: [usize; 2] = [8_192, 12_288];
const SLOT_BYTES: usize = 128;
const SUBJECTS: [&str; 3] = ["", "ada", "system:acme"];
const PREFIX: &[u8] = b"the leaf's beginning";

/// Not random: the same run makes the same store.
struct Counter(std::sync::atomic::AtomicU8);

impl Random for Counter {
    fn fill(&self, into: &mut [u8]) -> std::io::Result<()> {
        for byte in into {
            *byte = self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    }
}

/// A good store and a content sealed for each subject.
struct Good {
    file: Vec<u8>,
    sealed: Vec<Vec<u8>>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let disk = SimDisk::new(1);
    let store = KeyStore::create(Arc::new(disk.clone()), random(), &master()).expect("a new disk");
    let seal = |subject: &&str| store.seal(PREFIX, &store.pseudonym(subject), subject.as_bytes()).expect("a key");
    let sealed = SUBJECTS.iter().map(seal).collect();
    store.flush().expect("a sound disk");
    Good { file: read_file(&disk, PATH, 1 << 20).ok().flatten().expect("a store"), sealed }
});

fn random() -> Arc<dyn Random> {
    Arc::new(Counter(0.into()))
}

fn master() -> MasterKey {
    MasterKey::from_bytes(Zeroizing::new([9; 32]))
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let file = if *mode == 0 { rest.to_vec() } else { changed(rest, *mode) };
    let disk = SimDisk::new(2);
    disk.create_dir("keys").expect("a new disk");
    for path in [PATH, "copy"] {
        write_all_at(disk.create(path).expect("a new disk").as_ref(), &file, 0).expect("a sound disk");
    }
    drop(KeyBackup::open(&disk, "copy", &master()));
    let first = opened(&disk, Access::Read);
    let not_opening = slots_not_opening(&disk, &master());
    if first.as_ref().is_some_and(|contents| contents.iter().all(|content| *content == Outcome::Plain)) {
        assert!(not_opening.is_ok_and(|slots| slots.iter().all(|slot| *slot >= SUBJECTS.len() as u64)));
    }
    // Opening for writing mends copies and finishes erasures; what it leaves is read the same way twice.
    let (mended, again) = (opened(&disk, Access::Write), opened(&disk, Access::Read));
    assert_eq!((first.is_some(), &mended), (mended.is_some(), &again));
    for (before, after) in first.iter().flatten().zip(again.iter().flatten()) {
        assert!(before == after || *before == Outcome::Closed && *after == Outcome::Gone, "{before:?} {after:?}");
    }
});

/// The good store with up to 64 bytes changed; odd modes make its checksums right, some cut it.
fn changed(edits: &[u8], mode: u8) -> Vec<u8> {
    let mut file = GOOD.file.clone();
    for [low, high, value] in edits.as_chunks::<3>().0.iter().take(64) {
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        if let Some(byte) = file.get_mut(place_of(place)) {
            *byte = *value;
        }
    }
    if mode % 2 == 1 {
        for start in HEADERS {
            seal_with(&mut file, start, HEADER_BYTES, &[]);
        }
        for number in 0..SUBJECTS.len() {
            for copy in COPIES {
                seal_with(&mut file, copy + number * SLOT_BYTES, SLOT_BYTES, &(number as u64).to_be_bytes());
            }
        }
    }
    if mode >= 0xf0 {
        file.truncate(file.len() * usize::from(mode - 0xf0) / 16);
    }
    file
}

/// Any number as a byte of a structure; the rest of the blocks is nothing.
fn place_of(number: usize) -> usize {
    let headers = HEADERS.len() * HEADER_BYTES;
    let slots = SUBJECTS.len() * SLOT_BYTES;
    let number = number % (headers + COPIES.len() * slots);
    match number.checked_sub(headers) {
        None => HEADERS[number / HEADER_BYTES] + number % HEADER_BYTES,
        Some(number) => COPIES[number / slots] + number % slots,
    }
}

/// Writes the checksum of a structure, of `before` and all its bytes but the last four, into these.
fn seal_with(file: &mut [u8], start: usize, length: usize, before: &[u8]) {
    let Some((covered, crc)) = file.get_mut(start..start + length).and_then(<[u8]>::split_last_chunk_mut::<4>) else {
        return;
    };
    // An empty slot has no checksum.
    if covered.iter().any(|byte| *byte != 0) {
        *crc = crc32c(before.iter().chain(covered.iter())).to_be_bytes();
    }
}

fn crc32c<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    })
}

/// What became of a content.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Plain,
    Gone,
    Closed,
}

/// Opens the store and every content; nothing if the store cannot be opened.
fn opened(disk: &SimDisk, access: Access) -> Option<Vec<Outcome>> {
    let (store, _) = KeyStore::open(Arc::new(disk.clone()), random(), &master(), access).ok()?;
    let outcome = |(sealed, subject): (&Vec<u8>, &&str)| match store.unseal(PREFIX, sealed) {
        Ok(Opened::Plain(plain)) => {
            assert_eq!(plain, subject.as_bytes(), "a content opened to what nobody sealed");
            Outcome::Plain
        }
        Ok(Opened::Gone { .. }) => Outcome::Gone,
        Err(_) => Outcome::Closed,
    };
    Some(GOOD.sealed.iter().zip(&SUBJECTS).map(outcome).collect())
}
