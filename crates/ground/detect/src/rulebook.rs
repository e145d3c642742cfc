//! The rules of one engine, compiled in from `rules/<engine>/*.yaml`.

use std::collections::BTreeMap;

use crate::Rule;

mod files {
    include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));
}

/// Why a rule file was refused.
#[derive(Debug, thiserror::Error)]
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

/// The rules of one engine by id.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    rules: BTreeMap<String, Rule>,
}

impl Rulebook {
    /// Reads the compiled-in rules of `engine`; the name of its folder under `rules/`.
    ///
    /// # Errors
    /// The first rule file that is not of the form. Compiled-in files are held right by tests.
    pub fn builtin(engine: &str) -> Result<Self, RuleError> {
        let mut book = Self::default();
        for (path, text) in files::FILES {
            if path.split('/').next() == Some(engine) {
                book.add(path, text)?;
            }
        }
        Ok(book)
    }

    /// Reads the compiled-in rules of every engine.
    ///
    /// # Errors
    /// The first rule file that is not of the form.
    pub fn all() -> Result<Self, RuleError> {
        let mut book = Self::default();
        for (path, text) in files::FILES {
            book.add(path, text)?;
        }
        Ok(book)
    }

    /// Adds a rule, or replaces the one with its id.
    ///
    /// # Errors
    /// The text is no rule, or its id does not fit the path `<engine>/<name>.yaml`.
    pub fn add(&mut self, path: &str, text: &str) -> Result<(), RuleError> {
        let rule: Rule = serde_norway::from_str(text)
            .map_err(|error| RuleError::Form { path: path.to_owned(), problem: error.to_string() })?;
        let expected = path.trim_end_matches(".yaml").replacen('/', ".", 1);
        if rule.id != expected {
            return Err(RuleError::Id { path: path.to_owned(), id: rule.id, expected });
        }
        self.rules.insert(rule.id.clone(), rule);
        Ok(())
    }

    /// Returns the rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// Returns every rule, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
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
