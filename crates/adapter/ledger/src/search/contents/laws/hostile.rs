//! Laws of bounds: bytes that are no block, and contents that are made to be large.

use std::sync::LazyLock;

use super::super::block::Block;
use super::super::sealed::seal;
use super::*;

/// Asks a block whose body is anything, sealed with the right key, everything that is ever asked of one.
fn ask_everything(body: &[u8], records: u64) {
    let disk = SimDisk::new(1);
    let listed = roster::Listed {
        first: 0,
        end: records,
        last_leaf: syndic_tlog::leaf_hash(b""),
        pages: [7; 32].into(),
        terms: [8; 32].into(),
    };
    disk.create_dir(FOLDER).unwrap();
    let sealed = seal(body, &listed.cipher(), &listed.bound()).unwrap();
    replace_file(&disk, &listed.path(), &sealed, Durability::Now).unwrap();
    let Ok(mut block) = Block::open(&disk, &listed) else { return };
    let _ = (block.mark_near(0), block.mark_near(records - 1), block.gone(0), block.look(0));
    let _ = block.about(&[1; 32]);
    for term in WORDS {
        let _ = block.find(0, term);
        if let Ok(found) = block.find_all(0, &[term.to_owned(), "alpha".to_owned()]) {
            assert!(found.iter().all(|index| *index < records));
        }
    }
    let _ = super::super::rewrite::rewritten(&mut [block], &[0, 3]);
}

/// The body of a real block of 64 records.
static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (world, mut random) = (world(1), SplitMix(1));
    world.append(&mut random, 64);
    let index = world.updated();
    let listed = &index.blocks[0];
    let file = world.disk.open(&listed.path()).unwrap();
    let pages = usize::try_from(file.len().unwrap()).unwrap() / sealed::PAGE_BYTES;
    sealed::Sealed::new(file, listed.cipher(), listed.bound()).bytes(0, pages * sealed::BODY_BYTES).unwrap()
});

proptest! {
    #[test]
    fn any_body_is_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), records in 1_u64..70_000) {
        ask_everything(&body, records);
    }

    #[test]
    fn a_changed_body_is_read_without_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), is_head: bool) {
        let mut body = BODY.clone();
        let within = if is_head { 60 } else { body.len() };
        for (at, byte) in changes {
            body[at.index(within)] = byte;
        }
        ask_everything(&body, 64);
    }
}

#[test]
fn a_place_near_every_record_is_known_whatever_their_sizes() {
    let (world, mut random) = (world(12), SplitMix(12));
    for size in [0, 0, 3_000, 20_000, 0, 17_000, 0, 0] {
        world.append(&mut random, 1 + size / 600);
        let content = vec![b' '; usize::try_from(size).unwrap()];
        world.ledger().append(vec![Entry { kind: "k".to_owned(), content, ..Entry::default() }]).unwrap();
    }
    let index = world.updated();
    let mut records = index.records().unwrap();
    for listed in &index.blocks {
        let mut block = Block::open(&world.disk, listed).unwrap();
        for wanted in listed.first..listed.end {
            let mark = block.mark_near(wanted).unwrap().unwrap();
            assert!(mark.index <= wanted && wanted - mark.index < 16, "{mark:?} for {wanted}");
            let place = records.read(wanted, Some(mark)).unwrap().mark.place;
            assert!(mark.place.segment == place.segment && place.offset - mark.place.offset < (16 << 10) + 24_000);
        }
    }
}

#[test]
fn a_content_with_more_terms_than_fit_is_looked_at_by_every_search() {
    let world = world(10);
    let large = format!("{}needle", "x ".repeat((2 << 20) + 5)).into_bytes();
    let small =
        (0..20).map(|number| Entry { kind: "k".to_owned(), content: format!("n{number}").into(), ..Entry::default() });
    let entries = small.chain([Entry { kind: "k".to_owned(), content: large, ..Entry::default() }]).collect();
    world.ledger().append(entries).unwrap();
    let mut index = world.updated();
    assert_eq!(index.blocks.len(), 1);
    let (hits, seen) = found(&mut index, &words("needle"));
    assert_eq!((hits, seen.looked), (vec![20], 1));
    let (hits, seen) = found(&mut index, &words("n7"));
    assert_eq!((hits, seen.looked), (vec![7], 2), "its hit and the large one");
}

#[test]
fn a_content_whose_key_is_not_at_hand_is_looked_at_once_it_is() {
    let (world, mut random) = (world(11), SplitMix(11));
    world.append(&mut random, 40);
    let entry = Entry {
        kind: "k".to_owned(),
        subject: Some("anna".to_owned()),
        content: b"needle".to_vec(),
        ..Entry::default()
    };
    world.ledger().append(vec![entry]).unwrap();
    world.append(&mut random, 40);
    let (slots, index) = ("keys/slots", world.ledger().size() - 41);
    let whole = read_file(&world.disk, slots, u64::MAX).unwrap().unwrap();
    let raw = world.index().records().unwrap().read(index, None).unwrap();
    let slot = usize::try_from(crate::keys::slot_of(&raw.record.stored).unwrap()).unwrap();
    // Both copies of anna's slot are torn: a disk's fault, not an erasure.
    let at = |side: usize| 8_192 + slot / 32 * 8_192 + side * 4_096 + slot % 32 * 128;
    for side in [0, 1] {
        assert!(world.disk.tamper(slots, |bytes| bytes[at(side) + 60] ^= 1));
    }
    let keys = KeyStore::open(
        Arc::new(world.disk.clone()),
        Arc::new(OsRandom),
        &MasterKey::from_bytes([3; 32].into()),
        crate::keys::Access::Write,
    );
    drop(keys.unwrap());
    let reopened = reopened(world);
    let mut index = reopened.updated();
    let (hits, seen) = found(&mut index, &words("needle"));
    assert_eq!((hits.len(), seen.sealed), (0, 1), "{seen:?}");
    drop(index);
    // The slot is put back as it was, beside what was made since.
    for side in [0, 1] {
        let part = whole[at(side)..at(side) + 128].to_vec();
        assert!(reopened.disk.tamper(slots, |bytes| bytes[at(side)..at(side) + 128].copy_from_slice(&part)));
    }
    let reopened = self::reopened(reopened);
    let mut index = reopened.index();
    assert!(!index.blocks.is_empty(), "the index made meanwhile is used");
    assert_eq!(found(&mut index, &words("needle")).0.len(), 1);
}

/// The same world after its program ended and began again.
pub(super) fn reopened(world: World) -> World {
    let World { disk, keys, admin } = world;
    admin.ledger().close().unwrap();
    drop((keys, admin));
    let sim = disk;
    let disk: Arc<dyn Disk> = Arc::new(sim.clone());
    let master = MasterKey::from_bytes([3; 32].into());
    let keys = KeyStore::open(Arc::clone(&disk), Arc::new(OsRandom), &master, crate::keys::Access::Write).unwrap().0;
    let keys = Arc::new(keys);
    let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: keys.clone() };
    let mut options = Options::new("contents.example/log", SigningKey::from_seed([1; 32]));
    (options.segment_bytes, options.checkpoint_every) = (16 << 10, Duration::from_secs(3_600));
    let ledger = Ledger::open(&ports, &options).unwrap().0;
    World { disk: sim, keys: Arc::clone(&keys), admin: Admin::open(ledger, keys, disk).unwrap() }
}
