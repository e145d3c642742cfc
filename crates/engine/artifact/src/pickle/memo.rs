//! The memo: slots a pickle numbers as it likes, dense ones in a vector and stray ones hashed.
//!
//! A slot number of four billion must cost nothing, and a million dense slots must cost no hashing.

use std::collections::HashMap;

use super::value::Value;

/// Slots in a row.
const MAX_DENSE: usize = 1 << 21;
/// Slots out of the row.
const MAX_STRAY: usize = 1 << 17;

/// The memo of one pickle.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<Value>,
    stray: HashMap<u64, Value>,
}

impl Memo {
    /// Returns how many slots are set; MEMOIZE fills the slot of that number.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.dense.len() + self.stray.len()
    }

    #[inline]
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        let dense = usize::try_from(index).ok().and_then(|index| self.dense.get(index)).copied();
        if dense.is_some() || self.stray.is_empty() { dense } else { self.stray.get(&index).copied() }
    }

    /// Sets a slot; `false` when there are too many.
    #[inline]
    pub(super) fn put(&mut self, index: u64, value: Value) -> bool {
        match usize::try_from(index) {
            Ok(index) if index < self.dense.len() => {
                if let Some(slot) = self.dense.get_mut(index) {
                    *slot = value;
                }
                true
            }
            Ok(dense) if dense == self.dense.len() && dense < MAX_DENSE && !self.is_stray(index) => {
                self.dense.push(value);
                true
            }
            _ => self.put_stray(index, value),
        }
    }

    fn is_stray(&self, index: u64) -> bool {
        !self.stray.is_empty() && self.stray.contains_key(&index)
    }

    #[cold]
    fn put_stray(&mut self, index: u64, value: Value) -> bool {
        let has_room = self.stray.len() < MAX_STRAY || self.stray.contains_key(&index);
        if has_room {
            self.stray.insert(index, value);
        }
        has_room
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

    #[test]
    fn stray_slots_have_a_bound() {
        let mut memo = Memo::default();
        assert!((0..MAX_STRAY as u64).all(|index| memo.put(index * 2 + 10, Value::Opaque)));
        assert!(!memo.put(1, Value::Opaque));
        assert!(memo.put(12, Value::Dict));
    }
}
