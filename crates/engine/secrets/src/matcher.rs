//! The compiled form of a pattern rule and how it is tried near a keyword.
//!
//! An expression that starts with `^` must match at the keyword itself; any other is searched for in a window around
//! the keyword. Both look at a bounded slice, so the cost of a keyword is bounded whatever follows it.
//!
//! An expression is compiled when a keyword of it first turns up: most never do, and compiling them all would take
//! longer than a small tree does. A test compiles each.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use syndic_detect::Rule;

use crate::form::FileForm;
use crate::validator::Validator;

/// Bytes looked at from the keyword on.
const FORWARD: usize = 8192;
/// Bytes looked at from the keyword on by an expression that is searched for.
const SEARCH_FORWARD: usize = 320;
/// Bytes looked at before the keyword by an expression that is searched for.
const SEARCH_BACK: usize = 80;
/// Bytes on either side in which a context word counts.
const CONTEXT: usize = 60;
/// Names the group that holds the value, where it is not the whole match.
const VALUE_GROUP: &str = "(?P<value>";
/// How the value begins in an expression that knows it by the name of its service alone.
const NAMED_VALUE: &str = "(?P<value>(?-i:";
/// Largest compiled expression, in bytes.
const REGEX_LIMIT: usize = 4 << 20;

/// A pattern rule, ready to match.
#[derive(Debug)]
pub(crate) struct Matcher {
    pub(crate) id: String,
    /// In small letters.
    pub(crate) keywords: Vec<String>,
    pub(crate) validator: Validator,
    pub(crate) min_entropy: f64,
    expression: Expression,
    context: Vec<String>,
    is_anchored: bool,
    /// The value is known by the name of its service before it. The reader of assignments finds most of those too and
    /// calls them secrets of no known service, so a look at a product does without, and without these keywords.
    pub(crate) is_by_name: bool,
    /// The whole match is the value, so a word character before the keyword rules it out.
    is_whole: bool,
}

/// Why a rule has no matcher.
#[derive(Debug)]
pub(crate) struct NoMatcher(pub(crate) String);

impl Matcher {
    /// Makes the matcher of a rule; `None` for a rule without a pattern.
    pub(crate) fn new(rule: &Rule) -> Result<Option<Self>, NoMatcher> {
        let Some(pattern) = &rule.pattern else { return Ok(None) };
        let validator = Validator::named(pattern.validator.as_deref())
            .ok_or_else(|| NoMatcher("the validator is not known".to_owned()))?;
        if pattern.keywords.is_empty() {
            return Err(NoMatcher("a pattern without keywords would be tried everywhere".to_owned()));
        }
        Ok(Some(Self {
            id: rule.id.clone(),
            keywords: pattern.keywords.iter().map(|word| word.to_ascii_lowercase()).collect(),
            validator,
            min_entropy: pattern.min_entropy.unwrap_or(0.0),
            context: pattern.context.iter().map(|word| word.to_ascii_lowercase()).collect(),
            is_anchored: pattern.regex.trim_start_matches("(?i)").trim_start_matches("(?s)").starts_with('^'),
            is_by_name: pattern.regex.contains(NAMED_VALUE),
            is_whole: !pattern.regex.contains(VALUE_GROUP),
            expression: Expression { text: pattern.regex.clone(), compiled: OnceLock::new() },
        }))
    }

    /// Finds the value near the keyword at `start..end`: the offsets where it begins and ends.
    pub(crate) fn find(&self, content: &[u8], start: usize, end: usize, form: FileForm) -> Option<(usize, usize)> {
        let before = start.checked_sub(1).filter(|at| self.is_anchored && self.is_whole && is_word(content, *at));
        if before.is_some() && !form.is_binary {
            return None;
        }
        let (from, to) = if self.is_anchored {
            (start, content.len().min(start + FORWARD))
        } else {
            (start.saturating_sub(SEARCH_BACK), content.len().min(end + SEARCH_FORWARD))
        };
        let window = content.get(from..to)?;
        let found = if self.is_whole {
            let whole = self.expression.get()?.find(window)?;
            (from + whole.start(), from + whole.end())
        } else {
            let value = self.expression.get()?.captures(window)?.name("value")?;
            (from + value.start(), from + value.end())
        };
        let is_open = is_word(content, found.1) && self.is_whole;
        // In a binary the byte before may be the length of the string (pickle, protobuf) and happen to be a letter.
        let is_counted = |at: usize| content.get(at).is_some_and(|byte| usize::from(*byte) == found.1 - found.0);
        (!is_open && before.is_none_or(is_counted) && self.has_context(content, found)).then_some(found)
    }

    /// Says whether the rule is of no issuer's own form, so that the value alone tells whether it is a credential.
    pub(crate) fn is_generic(&self) -> bool {
        matches!(self.validator, Validator::Password | Validator::BasicAuth) || self.id.ends_with("-header")
    }

    fn has_context(&self, content: &[u8], (start, end): (usize, usize)) -> bool {
        if self.context.is_empty() {
            return true;
        }
        let around = content.get(start.saturating_sub(CONTEXT)..content.len().min(end + CONTEXT)).unwrap_or_default();
        let around = around.to_ascii_lowercase();
        self.context.iter().any(|word| crate::placeholder::contains(&around, word.as_bytes()))
    }
}

/// An expression that is compiled on first use.
#[derive(Debug)]
struct Expression {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Expression {
    fn get(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.text).unicode(false).size_limit(REGEX_LIMIT).build()
    }
}

/// Says whether the byte at `at` continues a token.
fn is_word(content: &[u8], at: usize) -> bool {
    content.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_detect::Rulebook;

    #[test]
    fn every_expression_compiles_and_has_its_value_where_it_is_looked_for() {
        let book = Rulebook::builtin("secrets").unwrap();
        let matchers: Vec<Matcher> = book.rules().filter_map(|rule| Matcher::new(rule).unwrap()).collect();
        assert!(matchers.len() >= 250);
        for matcher in matchers {
            let expression = matcher.expression.compile().unwrap_or_else(|error| panic!("{}: {error}", matcher.id));
            let is_named = expression.capture_names().flatten().any(|name| name == "value");
            assert_eq!(is_named, !matcher.is_whole, "{}", matcher.id);
        }
    }
}
