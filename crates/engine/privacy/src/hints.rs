//! Which patterns have a context word near a place: one pass over the text for all of them.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::ops::Range;

use syndic_detect::{Keywords, Occurrence, Occurrences};

/// Context words by the pattern they belong to.
#[derive(Debug)]
pub(crate) struct Hints {
    words: Keywords,
    owners: Vec<usize>,
}

impl Hints {
    /// Takes the context words of each pattern, named by its index.
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = (usize, &'a [String])>) -> Self {
        let mut words = Vec::new();
        let mut owners = Vec::new();
        for (index, context) in patterns {
            // Where `tax number` stands, `tax` stands too.
            let is_told = |word: &String| context.iter().any(|other| other != word && word.contains(other.as_str()));
            for word in context.iter().filter(|word| !is_told(word)) {
                words.push(word);
                owners.push(index);
            }
        }
        Self { words: Keywords::new(&words), owners }
    }

    /// Starts to look along a text.
    pub(crate) fn along<'a>(&'a self, text: &'a str) -> HintsAlong<'a> {
        HintsAlong { hints: self, ahead: self.words.find_in(text.as_bytes()).peekable(), near: VecDeque::new() }
    }
}

/// The context words of a text, met in order.
#[derive(Debug)]
pub(crate) struct HintsAlong<'a> {
    hints: &'a Hints,
    ahead: Peekable<Occurrences<'a>>,
    near: VecDeque<Occurrence>,
}

impl HintsAlong<'_> {
    /// Returns the patterns of which a word stands in `place`, each perhaps more than once. Places must not go back.
    pub(crate) fn within(&mut self, place: Range<usize>) -> impl Iterator<Item = usize> {
        while self.near.front().is_some_and(|word| word.end <= place.start) {
            self.near.pop_front();
        }
        while let Some(word) = self.ahead.next_if(|word| word.end <= place.end) {
            if word.end > place.start {
                self.near.push_back(word);
            }
        }
        let inside = self.near.iter().filter(move |word| word.start >= place.start);
        inside.filter_map(|word| self.hints.owners.get(word.word).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_for_the_places_that_hold_it_whole() {
        let contexts = [vec!["ssn".to_owned()], vec!["tax".to_owned(), "tax id".to_owned()]];
        let hints = Hints::new(contexts.iter().enumerate().map(|(index, words)| (index, words.as_slice())));
        let mut along = hints.along("SSN 1 Tax id 2 ssn 3");
        let mut at = |place: Range<usize>| along.within(place).collect::<Vec<usize>>();
        assert_eq!(at(0..2), [] as [usize; 0]);
        assert_eq!(at(0..9), [0, 1]);
        assert_eq!(at(1..12), [1]);
        assert_eq!(at(7..18), [0]);
        assert_eq!(at(15..20), [0]);
        assert_eq!(at(16..20), [] as [usize; 0]);
    }
}
