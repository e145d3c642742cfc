//! The text of a prompt that stands in source code, found again by what the code engine noted about it.
//!
//! The code engine keeps a prompt's digest, length and line, never its text. A light scanner reads the string literals of
//! any of the languages; literals put together (`"a" "b"`, `"a" + "b"`) are one text. The text with the digest is the
//! prompt; where values are put in between (an f-string), it is the first text of that length near the line.
//!
//! Invariant: one pass over the source, whatever is in it: a quote that opens nothing is not tried again on its line.

use std::cell::OnceCell;
use std::ops::Range;

use syndic_detect::LineIndex;
use syndic_evidence::Digest;

/// Literals read of one file.
const MOST_LITERALS: usize = 50_000;
/// Lines after the noted one on which a prompt with values in it may begin: arguments before it.
const NEAR_LINES: u32 = 20;
/// A text of fewer percent of the noted length is another one.
const LEAST_PERCENT: usize = 80;

/// What is known about a prompt in code.
#[derive(Debug, Clone, Copy)]
pub struct QuotedPrompt<'a> {
    /// Line of the call or assignment it belongs to, from 1.
    pub line: u32,
    /// Length of its literal text in characters.
    pub characters: usize,
    /// SHA-256 of its literal text, in small hexadecimal digits.
    pub sha256: &'a str,
}

/// The texts of a source file that stand in quotes.
#[derive(Debug)]
pub struct QuotedTexts<'a> {
    source: &'a str,
    texts: Vec<Text>,
}

/// Literals put together to one text.
#[derive(Debug)]
struct Text {
    /// From the first quote to the last.
    span: Range<usize>,
    line: u32,
    characters: usize,
    /// What stands between the quotes of each literal.
    parts: Vec<Range<usize>>,
    /// Digests of the text as written and with its escapes resolved, once somebody asked.
    digests: OnceCell<[Digest; 2]>,
}

impl Text {
    /// Says whether a prompt is this text. An escape is never shorter than what it stands for.
    fn is(&self, source: &str, characters: usize, wanted: Digest) -> bool {
        self.characters >= characters && self.digests.get_or_init(|| self.digested(source)).contains(&wanted)
    }

    fn digested(&self, source: &str) -> [Digest; 2] {
        let written: String = self.parts.iter().filter_map(|part| source.get(part.clone())).collect();
        [Digest::of(written.as_bytes()), Digest::of(unescaped(&written).as_bytes())]
    }
}

impl<'a> QuotedTexts<'a> {
    /// Reads the literals of a source file; the ending of `path` tells how its comments begin.
    pub fn of(path: &str, source: &'a str) -> Self {
        let hashed = [".py", ".pyi", ".pyw", ".rb", ".r", ".sh", ".ex", ".exs", ".jl", ".pl"];
        let comment = if hashed.iter().any(|ending| path.ends_with(ending)) { "#" } else { "//" };
        let literals = Scanner { source, at: 0, comment, barren: [0; QUOTES.len()] }.literals();
        let lines = LineIndex::new(source.as_bytes());
        let mut texts = Vec::new();
        let mut group: Vec<Literal> = Vec::new();
        for literal in literals {
            let gap = group.last().and_then(|last| source.get(last.span.end..literal.span.start));
            if !gap.is_some_and(joins) {
                texts.extend(together(source, &lines, &group));
                group.clear();
            }
            group.push(literal);
        }
        texts.extend(together(source, &lines, &group));
        Self { source, texts }
    }

    /// Returns the text of a prompt as it stands in the source, on the lines it stands on; nothing if it is not found.
    pub fn find(&self, prompt: QuotedPrompt<'_>) -> Option<String> {
        let wanted: Option<Digest> = format!("sha256:{}", prompt.sha256).parse().ok();
        let is_same = |text: &&Text| wanted.is_some_and(|wanted| text.is(self.source, prompt.characters, wanted));
        let is_near = |text: &&Text| {
            (prompt.line..=prompt.line.saturating_add(NEAR_LINES)).contains(&text.line)
                && text.characters.saturating_mul(100) >= prompt.characters.saturating_mul(LEAST_PERCENT)
        };
        let text = self.texts.iter().find(is_same).or_else(|| self.texts.iter().find(is_near))?;
        let before = usize::try_from(text.line.saturating_sub(1)).unwrap_or(0);
        Some("\n".repeat(before) + self.source.get(text.span.clone())?)
    }
}

/// Says whether what stands between two literals puts them together.
fn joins(gap: &str) -> bool {
    let letters = gap.chars().filter(char::is_ascii_alphabetic).count();
    letters <= 2
        && gap
            .chars()
            .all(|letter| letter.is_whitespace() || matches!(letter, '+' | '\\') || "rbfuRBFU".contains(letter))
}

fn together(source: &str, lines: &LineIndex, group: &[Literal]) -> Option<Text> {
    let (first, last) = (group.first()?, group.last()?);
    let parts: Vec<Range<usize>> = group.iter().map(|literal| literal.inside.clone()).collect();
    let written = parts.iter().filter_map(|part| source.get(part.clone()));
    Some(Text {
        span: first.span.start..last.span.end,
        line: lines.line(first.span.start),
        characters: written.map(|part| part.chars().count()).sum(),
        parts,
        digests: OnceCell::new(),
    })
}

/// Resolves the escapes that prompts use; any other stays as written.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('\n') => {}
            Some(quoted @ ('"' | '\'' | '`' | '\\')) => plain.push(quoted),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

#[derive(Debug)]
struct Literal {
    /// With its quotes.
    span: Range<usize>,
    /// Without them.
    inside: Range<usize>,
}

/// Quotes, longest first, and whether a text in them ends with its line.
const QUOTES: [(&str, bool); 5] = [("\"\"\"", false), ("'''", false), ("\"", true), ("'", true), ("`", false)];

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    comment: &'static str,
    /// By kind of quote, up to where it is known to open nothing.
    barren: [usize; QUOTES.len()],
}

impl Scanner<'_> {
    fn literals(mut self) -> Vec<Literal> {
        let mut found = Vec::new();
        while found.len() < MOST_LITERALS {
            let Some(rest) = self.source.get(self.at..).filter(|rest| !rest.is_empty()) else { break };
            let Some(step) = rest.find(['"', '\'', '`', '#', '/']) else { break };
            self.at += step;
            if !self.skip_comment() {
                match self.literal() {
                    Some(literal) => {
                        self.at = literal.span.end;
                        found.push(literal);
                    }
                    None => self.at += 1,
                }
            }
        }
        found
    }

    /// Skips a comment that begins here.
    fn skip_comment(&mut self) -> bool {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let end = if rest.starts_with(self.comment) {
            rest.find('\n')
        } else if self.comment == "//" && rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            return false;
        };
        self.at = end.map_or(self.source.len(), |end| self.at + end);
        true
    }

    /// Returns the literal that begins here.
    fn literal(&mut self) -> Option<Literal> {
        let rest = self.source.get(self.at..)?;
        let kind = QUOTES.iter().position(|(quote, _)| rest.starts_with(quote))?;
        let ((quote, is_line), barren) = (QUOTES.get(kind)?, self.barren.get_mut(kind)?);
        if self.at < *barren {
            return None;
        }
        let start = self.at + quote.len();
        let mut at = start;
        loop {
            let inside = self.source.get(at..)?;
            let Some(step) = inside.find(|letter| letter == '\\' || letter == '\n' || quote.starts_with(letter)) else {
                *barren = self.source.len();
                return None;
            };
            at += step;
            let here = self.source.get(at..)?;
            if here.starts_with(quote) {
                return Some(Literal { span: self.at..at + quote.len(), inside: start..at });
            }
            if here.starts_with('\n') && *is_line {
                *barren = at;
                return None;
            }
            let escaped = here.strip_prefix('\\').and_then(|after| after.chars().next());
            at += 1 + escaped.map_or(0, char::len_utf8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, source: &str, line: u32, text: &str) -> Option<String> {
        let sha256 = Digest::of(text.as_bytes()).hex();
        let prompt = QuotedPrompt { line, characters: text.chars().count(), sha256: &sha256 };
        QuotedTexts::of(path, source).find(prompt)
    }

    #[test]
    fn a_prompt_is_found_by_its_digest_wherever_the_call_stands() {
        let source = "# it's\nS = \"\"\"You help\nAnn's team.\"\"\"\nT = 'other'\nask(S)\n";
        let found = find("a.py", source, 5, "You help\nAnn's team.").unwrap();
        assert_eq!(found, "\n\"\"\"You help\nAnn's team.\"\"\"");
    }

    #[test]
    fn literals_put_together_are_one_text() {
        for (path, source) in [
            ("a.py", "P = (\"You \\\"help\\\" \"\n     'Ann.')\n"),
            ("a.ts", "// don't\nconst p = 'You \"help\" ' +\n  `Ann.`;"),
        ] {
            assert!(find(path, source, 1, "You \"help\" Ann.").is_some(), "{path}");
        }
    }

    #[test]
    fn a_text_with_values_in_it_is_found_near_its_line_and_no_other() {
        let source = "x = 'short'\nask(\n  model='m',\n  system=f'You help {customer.name} every day')\n";
        assert!(find("a.py", source, 2, "You help {customer.name} every day!").is_some());
        assert_eq!(find("a.py", "x = 1\ny = 'You help'\n", 1, "You help somebody else with much more"), None);
    }

    #[test]
    fn quotes_that_open_nothing_cost_one_pass() {
        let source = "'\\".repeat(400_000);
        assert!(QuotedTexts::of("a.rs", &source).texts.is_empty());
        assert_eq!(
            find("a.rs", "fn f<'a>(x: &'a str) {\n  ask(\"You help\");", 2, "You help").unwrap(),
            "\n\"You help\""
        );
    }
}
