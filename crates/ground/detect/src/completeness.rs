//! The test every engine runs over its slice: no detector without a whole rule, no rule without a detector,
//! every positive example found, every near miss left alone.

use std::collections::BTreeSet;

use crate::{Example, Rule, Rulebook};

/// Shortest text that can say why something matters or how to mend it, in characters.
const LEAST_PROSE: usize = 40;

/// Returns every way in which `engine`'s rules and detectors fall short; empty is what a test asserts.
///
/// `detectors` are the rule ids the engine implements. `matches` runs the engine on an example and returns the ids
/// of the rules that reported something.
pub fn check_completeness(engine: &str, detectors: &[&str], matches: impl Fn(&Example) -> Vec<String>) -> Vec<String> {
    let book = match Rulebook::builtin(engine) {
        Ok(book) => book,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = Vec::new();
    let implemented: BTreeSet<&str> = detectors.iter().copied().collect();
    if implemented.len() != detectors.len() {
        faults.push(format!("{engine}: a rule id stands twice in the slice"));
    }
    for id in &implemented {
        if book.rule(id).is_none() {
            faults.push(format!("{id}: a detector without a rule file"));
        }
    }
    for rule in book.rules() {
        if !implemented.contains(rule.id.as_str()) {
            faults.push(format!("{}: a rule file without a detector", rule.id));
        }
        faults.extend(missing_parts(rule).into_iter().map(|part| format!("{}: {part}", rule.id)));
        faults.extend(wrong_examples(rule, &matches).into_iter().map(|case| format!("{}: {case}", rule.id)));
    }
    faults
}

fn missing_parts(rule: &Rule) -> Vec<&'static str> {
    let references = &rule.references;
    let no_reference = references.cwe.is_empty() && references.atlas.is_empty() && references.owasp.is_empty();
    [
        (rule.title.chars().count() > 80 || rule.title.is_empty(), "title is empty or longer than 80 characters"),
        (rule.why.len() < LEAST_PROSE, "`why` does not say why it matters"),
        (rule.fix.len() < LEAST_PROSE, "`fix` does not say what to do"),
        (no_reference, "no CWE, ATLAS or OWASP reference"),
        (rule.controls.is_empty(), "no control"),
        (rule.examples.positive.is_empty(), "no positive example"),
        (rule.examples.negative.is_empty(), "no near-miss negative example"),
    ]
    .into_iter()
    .filter_map(|(is_missing, part)| is_missing.then_some(part))
    .collect()
}

fn wrong_examples(rule: &Rule, matches: &impl Fn(&Example) -> Vec<String>) -> Vec<String> {
    let finds = |example: &Example| matches(example).contains(&rule.id);
    let missed = rule.examples.positive.iter().enumerate().filter(|(_, example)| !finds(example));
    let alarmed = rule.examples.negative.iter().enumerate().filter(|(_, example)| finds(example));
    missed
        .map(|(index, _)| format!("positive example {index} is not found"))
        .chain(alarmed.map(|(index, _)| format!("negative example {index} is found")))
        .collect()
}
