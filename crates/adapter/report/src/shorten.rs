//! Sentences that carry names from a tree, cut to what a reader takes in. JSON keeps them whole.

use crate::terminal::words::{columns, cut, elide};

/// A path longer than this is shortened in its middle.
const WORD_COLUMNS: usize = 60;

/// A sentence is cut after this: a name with many blanks is many words.
const SENTENCE_COLUMNS: usize = 480;

/// Returns a sentence with its long words shortened.
pub(crate) fn shortened(sentence: &str) -> String {
    let words: Vec<String> = sentence.split(' ').map(shorter).collect();
    cut(&words.join(" "), SENTENCE_COLUMNS)
}

fn shorter(word: &str) -> String {
    // Code in backticks keeps both of them: the page looks for the second.
    let Some(code) = word.strip_prefix('`').filter(|_| columns(word) > WORD_COLUMNS) else {
        return elide(word, WORD_COLUMNS);
    };
    let (code, after) = code.rsplit_once('`').unwrap_or((code, ""));
    format!("`{}`{}", elide(code, WORD_COLUMNS), elide(after, WORD_COLUMNS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_in_a_reason_is_short_and_the_words_around_it_stay() {
        let reason = format!("12 places were not looked at, first: models/{}intent.pkl (sparse)", "deep/".repeat(60));
        let short = shortened(&reason);
        assert!(columns(&short) < 140, "{short}");
        assert!(short.starts_with("12 places were not looked at, first: models/…/"), "{short}");
        assert!(short.ends_with("/intent.pkl (sparse)"), "{short}");
        assert_eq!(shortened("no licence of faq.jsonl is on record"), "no licence of faq.jsonl is on record");
    }

    #[test]
    fn a_name_of_many_words_or_in_backticks_is_short_too() {
        assert!(columns(&shortened(&"ab ".repeat(400))) <= SENTENCE_COLUMNS);
        let code = shortened(&format!("`{}end.py`: runs code", "x/".repeat(90)));
        assert!(code.starts_with('`') && code.ends_with("/end.py`: runs code") && columns(&code) < 90, "{code}");
    }
}
