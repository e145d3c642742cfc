//! The whole index: blocks on the disk, and the newest records in memory.

use std::ops::Range;
use std::sync::Arc;

use super::filter::Filter;
use super::gather::{BLOCK_RECORDS, Gathered, HEADER_BYTES, hash_of};
use super::order::{Order, Page};
use super::source::{Place, Source};
use super::stored::Stored;
use crate::disk::{Disk, Durability, replace_file};
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};

const FOLDER: &str = "index";
/// So many records in memory are worth a block of their own, which is joined with its neighbours later.
const PART_RECORDS: u64 = 1 << 12;

/// Finds records by what their leaves say.
pub struct SearchIndex {
    disk: Arc<dyn Disk>,
    blocks: Vec<Stored>,
    recent: Gathered,
    /// Where the log goes on behind the last record read.
    place: Option<Place>,
}

impl SearchIndex {
    /// Opens the index of a ledger with `size` durable records, and indexes what it lacks.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if a leaf cannot be read; what the disk reports.
    pub fn open(disk: Arc<dyn Disk>, size: u64) -> Result<Self> {
        disk.create_dir(FOLDER).map_err(while_doing("create", FOLDER))?;
        let names = disk.list(FOLDER).map_err(while_doing("list", FOLDER))?;
        for name in names.iter().filter(|name| span_of(name).is_some()) {
            // What is wrong with it is noticed when it is read.
            drop(disk.open(&format!("{FOLDER}/{name}")).map(|file| file.will_read(0, HEADER_BYTES as u64)));
        }
        let mut index = Self { disk, blocks: Vec::new(), recent: Gathered::new(0), place: None };
        while let Some(block) = index.next_block(&names, size)? {
            (index.recent, index.place) = (Gathered::new(block.end()), Some(block.after()));
            index.blocks.push(block);
        }
        index.update(size)?;
        Ok(index)
    }

    /// Opens the longest block that goes on where the index ends.
    fn next_block(&self, names: &[String], size: u64) -> Result<Option<Stored>> {
        let first = self.size();
        let mut ends: Vec<u64> =
            names.iter().filter_map(|name| span_of(name)).filter(|span| span.0 == first).map(|span| span.1).collect();
        ends.sort_unstable();
        for end in ends.into_iter().rev().filter(|end| *end <= size) {
            let path = path_of(first, end);
            let block = Stored::open(self.disk.as_ref(), &path, first).map_err(while_doing("read", &path))?;
            if let Some(block) = block.filter(|block| block.end() == end) {
                return Ok(Some(block));
            }
        }
        Ok(None)
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
        let mut source = Source::new(&self.disk, self.size(), size, self.place.take())?;
        while let Some(leaf) = source.step()? {
            self.recent.push(&leaf);
            if self.size().is_multiple_of(BLOCK_RECORDS) {
                self.store_full(source.place().unwrap_or_default())?;
            }
        }
        self.place = source.place();
        // What was read is kept, so that who opens the index next need not read it again.
        if self.size() - self.recent.first >= PART_RECORDS {
            self.store(self.place.unwrap_or_default())?;
        }
        Ok(())
    }

    /// Writes what was gathered, and with it the parts of this block that were written before, as one full block.
    fn store_full(&mut self, after: Place) -> Result<()> {
        let start = self.size() - BLOCK_RECORDS;
        let mut parts = Vec::new();
        while let Some(part) = self.blocks.pop_if(|block| block.first() >= start) {
            parts.push(part);
        }
        if parts.is_empty() {
            return self.store(after);
        }
        let mut whole = Gathered::new(start);
        for part in parts.iter().rev() {
            let path = path_of(part.first(), part.end());
            whole.append(part.gather().map_err(while_doing("read", &path))?);
        }
        whole.append(std::mem::take(&mut self.recent));
        self.recent = whole;
        self.store(after)?;
        for part in &parts {
            // Only a leftover: the longer block is preferred.
            drop(self.disk.remove(&path_of(part.first(), part.end())));
        }
        Ok(())
    }

    /// Writes what was gathered as a block and starts the next.
    fn store(&mut self, after: Place) -> Result<()> {
        let (first, end) = (self.recent.first, self.size());
        let path = path_of(first, end);
        let bytes = self.recent.encode(after).ok_or_else(|| unreadable(first))?;
        // Durable, because its pages are not checked when it is opened: none may be missing after a crash.
        replace_file(self.disk.as_ref(), &path, &bytes, Durability::Now).map_err(while_doing("write", &path))?;
        let block = Stored::open(self.disk.as_ref(), &path, first).map_err(while_doing("read", &path))?;
        self.blocks.push(block.ok_or_else(|| unreadable(first))?);
        self.recent = Gathered::new(end);
        Ok(())
    }

    /// Returns the indices of the newest `limit` records that meet the filter, newest first.
    ///
    /// # Errors
    /// What the disk reports, or that a block is damaged.
    pub fn find(&self, filter: &Filter, limit: usize) -> Result<Vec<u64>> {
        self.page(filter, &Page { order: Order::NewestFirst, after: None, limit })
    }

    /// Returns the indices of the records of a page, in its order; fewer than its limit only at the end.
    ///
    /// # Errors
    /// As [`SearchIndex::find`].
    pub fn page(&self, filter: &Filter, page: &Page) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        match page.order {
            Order::NewestFirst => {
                self.find_recent(filter, page, &mut found);
                Self::find_stored(self.blocks.iter().rev(), filter, page, &mut found)?;
            }
            Order::OldestFirst => {
                Self::find_stored(self.blocks.iter(), filter, page, &mut found)?;
                self.find_recent(filter, page, &mut found);
            }
        }
        Ok(found)
    }

    /// The blocks with records of a range.
    fn blocks_of(&self, range: &Range<u64>) -> impl Iterator<Item = &Stored> {
        self.blocks.iter().filter(|block| block.first() < range.end && range.start < block.end())
    }

    /// Says whether a record of a range may be within the filter's time: nothing is read to know.
    pub(super) fn may_have_in(&self, filter: &Filter, range: &Range<u64>) -> bool {
        let may = |block: &Stored| block.may_be_within(filter.since_us, filter.until_us);
        self.recent.first < range.end || self.blocks_of(range).any(may)
    }

    /// Has fetched what [`SearchIndex::weight`] and [`SearchIndex::within`] will read for parts of a range.
    pub(super) fn will_read(&self, filter: &Filter, range: &Range<u64>) {
        let may = |block: &&Stored| block.may_be_within(filter.since_us, filter.until_us);
        fetch(&self.blocks_of(range).filter(may).collect::<Vec<_>>(), &hashes_of(filter));
    }

    /// Returns how many bytes are to be read at most for a term of the filter, to know which records of a range meet it.
    pub(super) fn weight(&self, filter: &Filter, range: &Range<u64>) -> Result<u64> {
        let mut most = 0;
        for block in self.blocks_of(range) {
            let path = path_of(block.first(), block.end());
            most = most.max(weight_in(block, filter).map_err(while_doing("read", &path))?);
        }
        Ok(most)
    }

    /// Returns the records of a range that meet the filter, ascending.
    pub(super) fn within(&self, filter: &Filter, range: &Range<u64>) -> Result<Vec<u64>> {
        let page = Page { order: Order::OldestFirst, after: range.start.checked_sub(1), limit: usize::MAX };
        let mut found = Vec::new();
        Self::find_stored(self.blocks_of(range), filter, &page, &mut found)?;
        if self.recent.first < range.end {
            self.find_recent(filter, &page, &mut found);
        }
        found.truncate(found.partition_point(|index| *index < range.end));
        Ok(found)
    }

    fn find_recent(&self, filter: &Filter, page: &Page, found: &mut Vec<u64>) {
        let lists: Vec<Vec<u32>> =
            filter.terms.iter().map(|term| self.recent.postings.get(term).cloned().unwrap_or_default()).collect();
        let times = &self.recent.times;
        let place = |time: Option<i64>, default: usize| {
            let place = time.map_or(default, |time| times.partition_point(|own| *own < time));
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let within = place(filter.since_us, 0)..place(filter.until_us, times.len());
        page.take(self.recent.first, &lists, within, found);
    }

    fn find_stored<'a>(
        blocks: impl Iterator<Item = &'a Stored>,
        filter: &Filter,
        page: &Page,
        found: &mut Vec<u64>,
    ) -> Result<()> {
        let hashes = hashes_of(filter);
        let may_have = |block: &&Stored| {
            page.may_have_in(block.first()..block.end()) && block.may_be_within(filter.since_us, filter.until_us)
        };
        let blocks: Vec<&Stored> = blocks.filter(may_have).collect();
        let (mut rest, mut count) = (blocks.as_slice(), 1);
        // Groups grow: the first block often fills the page, and where it does not, the rest is fetched at once.
        while found.len() < page.limit && !rest.is_empty() {
            let (group, behind) = rest.split_at(rest.len().min(count));
            if group.len() > 1 {
                fetch(group, &hashes);
            }
            for block in group {
                if found.len() >= page.limit {
                    break;
                }
                let path = path_of(block.first(), block.end());
                find_in(block, filter, &hashes, page, found).map_err(while_doing("read", &path))?;
            }
            (rest, count) = (behind, count * 4);
        }
        Ok(())
    }
}

fn hashes_of(filter: &Filter) -> Vec<u64> {
    filter.terms.iter().map(|term| hash_of(term)).collect()
}

/// Has fetched what looking for terms with these hashes will read, from all blocks at once.
fn fetch(blocks: &[&Stored], hashes: &[u64]) {
    for (block, hash) in blocks.iter().flat_map(|block| hashes.iter().map(move |hash| (block, *hash))) {
        block.will_look(hash);
    }
    for (block, hash) in blocks.iter().flat_map(|block| hashes.iter().map(move |hash| (block, *hash))) {
        // What is wrong with it is noticed when it is read.
        drop(block.will_read(hash));
    }
}

fn weight_in(block: &Stored, filter: &Filter) -> std::io::Result<u64> {
    if block.within(filter.since_us, filter.until_us)?.is_empty() {
        return Ok(0);
    }
    let weights: std::io::Result<Vec<u64>> = filter.terms.iter().map(|term| block.weight(hash_of(term))).collect();
    Ok(weights?.into_iter().max().unwrap_or(0))
}

/// Finds the records of a page in one block; `hashes` are those of the filter's terms.
fn find_in(block: &Stored, filter: &Filter, hashes: &[u64], page: &Page, found: &mut Vec<u64>) -> std::io::Result<()> {
    let within = block.within(filter.since_us, filter.until_us)?;
    if within.is_empty() {
        return Ok(());
    }
    let mut lists = Vec::with_capacity(filter.terms.len());
    for (term, hash) in filter.terms.iter().zip(hashes) {
        let records = block.records(*hash, term)?;
        if records.is_empty() {
            return Ok(());
        }
        lists.push(records);
    }
    page.take(block.first(), &lists, within, found);
    Ok(())
}

/// The file of a block, named by its first record and the one behind its last.
fn path_of(first: u64, end: u64) -> String {
    format!("{FOLDER}/{first:020}-{end:020}.idx")
}

/// First record and end of the block a file is named for.
fn span_of(name: &str) -> Option<(u64, u64)> {
    let (first, end) = name.strip_suffix(".idx")?.split_once('-')?;
    Some((first.parse().ok()?, end.parse().ok()?))
}

/// A leaf that is in the log and cannot be put into a block.
fn unreadable(index: u64) -> LedgerError {
    let what = "its leaf cannot be indexed".to_owned();
    Damage { kind: DamageKind::Tampered, path: FOLDER.to_owned(), offset: 0, index, what }.into()
}

#[cfg(test)]
mod laws;
