//! The rules of `rules/privacy/`, ready to run: validator and entity looked up, keywords and context words gathered.

use std::sync::OnceLock;

use regex::RegexSet;
use syndic_detect::{Keywords, Rule, RuleError, Rulebook};
use syndic_evidence::DataClass;

use crate::entity::{self, Entity};
use crate::expression::Expression;
use crate::hints::Hints;
use crate::validate::{self, ContextUse, Gate, Validator};

/// One rule with its machinery.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) entity: &'static Entity,
    pub(crate) validator: &'static Validator,
    pub(crate) expression: Expression,
    pub(crate) class: DataClass,
    pub(crate) context: Vec<String>,
}

/// All patterns and the matchers over them.
#[derive(Debug)]
pub(crate) struct Patterns {
    pub(crate) all: Vec<Pattern>,
    /// Indexes into `all` by gate; `digits` has the order of `digit_set`.
    pub(crate) digits: Vec<usize>,
    pub(crate) at: Vec<usize>,
    pub(crate) keyword: Vec<usize>,
    pub(crate) column: Vec<usize>,
    /// Keywords of keyword-gated patterns and, by keyword, the pattern's index.
    pub(crate) keywords: Keywords,
    pub(crate) keyword_owner: Vec<usize>,
    /// Context words of the digit-gated patterns that are nothing without one.
    pub(crate) hints: Hints,
    digit_set: OnceLock<Option<RegexSet>>,
}

impl Patterns {
    /// Takes every rule; expressions are compiled when they are tried.
    pub(crate) fn new(book: &Rulebook) -> Result<Self, RuleError> {
        let all: Vec<Pattern> = book.rules().map(Pattern::new).collect::<Result<_, _>>()?;
        let gated = |gate: Gate| -> Vec<usize> {
            all.iter().enumerate().filter(|(_, one)| one.validator.gate == gate).map(|(index, _)| index).collect()
        };
        let (digits, at, keyword, column) =
            (gated(Gate::Digits), gated(Gate::At), gated(Gate::Keyword), gated(Gate::Column));
        let mut words = Vec::new();
        let mut keyword_owner = Vec::new();
        for (index, rule) in book.rules().enumerate().filter(|(index, _)| keyword.contains(index)) {
            for word in rule.pattern.iter().flat_map(|pattern| &pattern.keywords) {
                words.push(word);
                keyword_owner.push(index);
            }
        }
        let needing = digits.iter().filter_map(|index| Some((*index, all.get(*index)?)));
        let needing = needing.filter(|(_, pattern)| pattern.validator.context == ContextUse::Required);
        let hints = Hints::new(needing.map(|(index, pattern)| (index, pattern.context.as_slice())));
        let digit_set = OnceLock::new();
        Ok(Self { keywords: Keywords::new(&words), keyword_owner, hints, digits, at, keyword, column, digit_set, all })
    }

    /// Returns the digit-gated patterns whose expression matches somewhere in `cell`.
    pub(crate) fn fitting(&self, cell: &str) -> Vec<usize> {
        let written = || self.digits.iter().filter_map(|index| self.all.get(*index)).map(|one| one.expression.as_str());
        let Some(set) = self.digit_set.get_or_init(|| RegexSet::new(written()).ok()) else { return Vec::new() };
        set.matches(cell).iter().filter_map(|fitting| self.digits.get(fitting).copied()).collect()
    }
}

impl Pattern {
    fn new(rule: &Rule) -> Result<Self, RuleError> {
        let wrong = |problem: String| RuleError::Form { path: rule.id.clone(), problem };
        let pattern = rule.pattern.as_ref().ok_or_else(|| wrong("no `pattern`".to_owned()))?;
        let name = pattern.validator.as_deref().unwrap_or_default();
        Ok(Self {
            entity: entity::of_rule(&rule.id).ok_or_else(|| wrong("no entity has this rule".to_owned()))?,
            validator: validate::by_name(name).ok_or_else(|| wrong(format!("no validator `{name}`")))?,
            expression: Expression::new(&pattern.regex),
            class: pattern.class,
            context: pattern.context.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    use proptest::string::string_regex;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::validate::Candidate;
    use crate::window::Windows;

    /// Values drawn for each rule.
    const DRAWN: usize = 2_000;

    #[test]
    fn what_passes_has_the_digits_by_which_its_rule_is_tried() {
        let patterns = Patterns::new(&Rulebook::builtin("privacy").unwrap()).unwrap();
        let mut runner = TestRunner::deterministic();
        for pattern in patterns.digits.iter().map(|index| &patterns.all[*index]) {
            let values = string_regex(pattern.expression.as_str()).unwrap();
            for _ in 0..DRAWN {
                let value = values.new_tree(&mut runner).unwrap().current();
                let windows = Windows::of(&value).digits;
                let is_tried = windows.iter().any(|window| pattern.validator.least_digits.are_in(window));
                let candidate = Candidate { value: &value, before: "", after: "", in_context: &|| true, column: None };
                let passes = (pattern.validator.run)(&candidate).is_some();
                assert!(is_tried || windows.is_empty() || !passes, "{}: {value}", pattern.entity.rule);
            }
        }
    }
}
