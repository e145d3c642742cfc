//! Tells a report that Syndic wrote from a file that somebody else did, so that only the former is written over.

use serde_json::Value;

use crate::json::SCHEMA_PREFIX;

/// What a diagram carries in a comment, so that it is known again.
pub const MADE_BY: &str = "Made by Syndic";

/// The versioned JSON begins with its schema; other documents may name it further down.
const HEAD_BYTES: usize = 256;

/// Says whether these bytes are a report or a diagram that Syndic wrote, in any of its forms.
pub fn is_own(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let head = text.char_indices().nth(HEAD_BYTES).map_or(&*text, |(end, _)| text.split_at(end).0);
    let is_json = head.trim_start().starts_with('{') && head.contains(SCHEMA_PREFIX);
    let is_page = text.contains(&format!("<footer>{MADE_BY} "));
    let is_diagram = [format!("<!-- {MADE_BY} -->"), format!("%% {MADE_BY}")];
    let is_diagram = text.lines().next_back().is_some_and(|last| is_diagram.iter().any(|mark| last == mark));
    let is_summary = text.contains("\nNext steps\n") && text.contains("syndic assess PATH --output report.html");
    is_json || is_page || is_diagram || is_summary || is_sarif(&text)
}

/// A log that other tools wrote into as well is more than our report.
fn is_sarif(text: &str) -> bool {
    let Ok(log) = serde_json::from_str::<Value>(text) else { return false };
    let runs = log.get("runs").and_then(Value::as_array);
    let is_ours = |run: &Value| run.pointer("/tool/driver/name").is_some_and(|name| name == "Syndic");
    runs.is_some_and(|runs| !runs.is_empty() && runs.iter().all(is_ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_not_ours() {
        for text in [
            "",
            "{}",
            "{\"runs\": []}",
            "{\"runs\": [{\"tool\": {\"driver\": {\"name\": \"Other\"}}}]}",
            "{\"runs\": [{\"tool\": {\"driver\": {\"name\": \"Syndic\"}}}, {\"tool\": {\"driver\": {\"name\": \"Other\"}}}]}",
            "# Notes\nMade by Syndic is what the page says.\n",
            "flowchart LR\n  a --> b\n",
            "FROM python\n",
        ] {
            assert!(!is_own(text.as_bytes()), "{text}");
        }
        assert!(!is_own(&[0xff, 0x00, 0x80]));
    }
}
