//! How the source files that use AI were read, and what no check looked for in them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use syndic_code::CodeEngine;
use syndic_evidence::{PredicateType, Urn};
use syndic_policy::Unseen;

use super::super::file::Inspected;

/// What the code engine saw of all files together.
#[derive(Debug, Default)]
pub(super) struct Sights {
    /// Language and how it was read → files.
    counts: BTreeMap<String, u64>,
    /// Rule, language and what the files belong to → paths.
    unseen: BTreeMap<(&'static str, &'static str, Urn), Vec<String>>,
}

impl Sights {
    /// Adds up what the inspections say.
    pub(super) fn of(code: &CodeEngine, inspected: &[Inspected]) -> Self {
        let mut found = Self::default();
        for inspection in inspected.iter().map(|found| &found.inspection) {
            if inspection.predicate != PredicateType::CodeFacts {
                continue;
            }
            let Some(sight) = code.sight(&inspection.facts) else { continue };
            let language = sight.language;
            let read = format!("{}, {}", language.name(), language.reading().as_str());
            *found.counts.entry(read).or_default() += 1;
            for rule in sight.unseen {
                let key = (rule, language.name(), inspection.subject.clone());
                found.unseen.entry(key).or_default().push(sight.path.clone());
            }
        }
        found
    }

    /// Returns how many files that use AI were read how, by language: `{"Go, read as tokens": 3}`.
    pub(super) fn counts(&self) -> Value {
        let counts = self.counts.iter().map(|(read, files)| (read.clone(), Value::from(*files)));
        Value::Object(counts.collect::<Map<_, _>>())
    }

    /// Returns what no check looked for.
    pub(super) fn unseen(self) -> Vec<Unseen> {
        let gaps = self.unseen.into_iter();
        gaps.map(|((rule, language, subject), mut files)| {
            files.sort_unstable();
            Unseen {
                rule: rule.to_owned(),
                predicate: PredicateType::CodeFacts,
                subject,
                language: language.to_owned(),
                files,
            }
        })
        .collect()
    }
}
