//! How deep the tree of a source is, estimated from its tokens.
//!
//! The estimate is an upper bound for every construct that nests: brackets, indentation, and chains of operators,
//! attributes, calls, lambdas and conditionals, which nest one level each although they look flat. A comma or a new
//! logical line starts a new chain.
//!
//! Most sources are too short on signs that nest to be a danger to the parser: their tokens are looked at when the
//! parser has made them anyway. Of the others the tokens are read beforehand, and the parser never sees a deep one.

use ruff_python_ast::Mod;
use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_parser::{Mode, ParseOptions, Parsed, lexer, parse_unchecked};

/// Largest source that is parsed, in bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest tree that is walked, in levels.
const MAX_DEPTH: usize = 300;
/// Signs that nest and bytes of words that nest (`not`, `await`, `else`) up to which a source is parsed unseen. The
/// parser takes about 2 KiB of stack, which it grows, for each level.
const MAX_UNSEEN: usize = 32 * 1024;
/// Shortest word that nests, with the space behind it.
const SHORTEST_WORD: usize = 4;
/// Texts with values in them that are parsed unseen: the parser's time grows with the square of their nesting.
const MAX_UNSEEN_TEXTS: usize = 1_000;
/// Stack that dropping one level of a tree takes at most, in bytes.
const DROP_STACK: usize = 1024;

/// Why a source is not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// More bytes than are parsed.
    #[error("Python source of {0} bytes: more than {MAX_BYTES} are not parsed")]
    Size(usize),
    /// Nests deeper than is walked.
    #[error("Python source nests deeper than {MAX_DEPTH} levels")]
    Depth,
    /// The parser gave up on it, which is a defect of the parser.
    #[error("Python source the parser cannot recover from")]
    Parser,
}

/// Parses a source that is neither too large nor too deep.
pub(super) fn parse(text: &str) -> Result<Parsed<Mod>, Refusal> {
    if text.len() > MAX_BYTES {
        return Err(Refusal::Size(text.len()));
    }
    let is_unseen = is_short_on_nesting(text);
    if !is_unseen && is_deep(kinds(text)) {
        return Err(Refusal::Depth);
    }
    // The parser is not ours and has met unreachable states on hostile input: such a file is reported, not fatal.
    let parsed = std::panic::catch_unwind(|| parse_unchecked(text, ParseOptions::from(Mode::Module)));
    let parsed = parsed.map_err(|_| Refusal::Parser)?;
    if is_unseen && is_deep(parsed.tokens().iter().map(Token::kind)) {
        // Dropping is as deep as the tree, which cannot be deeper than the source has bytes.
        stacker::grow(text.len().saturating_mul(DROP_STACK).min(MAX_UNSEEN * 4 * DROP_STACK), || drop(parsed));
        return Err(Refusal::Depth);
    }
    Ok(parsed)
}

/// Says whether a source has so few signs that nest that the parser may have it unseen, however they stand.
fn is_short_on_nesting(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Chunks whose count fits a byte are counted many bytes at a time.
    let signs: usize = bytes
        .chunks(usize::from(u8::MAX))
        .map(|chunk| usize::from(chunk.iter().fold(0_u8, |count, byte| count.wrapping_add(u8::from(nests(*byte))))))
        .sum();
    let is_text = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        before.is_some_and(|letter| matches!(letter.to_ascii_lowercase(), b'f' | b't' | b'r'))
    };
    let words = bytes.len() / SHORTEST_WORD;
    signs <= MAX_UNSEEN
        && (words <= MAX_UNSEEN || count_of(text, &["not", "await", "else"]) <= MAX_UNSEEN)
        && memchr::memchr2_iter(b'"', b'\'', bytes).filter(|at| is_text(*at)).count() <= MAX_UNSEEN_TEXTS
}

/// Says whether a byte is of the ranges of ASCII around operators and brackets; a few other signs are among them.
const fn nests(byte: u8) -> bool {
    // No branches, so that many bytes are compared at once.
    matches!(byte, b'%'..=b'/')
        | matches!(byte, b':'..=b'@')
        | matches!(byte, b'[' | b'^')
        | matches!(byte, b'{'..=b'~')
}

fn count_of(text: &str, words: &[&str]) -> usize {
    words.iter().map(|word| memchr::memmem::find_iter(text.as_bytes(), word).count()).sum()
}

/// The kinds of the tokens of a text that is not parsed.
fn kinds(text: &str) -> impl Iterator<Item = TokenKind> {
    let mut tokens = lexer::lex(text, Mode::Module);
    std::iter::from_fn(move || Some(tokens.next_token()).filter(|kind| *kind != TokenKind::EndOfFile))
}

/// Says whether the tree over these tokens is deeper than is walked.
fn is_deep(kinds: impl Iterator<Item = TokenKind>) -> bool {
    let mut depth = Depth::default();
    for kind in kinds.take_while(|kind| *kind != TokenKind::EndOfFile) {
        if is_neutral(kind) {
            continue;
        }
        depth.take(kind);
        if depth.total > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Says whether a token nests nothing and ends nothing, as most do.
const fn is_neutral(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
            | TokenKind::And
            | TokenKind::Or
    )
}

/// Levels open now: one chain length for each open bracket, and the indentation.
#[derive(Debug, Default)]
struct Depth {
    outer: Vec<usize>,
    chain: usize,
    total: usize,
}

impl Depth {
    /// Takes a token that is not neutral.
    fn take(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Indent => self.total += 1,
            TokenKind::Dedent => self.total = self.total.saturating_sub(1),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.lengthen();
                self.outer.push(std::mem::take(&mut self.chain));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.restart();
                self.chain = self.outer.pop().unwrap_or(0);
            }
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => self.restart(),
            _ => self.lengthen(),
        }
    }

    fn lengthen(&mut self) {
        self.chain += 1;
        self.total += 1;
    }

    fn restart(&mut self) {
        self.total = self.total.saturating_sub(self.chain);
        self.chain = 0;
    }
}
