//! The page of a control: what must hold, what is looked at, which rules speak to it, and who asks for it.

use syndic_detect::Rulebook;
use syndic_policy::{Catalogue, Control, Enforcement};

use super::indented;

/// Returns the page of the control with this id, in any case, if the catalogue has one.
pub(super) fn page(catalogue: &Catalogue, book: &Rulebook, id: &str) -> Option<String> {
    let control = catalogue.controls.iter().find(|control| control.id.eq_ignore_ascii_case(id))?;
    let kinds: Vec<&str> = control.applies_to.kind.iter().map(|kind| kind.as_str()).collect();
    let mut text = format!(
        "{}\n{}\n\nSeverity    {}\nDecision    {}\nApplies to  {}\nCatalogue   {} {}\n\nWhat must hold\n  {}\n",
        control.id,
        control.title,
        control.severity,
        match control.enforcement {
            Enforcement::Blocking => "blocking: deny when it fails, unknown when it cannot be decided",
            Enforcement::Advisory => "advisory: shown, but no part of the decision",
        },
        kinds.join(", "),
        catalogue.metadata.id,
        catalogue.metadata.version,
        indented(control.statement.trim()),
    );
    text.push_str("\nWhat is checked\n");
    for need in &control.evidence {
        text.push_str(&format!("  {}\n", need.label));
    }
    text.push_str(&rules(control, book));
    text.push_str(&format!("\nFix\n  {}\n", indented(control.remediation.trim())));
    if !control.maps.is_empty() {
        text.push_str("\nFrameworks\n");
    }
    for (framework, clauses) in &control.maps {
        text.push_str(&format!("  {framework}: {}\n", clauses.join(", ")));
    }
    Some(text)
}

/// The rules whose findings the control looks at.
fn rules(control: &Control, book: &Rulebook) -> String {
    let speaks_to = |controls: &[String]| controls.contains(&control.id);
    let lines: String = book
        .rules()
        .filter(|rule| speaks_to(&rule.controls))
        .map(|rule| format!("  {:<38} {:<9} {}\n", rule.id, rule.severity, rule.title))
        .collect();
    if lines.is_empty() {
        return "\nRules\n  none: it is decided from the evidence itself\n".to_owned();
    }
    format!("\nRules\n{lines}")
}
