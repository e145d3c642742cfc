//! Lines, columns and colours. A page is text first; colour is laid over words that already say the same.
//!
//! Everything enters a page as a [`Span`], and a span is made visible when it is made: no name can forge output.

use syndic_evidence::Severity;

use super::words::{columns, visible};
use super::wrap::wrap;

/// How the terminal takes it.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether escape sequences for colour are wanted.
    pub is_coloured: bool,
    /// Columns.
    pub width: usize,
    /// Whether the assessment was put in the store, where later commands find it.
    pub is_stored: bool,
}

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 140;
/// Below this nothing lines up any more; the terminal may break lines then.
const NARROWEST: usize = 40;
/// Beside a label that leaves less than this, text starts on the next line …
const LEAST_ROOM: usize = 18;
/// … this far in.
const BELOW: usize = 4;
/// Every row stands this far in.
const MARGIN: usize = 2;

/// A colour by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            Self::Good => "\u{1b}[1;32m",
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

/// Some words in one tone, already visible.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(super) tone: Tone,
    pub(super) text: String,
}

impl Span {
    /// Takes text from anywhere and makes it visible.
    pub(crate) fn new(tone: Tone, text: &str) -> Self {
        Self { tone, text: visible(text) }
    }

    pub(crate) fn plain(text: &str) -> Self {
        Self::new(Tone::Plain, text)
    }

    pub(crate) fn quiet(text: &str) -> Self {
        Self::new(Tone::Quiet, text)
    }

    pub(crate) fn columns(&self) -> usize {
        columns(&self.text)
    }
}

/// The page being written.
pub(crate) struct Page {
    is_coloured: bool,
    width: usize,
    is_stored: bool,
    text: String,
}

impl Page {
    pub(crate) fn new(style: &Style) -> Self {
        Self {
            is_coloured: style.is_coloured,
            width: style.width.clamp(NARROWEST, WIDEST),
            is_stored: style.is_stored,
            text: String::new(),
        }
    }

    /// Says whether commands that read the store will find what the page is about.
    pub(crate) const fn is_stored(&self) -> bool {
        self.is_stored
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Writes an empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Starts a section.
    pub(crate) fn heading(&mut self, title: &str, note: &[Span]) {
        self.blank();
        let mut spans = vec![Span::new(Tone::Strong, title)];
        spans.extend_from_slice(note);
        let beside = columns(title) + 2;
        self.flow(0, if beside + LEAST_ROOM > self.width { MARGIN } else { beside }, &spans);
    }

    /// Writes spans as a paragraph that starts at the margin.
    pub(crate) fn paragraph(&mut self, spans: &[Span]) {
        self.flow(MARGIN, MARGIN, spans);
    }

    /// Writes spans from the first column on.
    pub(crate) fn banner(&mut self, spans: &[Span]) {
        self.flow(0, 0, spans);
    }

    /// Writes a label padded to `label_columns`, and the rest wrapped beside it.
    pub(crate) fn row(&mut self, label: &Span, label_columns: usize, rest: &[Span]) {
        if self.is_tight(label_columns) {
            if label.columns() > 0 {
                self.flow(MARGIN, BELOW, std::slice::from_ref(label));
            }
            self.flow(BELOW, BELOW, rest);
            return;
        }
        let lines = wrap(rest, self.room(label_columns));
        self.labelled(label, label_columns, &lines);
    }

    /// Writes a label, `left` beside it, and `right` at the end of the line, or below `left` when both do not fit.
    pub(crate) fn ends(&mut self, label: &Span, label_columns: usize, left: &Span, right: &Span) {
        let room = self.room(label_columns);
        let gap = room.saturating_sub(left.columns() + right.columns());
        let lines = if gap >= 2 {
            vec![vec![left.clone(), Span::plain(&" ".repeat(gap)), right.clone()]]
        } else {
            [left, right].into_iter().flat_map(|span| wrap(std::slice::from_ref(span), room)).collect()
        };
        self.labelled(label, label_columns, &lines);
    }

    /// Returns how many columns a row has beside its label, or below it.
    pub(crate) const fn room(&self, label_columns: usize) -> usize {
        if self.is_tight(label_columns) {
            return self.width.saturating_sub(BELOW);
        }
        self.beside(label_columns)
    }

    const fn beside(&self, label_columns: usize) -> usize {
        self.width.saturating_sub(MARGIN + label_columns + 2)
    }

    const fn is_tight(&self, label_columns: usize) -> bool {
        self.beside(label_columns) < LEAST_ROOM
    }

    fn labelled(&mut self, label: &Span, label_columns: usize, lines: &[Vec<Span>]) {
        let padding = label_columns.saturating_sub(label.columns()) + 2;
        self.text.push_str(&" ".repeat(MARGIN));
        self.put(label);
        let mut indent = padding;
        for line in lines {
            self.text.push_str(&" ".repeat(indent));
            for span in line {
                self.put(span);
            }
            self.end_line();
            indent = MARGIN + label_columns + 2;
        }
        if lines.is_empty() {
            self.end_line();
        }
    }

    fn flow(&mut self, first_indent: usize, indent: usize, spans: &[Span]) {
        for (number, line) in wrap(spans, self.width.saturating_sub(indent)).iter().enumerate() {
            self.text.push_str(&" ".repeat(if number == 0 { first_indent } else { indent }));
            for span in line {
                self.put(span);
            }
            self.end_line();
        }
    }

    fn put(&mut self, span: &Span) {
        let is_toned = self.is_coloured && span.tone != Tone::Plain && !span.text.is_empty();
        if is_toned {
            self.text.push_str(span.tone.code());
        }
        self.text.push_str(&span.text);
        if is_toned {
            self.text.push_str("\u{1b}[0m");
        }
    }

    fn end_line(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(is_coloured: bool, width: usize) -> Page {
        Page::new(&Style { is_coloured, width, is_stored: true })
    }

    #[test]
    fn wrapping_loses_no_word_and_overflows_no_line() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
        let mut page = page(false, 60);
        page.row(&Span::plain("label"), 10, &[Span::plain(text), Span::quiet("and a tail")]);
        let written = page.finish();
        let words: Vec<&str> = written.split_whitespace().skip(1).collect();
        assert_eq!(words.join(" "), format!("{text} and a tail"));
        assert!(written.lines().all(|line| columns(line) <= 60), "{written}");
    }

    #[test]
    fn forty_columns_are_not_overrun() {
        for label_columns in [8, 20, 41] {
            let mut page = page(false, 40);
            page.heading("A heading of many words, longer than most", &[Span::quiet("with a note beside it")]);
            let label = Span::plain(&"label ".repeat(label_columns / 6));
            page.row(&label, label_columns, &[Span::plain("some words that say what it is about")]);
            page.ends(&Span::plain("x"), 8, &Span::plain(&"place/".repeat(9)), &Span::quiet("rule  0123456789ab"));
            let written = page.finish();
            assert!(written.lines().all(|line| columns(line) <= 40), "{label_columns}\n{written}");
        }
    }

    #[test]
    fn a_word_no_line_can_hold_is_broken() {
        let mut page = page(false, 60);
        page.row(&Span::plain("x"), 10, &[Span::plain(&format!("see {}", "long/".repeat(40)))]);
        assert!(page.finish().lines().all(|line| columns(line) <= 60));
    }

    #[test]
    fn without_colour_there_is_no_escape_sequence() {
        let mut page = page(false, 80);
        page.heading("Assets", &[Span::quiet("3")]);
        page.row(&Span::new(Tone::Bad, "\u{1b}[31mcritical"), 9, &[Span::plain("te\u{1b}]0;title\u{7}xt")]);
        assert!(!page.finish().contains('\u{1b}'));
    }

    #[test]
    fn colours_never_reach_over_a_line_end() {
        let mut page = page(true, 60);
        page.row(&Span::new(Tone::Bad, "bad"), 9, &[Span::quiet(&"word ".repeat(40))]);
        for line in page.finish().lines() {
            assert_eq!(line.matches("\u{1b}[0m").count() * 2, line.matches('\u{1b}').count(), "{line:?}");
        }
    }
}
