//! Subject keys in memory: unwrapped once, kept while in use, wiped when dropped, bounded in number.
//!
//! Two generations approximate "least recently used" without a list: a key that is used moves to the young one; when
//! that is full, the old one is dropped and the young one becomes old.

use std::collections::HashMap;
use std::sync::Arc;

use super::xaes::Xaes;

/// Most keys of one generation; about 0.5 KiB each, and there are two.
const MOST_YOUNG: usize = 16_384;

/// Subject keys by the number of their slot.
#[derive(Default)]
pub(super) struct KeyCache {
    young: HashMap<u64, Arc<Xaes>>,
    old: HashMap<u64, Arc<Xaes>>,
}

impl KeyCache {
    /// Returns a key that is kept.
    pub(super) fn find(&mut self, slot: u64) -> Option<Arc<Xaes>> {
        if let Some(key) = self.young.get(&slot) {
            return Some(Arc::clone(key));
        }
        let key = self.old.remove(&slot)?;
        self.keep(slot, Arc::clone(&key));
        Some(key)
    }

    /// Keeps a key.
    pub(super) fn keep(&mut self, slot: u64, key: Arc<Xaes>) {
        if self.young.len() >= MOST_YOUNG {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(slot, key);
    }

    /// Drops a key; it is wiped as soon as no call uses it any more.
    pub(super) fn forget(&mut self, slot: u64) {
        self.young.remove(&slot);
        self.old.remove(&slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let mut cache = KeyCache::default();
        let key = Arc::new(Xaes::new(&[1; 32]));
        for slot in 0..80_000 {
            cache.keep(slot, Arc::clone(&key));
            assert!(cache.find(0).is_some(), "used all the time, at {slot}");
        }
        assert!(cache.young.len() + cache.old.len() <= 2 * MOST_YOUNG);
        assert!(cache.find(20_000).is_none());
    }

    #[test]
    fn a_forgotten_key_is_gone_from_both_generations() {
        let mut cache = KeyCache::default();
        let key = Arc::new(Xaes::new(&[1; 32]));
        for slot in 0..=MOST_YOUNG as u64 {
            cache.keep(slot, Arc::clone(&key));
        }
        for slot in [0, MOST_YOUNG as u64] {
            cache.forget(slot);
            assert!(cache.find(slot).is_none());
        }
    }
}
