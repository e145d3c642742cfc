//! Laws of the index of contents: it finds what reading every record finds, whatever happened to its files.

mod erasing;
mod hostile;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use syndic_attest::SigningKey;

use super::build::Shape;
use super::*;
use crate::admin::{Admin, Cause};
use crate::disk::{Disk, Durability, SimDisk, SplitMix, read_file, replace_file};
use crate::keys::{KeyStore, MasterKey};
use crate::search::{Filter, Order};
use crate::{Content, Entry, Ledger, Options, OsRandom, Ports, SystemClock};

const SHAPE: Shape = Shape { block_records: 64, part_records: 8 };
const FOLDER: &str = roster::FOLDER;

struct World {
    disk: SimDisk,
    keys: Arc<KeyStore>,
    admin: Admin,
}

fn world(seed: u64) -> World {
    let sim = SimDisk::new(seed);
    let disk: Arc<dyn Disk> = Arc::new(sim.clone());
    let master = MasterKey::from_bytes([3; 32].into());
    let keys = Arc::new(KeyStore::create(Arc::clone(&disk), Arc::new(OsRandom), &master).unwrap());
    let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: keys.clone() };
    let mut options = Options::new("contents.example/log", SigningKey::from_seed([1; 32]));
    (options.segment_bytes, options.checkpoint_every) = (16 << 10, Duration::from_secs(3_600));
    let ledger = Ledger::create(&ports, &options).unwrap();
    World { disk: sim, keys: Arc::clone(&keys), admin: Admin::open(ledger, keys, disk).unwrap() }
}

impl World {
    fn ledger(&self) -> &Ledger {
        self.admin.ledger()
    }

    fn append(&self, random: &mut SplitMix, count: u64) {
        self.ledger().append((0..count).map(|_| entry(random)).collect()).unwrap();
    }

    fn index(&self) -> ContentIndex {
        ContentIndex::open_shaped(self.ledger(), &self.keys, SHAPE).unwrap()
    }

    fn updated(&self) -> ContentIndex {
        let mut index = self.index();
        index.update().unwrap();
        index
    }

    /// What reading every record finds, the oldest first.
    fn read_all(&self, asked: &Asked) -> Vec<u64> {
        let records = self.ledger().tail(0).map(Result::unwrap).filter(|record| asked.filter.matches(&record.leaf));
        let holds = |content: &Content| matches!(content, Content::Plain(plain) if asked.question.holds(plain));
        records.filter(|record| holds(&record.content)).map(|record| record.index).collect()
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let names = self.disk.list(FOLDER).unwrap();
        names.into_iter().map(|name| (name.clone(), self.file(&name))).collect()
    }

    fn file(&self, name: &str) -> Vec<u8> {
        read_file(&self.disk, &format!("{FOLDER}/{name}"), u64::MAX).unwrap().unwrap()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        replace_file(&self.disk, &format!("{FOLDER}/{name}"), bytes, Durability::Now).unwrap();
    }

    fn put_all(&self, files: &BTreeMap<String, Vec<u8>>) {
        for name in self.disk.list(FOLDER).unwrap() {
            self.disk.remove(&format!("{FOLDER}/{name}")).unwrap();
        }
        for (name, bytes) in files {
            self.put(name, bytes);
        }
    }
}

const WORDS: [&str; 12] = [
    "alpha",
    "Beta",
    "grüße",
    "user-42",
    "user-43",
    "ada@example.org",
    "東京都",
    "x\\ny",
    "7",
    "omega",
    "gpt-4o",
    "Σίσυφος",
];

fn entry(random: &mut SplitMix) -> Entry {
    let count = random.below(6);
    // Some words are in most records and some in few.
    let pick = |random: &mut SplitMix| WORDS[usize::try_from(random.below(12).min(random.below(12))).unwrap()];
    let words: Vec<&str> = (0..count).map(|_| pick(random)).collect();
    Entry {
        kind: format!("kind.{}", random.below(3)),
        actor: "a".to_owned(),
        subject: (random.below(4) > 0).then(|| format!("subject-{}", random.below(40))),
        content: words.join([" ", ", ", "\n"][usize::try_from(random.below(3)).unwrap()]).into_bytes(),
        ..Entry::default()
    }
}

fn asked(question: Question) -> Asked {
    Asked { question, filter: Filter::default(), order: Order::OldestFirst, most_looks: u64::MAX }
}

fn words(words: &str) -> Asked {
    asked(Question::default().words(words).unwrap())
}

fn found(index: &mut ContentIndex, asked: &Asked) -> (Vec<u64>, Seen) {
    let mut finder = index.find(asked.clone()).unwrap();
    let mut found = Vec::new();
    while let Some(record) = finder.step().unwrap() {
        found.push(record.index);
    }
    (found, finder.seen())
}

/// Questions of every kind.
fn questions() -> Vec<Asked> {
    let mut all: Vec<Asked> = WORDS.iter().map(|word| words(word)).collect();
    all.extend(["alpha beta", "user 42", "user-42 omega", "org", "京都", "absent", "4o"].map(words));
    let texts = ["bet", "a, omega", "user-4", "alpha beta grüße", "京", "zzz"];
    all.extend(texts.map(|text| asked(Question::default().text(text))));
    all.push(asked(Question::default().text("a").words("alpha").unwrap()));
    all
}

fn assert_all_found(world: &World, index: &mut ContentIndex, what: &str) {
    for asked in questions() {
        assert_eq!(found(index, &asked).0, world.read_all(&asked), "{what}: {asked:?}");
    }
}

#[test]
fn an_index_made_in_steps_of_any_size_finds_what_reading_every_record_finds() {
    let mut steps = 0;
    for seed in 0..6 {
        let (world, mut random) = (world(seed), SplitMix(seed));
        while world.ledger().size() < 300 {
            let count = 1 + random.below(60);
            world.append(&mut random, count);
            let mut index = world.index();
            if random.below(3) > 0 {
                index.update().unwrap();
            }
            assert!(index.blocks.windows(2).all(|pair| pair[0].end <= pair[1].first), "blocks in order");
            let asked = questions().swap_remove(usize::try_from(random.below(20)).unwrap());
            assert_eq!(found(&mut index, &asked).0, world.read_all(&asked), "{asked:?}");
            steps += 1;
        }
        let mut index = world.updated();
        let unindexed: u64 = index.gaps().iter().map(|gap| gap.end - gap.start).sum();
        assert!(unindexed < SHAPE.part_records && index.missing() == 0, "{unindexed}");
        assert!(index.blocks.len() < 5 + 7, "small blocks are joined: {}", index.blocks.len());
        assert_eq!(world.disk.list(FOLDER).unwrap().len(), index.blocks.len() + 1, "nothing is left behind");
        assert_all_found(&world, &mut index, "at the end");
    }
    assert!(steps > 30);
}

#[test]
fn neighbours_are_joined_until_a_block_has_sixteen_columns() {
    let (world, mut random) = (world(15), SplitMix(15));
    world.append(&mut random, 1_100);
    let mut index = world.updated();
    let ends: Vec<u64> = index.blocks.iter().map(|block| block.end).collect();
    assert_eq!(ends, [1_024, 1_088, 1_100]);
    let columns = block::Block::open(&world.disk, &index.blocks[0]).unwrap().columns().count();
    assert_eq!(columns, 16);
    for mut asked in questions() {
        let mut expected = world.read_all(&asked);
        assert_eq!(found(&mut index, &asked).0, expected, "{asked:?}");
        asked.order = Order::NewestFirst;
        expected.reverse();
        assert_eq!(found(&mut index, &asked).0, expected, "{asked:?}");
    }
}

#[test]
fn order_filter_and_bound_hold() {
    let (world, mut random) = (world(9), SplitMix(9));
    world.append(&mut random, 333);
    let mut index = world.updated();
    let subject = world.keys.pseudonym("subject-7").0;
    let filters =
        [Filter::default().kind("kind.1"), Filter::default().subject(&subject), Filter::default().until_us(0)];
    for mut asked in questions() {
        for filter in filters.clone() {
            asked.filter = filter;
            let mut expected = world.read_all(&asked);
            assert_eq!(found(&mut index, &asked).0, expected);
            asked.order = Order::NewestFirst;
            expected.reverse();
            assert_eq!(found(&mut index, &asked).0, expected);
            asked.order = Order::OldestFirst;
        }
    }
    let mut scan = asked(Question::default().text("zzz"));
    (scan.order, scan.most_looks) = (Order::NewestFirst, 100);
    let (hits, seen) = found(&mut index, &scan);
    assert_eq!((hits.len(), seen.looked, seen.is_cut, seen.reached), (0, 100, true, Some(233)));
    let (_, seen) = found(&mut index, &words("absent"));
    assert!(seen.looked < SHAPE.part_records, "the index answers: {seen:?}");
}

#[test]
fn whatever_happens_to_its_files_is_noticed_and_mended() {
    let (world, mut random) = (world(2), SplitMix(2));
    world.append(&mut random, 150);
    drop(world.updated());
    let older = world.files();
    world.append(&mut random, 300);
    drop(world.updated());
    let whole = world.files();
    let other = self::world(3);
    other.append(&mut random, 300);
    drop(other.updated());
    assert!(whole.len() > 4);
    for (name, bytes) in &whole {
        let mut damages: Vec<Vec<u8>> = vec![Vec::new(), bytes[..bytes.len() - 1].to_vec(), vec![0; bytes.len()]];
        for at in (0..bytes.len()).step_by(bytes.len() / 7 + 1) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 4;
            damages.push(flipped);
        }
        damages.extend(older.get(name).cloned());
        damages.extend(other.files().get(name).cloned());
        damages.extend(whole.iter().find(|(other, _)| *other != name).map(|(_, bytes)| bytes.clone()));
        for (number, damage) in damages.iter().enumerate() {
            world.put_all(&whole);
            world.put(name, damage);
            // Both before and after what is missing is made.
            assert_all_found(&world, &mut world.index(), &format!("{name} {number}"));
            assert_all_found(&world, &mut world.updated(), &format!("{name} {number} made again"));
        }
        world.put_all(&whole);
        world.disk.remove(&format!("{FOLDER}/{name}")).unwrap();
        assert_all_found(&world, &mut world.index(), name);
    }
    for files in [older, other.files(), BTreeMap::new()] {
        world.put_all(&files);
        assert_all_found(&world, &mut world.updated(), "all of another time or place");
    }
}

#[test]
fn a_block_of_another_past_of_the_log_is_not_believed() {
    let (world, mut random) = (world(4), SplitMix(4));
    world.append(&mut random, 200);
    let mut index = world.updated();
    let before = index.blocks.len();
    // As if the last records had been others when the index was made.
    for block in &mut index.blocks[before - 2..] {
        block.last_leaf = syndic_tlog::leaf_hash(b"of another past");
    }
    let disk: Arc<dyn Disk> = Arc::new(world.disk.clone());
    roster::save(&disk, &world.keys, &index.blocks, None).unwrap();
    let mut again = world.index();
    assert_eq!(again.blocks.len(), before - 2);
    assert_all_found(&world, &mut again, "the rest is looked at");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn random_questions_are_answered_as_reading_does(seed in 0_u64..4, picks in prop::collection::vec((0_usize..12, 0_usize..6, 1_usize..9), 1..4)) {
        thread_local!(static WORLDS: std::cell::RefCell<BTreeMap<u64, World>> = const { std::cell::RefCell::new(BTreeMap::new()) });
        WORLDS.with_borrow_mut(|worlds| {
            let world = worlds.entry(seed).or_insert_with(|| {
                let world = world(seed);
                world.append(&mut SplitMix(seed), 200);
                world
            });
            let mut index = world.updated();
            let cut = |(word, from, count): &(usize, usize, usize)| WORDS[*word].chars().skip(*from).take(*count).collect::<String>();
            let parts: Vec<String> = picks.iter().map(cut).collect();
            let mut all = vec![asked(Question::default().text(&parts.join(", ")))];
            all.extend(Question::default().words(&parts.join(" ")).map(asked));
            for asked in all {
                prop_assert_eq!(found(&mut index, &asked).0, world.read_all(&asked), "{:?}", asked);
            }
            Ok(())
        })?;
    }
}
