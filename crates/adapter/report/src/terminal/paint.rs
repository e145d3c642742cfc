//! Lines, columns and colours. A page is text first; colour is laid over words that already say the same.

use syndic_evidence::Severity;

/// How the terminal takes it.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether escape sequences for colour are wanted.
    pub is_coloured: bool,
    /// Columns.
    pub width: usize,
}

/// A colour by its meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Bad,
    Warn,
    Good,
    Quiet,
    Strong,
    Plain,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Bad => "\u{1b}[1;31m",
            Self::Warn => "\u{1b}[33m",
            Self::Good => "\u{1b}[32m",
            Self::Quiet => "\u{1b}[2m",
            Self::Strong => "\u{1b}[1m",
            Self::Plain => "",
        }
    }

    /// Returns the tone of a severity.
    pub(crate) const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Bad,
            Severity::Medium => Self::Warn,
            Severity::Low => Self::Plain,
            Severity::Info => Self::Quiet,
        }
    }
}

/// The page being written.
pub(crate) struct Page<'a> {
    style: &'a Style,
    text: String,
}

impl<'a> Page<'a> {
    pub(crate) const fn new(style: &'a Style) -> Self {
        Self { style, text: String::new() }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Returns `text` in a tone.
    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        if self.style.is_coloured && !tone.code().is_empty() {
            format!("{}{text}\u{1b}[0m", tone.code())
        } else {
            text.to_owned()
        }
    }

    /// Starts a section.
    pub(crate) fn heading(&mut self, text: &str, note: &str) {
        let head = self.tone(Tone::Strong, text);
        let note = if note.is_empty() { String::new() } else { format!("  {}", self.tone(Tone::Quiet, note)) };
        self.text.push_str(&format!("\n{head}{note}\n"));
    }

    /// Writes one line as it is.
    pub(crate) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// Writes a label in its tone, padded to `columns`, and the rest wrapped beside it.
    pub(crate) fn row(&mut self, tone: Tone, label: &str, columns: usize, rest: &str) {
        let indent = columns + 3;
        let room = self.style.width.saturating_sub(indent).max(30);
        let padding = " ".repeat(columns.saturating_sub(label.chars().count()));
        let label = self.tone(tone, label);
        for (number, piece) in wrap(rest, room).iter().enumerate() {
            let line = if number == 0 { format!("  {label}{padding} {piece}") } else { format!("{:indent$}{piece}", "") };
            self.line(&line);
        }
    }

    /// Returns how many columns there are.
    pub(crate) const fn width(&self) -> usize {
        self.style.width
    }
}

/// Breaks text at spaces into pieces of at most `room` characters; a longer word stands alone.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in text.split(' ') {
        let is_full = pieces
            .last()
            .is_some_and(|piece| !piece.is_empty() && piece.chars().count() + 1 + word.chars().count() > room);
        if is_full {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            if !piece.is_empty() {
                piece.push(' ');
            }
            piece.push_str(word);
        }
    }
    pieces
}

/// Cuts text to `room` characters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_loses_no_word() {
        let text = "one two three four five six seven";
        assert_eq!(wrap(text, 9).join(" "), text);
        assert!(wrap(text, 9).iter().all(|piece| piece.chars().count() <= 9));
    }

    #[test]
    fn without_colour_there_is_no_escape_sequence() {
        let style = Style { is_coloured: false, width: 80 };
        let mut page = Page::new(&style);
        page.heading("Assets", "3");
        page.row(Tone::Bad, "critical", 9, "text");
        assert!(!page.finish().contains('\u{1b}'));
    }
}
