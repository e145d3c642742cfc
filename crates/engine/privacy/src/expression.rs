//! A rule's expression, compiled when it is first tried.
//!
//! Most rules never meet a text in which they could find anything, and compiling all of them takes longer than
//! looking through a small tree. A test compiles each.

use std::sync::OnceLock;

use regex::{Match, Regex};

/// An expression in the syntax of the `regex` crate.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Expression {
    /// Takes the text of an expression.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    /// Returns the expression as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the leftmost match; none for an expression that cannot be compiled.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.compiled.get_or_init(|| Regex::new(&self.text).ok()).as_ref()?.find(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_detect::Rulebook;

    #[test]
    fn every_expression_of_the_engine_compiles() {
        let book = Rulebook::builtin("privacy").unwrap();
        for rule in book.rules() {
            let pattern = rule.pattern.as_ref().unwrap();
            assert!(Regex::new(&pattern.regex).is_ok(), "{}", rule.id);
        }
    }
}
