//! Laws of the index: what it finds, how its blocks grow together, what damage does.

use proptest::prelude::*;

use super::*;
use crate::leaf::Leaf;
use crate::sealer::Unsealed;
use crate::search::gather::HEADER_BYTES;

fn leaf(index: u64) -> Leaf {
    Leaf {
        index,
        time_us: i64::try_from(index / 3).unwrap() * 1_000_000,
        kind: format!("kind-{}", index % 5),
        actor: format!("actor-{}", index % 700),
        subject: None,
        tags: vec![("id".to_owned(), index.to_string()), ("id".to_owned(), index.to_string())],
        content_bytes: 0,
        content_sha256: [0; 32],
    }
}

/// An index over a full block, a part of one and a few hundred records in memory, without a log.
fn index() -> SearchIndex {
    let disk: Arc<dyn Disk> = Arc::new(crate::disk::SimDisk::new(0));
    disk.create_dir(FOLDER).unwrap();
    let mut index = SearchIndex { disk, blocks: Vec::new(), recent: Gathered::new(0), place: None };
    for number in 0..BLOCK_RECORDS + 5_000 {
        index.recent.push(&leaf(number));
        if [BLOCK_RECORDS, BLOCK_RECORDS + 4_500].contains(&(number + 1)) {
            index.store(Place::default()).unwrap();
        }
    }
    index
}

#[test]
fn the_index_finds_what_reading_every_leaf_finds() {
    let index = index();
    let leaves: Vec<Leaf> = (0..index.size()).map(leaf).collect();
    let strategy = (0_u64..7, 0_u64..800, 0_u64..30_000, 0_u64..30_000, 0_usize..60, any::<[bool; 5]>());
    let config = proptest::test_runner::Config { cases: 32, ..Default::default() };
    let algorithm = proptest::test_runner::RngAlgorithm::ChaCha;
    let random = proptest::test_runner::TestRng::deterministic_rng(algorithm);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, random);
    runner
        .run(&strategy, |(kind, actor, since, until, limit, uses)| {
            let time = |second: u64| jiff::Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();
            let all = [
                format!("kind=kind-{kind}"),
                format!("actor=actor-{actor}"),
                format!("since={}", time(since)),
                format!("until={}", time(until)),
                format!("tag.id={}", since * 2),
            ];
            let text: Vec<String> = all.into_iter().zip(uses).filter(|(_, used)| *used).map(|(text, _)| text).collect();
            let filter = Filter::parse(&text.join(" "), &Unsealed).unwrap().unwrap();
            let expected: Vec<u64> =
                leaves.iter().rev().filter(|leaf| filter.matches(leaf)).map(|leaf| leaf.index).take(limit).collect();
            prop_assert_eq!(index.find(&filter, limit).unwrap(), expected);
            for order in [Order::NewestFirst, Order::OldestFirst] {
                let mut all: Vec<u64> =
                    leaves.iter().filter(|leaf| filter.matches(leaf)).map(|leaf| leaf.index).collect();
                if order == Order::NewestFirst {
                    all.reverse();
                }
                // Page by page nothing is left out and nothing comes twice; a few pages are enough to show it.
                let (mut after, size) = (all.get(limit).copied(), limit + 1);
                for expected in all.get(size..).unwrap_or_default().chunks(size).take(5) {
                    prop_assert_eq!(&index.page(&filter, &Page { order, after, limit: size }).unwrap(), expected);
                    after = expected.last().copied();
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_block_that_is_cut_or_has_another_header_is_not_opened() {
    let disk = crate::disk::SimDisk::new(0);
    let mut gathered = Gathered::new(7);
    (7..1_000).for_each(|number| gathered.push(&leaf(number)));
    let bytes = gathered.encode(Place::default()).unwrap();
    disk.create_dir(FOLDER).unwrap();
    let path = path_of(7, 1_000);
    replace_file(&disk, &path, &bytes, Durability::Now).unwrap();
    for at in 0..HEADER_BYTES {
        assert!(disk.tamper(&path, |bytes| bytes[at] ^= 1));
        assert!(Stored::open(&disk, &path, 7).unwrap().is_none(), "byte {at}");
        assert!(disk.tamper(&path, |bytes| bytes[at] ^= 1));
    }
    assert!(Stored::open(&disk, &path, 7).unwrap().is_some());
    assert!(Stored::open(&disk, &path, 8).unwrap().is_none());
    assert!(disk.tamper(&path, |bytes| bytes.truncate(bytes.len() - 1)));
    assert!(Stored::open(&disk, &path, 7).unwrap().is_none());
}

#[test]
fn a_damaged_byte_of_a_block_is_met_by_some_question_and_answered_by_no_other() {
    let disk = crate::disk::SimDisk::new(0);
    let mut gathered = Gathered::new(0);
    (0..1_200).for_each(|number| gathered.push(&leaf(number)));
    let bytes = gathered.encode(Place::default()).unwrap();
    disk.create_dir(FOLDER).unwrap();
    let path = path_of(0, 1_200);
    replace_file(&disk, &path, &bytes, Durability::Now).unwrap();
    let open = || Stored::open(&disk, &path, 0).unwrap().unwrap();
    for at in (HEADER_BYTES..bytes.len()).step_by(499) {
        assert!(disk.tamper(&path, |bytes| bytes[at] ^= 1));
        let mut damaged = 0;
        for (term, records) in &gathered.postings {
            match open().records(hash_of(term), term) {
                Ok(found) => assert_eq!(&found, records),
                Err(_) => damaged += 1,
            }
        }
        for second in 0..400 {
            match open().within(Some(second * 1_000_000), None) {
                Ok(found) => assert_eq!(found, u32::try_from(second * 3).unwrap()..1_200),
                Err(_) => damaged += 1,
            }
        }
        assert!(damaged > 0, "byte {at}");
        assert!(disk.tamper(&path, |bytes| bytes[at] ^= 1));
    }
}

#[test]
fn an_index_updated_in_steps_of_any_size_is_that_made_at_once() {
    let disk: Arc<dyn Disk> = Arc::new(crate::disk::SimDisk::new(0));
    disk.create_dir(FOLDER).unwrap();
    let mut index = SearchIndex { disk: Arc::clone(&disk), blocks: Vec::new(), recent: Gathered::new(0), place: None };
    let mut random = crate::disk::SplitMix(3);
    let size = 2 * BLOCK_RECORDS + 9_000;
    let mut steps = 0;
    while index.size() < size {
        let until = size.min(index.size() + 1 + random.below(20_000));
        while index.size() < until {
            index.recent.push(&leaf(index.size()));
            if index.size().is_multiple_of(BLOCK_RECORDS) {
                index.store_full(Place::default()).unwrap();
            }
        }
        if index.size() - index.recent.first >= PART_RECORDS {
            index.store(Place::default()).unwrap();
        }
        steps += 1;
    }
    assert!(steps > 10);
    let full: Vec<(u64, u64)> = index.blocks.iter().map(|block| (block.first(), block.end())).take(2).collect();
    assert_eq!(full, [(0, BLOCK_RECORDS), (BLOCK_RECORDS, 2 * BLOCK_RECORDS)]);
    assert_eq!(disk.list(FOLDER).unwrap().len(), index.blocks.len(), "no part is left behind");
    let mut at_once = Gathered::new(0);
    (0..BLOCK_RECORDS).for_each(|number| at_once.push(&leaf(number)));
    let joined = crate::disk::read_file(disk.as_ref(), &path_of(0, BLOCK_RECORDS), u64::MAX).unwrap().unwrap();
    assert!(joined == at_once.encode(Place::default()).unwrap());
    let names = disk.list(FOLDER).unwrap();
    let mut again = SearchIndex { disk, blocks: Vec::new(), recent: Gathered::new(0), place: None };
    while let Some(block) = again.next_block(&names, size).unwrap() {
        again.recent = Gathered::new(block.end());
        again.blocks.push(block);
    }
    assert_eq!(again.size(), index.recent.first, "what was stored is found again");
}
