//! Which of a segment's records stand in order: the longest ascending run, so that one record out of place is named
//! and not all that follow it.

use std::ops::Range;

/// Returns for each index whether it belongs to the longest strictly ascending sequence within `bounds`.
///
/// O(n) if they are consecutive, as in a sound segment, and O(n log n) else.
pub(super) fn in_order(indices: &[u64], bounds: &Range<u64>) -> Vec<bool> {
    if (bounds.start..).zip(indices).all(|(due, index)| due == *index)
        && indices.len() as u64 <= bounds.end - bounds.start
    {
        return vec![true; indices.len()];
    }
    // `tails[n]`: the place of the smallest index that ends an ascending sequence of n + 1.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(indices.len());
    let at = |place: usize| indices.get(place).copied().unwrap_or(u64::MAX);
    for (place, index) in indices.iter().enumerate() {
        if !bounds.contains(index) {
            before.push(None);
            continue;
        }
        let length = tails.partition_point(|tail| at(*tail) < *index);
        before.push(length.checked_sub(1).and_then(|shorter| tails.get(shorter).copied()));
        match tails.get_mut(length) {
            // Of two with one index the first stays: the second is the one too many.
            Some(tail) if at(*tail) == *index => {}
            Some(tail) => *tail = place,
            None => tails.push(place),
        }
    }
    let mut keep = vec![false; indices.len()];
    let mut next = tails.last().copied();
    while let Some(place) = next {
        if let Some(kept) = keep.get_mut(place) {
            *kept = true;
        }
        next = before.get(place).copied().flatten();
    }
    keep
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_record_out_of_place_is_the_only_one_named() {
        assert_eq!(in_order(&[5, 6, 900, 7, 8], &(5..1000)), [true, true, false, true, true]);
        assert_eq!(in_order(&[5, 6, 6, 7], &(5..1000)), [true, true, false, true], "the second is one too many");
        assert_eq!(in_order(&[5, 900, 6], &(5..10)), [true, false, true]);
        assert_eq!(in_order(&[5, 7, 6, 8], &(5..10)).iter().filter(|kept| **kept).count(), 3);
        assert_eq!(in_order(&[5, 6, 7], &(5..7)), [true, true, false]);
    }

    proptest! {
        #[test]
        fn what_is_kept_ascends_within_the_bounds(indices in prop::collection::vec(0_u64..40, 0..40)) {
            let keep = in_order(&indices, &(3..30));
            let kept: Vec<u64> = indices.iter().zip(keep).filter(|(_, kept)| *kept).map(|(index, _)| *index).collect();
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(kept.iter().all(|index| (3..30).contains(index)));
        }
    }
}
