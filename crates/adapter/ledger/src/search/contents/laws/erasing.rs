//! Laws of forgetting: what is erased or retired is in no byte of the index, whoever has the keys.

use super::super::block::Block;
use super::*;

const SECRET: &str = "unforgettable-98765";

fn cause() -> Cause {
    Cause { actor: "dpo".to_owned(), reason: "request 7".to_owned() }
}

fn secret(subject: &str) -> Entry {
    let content = format!("{SECRET} was said").into_bytes();
    Entry { kind: "kind.1".to_owned(), subject: Some(subject.to_owned()), content, ..Entry::default() }
}

fn listed(world: &World) -> Vec<roster::Listed> {
    roster::load(&world.disk, &world.keys).unwrap().unwrap_or_default().blocks
}

/// How many columns of blocks, opened with the keys, have a term.
fn columns_with(world: &World, term: &str) -> usize {
    let with = |listed: &roster::Listed| {
        let mut block = Block::open(&world.disk, listed).unwrap();
        (0..block.columns().count()).filter(|column| block.find(*column, term).unwrap().is_some()).count()
    };
    listed(world).iter().map(with).sum()
}

/// All a block says: each term with each record that has it, and its columns.
fn content(world: &World, listed: &roster::Listed) -> (Vec<(u64, u64)>, Vec<layout::Column>) {
    let mut block = Block::open(&world.disk, listed).unwrap();
    let (bits, columns) = (block.directory_bits(), block.columns().collect::<Vec<_>>());
    let mut pairs = Vec::new();
    for slot in 0..1 << bits {
        let slot = block.slot(slot).unwrap();
        for (number, records) in columns.iter().enumerate() {
            for entry in slot.entries(number, bits).unwrap().map(Result::unwrap) {
                let places = entry.places().unwrap().to_list();
                pairs.extend(places.iter().map(|place| (entry.term, records.start + u64::from(*place))));
            }
        }
    }
    (pairs, block.read_columns().unwrap())
}

#[test]
fn after_an_erasure_no_block_that_opens_has_the_words_and_none_that_had_opens() {
    let (world, mut random) = (world(5), SplitMix(5));
    for _ in 0..4 {
        world.append(&mut random, 60);
        world.ledger().append(vec![secret("anna")]).unwrap();
        world.append(&mut random, 90);
    }
    world.ledger().append(vec![secret("bert")]).unwrap();
    world.append(&mut random, 63);
    drop(world.updated());
    assert_eq!(columns_with(&world, "98765"), 5, "the test finds what is there");
    let (before, old) = (listed(&world), world.files());

    world.admin.erase("anna", &cause()).unwrap();
    let after = listed(&world);
    assert_eq!(after.len(), before.len(), "blocks go on without anna");
    assert!(before.iter().zip(&after).any(|(before, after)| before.pages == after.pages), "some as they are");
    assert_eq!(columns_with(&world, "98765"), 1, "only bert's is left");
    let mut index = world.index();
    let (hits, seen) = found(&mut index, &words(SECRET));
    assert_eq!((hits.len(), seen.erased, seen.mended), (1, 4, 0), "the index still serves");
    assert!(seen.looked <= SHAPE.part_records, "{seen:?}");
    assert_all_found(&world, &mut index, "without anna");
    assert_eq!(world.disk.list(FOLDER).unwrap().len(), after.len() + 1, "and no file of the others");
    // Every byte that ever was there, put back: the key store opens none of it.
    world.put_all(&old);
    assert!(listed(&world).is_empty(), "the old roster does not open");
    let mut index = world.index();
    assert!(index.blocks.is_empty());
    let (hits, seen) = found(&mut index, &words(SECRET));
    assert_eq!((hits.len(), seen.erased), (1, 4), "with the key only bert's is found, and the others counted");

    let mut index = world.updated();
    let (hits, seen) = found(&mut index, &words(SECRET));
    assert_eq!((hits, seen.erased), (world.read_all(&words(SECRET)), 4));
    assert_eq!(columns_with(&world, "98765"), 1, "nor does making it again bring them back");
    assert_all_found(&world, &mut index, "made again");
}

#[test]
fn a_crash_after_an_erasure_costs_a_block_at_most_and_no_record_is_missed() {
    let mut damaged = 0;
    for seed in 0..30 {
        let (world, mut random) = (world(seed), SplitMix(seed));
        world.append(&mut random, 60);
        world.ledger().append(vec![secret("anna"), secret("bert")]).unwrap();
        world.append(&mut random, 90);
        drop(world.updated());
        world.admin.erase("anna", &cause()).unwrap();
        world.ledger().close().unwrap();
        let opens = |world: &World| listed(world).iter().filter(|one| Block::open(&world.disk, one).is_ok()).count();
        let before = opens(&world);
        world.disk.lose_power();
        damaged += usize::from(opens(&world) < before);
        let world = hostile::reopened(world);
        let mut index = world.updated();
        let (hits, _) = found(&mut index, &words(SECRET));
        assert_eq!(hits, world.read_all(&words(SECRET)), "seed {seed}");
        assert_eq!(hits.len(), 1, "only bert's");
        assert_all_found(&world, &mut index, "after the crash");
    }
    assert!(damaged > 0, "no crash tore what was written anew");
}

#[test]
fn who_had_the_index_open_during_an_erasure_searches_on() {
    let (world, mut random) = (world(14), SplitMix(14));
    world.append(&mut random, 130);
    world.ledger().append(vec![secret("anna"), secret("bert")]).unwrap();
    world.append(&mut random, 60);
    let (mut one, mut other) = (world.updated(), world.updated());
    world.admin.erase("anna", &cause()).unwrap();
    let (hits, seen) = found(&mut one, &words(SECRET));
    assert_eq!((hits, seen.erased), (vec![131], 1));
    assert_all_found(&world, &mut one, "after it noticed");
    assert_eq!(columns_with(&world, "98765"), 1, "what it wrote holds nothing of anna");
    other.update().unwrap();
    assert_all_found(&world, &mut other, "another");
}

#[test]
fn a_block_written_anew_is_the_one_made_anew_but_for_its_keys() {
    let (world, mut random) = (world(13), SplitMix(13));
    world.append(&mut random, 30);
    world.ledger().append(vec![secret("anna"); 3]).unwrap();
    world.append(&mut random, 31);
    let index = world.updated();
    let one = &index.blocks[0];
    let before = content(&world, one);
    let again = rewrite::rewritten(&mut [Block::open(&world.disk, one).unwrap()], &[]).unwrap();
    build::write(&(Arc::new(world.disk.clone()) as Arc<dyn Disk>), one, again, Durability::Now).unwrap();
    assert_eq!(content(&world, one), before, "reading and writing changes nothing");
    world.admin.erase("anna", &cause()).unwrap();
    let after = &listed(&world)[0];
    let (pairs, columns) = content(&world, after);
    let left = &columns[0];
    assert_eq!(
        (left.gone.clone(), before.0.len() - pairs.len()),
        (vec![30, 31, 32], 3 * 5),
        "its five terms, three times"
    );
    assert_eq!((left.subjects.len(), left.marks.first().map(|mark| mark.index)), (64, Some(0)));
    assert!(one.pages != after.pages && one.terms == after.terms);
}

#[test]
fn an_index_in_the_making_does_not_bring_back_what_is_erased_meanwhile() {
    let (world, mut random) = (world(6), SplitMix(6));
    world.append(&mut random, 100);
    world.ledger().append(vec![secret("anna")]).unwrap();
    world.append(&mut random, 100);
    let mut index = world.updated();
    // It has anna's words in memory and on the disk, and writes its roster once more after the erasure.
    world.admin.erase("anna", &cause()).unwrap();
    world.append(&mut random, 100);
    index.update().unwrap();
    assert_eq!(columns_with(&world, "98765"), 0);
    assert_all_found(&world, &mut index, "after it began anew");
}

#[test]
fn retired_records_leave_the_index_too() {
    let (world, mut random) = (world(7), SplitMix(7));
    world.ledger().append(vec![secret("anna")]).unwrap();
    world.append(&mut random, 700);
    drop(world.updated());
    assert_eq!(columns_with(&world, "98765"), 1);
    let old = world.files();
    let days = 86_400 * 1_000_000;
    let in_a_year = world.ledger().read(0).unwrap().leaf.time_us + 400 * days;
    let retired = world.admin.retire(in_a_year, &cause()).unwrap();
    assert!(retired.before > 0, "{retired:?}");
    assert_eq!(columns_with(&world, "98765"), 0);
    assert!(listed(&world).iter().all(|listed| listed.first >= retired.before));
    world.put_all(&old);
    assert!(listed(&world).is_empty(), "the old roster does not open");
    let mut index = world.updated();
    assert_all_found(&world, &mut index, "what is kept");
    let (hits, seen) = found(&mut index, &words(SECRET));
    assert_eq!((hits.len(), seen.retired), (0, retired.before));
}

#[test]
fn without_the_keys_files_say_nothing_but_their_length() {
    let (world, mut random) = (world(8), SplitMix(8));
    // The same in every column, of which four are joined and three are not.
    for _ in 0..7 {
        world.ledger().append(vec![secret("anna"); 64]).unwrap();
    }
    world.append(&mut random, 8);
    drop(world.updated());
    let one = world.files();
    let windows =
        |bytes: &[u8]| -> std::collections::HashSet<Vec<u8>> { bytes.windows(8).map(<[u8]>::to_vec).collect() };
    let all: Vec<_> = one.values().map(|bytes| windows(bytes)).collect();
    for (number, bytes) in all.iter().enumerate() {
        for part in SECRET.as_bytes().windows(8) {
            assert!(!bytes.contains(part));
        }
        for other in &all[number + 1..] {
            assert!(bytes.is_disjoint(other), "blocks of equal contents have nothing in common");
        }
    }
    world.put_all(&BTreeMap::new());
    drop(world.updated());
    for (name, bytes) in world.files() {
        // A roster begins with the number of its key slot.
        let encrypted = if name == roster::NAME { 9 } else { 0 };
        let (new, old) = (windows(&bytes[encrypted..]), windows(&one[&name][encrypted..]));
        assert!(new.is_disjoint(&old), "nor with an earlier one of the same records");
        assert_eq!(bytes.len(), one[&name].len());
    }
}
