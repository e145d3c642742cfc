//! Reads the next candidates of a search: where they are read from is told to the disk for many at once.

use super::{Finder, Mark, Places};

/// Candidates read together: about as many as a page of hits has.
const MOST_AT_ONCE: u64 = 64;

impl Places {
    /// A place at or before a record, by what was noted of the span.
    fn noted(marks: &[Mark], index: u64) -> Option<Mark> {
        let before = marks.partition_point(|mark| mark.index <= index);
        marks.get(before.checked_sub(1)?).copied()
    }
}

impl Finder<'_> {
    /// Reads the next candidates, as many as may be looked at.
    pub(super) fn fetch(&mut self) {
        let left = self.asked.most_looks.saturating_sub(self.seen.looked).clamp(1, MOST_AT_ONCE);
        let count = usize::try_from(left).unwrap_or(1).min(self.candidates.len());
        let batch: Vec<u64> = self.candidates.drain(..count).collect();
        let marks = self.marks(&batch);
        let mut before = None;
        for mark in marks.iter().flatten().filter(|mark| before.replace(**mark) != Some(**mark)) {
            self.records.will_read(*mark);
        }
        for (place, (index, mark)) in batch.iter().zip(marks).enumerate() {
            let raw = self.records.read(*index, mark);
            let is_bad = raw.is_err();
            self.fetched.push_back((*index, raw));
            if is_bad {
                // Those behind it wait until it was told.
                batch.iter().skip(place + 1).rev().for_each(|index| self.candidates.push_front(*index));
                break;
            }
        }
        let stored = self.fetched.iter().filter_map(|(_, raw)| Some(raw.as_ref().ok()?.record.stored.as_slice()));
        self.index.keys.will_unseal(stored);
    }

    /// Places at or before these records; without one a segment is read from its start.
    fn marks(&mut self, batch: &[u64]) -> Vec<Option<Mark>> {
        match (&self.places, &mut self.open) {
            (Places::Marks(marks), _) => batch.iter().map(|index| Places::noted(marks, *index)).collect(),
            (Places::Block, Some(block)) => {
                block.will_mark(batch);
                batch.iter().map(|index| block.mark_near(*index).ok().flatten()).collect()
            }
            (Places::Block, None) => vec![None; batch.len()],
        }
    }
}
