//! Breaks words in several tones into lines; what the words say is kept whole, and so are their tones.

use super::paint::{Span, Tone};
use super::words::{columns, pieces};

/// Breaks spans at spaces into lines of at most `room` columns; two spaces stand between spans.
pub(super) fn wrap(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = Vec::new();
    let mut used = 0;
    for span in spans.iter().filter(|span| !span.text.is_empty()) {
        let words = span.text.split(' ').flat_map(|word| pieces(word, room));
        for (number, word) in words.enumerate() {
            let gap = if number == 0 { 2 } else { 1 };
            let needed = columns(word);
            let is_full = lines.last().is_none_or(|line| !line.is_empty() && used + gap + needed > room);
            if is_full {
                lines.push(Vec::new());
                used = 0;
            }
            let Some(line) = lines.last_mut() else { continue };
            used += needed + if line.is_empty() { 0 } else { gap };
            append(line, span.tone, word, gap, number > 0);
        }
    }
    lines
}

/// Adds a word to a line: to the span it belongs to, or as a new span.
fn append(line: &mut Vec<Span>, tone: Tone, word: &str, gap: usize, continues: bool) {
    match line.last_mut() {
        Some(last) if continues => last.text.push_str(&format!(" {word}")),
        Some(_) => {
            line.push(Span { tone: Tone::Plain, text: " ".repeat(gap) });
            line.push(Span { tone, text: word.to_owned() });
        }
        None => line.push(Span { tone, text: word.to_owned() }),
    }
}
