//! Candidates to hits: windows, expressions, validators, and one owner for every byte.

use std::ops::Range;

use syndic_evidence::{Confidence, DataClass};

use crate::column_name::ColumnName;
use crate::compiled::{Pattern, Patterns};
use crate::context::{self, REACH};
use crate::entity::ENTITIES;
use crate::validate::{Candidate, ContextUse};
use crate::window::Windows;

/// Most hits kept from one text; a larger one is a data dump and already proven so.
pub(crate) const MOST_HITS: usize = 100_000;
/// A cell up to this long is searched whole for values that free text only searches near keywords.
const SHORT_CELL: usize = 256;

/// One value found in a text. It says where, never what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Id of the rule that found it.
    pub rule: String,
    /// The class of data.
    pub class: DataClass,
    /// Short name of the kind of value: `email`, `card`, `us_ssn`.
    pub entity: &'static str,
    /// Bytes it takes up in the text, on character boundaries.
    pub span: Range<usize>,
    /// How sure.
    pub confidence: Confidence,
}

/// A hit before it is shown to anyone.
#[derive(Debug, Clone)]
pub(crate) struct Match {
    /// Index into [`Patterns::all`].
    pub(crate) pattern: usize,
    pub(crate) span: Range<usize>,
    pub(crate) confidence: Confidence,
    /// Whether the context the rule asks for is there; always so outside columns.
    pub(crate) is_supported: bool,
}

impl Patterns {
    /// Returns what stands in free text, in order of place.
    pub(crate) fn search(&self, text: &str) -> Vec<Match> {
        let mut search = Search { patterns: self, text, column: None, matches: Vec::new() };
        let windows = Windows::of(text);
        search.addresses(&windows);
        search.numbers(&windows);
        // Codes, record numbers and addresses all hold a digit.
        let has_digit = |window: &Range<usize>| {
            text.get(window.clone()).is_some_and(|slice| slice.bytes().any(|byte| byte.is_ascii_digit()))
        };
        for (index, window) in self.keyword_windows(text) {
            if has_digit(&window) {
                search.window(index, window);
            }
        }
        self.without_overlap(search.matches)
    }

    /// Returns what stands in one value of a column; a value that is wholly one match needs no context.
    pub(crate) fn search_cell(&self, cell: &str, column: &ColumnName) -> Vec<Match> {
        let mut search = Search { patterns: self, text: cell, column: Some(column), matches: Vec::new() };
        let windows = Windows::of(cell);
        search.addresses(&windows);
        search.numbers_of_cell(&windows);
        if cell.len() <= SHORT_CELL {
            for index in self.keyword.iter().chain(&self.column) {
                search.window(*index, 0..cell.len());
            }
        } else {
            for (index, window) in self.keyword_windows(cell) {
                search.window(index, window);
            }
        }
        // Ten digits in groups are a phone number or a checked identifier: the column's other values decide which.
        let rivals: Vec<Match> =
            search.matches.iter().filter(|one| self.is_checked_whole(one, cell)).cloned().collect();
        let mut kept = self.without_overlap(search.matches);
        for rival in rivals {
            if !kept.iter().any(|one| one.pattern == rival.pattern) {
                kept.push(Match { confidence: Confidence::Low, is_supported: false, ..rival });
            }
        }
        kept
    }

    fn is_checked_whole(&self, one: &Match, cell: &str) -> bool {
        let is_checked = self.all.get(one.pattern).is_some_and(|pattern| pattern.validator.is_checked);
        is_checked && one.span.len() == cell.len() && one.confidence == Confidence::Low
    }

    /// Returns the neighbourhoods of keywords with the pattern each calls for; neighbours of one pattern are merged.
    fn keyword_windows(&self, text: &str) -> Vec<(usize, Range<usize>)> {
        let mut windows: Vec<(usize, Range<usize>)> = Vec::new();
        let mut last: Vec<Option<usize>> = vec![None; self.all.len()];
        for found in self.keywords.find_in(text.as_bytes()) {
            let Some(owner) = self.keyword_owner.get(found.word) else { continue };
            let start = text.floor_char_boundary(found.start.saturating_sub(2 * REACH));
            let end = text.ceil_char_boundary((found.end + 2 * REACH).min(text.len()));
            let Some(slot) = last.get_mut(*owner) else { continue };
            match slot.and_then(|index| windows.get_mut(index)) {
                Some((_, open)) if start <= open.end => open.end = end,
                _ => {
                    *slot = Some(windows.len());
                    windows.push((*owner, start..end));
                }
            }
        }
        windows
    }

    /// Gives every byte to one match: the surer, then the stronger kind, then the longer.
    fn without_overlap(&self, mut matches: Vec<Match>) -> Vec<Match> {
        let rank = |one: &Match| {
            let rule = self.all.get(one.pattern).map(|pattern| pattern.entity.rule);
            ENTITIES.iter().position(|entity| Some(entity.rule) == rule)
        };
        matches.sort_by_key(|one| (one.span.start, one.span.end));
        let mut kept: Vec<Match> = Vec::with_capacity(matches.len());
        for next in matches {
            let Some(last) = kept.last_mut().filter(|last| next.span.start < last.span.end) else {
                kept.push(next);
                continue;
            };
            let strength =
                |one: &Match| (one.is_supported, one.confidence, std::cmp::Reverse(rank(one)), one.span.len());
            if strength(&next) > strength(last) {
                *last = next;
            }
        }
        kept
    }
}

struct Search<'a> {
    patterns: &'a Patterns,
    text: &'a str,
    column: Option<&'a ColumnName>,
    matches: Vec<Match>,
}

impl Search<'_> {
    fn addresses(&mut self, windows: &Windows) {
        for window in &windows.at {
            for index in &self.patterns.at {
                self.window(*index, window.clone());
            }
        }
    }

    /// Tries the numeric patterns in free text: those that stand by themselves, and those with a context word near.
    fn numbers(&mut self, windows: &Windows) {
        let patterns = self.patterns;
        let mut hints = patterns.hints.along(self.text);
        for window in &windows.digits {
            let mut is_called = vec![false; patterns.all.len()];
            for hinted in hints.within(context::surroundings(self.text, &window.range)) {
                is_called.get_mut(hinted).into_iter().for_each(|called| *called = true);
            }
            for index in &patterns.digits {
                let Some(Pattern { validator, .. }) = patterns.all.get(*index) else { continue };
                let needs_hint = validator.context == ContextUse::Required;
                let is_called = !needs_hint || is_called.get(*index).copied().unwrap_or(false);
                if is_called && validator.least_digits.are_in(window) {
                    self.window(*index, window.range.clone());
                }
            }
        }
    }

    /// Tries the numeric patterns in a cell, where the column may say what free text would need a context word for.
    fn numbers_of_cell(&mut self, windows: &Windows) {
        for window in &windows.digits {
            let fitting = self.text.get(window.range.clone()).map(|slice| self.patterns.fitting(slice));
            for index in fitting.into_iter().flatten() {
                self.window(index, window.range.clone());
            }
        }
    }

    fn window(&mut self, index: usize, window: Range<usize>) {
        let Some(pattern) = self.patterns.all.get(index) else { return };
        let mut from = window.start;
        while let Some(slice) = self.text.get(from..window.end) {
            if self.matches.len() >= MOST_HITS {
                return;
            }
            let Some(value) = pattern.expression.find(slice) else { return };
            let (start, end) = (from + value.start(), from + value.end());
            from = match self.judge(index, pattern, start..end) {
                Some(end) => end,
                None => self.next_token(start, end),
            };
        }
    }

    /// Returns where a refused candidate's first word ends: what follows may start a value of its own.
    fn next_token(&self, start: usize, end: usize) -> usize {
        let value = self.text.get(start..end).unwrap_or_default();
        let word = value.find(|letter: char| !letter.is_alphanumeric()).filter(|length| *length > 0);
        let next = start + word.unwrap_or(value.len()).max(1);
        self.text.ceil_char_boundary(next.min(self.text.len()))
    }

    /// Asks the validator; returns the end of an accepted value.
    fn judge(&mut self, index: usize, pattern: &Pattern, span: Range<usize>) -> Option<usize> {
        let value = self.text.get(span.clone())?;
        let (before, after) = context::around(self.text, span.start, span.end);
        let is_labelled = || self.column.is_some_and(|column| pattern.context.iter().any(|word| column.says(word)));
        let in_context = || {
            is_labelled() || context::stands_in(&pattern.context, before) || context::stands_in(&pattern.context, after)
        };
        let is_missing = pattern.validator.context == ContextUse::Required && !in_context();
        if is_missing && self.column.is_none() {
            return None;
        }
        let candidate = Candidate { value, before, after, in_context: &in_context, column: self.column };
        let verdict = (pattern.validator.run)(&candidate)?;
        let end = span.start + verdict.length.min(value.len());
        self.text.get(span.start..end)?;
        // A value met before by an overlapping window.
        let again = self.matches.iter().rev().take(8).any(|one| one.pattern == index && one.span.start == span.start);
        if !again {
            self.matches.push(Match {
                pattern: index,
                span: span.start..end,
                confidence: verdict.confidence,
                is_supported: !is_missing,
            });
        }
        Some(end.max(span.start + 1))
    }
}
