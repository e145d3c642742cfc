//! The memo of the strict interpreter: torch numbers its slots from 0 on, and any other number is taken as well.

use std::collections::HashMap;

use super::value::Value;

/// Slots by number.
#[derive(Debug, Default)]
pub(super) struct Memo<'a> {
    /// Those numbered one after the other, which cost no hashing and no room for their number.
    dense: Vec<Value<'a>>,
    stray: HashMap<u64, Value<'a>>,
}

impl<'a> Memo<'a> {
    /// Returns how many slots are filled; MEMOIZE fills the slot of that number.
    pub(super) fn len(&self) -> usize {
        self.dense.len() + self.stray.len()
    }

    pub(super) fn get(&self, index: u64) -> Option<Value<'a>> {
        let dense = usize::try_from(index).ok().and_then(|index| self.dense.get(index));
        dense.or_else(|| self.stray.get(&index)).copied()
    }

    pub(super) fn put(&mut self, index: u64, value: Value<'a>) {
        let dense = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some(slot) = self.dense.get_mut(dense) {
            *slot = value;
        } else if dense == self.dense.len() && !self.stray.contains_key(&index) {
            self.dense.push(value);
        } else {
            self.stray.insert(index, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::What;
    use super::*;

    #[test]
    fn a_slot_reads_as_it_was_last_set_in_whatever_order() {
        let mut memo = Memo::default();
        for (index, number) in [(1, 10), (0, 11), (1, 12), (u64::MAX, 13), (2, 14), (2, 15)] {
            memo.put(index, Value { what: What::Int(number), at: 0 });
        }
        let number = |index| match memo.get(index).map(|value| value.what) {
            Some(What::Int(number)) => number,
            other => panic!("{other:?}"),
        };
        assert_eq!([number(0), number(1), number(2), number(u64::MAX)], [11, 12, 15, 13]);
        assert_eq!(memo.len(), 4);
        assert!(memo.get(3).is_none());
    }
}
