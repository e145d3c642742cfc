//! The index of contents as a whole: which blocks hold, and what they lack.

use std::ops::Range;
use std::sync::Arc;

use syndic_tlog::leaf_hash;

use super::block::Block;
use super::build::{Builder, JOINED, Shape};
use super::places::MOST_RECORDS;
use super::reader::{Mark, Records};
use super::roster::{self, FileKey, Listed, Roster};
use crate::disk::Disk;
use crate::error::{LedgerError, Result};
use crate::keys::KeyStore;
use crate::ledger::Ledger;

/// Read at once from a segment, for one record: marks are about so far apart.
const CHUNK_BYTES: usize = 16 << 10;
/// So many records are worth a block, which is joined with its neighbours later.
const PART_RECORDS: u64 = 1 << 11;
/// Blocks are joined and the roster is written after so many new ones; those of an interrupted making after it are made
/// again.
const SAVE_EVERY: usize = 16;
/// How often the index begins anew because a subject was erased meanwhile.
const MOST_RESTARTS: usize = 8;

/// Finds records by words of their contents, with the keys.
///
/// ```
/// use std::sync::Arc;
/// use syndic_attest::SigningKey;
/// use syndic_ledger::disk::{Disk, SimDisk};
/// use syndic_ledger::keys::{KeyStore, MasterKey};
/// use syndic_ledger::search::{Asked, ContentIndex, Filter, Order, Question};
/// use syndic_ledger::{Entry, Ledger, Options, OsRandom, Ports, SystemClock};
///
/// let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
/// let master = MasterKey::from_bytes([7; 32].into());
/// let keys = Arc::new(KeyStore::create(Arc::clone(&disk), Arc::new(OsRandom), &master)?);
/// let ports = Ports { disk, clock: Arc::new(SystemClock), sealer: keys.clone() };
/// let options = Options { segment_bytes: 1 << 16, ..Options::new("acme.example/log", SigningKey::from_seed([1; 32])) };
/// let ledger = Ledger::create(&ports, &options)?;
/// let entry = Entry { kind: "note".to_owned(), content: b"gpt-4o was asked".to_vec(), ..Entry::default() };
/// ledger.append(vec![entry])?;
///
/// let mut index = ContentIndex::open(&ledger, &keys)?;
/// index.update()?;
/// let question = Question::default().words("asked gpt-4o")?;
/// let asked = Asked { question, filter: Filter::default(), order: Order::NewestFirst, most_looks: 1_000_000 };
/// assert_eq!(index.find(asked)?.step()?.map(|record| record.index), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ContentIndex {
    pub(super) ledger: Ledger,
    pub(super) keys: Arc<KeyStore>,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) blocks: Vec<Listed>,
    /// The key slot the roster depends on, once there is one.
    slot: Option<u64>,
    /// Records that were durable when it was opened or updated last.
    size: u64,
    /// The first record that is not retired.
    kept_from: u64,
    shape: Shape,
}

impl ContentIndex {
    /// Opens the index of an open ledger as far as it was made; `keys` are those the ledger was opened with, for writing.
    ///
    /// What cannot be read, is of another ledger or of another past of this one is as good as not made.
    ///
    /// # Errors
    /// What the disk reports; [`LedgerError::Damaged`] if the log cannot be read.
    pub fn open(ledger: &Ledger, keys: &Arc<KeyStore>) -> Result<Self> {
        let shape = Shape { block_records: MOST_RECORDS.into(), part_records: PART_RECORDS };
        Self::open_shaped(ledger, keys, shape)
    }

    pub(super) fn open_shaped(ledger: &Ledger, keys: &Arc<KeyStore>, shape: Shape) -> Result<Self> {
        let disk = Arc::clone(&ledger.0.disk);
        let (ledger, keys) = (ledger.clone(), Arc::clone(keys));
        let mut index = Self { ledger, keys, disk, blocks: Vec::new(), slot: None, size: 0, kept_from: 0, shape };
        index.load()?;
        Ok(index)
    }

    fn load(&mut self) -> Result<()> {
        let mut records = self.records()?;
        (self.size, self.kept_from) = (self.ledger.size(), records.first());
        let roster = roster::load(self.disk.as_ref(), &self.keys)?;
        self.slot = roster.as_ref().map(|roster| roster.slot);
        self.blocks = roster.map(|Roster { blocks, .. }| blocks).unwrap_or_default();
        let (size, kept_from) = (self.size, self.kept_from);
        self.blocks.retain(|block| block.end <= size && block.first >= kept_from);
        // What is before a record of this log is of this log: the newest block that is, vouches for those before.
        while let Some(newest) = self.blocks.last() {
            if self.is_of_log(newest, &mut records) {
                break;
            }
            self.blocks.pop();
        }
        Ok(())
    }

    fn is_of_log(&self, block: &Listed, records: &mut Records) -> bool {
        let mark = self.last_mark(block);
        let last = mark.is_some().then(|| records.read(block.end - 1, mark).ok()).flatten();
        last.is_some_and(|raw| leaf_hash(&raw.record.leaf) == block.last_leaf)
    }

    fn last_mark(&self, block: &Listed) -> Option<Mark> {
        Block::open(self.disk.as_ref(), block).ok()?.mark_near(block.end - 1).ok()?
    }

    /// Where reading starts that is to find record `index`, which is in no block.
    pub(super) fn mark_before(&self, index: u64) -> Option<Mark> {
        self.blocks.iter().rev().find(|block| block.end <= index).and_then(|block| self.last_mark(block))
    }

    pub(super) fn records(&self) -> Result<Records> {
        Records::new(&self.disk, CHUNK_BYTES)
    }

    /// Returns how many records it is over, retired ones included.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The first record that is not retired.
    pub(super) fn kept_from(&self) -> u64 {
        self.kept_from
    }

    /// Returns how many records [`ContentIndex::update`] would index. The newest few thousand never are: they are looked at.
    pub fn missing(&self) -> u64 {
        self.plan().iter().map(|range| range.end - range.start).sum()
    }

    /// Indexes what is not: in memory of at most about 256 MB, durably, block by block.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if the log cannot be read; [`LedgerError::Seal`] for keys; [`LedgerError::Full`] and what
    /// else the disk reports: what is not indexed then is looked at by every search.
    pub fn update(&mut self) -> Result<()> {
        for _ in 0..MOST_RESTARTS {
            self.size = self.ledger.size();
            let plan = self.plan();
            if plan.is_empty() {
                return Ok(());
            }
            if self.make_all(&plan)? {
                return Ok(());
            }
            self.load()?;
        }
        Ok(())
    }

    /// Makes blocks for these records; false if the key of the index was destroyed meanwhile.
    fn make_all(&mut self, plan: &[Range<u64>]) -> Result<bool> {
        // The slot is there before the first content is read: whoever erases meanwhile destroys it.
        if self.slot.is_none() {
            self.slot = roster::save(&self.disk, &self.keys, &self.blocks, None)?;
        }
        let mut unsaved = 0;
        for range in plan {
            let mut records = self.builder().records()?;
            let mut next = range.start;
            while next < range.end {
                let block = self.builder().block(&mut records, next, range.end, self.terms_beside(next))?;
                next = block.end;
                self.put(block);
                unsaved += 1;
                if unsaved >= SAVE_EVERY && !self.settle()? {
                    return Ok(false);
                }
                unsaved %= SAVE_EVERY;
            }
        }
        self.settle()
    }

    /// Joins what can be joined, writes the roster and removes what it does not list; false if the key of the index was
    /// destroyed meanwhile.
    fn settle(&mut self) -> Result<bool> {
        self.join()?;
        let is_saved = self.save()?;
        if is_saved {
            roster::sweep(self.disk.as_ref(), &self.blocks)?;
        }
        Ok(is_saved)
    }

    /// The key for the terms of a block that begins with a record: that of the blocks it may be joined with.
    fn terms_beside(&self, first: u64) -> Option<FileKey> {
        let is_beside =
            |block: &&Listed| block.first / self.shape.joined_records() == first / self.shape.joined_records();
        self.blocks.iter().find(is_beside).map(|block| block.terms.clone())
    }

    /// Puts one block in the place of several wherever they have all records of a range.
    fn join(&mut self) -> Result<()> {
        for times in JOINED {
            for group in self.groups(self.shape.block_records * times) {
                if let Some(joined) = self.builder().joined(&group)? {
                    self.put(joined);
                }
            }
        }
        Ok(())
    }

    /// Blocks that follow one another to the end of a range of so many records, are of no other range, and have one key
    /// for their terms.
    fn groups(&self, records: u64) -> Vec<Vec<Listed>> {
        let are_one = |one: &Listed, other: &Listed| {
            one.end == other.first && one.first / records == (other.end - 1) / records && one.terms == other.terms
        };
        let groups = self
            .blocks
            .chunk_by(are_one)
            .filter(|group| group.len() > 1 && group.last().is_some_and(|last| last.end.is_multiple_of(records)));
        groups.map(<[Listed]>::to_vec).collect()
    }

    fn builder(&self) -> Builder<'_> {
        Builder { ledger: &self.ledger, keys: &self.keys, disk: &self.disk, shape: self.shape }
    }

    fn put(&mut self, block: Listed) {
        self.blocks.retain(|other| other.end <= block.first || block.end <= other.first);
        let place = self.blocks.partition_point(|other| other.first < block.first);
        self.blocks.insert(place, block);
    }

    fn save(&self) -> Result<bool> {
        Ok(roster::save(&self.disk, &self.keys, &self.blocks, self.slot)?.is_some())
    }

    /// Lets go of a block that turned out damaged, and makes it again.
    pub(super) fn mend(&mut self, damaged: &Range<u64>) -> Result<()> {
        self.blocks.retain(|block| block.first != damaged.start);
        self.update()
    }

    /// Returns the ranges of kept records that no block covers, ascending.
    pub(super) fn gaps(&self) -> Vec<Range<u64>> {
        let (mut gaps, mut at) = (Vec::new(), self.kept_from);
        for block in &self.blocks {
            if at < block.first {
                gaps.push(at..block.first);
            }
            at = block.end;
        }
        if at < self.size {
            gaps.push(at..self.size);
        }
        gaps
    }

    /// The ranges to be made: the gaps, but for few records at the end, and with them small blocks before them.
    fn plan(&self) -> Vec<Range<u64>> {
        let mut gaps = self.gaps();
        let Some(last) = gaps.pop_if(|gap| gap.end == self.size) else { return gaps };
        if last.end - last.start < self.shape.part_records {
            return gaps;
        }
        let mut start = last.start;
        // Blocks double, so that a record is indexed a few times at most.
        while let Some(block) = self.blocks.iter().rev().find(|block| block.end == start) {
            let is_cut_by_boundary = start.is_multiple_of(self.shape.block_records);
            if is_cut_by_boundary || block.end - block.first > last.end - start {
                break;
            }
            start = block.first;
        }
        gaps.push(start..last.end);
        gaps
    }
}

/// Says whether nothing but space is wrong.
pub(super) fn is_only_space(problem: &LedgerError) -> bool {
    matches!(problem, LedgerError::Full { .. })
}
