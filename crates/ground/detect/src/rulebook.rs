//! The rules of one engine, compiled in from `rules/<engine>/*.yaml`.
//!
//! The build hands them over as JSON; they are read once in a run, whoever asks for them, and shared.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::Rule;

mod files {
    include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));
}

/// The compiled-in rules of every engine.
static ALL: LazyLock<Result<Rulebook, RuleError>> = LazyLock::new(Rulebook::read);

/// Why a rule file was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RuleError {
    /// Not the form of a rule.
    #[error("rule file {path}: {problem}")]
    Form {
        /// The file.
        path: String,
        /// What the reader said, with line and column.
        problem: String,
    },
    /// The id is not `<engine>.<name>` with the file's own engine and name.
    #[error("rule file {path}: id `{id}` should be `{expected}`")]
    Id {
        /// The file.
        path: String,
        /// The id it has.
        id: String,
        /// The id its path asks for.
        expected: String,
    },
}

/// The rules of one engine by id; a copy shares them.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    rules: BTreeMap<String, Arc<Rule>>,
}

impl Rulebook {
    /// Returns the compiled-in rules of `engine`; the name of its folder under `rules/`.
    ///
    /// # Errors
    /// The first rule file that is not of the form. Compiled-in files are held right by tests.
    pub fn builtin(engine: &str) -> Result<Self, RuleError> {
        let all = ALL.as_ref().map_err(Clone::clone)?;
        let own = all.rules.iter().filter(|(id, _)| id.split('.').next() == Some(engine));
        Ok(Self { rules: own.map(|(id, rule)| (id.clone(), Arc::clone(rule))).collect() })
    }

    /// Returns the compiled-in rules of every engine.
    ///
    /// # Errors
    /// The first rule file that is not of the form.
    pub fn all() -> Result<Self, RuleError> {
        ALL.clone()
    }

    fn read() -> Result<Self, RuleError> {
        let mut book = Self::default();
        for (path, json) in files::FILES {
            book.insert(path, serde_json::from_str(json).map_err(|error| error.to_string()))?;
        }
        Ok(book)
    }

    /// Adds a rule, or replaces the one with its id.
    ///
    /// # Errors
    /// The text is no rule, or its id does not fit the path `<engine>/<name>.yaml`.
    pub fn add(&mut self, path: &str, text: &str) -> Result<(), RuleError> {
        self.insert(path, serde_norway::from_str(text).map_err(|error| error.to_string()))
    }

    fn insert(&mut self, path: &str, rule: Result<Rule, String>) -> Result<(), RuleError> {
        let rule = rule.map_err(|problem| RuleError::Form { path: path.to_owned(), problem })?;
        let expected = path.trim_end_matches(".yaml").replacen('/', ".", 1);
        if rule.id != expected {
            return Err(RuleError::Id { path: path.to_owned(), id: rule.id, expected });
        }
        self.rules.insert(rule.id.clone(), Arc::new(rule));
        Ok(())
    }

    /// Returns the rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id).map(Arc::as_ref)
    }

    /// Returns every rule, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_compiled_in_rule_is_of_the_form() {
        Rulebook::all().unwrap();
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let error = Rulebook::default().add("x/y-z.yaml", "id: x.y-z\ntitel: oops\n").unwrap_err();
        assert!(error.to_string().contains("titel"), "{error}");
    }
}
