//! `cargo xtask generate`: the reference page `docs/rules.md`, made from the rule files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use syndic_detect::{Rule, Rulebook};

use crate::say;

const PAGE: &str = "docs/rules.md";

/// Writes the page.
///
/// # Errors
/// A rule file is not of the form, or the page cannot be written.
pub(crate) fn write(root: &Path) -> Result<()> {
    let path = root.join(PAGE);
    let text = page(&Rulebook::all()?);
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        say::note(&format!("{PAGE} is up to date"));
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(&path, text).with_context(|| format!("cannot write {PAGE}"))?;
    say::note(&format!("{PAGE} written"));
    Ok(())
}

/// Checks that the page says what the rule files say.
///
/// # Errors
/// The page is missing or old, or a rule file is not of the form.
pub(crate) fn check(root: &Path) -> Result<()> {
    let text = page(&Rulebook::all()?);
    if std::fs::read_to_string(root.join(PAGE)).is_ok_and(|old| old == text) {
        return Ok(());
    }
    bail!("{PAGE} is not what rules/ says: run `cargo xtask generate`")
}

fn page(book: &Rulebook) -> String {
    let mut engines: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in book.rules() {
        engines.entry(rule.id.split('.').next().unwrap_or_default()).or_default().push(rule);
    }
    let mut text = String::from(
        "# Rules\n\nThis page is written by `cargo xtask generate` from the files under `rules/`; change those.\n\
         `syndic explain RULE` prints the same for one rule, with its examples.\n",
    );
    for (engine, rules) in &engines {
        let _ = write!(
            text,
            "\n## {engine}\n\n| rule | what is wrong | severity | confidence | controls |\n| --- | --- | --- | --- | --- |\n"
        );
        for rule in rules {
            let (id, title) = (&rule.id, cell(&rule.title));
            let (severity, confidence) = (rule.severity.as_str(), rule.confidence.as_str());
            let _ = writeln!(
                text,
                "| [`{id}`](#{}) | {title} | {severity} | {confidence} | {} |",
                anchor(id),
                rule.controls.join(", ")
            );
        }
        for rule in rules {
            entry(&mut text, rule);
        }
    }
    text
}

fn entry(text: &mut String, rule: &Rule) {
    let _ = write!(text, "\n### {}\n\n{}\n\n", rule.id, one_sentence_a_line(&rule.why));
    let _ = write!(text, "**Fix.** {}\n\n", one_sentence_a_line(&rule.fix));
    let references = &rule.references;
    let ids: Vec<&str> =
        references.cwe.iter().chain(&references.atlas).chain(&references.owasp).map(String::as_str).collect();
    let _ = writeln!(text, "References: {}.", ids.join(", "));
    for url in &references.urls {
        let _ = writeln!(text, "<{url}>");
    }
}

/// The anchor mdBook and code hosts give a heading.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect::<String>()
        .to_ascii_lowercase()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn one_sentence_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('<', "&lt;").replace(". ", ".\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_entry() {
        let book = Rulebook::all().unwrap();
        let text = page(&book);
        for rule in book.rules() {
            assert!(text.contains(&format!("\n### {}\n", rule.id)), "{}", rule.id);
        }
    }

    #[test]
    fn anchors_drop_the_dot_as_renderers_do() {
        assert_eq!(anchor("supply.extra-index"), "supplyextra-index");
    }
}
