//! A text cut into strips that are gone through at once.
//!
//! Every step of an automaton waits for the one before it, some ten cycles in which the processor could take steps
//! elsewhere in the text.

/// How many there are.
pub(super) const STRIPS: usize = 4;

/// The strips of a text. All but the first begin before the one before them ends, so that no word is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strips<'a> {
    bytes: &'a [u8],
    /// Where each begins.
    pub(super) begins: [usize; STRIPS],
    /// How much of each is gone through together with the others.
    shared: usize,
}

impl<'a> Strips<'a> {
    /// Cuts a text in which no word is longer than `longest`.
    pub(super) fn of(bytes: &'a [u8], longest: usize) -> Self {
        let shared = bytes.len() / STRIPS;
        let begins = std::array::from_fn(|number| (number * shared).saturating_sub(longest));
        Self { bytes, begins, shared }
    }

    /// Returns the bytes at the same place of every strip, with that place.
    pub(super) fn together(self) -> impl Iterator<Item = (usize, [u8; STRIPS])> + use<'a> {
        let strip = |begin: usize| self.bytes.get(begin..).and_then(|strip| strip.get(..self.shared)).unwrap_or(&[]);
        let [first, second, third, fourth] = self.begins.map(strip);
        let strips = first.iter().zip(second).zip(third).zip(fourth);
        strips.map(|(((first, second), third), fourth)| [*first, *second, *third, *fourth]).enumerate()
    }

    /// Returns what is left of each, up to where the next one began to be of its own, with the place in the text.
    pub(super) fn rests(self) -> [(usize, &'a [u8]); STRIPS] {
        std::array::from_fn(|number| {
            let begin = self.begins.get(number).map_or(0, |begin| begin + self.shared);
            let end = if number + 1 == STRIPS { self.bytes.len() } else { (number + 1) * self.shared };
            (begin, self.bytes.get(begin..end).unwrap_or(&[]))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_stretch_as_long_as_the_longest_word_is_in_one_strip(length in 0usize..400, longest in 1usize..60) {
            let bytes = vec![0; length];
            let strips = Strips::of(&bytes, longest);
            let shared = strips.together().count();
            let covered: Vec<_> = strips
                .begins
                .into_iter()
                .zip(strips.rests())
                .map(|(begin, (at, rest))| {
                    assert_eq!(begin + shared, at);
                    begin..at + rest.len()
                })
                .collect();
            for end in longest.min(length)..=length {
                let begin = end.saturating_sub(longest);
                prop_assert!(covered.iter().any(|strip| strip.start <= begin && end <= strip.end), "{covered:?} {end}");
            }
        }
    }
}
