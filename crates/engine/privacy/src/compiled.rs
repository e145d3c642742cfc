//! The rules of `rules/privacy/`, ready to run: expression compiled, validator and entity looked up.

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexSet};
use syndic_detect::{RuleError, Rulebook};
use syndic_evidence::DataClass;

use crate::entity::{self, Entity};
use crate::validate::{self, Gate, Validator};

/// One rule with its machinery.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) entity: &'static Entity,
    pub(crate) validator: &'static Validator,
    pub(crate) regex: Regex,
    pub(crate) class: DataClass,
    pub(crate) context: Vec<String>,
}

/// All patterns and the matchers over them.
#[derive(Debug)]
pub(crate) struct Patterns {
    pub(crate) all: Vec<Pattern>,
    /// Indexes into `all` by gate; `digits` has the order of `digit_set`.
    pub(crate) digits: Vec<usize>,
    pub(crate) digit_set: RegexSet,
    pub(crate) at: Vec<usize>,
    pub(crate) keyword: Vec<usize>,
    pub(crate) column: Vec<usize>,
    /// Keywords of keyword-gated patterns and, by keyword, the pattern's index.
    pub(crate) keywords: AhoCorasick,
    pub(crate) keyword_owner: Vec<usize>,
    /// Context words of all patterns and, by word, the pattern's index: one pass tells which patterns may apply.
    pub(crate) hints: AhoCorasick,
    pub(crate) hint_owner: Vec<usize>,
}

impl Patterns {
    /// Compiles every rule that has a pattern.
    pub(crate) fn compile(book: &Rulebook) -> Result<Self, RuleError> {
        let mut all = Vec::new();
        let mut words = Vec::new();
        let mut keyword_owner = Vec::new();
        for rule in book.rules() {
            let wrong = |problem: String| RuleError::Form { path: rule.id.clone(), problem };
            let pattern = rule.pattern.as_ref().ok_or_else(|| wrong("no `pattern`".to_owned()))?;
            let name = pattern.validator.as_deref().unwrap_or_default();
            let validator = validate::by_name(name).ok_or_else(|| wrong(format!("no validator `{name}`")))?;
            let entity = entity::of_rule(&rule.id).ok_or_else(|| wrong("no entity has this rule".to_owned()))?;
            let regex = Regex::new(&pattern.regex).map_err(|error| wrong(error.to_string()))?;
            if validator.gate == Gate::Keyword {
                words.extend(pattern.keywords.iter().cloned());
                keyword_owner.extend(pattern.keywords.iter().map(|_| all.len()));
            }
            all.push(Pattern { entity, validator, regex, class: pattern.class, context: pattern.context.clone() });
        }
        let gated = |gate: Gate| -> Vec<usize> {
            all.iter().enumerate().filter(|(_, one)| one.validator.gate == gate).map(|(index, _)| index).collect()
        };
        let digits = gated(Gate::Digits);
        let set = digits.iter().filter_map(|index| all.get(*index)).map(|one| one.regex.as_str());
        let unfit = |problem: String| RuleError::Form { path: "privacy".to_owned(), problem };
        let digit_set = RegexSet::new(set).map_err(|error| unfit(error.to_string()))?;
        let matcher = |words: &[String]| {
            let builder = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
            builder.map_err(|error| unfit(error.to_string()))
        };
        let keywords = matcher(&words)?;
        let owned = all.iter().enumerate().flat_map(|(index, one)| one.context.iter().map(move |word| (word, index)));
        let (hint_words, hint_owner): (Vec<String>, Vec<usize>) =
            owned.map(|(word, index)| (word.clone(), index)).unzip();
        let hints = matcher(&hint_words)?;
        let (at, keyword, column) = (gated(Gate::At), gated(Gate::Keyword), gated(Gate::Column));
        Ok(Self { all, digits, digit_set, at, keyword, column, keywords, keyword_owner, hints, hint_owner })
    }
}
