//! Which keys the log says are destroyed. A key that is gone without such a record was lost or taken away, and one that
//! is there in spite of it was put back.

use std::collections::BTreeMap;

use crate::keys::Pseudonym;

/// The erasures a log states, by subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Erasures(BTreeMap<Pseudonym, OfSubject>);

/// What the log states of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct OfSubject {
    /// Index of the newest record.
    newest: u64,
    /// Each key slot that was listed, with the record that first listed it.
    keys: BTreeMap<u64, u64>,
    /// Index of the newest record without a list, as earlier versions wrote them.
    unlisted: Option<u64>,
}

impl Erasures {
    /// Takes in the record `index`.
    pub(crate) fn take(&mut self, subject: Pseudonym, index: u64, keys: Option<&[u64]>) {
        let of = self.0.entry(subject).or_default();
        of.newest = of.newest.max(index);
        let Some(keys) = keys else {
            of.unlisted = of.unlisted.max(Some(index));
            return;
        };
        for key in keys {
            of.keys.entry(*key).or_insert(index);
        }
    }

    /// Takes in everything another knows.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (subject, theirs) in &other.0 {
            let of = self.0.entry(*subject).or_default();
            of.newest = of.newest.max(theirs.newest);
            of.unlisted = of.unlisted.max(theirs.unlisted);
            for (key, index) in &theirs.keys {
                let first = of.keys.entry(*key).or_insert(*index);
                *first = (*first).min(*index);
            }
        }
    }

    /// Tells whether none is stated.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many subjects were ever erased.
    pub(crate) fn subjects(&self) -> usize {
        self.0.len()
    }

    /// Returns the index of the newest record of a subject.
    pub(crate) fn newest(&self, subject: &Pseudonym) -> Option<u64> {
        self.0.get(subject).map(|of| of.newest)
    }

    /// Returns the record that says that a subject's key in `slot` is destroyed; nothing if none does.
    ///
    /// `used_by` is a record whose content the key seals: without a list, what was recorded before the erasure is erased.
    pub(crate) fn record_of(&self, subject: &Pseudonym, slot: u64, used_by: Option<u64>) -> Option<u64> {
        let of = self.0.get(subject)?;
        let listed = of.keys.get(&slot).copied();
        listed.or_else(|| of.unlisted.filter(|erased| used_by.is_some_and(|record| record < *erased)))
    }

    /// Returns the index of the newest record of a subject that lists no keys.
    pub(crate) fn unlisted(&self, subject: &Pseudonym) -> Option<u64> {
        self.0.get(subject)?.unlisted
    }

    /// Every subject with its newest record that lists no keys.
    pub(crate) fn all_unlisted(&self) -> impl Iterator<Item = (&Pseudonym, u64)> {
        self.0.iter().filter_map(|(subject, of)| Some((subject, of.unlisted?)))
    }

    /// Every key that is listed: subject, slot, record.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (&Pseudonym, u64, u64)> {
        self.0.iter().flat_map(|(subject, of)| of.keys.iter().map(move |(slot, record)| (subject, *slot, *record)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Pseudonym = Pseudonym([1; 32]);
    const BERT: Pseudonym = Pseudonym([2; 32]);

    #[test]
    fn only_the_listed_keys_of_the_subject_itself_are_destroyed() {
        let mut erasures = Erasures::default();
        erasures.take(ANNA, 9, Some(&[3, 4]));
        erasures.take(ANNA, 12, Some(&[3, 7]));
        let at = |subject, slot| erasures.record_of(&subject, slot, Some(0));
        assert_eq!([at(ANNA, 3), at(ANNA, 4), at(ANNA, 7)], [Some(9), Some(9), Some(12)]);
        assert_eq!([at(ANNA, 5), at(BERT, 3)], [None, None]);
        assert_eq!((erasures.newest(&ANNA), erasures.newest(&BERT)), (Some(12), None));
    }

    #[test]
    fn an_erasure_without_a_list_covers_what_was_recorded_before_it() {
        let mut erasures = Erasures::default();
        erasures.take(ANNA, 9, None);
        let at = |used_by| erasures.record_of(&ANNA, 3, used_by);
        assert_eq!([at(Some(8)), at(Some(10)), at(None)], [Some(9), None, None]);
    }

    #[test]
    fn merging_knows_what_both_know() {
        let (mut one, mut other) = (Erasures::default(), Erasures::default());
        one.take(ANNA, 9, Some(&[3]));
        other.take(ANNA, 5, Some(&[3, 4]));
        other.take(BERT, 6, None);
        one.merge(&other);
        assert_eq!(one.record_of(&ANNA, 3, None), Some(5));
        assert_eq!((one.record_of(&ANNA, 4, None), one.unlisted(&BERT)), (Some(5), Some(6)));
        assert_eq!((one.newest(&ANNA), one.subjects()), (Some(9), 2));
    }
}
