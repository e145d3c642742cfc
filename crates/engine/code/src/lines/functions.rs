//! Where the functions of a file begin and end, by name: so that a route's handler that is only named can be looked at.
//!
//! Brackets are matched once for the whole file, so that nesting costs nothing; a look-up gives at most [`BODY`] tokens.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Kind, Token};
use crate::Language;

/// Tokens of a function that are looked at.
const BODY: usize = 600;
/// Functions that are followed from one handler.
const MAX_FOLLOWED: usize = 20;
/// Words that stand before a bracket and are no functions.
const KEYWORDS: [&str; 8] = ["if", "for", "while", "switch", "catch", "using", "lock", "foreach"];

/// The functions of a file.
pub(super) struct Functions<'a, 't> {
    tokens: &'a [Token<'t>],
    closers: Vec<Option<usize>>,
    /// Name → opening and closing bracket of its body; the first of a name counts.
    bodies: BTreeMap<&'t str, (usize, usize)>,
}

impl<'a, 't> Functions<'a, 't> {
    /// Finds the functions among the tokens of a file.
    pub(super) fn of(language: Language, tokens: &'a [Token<'t>]) -> Self {
        let mut found = Self { tokens, closers: closers(tokens), bodies: BTreeMap::new() };
        for (index, token) in tokens.iter().enumerate() {
            let body = match language {
                Language::Go => found.go(index),
                Language::JavaScript | Language::TypeScript => found.script(index),
                _ => found.method(index),
            };
            if let Some(body) = body.filter(|_| token.kind == Kind::Word) {
                found.bodies.entry(token.text).or_insert(body);
            }
        }
        found
    }

    /// Returns the index of the bracket that closes the one at `open`.
    pub(super) fn closer(&self, open: usize) -> Option<usize> {
        self.closers.get(open).copied().flatten()
    }

    /// Returns the beginning of what stands between two brackets.
    pub(super) fn between(&self, open: usize, close: usize) -> &'a [Token<'t>] {
        let end = close.min(open.saturating_add(BODY));
        self.tokens.get(open.saturating_add(1)..end).unwrap_or_default()
    }

    /// Returns the bodies of the functions that some tokens name, and of those that these name.
    pub(super) fn named_in(&self, tokens: &[Token<'t>]) -> Vec<&'a [Token<'t>]> {
        let mut names = BTreeSet::new();
        let mut found: Vec<&'a [Token<'t>]> = Vec::new();
        self.follow(tokens, &mut names, &mut found);
        for body in found.clone() {
            self.follow(body, &mut names, &mut found);
        }
        found
    }

    fn follow(&self, tokens: &[Token<'t>], names: &mut BTreeSet<&'t str>, found: &mut Vec<&'a [Token<'t>]>) {
        for token in tokens.iter().filter(|token| token.kind == Kind::Word) {
            let Some((open, close)) = self.bodies.get(token.text) else { continue };
            if found.len() < MAX_FOLLOWED && names.insert(token.text) {
                found.push(self.between(*open, *close));
            }
        }
    }

    fn is_mark(&self, index: usize, mark: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_mark(mark))
    }

    fn is_word(&self, index: usize, word: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_word(word))
    }

    /// The first `{` after `from`, as far as only words, types and arrows lie between.
    fn body_after(&self, from: usize) -> Option<(usize, usize)> {
        const SIGNATURE: usize = 24;
        let mut index = from;
        while index < from.saturating_add(SIGNATURE) {
            let token = self.tokens.get(index)?;
            if token.is_mark("{") {
                return Some((index, self.closer(index)?));
            }
            if token.is_mark(";") || token.is_mark("}") {
                return None;
            }
            // Several results and their types stand in brackets of their own.
            index = if token.is_mark("(") { self.closer(index)? } else { index } + 1;
        }
        None
    }

    /// `func name(…) … {` and `func (receiver) name(…) … {`.
    fn go(&self, name: usize) -> Option<(usize, usize)> {
        let before = name.checked_sub(1)?;
        let is_method = self.is_mark(before, ")")
            && (2..8).any(|back| name.checked_sub(back + 1).is_some_and(|at| self.is_word(at, "func")));
        if !self.is_mark(name + 1, "(") || !(self.is_word(before, "func") || is_method) {
            return None;
        }
        self.body_after(self.closer(name + 1)? + 1)
    }

    /// `function name(…) {`, `name = async (…) => {`, `name = function (…) {`.
    fn script(&self, name: usize) -> Option<(usize, usize)> {
        let before = name.checked_sub(1)?;
        if self.is_word(before, "function") {
            return self.body_after(self.closer(name + 1).filter(|_| self.is_mark(name + 1, "("))? + 1);
        }
        let is_bound = ["const", "let", "var"].iter().any(|word| self.is_word(before, word));
        if !is_bound || !self.is_mark(name + 1, "=") {
            return None;
        }
        let skipped =
            ["async", "function"].iter().filter(|word| (2..4).any(|on| self.is_word(name + on, word))).count();
        let open = name + 2 + skipped;
        let close = self.closer(open).filter(|_| self.is_mark(open, "("))?;
        self.body_after(close + 1)
    }

    /// `type name(…) {`, `type name(…) throws X {`.
    fn method(&self, name: usize) -> Option<(usize, usize)> {
        let before = self.tokens.get(name.checked_sub(1)?)?;
        let has_type =
            before.kind == Kind::Word && !before.is_word("new") || before.is_mark(">") || before.is_mark("]");
        let is_keyword = self.tokens.get(name).is_none_or(|token| KEYWORDS.contains(&token.text));
        if !has_type || is_keyword || !self.is_mark(name + 1, "(") {
            return None;
        }
        self.body_after(self.closer(name + 1)? + 1)
    }
}

/// For every opening bracket the index of its closing one.
fn closers(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut found = vec![None; tokens.len()];
    let mut open: Vec<(usize, &str)> = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Mark) {
        let opener = match token.text {
            "(" | "{" | "[" => {
                open.push((index, token.text));
                continue;
            }
            ")" => "(",
            "}" => "{",
            "]" => "[",
            _ => continue,
        };
        // A closing bracket without its opening one closes nothing.
        if let Some((start, _)) = open.pop_if(|(_, mark)| *mark == opener)
            && let Some(slot) = found.get_mut(start)
        {
            *slot = Some(index);
        }
    }
    found
}
