//! The whole index: blocks on the disk, and the newest records in memory.

use std::ops::Range;
use std::sync::Arc;

use super::filter::Filter;
use super::gather::{BLOCK_RECORDS, Gathered};
use super::stored::Stored;
use crate::admin::Leaves;
use crate::disk::{Disk, Durability, replace_file};
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::leaf::Leaf;

const FOLDER: &str = "index";

/// Finds records by what their leaves say.
pub struct SearchIndex {
    disk: Arc<dyn Disk>,
    blocks: Vec<Stored>,
    recent: Gathered,
}

impl SearchIndex {
    /// Opens the index of a ledger with `size` durable records, and indexes what it lacks.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if a leaf cannot be read; what the disk reports.
    pub fn open(disk: Arc<dyn Disk>, size: u64) -> Result<Self> {
        disk.create_dir(FOLDER).map_err(while_doing("create", FOLDER))?;
        let mut blocks = Vec::new();
        let mut first = 0;
        while first + BLOCK_RECORDS <= size {
            let path = path_of(first);
            let Some(block) = Stored::open(disk.as_ref(), &path, first).map_err(while_doing("read", &path))? else {
                break;
            };
            blocks.push(block);
            first += BLOCK_RECORDS;
        }
        let mut index = Self { disk, blocks, recent: Gathered::new(first) };
        index.update(size)?;
        Ok(index)
    }

    /// Returns how many records are indexed.
    pub fn size(&self) -> u64 {
        self.recent.end()
    }

    /// Indexes the records up to `size`, which must be durable.
    ///
    /// # Errors
    /// As [`SearchIndex::open`].
    pub fn update(&mut self, size: u64) -> Result<()> {
        let mut leaves = Leaves::new(&self.disk, self.size(), size)?;
        while let Some(bytes) = leaves.step()? {
            let index = self.size();
            let leaf = Leaf::parse(&bytes).ok().filter(|leaf| leaf.index == index).ok_or_else(|| unreadable(index))?;
            self.recent.push(&leaf);
            if self.recent.end() - self.recent.first == BLOCK_RECORDS {
                self.store()?;
            }
        }
        Ok(())
    }

    /// Writes the full block and starts the next.
    fn store(&mut self) -> Result<()> {
        let first = self.recent.first;
        let path = path_of(first);
        let bytes = self.recent.encode().ok_or_else(|| unreadable(first))?;
        replace_file(self.disk.as_ref(), &path, &bytes, Durability::Later).map_err(while_doing("write", &path))?;
        let block = Stored::open(self.disk.as_ref(), &path, first).map_err(while_doing("read", &path))?;
        self.blocks.push(block.ok_or_else(|| unreadable(first))?);
        self.recent = Gathered::new(first + BLOCK_RECORDS);
        Ok(())
    }

    /// Returns the indices of the newest `limit` records that meet the filter, newest first.
    ///
    /// # Errors
    /// What the disk reports, or that a block is damaged.
    pub fn find(&self, filter: &Filter, limit: usize) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        let lists: Vec<Vec<u32>> =
            filter.terms.iter().map(|term| self.recent.postings.get(term).cloned().unwrap_or_default()).collect();
        let times = &self.recent.times;
        let place = |time: Option<i64>, default: usize| {
            let place = time.map_or(default, |time| times.partition_point(|own| *own < time));
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let within = place(filter.since_us, 0)..place(filter.until_us, times.len());
        newest(self.recent.first, &lists, within, limit, &mut found);
        for block in self.blocks.iter().rev() {
            if found.len() >= limit {
                break;
            }
            self.find_in(block, filter, limit, &mut found).map_err(while_doing("read", &path_of(block.first)))?;
        }
        Ok(found)
    }

    #[expect(clippy::unused_self, reason = "a step of `find`")]
    fn find_in(&self, block: &Stored, filter: &Filter, limit: usize, found: &mut Vec<u64>) -> std::io::Result<()> {
        let within = block.within(filter.since_us, filter.until_us)?;
        if within.is_empty() {
            return Ok(());
        }
        let mut lists = Vec::with_capacity(filter.terms.len());
        for term in &filter.terms {
            let records = block.records(term)?;
            if records.is_empty() {
                return Ok(());
            }
            lists.push(records);
        }
        newest(block.first, &lists, within, limit, found);
        Ok(())
    }
}

/// Appends the records that are in all lists and in the range, newest first, until there are `limit`.
fn newest(first: u64, lists: &[Vec<u32>], within: Range<u32>, limit: usize, found: &mut Vec<u64>) {
    let room = limit.saturating_sub(found.len());
    let Some((shortest, others)) = ascending(lists) else {
        found.extend(within.rev().take(room).map(|place| first + u64::from(place)));
        return;
    };
    let common = shortest
        .iter()
        .rev()
        .filter(|place| within.contains(place) && others.iter().all(|other| other.binary_search(place).is_ok()));
    found.extend(common.take(room).map(|place| first + u64::from(*place)));
}

/// The shortest list, and the others.
fn ascending(lists: &[Vec<u32>]) -> Option<(&Vec<u32>, Vec<&Vec<u32>>)> {
    let mut lists: Vec<&Vec<u32>> = lists.iter().collect();
    lists.sort_by_key(|list| list.len());
    let mut lists = lists.into_iter();
    Some((lists.next()?, lists.collect()))
}

fn path_of(first: u64) -> String {
    format!("{FOLDER}/{first:020}.idx")
}

fn unreadable(index: u64) -> LedgerError {
    let what = "its leaf cannot be indexed".to_owned();
    Damage { kind: DamageKind::Tampered, path: path_of(index), offset: 0, index, what }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Unsealed;
    use proptest::prelude::*;

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

    /// An index over one stored block and a few hundred records in memory, without a log.
    fn index() -> SearchIndex {
        let disk: Arc<dyn Disk> = Arc::new(crate::disk::SimDisk::new(0));
        disk.create_dir(FOLDER).unwrap();
        let mut index = SearchIndex { disk, blocks: Vec::new(), recent: Gathered::new(0) };
        for number in 0..BLOCK_RECORDS + 500 {
            index.recent.push(&leaf(number));
            if number + 1 == BLOCK_RECORDS {
                index.store().unwrap();
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
                let text: Vec<String> =
                    all.into_iter().zip(uses).filter(|(_, used)| *used).map(|(text, _)| text).collect();
                let filter = Filter::parse(&text.join(" "), &Unsealed).unwrap().unwrap();
                let expected: Vec<u64> = leaves
                    .iter()
                    .rev()
                    .filter(|leaf| filter.matches(leaf))
                    .map(|leaf| leaf.index)
                    .take(limit)
                    .collect();
                prop_assert_eq!(index.find(&filter, limit).unwrap(), expected);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a_damaged_block_is_not_opened_and_damaged_postings_are_no_answer() {
        let disk = crate::disk::SimDisk::new(0);
        let mut gathered = Gathered::new(0);
        (0..BLOCK_RECORDS).for_each(|number| gathered.push(&leaf(number)));
        let bytes = gathered.encode().unwrap();
        disk.create_dir(FOLDER).unwrap();
        replace_file(&disk, &path_of(0), &bytes, Durability::Now).unwrap();
        for at in [0, 9, 17, 21, 25, 1_000, 600_000] {
            assert!(disk.tamper(&path_of(0), |bytes| bytes[at] ^= 1));
            assert!(Stored::open(&disk, &path_of(0), 0).unwrap().is_none(), "byte {at}");
            assert!(disk.tamper(&path_of(0), |bytes| bytes[at] ^= 1));
        }
        let block = Stored::open(&disk, &path_of(0), 0).unwrap().unwrap();
        assert_eq!(block.records(b"kkind-1").unwrap().len(), 13_107);
        let end = bytes.len();
        assert!(disk.tamper(&path_of(0), |bytes| bytes[end - 30..].iter_mut().for_each(|byte| *byte ^= 1)));
        let block = Stored::open(&disk, &path_of(0), 0).unwrap().unwrap();
        let damaged = gathered.postings.keys().filter(|term| block.records(term).is_err()).count();
        assert!((1..4).contains(&damaged));
    }
}
