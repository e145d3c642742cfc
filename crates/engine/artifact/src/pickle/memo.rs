//! The memo: slots a pickle numbers as it likes, dense ones in a vector and stray ones hashed.
//!
//! A slot number of four billion must cost nothing, and a million dense slots must cost no hashing.

use std::collections::HashMap;

use super::value::Value;

/// Slots in use, dense and stray together.
const MAX_SLOTS: usize = 4_000_000;

/// The memo of one pickle.
#[derive(Debug, Default)]
pub(super) struct Memo<'a> {
    dense: Vec<Value<'a>>,
    stray: HashMap<u64, Value<'a>>,
}

impl<'a> Memo<'a> {
    /// Returns how many slots are set; MEMOIZE fills the slot of that number.
    pub(super) fn len(&self) -> usize {
        self.dense.len() + self.stray.len()
    }

    pub(super) fn get(&self, index: u64) -> Option<Value<'a>> {
        let dense = usize::try_from(index).ok().and_then(|index| self.dense.get(index));
        dense.or_else(|| self.stray.get(&index)).copied()
    }

    /// Sets a slot; `false` when there are too many.
    pub(super) fn put(&mut self, index: u64, value: Value<'a>) -> bool {
        if self.len() >= MAX_SLOTS {
            return false;
        }
        match usize::try_from(index) {
            Ok(index) if index < self.dense.len() => {
                if let Some(slot) = self.dense.get_mut(index) {
                    *slot = value;
                }
            }
            Ok(index) if index == self.dense.len() && !self.stray.contains_key(&(index as u64)) => {
                self.dense.push(value);
            }
            _ => drop(self.stray.insert(index, value)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_reads_as_it_was_last_set_in_whatever_order() {
        let mut memo = Memo::default();
        for (index, value) in [(1, 10), (0, 11), (1, 12), (u64::MAX, 13), (2, 14), (2, 15)] {
            assert!(memo.put(index, Value::Int(value)));
        }
        assert_eq!(memo.get(0), Some(Value::Int(11)));
        assert_eq!(memo.get(1), Some(Value::Int(12)));
        assert_eq!(memo.get(2), Some(Value::Int(15)));
        assert_eq!(memo.get(u64::MAX), Some(Value::Int(13)));
        assert_eq!(memo.len(), 4);
    }
}
