//! Whether a context word stands near a candidate.

use std::ops::Range;

/// A context word counts within this many bytes on either side of the candidate.
pub(crate) const REACH: usize = 60;

/// Says whether one of `words` (lower case) stands as a whole word in `near`, a plural s allowed.
pub(crate) fn stands_in(words: &[String], near: &str) -> bool {
    if words.is_empty() {
        return false;
    }
    let near = near.to_lowercase();
    words.iter().any(|word| has_word(&near, word))
}

fn has_word(near: &str, word: &str) -> bool {
    near.match_indices(word).any(|(start, _)| {
        let before = near.get(..start).and_then(|text| text.chars().next_back());
        let mut after = near.get(start + word.len()..).unwrap_or_default().chars();
        let next = after.next().filter(|letter| *letter != 's').or_else(|| after.next());
        !before.is_some_and(char::is_alphanumeric) && !next.is_some_and(char::is_alphabetic)
    })
}

/// Returns the text around `start..end`: up to [`REACH`] bytes before and after, cut at character boundaries.
pub(crate) fn around(text: &str, start: usize, end: usize) -> (&str, &str) {
    let whole = surroundings(text, &(start..end));
    (text.get(whole.start..start).unwrap_or_default(), text.get(end..whole.end).unwrap_or_default())
}

/// Returns a place with [`REACH`] bytes on either side, cut at character boundaries.
pub(crate) fn surroundings(text: &str, place: &Range<usize>) -> Range<usize> {
    let from = text.floor_char_boundary(place.start.saturating_sub(REACH));
    from..text.floor_char_boundary(place.end.saturating_add(REACH).min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_word_is_a_whole_word() {
        let words = vec!["ssn".to_owned()];
        assert!(stands_in(&words, "customer_SSN: "));
        assert!(stands_in(&words, "SSNs: "));
        assert!(!stands_in(&words, "lessness ssnake"));
    }

    #[test]
    fn the_surroundings_never_split_a_character() {
        let text = format!("{}X{}", "ü".repeat(100), "€".repeat(100));
        let (before, after) = around(&text, 200, 201);
        assert!(before.chars().all(|letter| letter == 'ü') && after.chars().all(|letter| letter == '€'));
    }
}
