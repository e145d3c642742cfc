//! Operators of a model that only a library of the application can run.

use crate::facts::{Facts, ObservationKind};

/// Operators named in one observation.
const MAX_NAMED: usize = 8;
/// Longest name shown.
const MAX_NAME_CHARS: usize = 80;

/// Notes operators that no runtime of the format brings along; `what` they are, such as `TensorFlow Lite operators`.
pub(super) fn note<'n>(what: &str, names: impl IntoIterator<Item = &'n str>, facts: &mut Facts) {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.chars().take(MAX_NAME_CHARS).collect::<String>().escape_debug().to_string())
        .collect();
    if names.is_empty() {
        return;
    }
    let further = names.len().saturating_sub(MAX_NAMED);
    let more = if further > 0 { format!(" and {further} more") } else { String::new() };
    let listed = names.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
    let detail = format!("{what} that need a library of the application: {listed}{more}");
    facts.observe(ObservationKind::CustomOperator, listed, detail);
}
