//! Words, strings and marks of a C-like language, with their lines; comments dropped.

use crate::Language;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or number.
    Word,
    /// The inside of a string literal.
    Text,
    /// One other character.
    Mark,
}

/// One token, borrowed from the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) line: u32,
}

impl Token<'_> {
    pub(super) fn is_mark(self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    pub(super) fn is_word(self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

/// Splits a text into tokens.
pub(super) fn tokens(language: Language, text: &str) -> Vec<Token<'_>> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0, line: 1, found: Vec::new(), language };
    while let Some(byte) = scan.peek(0) {
        scan.step(byte);
    }
    scan.found
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    found: Vec<Token<'a>>,
    language: Language,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, line: u32) {
        if let Some(text) = self.text.get(start..end) {
            self.found.push(Token { kind, text, line });
        }
    }

    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == Some(b'\n') {
                self.line = self.line.saturating_add(1);
            }
            self.at += 1;
        }
    }

    fn step(&mut self, byte: u8) {
        let is_script = matches!(self.language, Language::JavaScript | Language::TypeScript);
        match byte {
            b'/' if self.peek(1) == Some(b'/') => self.until(b"\n"),
            b'/' if self.peek(1) == Some(b'*') => {
                self.advance(2);
                self.until(b"*/");
                self.advance(2);
            }
            b'/' if is_script && self.may_start_regex() => self.regex(),
            b'"' => self.string(b'"'),
            b'\'' if is_script || self.is_char_literal() => self.string(b'\''),
            b'`' if is_script || self.language == Language::Go => self.string(b'`'),
            _ if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80 => self.word(),
            _ if byte.is_ascii_whitespace() => self.advance(1),
            _ => {
                self.push(Kind::Mark, self.at, self.at + 1, self.line);
                self.advance(1);
            }
        }
    }

    fn until(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = memchr::memmem::find(rest, end).unwrap_or(rest.len());
        self.advance(count);
    }

    fn word(&mut self) {
        let start = self.at;
        while self
            .peek(0)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80)
        {
            self.at += 1;
        }
        self.push(Kind::Word, start, self.at, self.line);
    }

    fn string(&mut self, quote: u8) {
        let line = self.line;
        self.advance(1);
        let start = self.at;
        // A string in one kind of quotes ends with its line; text after a stray quote is not swallowed.
        let is_single_line = quote == b'\'' || quote == b'"' && self.language != Language::Rust;
        while let Some(byte) = self.peek(0) {
            if byte == quote || (byte == b'\n' && is_single_line) {
                break;
            }
            let is_escape = byte == b'\\' && !(quote == b'`' && self.language == Language::Go);
            self.advance(if is_escape { 2 } else { 1 });
        }
        let end = self.at.min(self.bytes.len());
        self.push(Kind::Text, start, end, line);
        self.advance(1);
    }

    /// `'a'` and `'\n'`, but neither a Rust lifetime nor an apostrophe.
    fn is_char_literal(&self) -> bool {
        self.peek(1) == Some(b'\\') || self.peek(2) == Some(b'\'')
    }

    fn may_start_regex(&self) -> bool {
        match self.found.last() {
            None => true,
            Some(last) if last.kind == Kind::Mark => "(,=:[!&|?{};+".contains(last.text),
            Some(last) => last.is_word("return"),
        }
    }

    fn regex(&mut self) {
        self.advance(1);
        let mut in_class = false;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => return,
                b'\\' => self.advance(1),
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.advance(1);
                    return;
                }
                _ => {}
            }
            self.advance(1);
        }
    }
}
