//! How deep the tree of a source would be, estimated from its tokens before it is parsed.
//!
//! The estimate is an upper bound for every construct that nests: brackets, indentation, and chains of operators,
//! attributes, calls, lambdas and conditionals, which nest one level each although they look flat. A comma or a new
//! logical line starts a new chain.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Largest source that is parsed, in bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest tree that is built, in levels.
const MAX_DEPTH: usize = 300;

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

/// Refuses a source that is too large or too deep.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_BYTES {
        return Err(Refusal::Size(text.len()));
    }
    let mut tokens = lexer::lex(text, Mode::Module);
    let mut depth = Depth::default();
    loop {
        let kind = tokens.next_token();
        if kind == TokenKind::EndOfFile {
            return Ok(());
        }
        depth.take(kind);
        if depth.total > MAX_DEPTH {
            return Err(Refusal::Depth);
        }
    }
}

/// Levels open now: one chain length for each open bracket, and the indentation.
#[derive(Debug, Default)]
struct Depth {
    outer: Vec<usize>,
    chain: usize,
    total: usize,
}

impl Depth {
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
            | TokenKind::Or => {}
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
