//! `syndic explain RULE`: why a rule matters, how to mend it, what it matches and what it does not; or what a control
//! asks for.

mod control;

use anyhow::Result;
use syndic_detect::{Example, Rule, Rulebook};
use syndic_evidence::Severity;
use syndic_policy::PolicyEngine;

use super::UsageError;
use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::printer;

/// Prints one rule or control, or the list of all.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit> {
    let book = Rulebook::all()?;
    let text = match &args.rule {
        None => {
            let policy = PolicyEngine::builtin()?;
            let rules = book.rules().map(|rule| line(&rule.id, rule.severity, &rule.title));
            let controls = policy.catalogue().controls.iter();
            rules.chain(controls.map(|control| line(&control.id, control.severity, &control.title))).collect()
        }
        Some(id) => match book.rule(id) {
            Some(rule) => page(rule),
            None => control::page(PolicyEngine::builtin()?.catalogue(), &book, id)
                .ok_or_else(|| UsageError(unknown(&book, id)))?,
        },
    };
    printer::result(&text)?;
    Ok(Exit::Clean)
}

fn line(id: &str, severity: Severity, title: &str) -> String {
    format!("{id:<38} {severity:<9} {title}\n")
}

fn unknown(book: &Rulebook, id: &str) -> String {
    let name = id.rsplit('.').next().unwrap_or(id);
    let near: Vec<&str> = book
        .rules()
        .filter(|rule| rule.id.split(['.', '-']).any(|word| !word.is_empty() && name.contains(word)))
        .map(|rule| rule.id.as_str())
        .take(5)
        .collect();
    match near.as_slice() {
        [] => format!("there is no rule `{id}`; `syndic explain` lists all"),
        near => format!("there is no rule `{id}`; did you mean {}? `syndic explain` lists all", near.join(", ")),
    }
}

fn page(rule: &Rule) -> String {
    let references = &rule.references;
    let listed: Vec<&str> = [&references.cwe, &references.atlas, &references.owasp, &references.urls]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let mut text = format!(
        "{}\n{}\n\nSeverity    {}\nConfidence  {}\nReferences  {}\nControls    {}\n\nWhy\n  {}\n\nFix\n  {}\n",
        rule.id,
        rule.title,
        rule.severity,
        rule.confidence.as_str(),
        listed.join(", "),
        rule.controls.join(", "),
        indented(rule.why.trim()),
        indented(rule.fix.trim()),
    );
    text.push_str(&examples("Is found in", &rule.examples.positive));
    text.push_str(&examples("Is not found in", &rule.examples.negative));
    text
}

/// The first example that can be read as text, else the first.
fn examples(title: &str, examples: &[Example]) -> String {
    let Some(example) = examples.iter().find(|example| !example.text.is_empty()).or_else(|| examples.first()) else {
        return String::new();
    };
    let path = if example.path.is_empty() { "text" } else { &example.path };
    let content = match (example.text.as_str(), example.base64.as_str()) {
        ("", "") => "(an empty file)".to_owned(),
        ("", base64) => format!("(a binary file, as base64) {}", shortened(base64)),
        (text, _) => text.replace("{{cut}}", "").trim_end().to_owned(),
    };
    let mut text = format!("\n{title} {path}\n  {}\n", indented(&content));
    for (name, content) in &example.with {
        text.push_str(&format!("  with {name}\n    {}\n", content.trim_end().replace('\n', "\n    ")));
    }
    text
}

/// Base64 is for programs; its beginning is enough to find the example in the rule's file.
fn shortened(base64: &str) -> String {
    const SHOWN: usize = 120;
    match base64.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", base64.split_at(end).0),
        None => base64.to_owned(),
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}
