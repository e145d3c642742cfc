//! Allow-lists: what a match must not be.

use regex::bytes::Regex;

use super::toml_form::AllowForm;
use super::{ForeignError, expression};

/// An allow-list, compiled.
#[derive(Debug)]
pub(super) struct AllowList {
    is_all: bool,
    paths: Vec<Regex>,
    target: Target,
    regexes: Vec<Regex>,
    stopwords: Vec<Vec<u8>>,
    rules: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    Secret,
    Match,
    Line,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match<'a> {
    pub(super) rule: &'a str,
    pub(super) path: &'a [u8],
    pub(super) secret: &'a [u8],
    pub(super) whole: &'a [u8],
    pub(super) line: &'a [u8],
}

impl AllowList {
    /// Compiles a list.
    ///
    /// # Errors
    /// An expression that cannot be used.
    pub(super) fn new(form: &AllowForm, owner: &str) -> Result<Self, ForeignError> {
        let compiled =
            |texts: &[String]| texts.iter().map(|text| expression(text, owner)).collect::<Result<Vec<_>, _>>();
        let target = match form.regex_target.to_ascii_lowercase().as_str() {
            "match" => Target::Match,
            "line" => Target::Line,
            _ => Target::Secret,
        };
        Ok(Self {
            is_all: matches!(form.condition.to_ascii_uppercase().as_str(), "AND" | "&&"),
            paths: compiled(&form.paths)?,
            target,
            regexes: compiled(&form.regexes)?,
            stopwords: form.stopwords.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect(),
            rules: form.target_rules.clone(),
        })
    }

    /// Says whether a whole file is let pass by its path alone.
    pub(super) fn takes_path(&self, path: &[u8]) -> bool {
        let is_alone =
            self.rules.is_empty() && (!self.is_all || (self.regexes.is_empty() && self.stopwords.is_empty()));
        is_alone && self.paths.iter().any(|expression| expression.is_match(path))
    }

    /// Says whether a match is let pass.
    pub(super) fn takes(&self, found: &Match<'_>) -> bool {
        if !self.rules.is_empty() && !self.rules.iter().any(|rule| rule == found.rule) {
            return false;
        }
        let text = match self.target {
            Target::Secret => found.secret,
            Target::Match => found.whole,
            Target::Line => found.line,
        };
        let lower = found.secret.to_ascii_lowercase();
        let checks = [
            (!self.paths.is_empty(), self.paths.iter().any(|expression| expression.is_match(found.path))),
            (!self.regexes.is_empty(), self.regexes.iter().any(|expression| expression.is_match(text))),
            (
                !self.stopwords.is_empty(),
                self.stopwords.iter().any(|word| memchr::memmem::find(&lower, word).is_some()),
            ),
        ];
        let mut given = checks.iter().filter(|(is_given, _)| *is_given).map(|(_, holds)| *holds).peekable();
        if self.is_all { given.peek().is_some() && given.all(|holds| holds) } else { given.any(|holds| holds) }
    }
}
