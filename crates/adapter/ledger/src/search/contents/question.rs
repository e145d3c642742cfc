//! What is looked for in contents: words that all occur, or a text that does, or both.

use super::words::{Words, fold, is_whole, readings, terms};

/// A text that is to be found by its words has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} has no word: give letters or digits, or look for it as a text")]
pub struct NoWord(String);

/// Conditions on a content that must all hold; none holds for every content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// Folded words and identifiers.
    units: Vec<String>,
    /// Folded texts.
    texts: Vec<String>,
}

impl Question {
    /// Asks that every word of `words` occur too, in capitals or not; what is joined as in `user-42` must stand so.
    ///
    /// # Errors
    /// [`NoWord`] if there is none in it.
    pub fn words(mut self, words: &str) -> Result<Self, NoWord> {
        let folded = fold(words);
        let mut units: Vec<std::ops::Range<usize>> = Vec::new();
        for word in Words::new(&folded) {
            match units.last_mut().filter(|_| word.is_joined) {
                Some(unit) => unit.end = word.range.end,
                None => units.push(word.range),
            }
        }
        if units.is_empty() {
            return Err(NoWord(words.to_owned()));
        }
        self.units.extend(units.into_iter().filter_map(|unit| folded.get(unit).map(str::to_owned)));
        Ok(self)
    }

    /// Asks that a text stand somewhere too, in capitals or not.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.texts.push(fold(text));
        self
    }

    /// Says whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.texts.is_empty()
    }

    /// Says whether the index answers it; if not, every content must be opened.
    pub fn uses_index(&self) -> bool {
        !self.terms().is_empty()
    }

    /// Says whether a content meets all conditions.
    pub fn holds(&self, content: &[u8]) -> bool {
        let readings = readings(content);
        self.units.iter().all(|unit| readings.iter().any(|reading| holds_unit(reading, unit)))
            && self.texts.iter().all(|text| readings.first().is_some_and(|reading| reading.contains(text)))
    }

    /// The terms that every content has that meets the conditions; without any, all must be looked at.
    pub(super) fn terms(&self) -> Vec<String> {
        let mut all = Vec::new();
        for unit in &self.units {
            let mut own = Vec::new();
            terms(unit, |term| {
                own.push(term.to_owned());
                true
            });
            // Who has a pair has its words.
            let are_pairs = own.len() > 1;
            let pairs = own.into_iter().filter(|term| !are_pairs || Words::new(term).count() > 1);
            all.extend(pairs);
        }
        self.texts.iter().for_each(|text| all.extend(terms_within(text)));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Terms of a text that stand whole in it wherever the text stands: its first and last word may be parts of others.
fn terms_within(text: &str) -> Vec<String> {
    let (mut found, mut before) = (Vec::new(), None);
    for word in Words::new(text) {
        let is_whole = word.is_alone || (word.range.start > 0 && word.range.end < text.len());
        if is_whole {
            found.extend(text.get(word.range.clone()).map(str::to_owned));
        }
        if let Some(start) = before.filter(|_| is_whole && word.is_joined) {
            found.extend(text.get(start..word.range.end).map(str::to_owned));
        }
        before = is_whole.then_some(word.range.start);
    }
    found
}

fn holds_unit(reading: &str, unit: &str) -> bool {
    reading.match_indices(unit).any(|(start, found)| is_whole(reading, &(start..start + found.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(words: &str, content: &str) -> bool {
        Question::default().words(words).unwrap().holds(content.as_bytes())
    }

    #[test]
    fn words_are_met_whole_in_any_order_and_case() {
        assert!(holds("World hello", "Hello, WORLD"));
        assert!(!holds("hell", "Hello"));
        assert!(holds("user-42", "for user-42.") && !holds("user-42", "user 42") && !holds("user-42", "user-421"));
        assert!(holds("example.org", "ada@example.org") && holds("a-b-c", "x/a-b-c") && !holds("a-b-c", "a-b b-c"));
        assert!(holds("東京", "在東京都") && !holds("京東", "東京"));
        assert!(holds("grüße", r#"{"text":"Gr\u00fc\u00dfe\nalle"}"#) && holds("alle", r"Gr\u00fc\u00dfe\nalle"));
        assert!(Question::default().words(" .-").is_err());
    }

    #[test]
    fn a_text_is_met_anywhere_and_only_its_inner_words_are_terms() {
        let question = Question::default().text("lo, big Wor");
        assert!(question.holds(b"Hello, BIG world") && !question.holds(b"Hello big world"));
        assert_eq!(question.terms(), ["big"]);
        assert_eq!(Question::default().text("a b-c d").terms(), ["b", "b-c", "c"]);
        assert!(Question::default().text("openai").terms().is_empty());
        assert_eq!(Question::default().words("user-42 said").unwrap().terms(), ["said", "user-42"]);
    }

    /// Pieces that meet and part in every way.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a", "B", "é", "e\u{301}", "Σ", "ς", "İ", "7", "-", ".", "_", " ", ",", "\\", "\\n", "\\u0041", "\"", "東",
            "京", "か", "\u{feff}", "ß",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// No false negatives: what meets a question has all its terms.
        #[test]
        fn what_meets_a_question_has_its_terms(content in texts(), words in texts(), text in texts()) {
            let mut own = std::collections::HashSet::new();
            for reading in readings(content.as_bytes()) {
                terms(&reading, |term| {
                    own.insert(term.to_owned());
                    true
                });
            }
            let mut questions = vec![Question::default().text(&text)];
            questions.extend(Question::default().words(&words));
            // Parts of the content itself meet it more often.
            let cut: String = content.chars().skip(1).take(5).collect();
            questions.push(Question::default().text(&cut));
            questions.extend(Question::default().words(&cut));
            for question in questions {
                if question.holds(content.as_bytes()) {
                    for term in question.terms() {
                        prop_assert!(own.contains(&term), "{term:?} of {question:?}");
                    }
                }
            }
        }

        #[test]
        fn every_term_of_a_content_finds_it(content in texts()) {
            for reading in readings(content.as_bytes()) {
                let mut own = Vec::new();
                terms(&reading, |term| { own.push(term.to_owned()); true });
                for term in own {
                    prop_assert!(Question::default().words(&term).unwrap().holds(content.as_bytes()), "{term:?}");
                }
            }
        }
    }
}
