//! The text a log signs: its origin, size and root.
//!
//! One line each, then extension lines, which are opaque and should not be there. Only one spelling is read, so that
//! equal text means equal content. The signature around it is not this crate's: never believe an unsigned checkpoint.
//! Source: C2SP tlog-checkpoint.

use std::fmt;

use crate::line::{has_control, number};
use crate::{Hash, TreeHead};

/// The most bytes of a checkpoint's text that are read.
pub const CHECKPOINT_LIMIT: usize = 1_000_000;

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Larger than is read.
    #[error("the checkpoint has {size_bytes} bytes, at most {CHECKPOINT_LIMIT} are read")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
    /// The text does not end with a newline, so it may be cut.
    #[error("the checkpoint does not end with a newline")]
    Unterminated,
    /// A control character, which a signed note may not have.
    #[error("the checkpoint has a control character")]
    Control,
    /// The first line is missing or empty, or has a newline.
    #[error("line 1 of the checkpoint is not an origin")]
    Origin,
    /// The second line is not a plain decimal number below 2^64.
    #[error("line 2 of the checkpoint is not a tree size")]
    Size,
    /// The third line is not 32 bytes in base64.
    #[error("line 3 of the checkpoint is not a root hash")]
    Root,
    /// An extension line is empty or has a newline.
    #[error("line {line} of the checkpoint is an empty or broken extension line")]
    Extension {
        /// Which line of the text, from 1.
        line: usize,
    },
}

/// What a log states about itself: who it is, how many leaves it has, and their root.
///
/// ```
/// use syndic_tlog::{Checkpoint, TreeHead};
///
/// let checkpoint = Checkpoint::new("example.com/log", TreeHead::EMPTY, &[])?;
/// let text = "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
/// assert_eq!(checkpoint.to_string(), text);
/// assert_eq!(Checkpoint::parse(text)?, checkpoint);
/// # Ok::<(), syndic_tlog::CheckpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// Makes a checkpoint; the origin names the log and should be a URL without scheme.
    ///
    /// # Errors
    /// [`CheckpointError`] if origin or an extension is empty or has a newline or another control character.
    pub fn new(origin: &str, head: TreeHead, extensions: &[&str]) -> Result<Self, CheckpointError> {
        if origin.is_empty() || origin.contains('\n') {
            return Err(CheckpointError::Origin);
        }
        if let Some(position) = extensions.iter().position(|line| line.is_empty() || line.contains('\n')) {
            return Err(CheckpointError::Extension { line: position + 4 });
        }
        if has_control(origin) || extensions.iter().any(|line| has_control(line)) {
            return Err(CheckpointError::Control);
        }
        let extensions = extensions.iter().map(|line| (*line).to_owned()).collect();
        Ok(Self { origin: origin.to_owned(), head, extensions })
    }

    /// Reads a checkpoint's text: the text of a signed note, without signatures.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        if text.len() > CHECKPOINT_LIMIT {
            return Err(CheckpointError::TooLarge { size_bytes: text.len() });
        }
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Unterminated)?.split('\n');
        let origin = lines.next().unwrap_or_default();
        let size = lines.next().and_then(number).ok_or(CheckpointError::Size)?;
        let root: Hash = lines.next().and_then(|line| line.parse().ok()).ok_or(CheckpointError::Root)?;
        let extensions: Vec<&str> = lines.collect();
        Self::new(origin, TreeHead { size, root }, &extensions)
    }

    /// Returns the log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns size and root.
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// Returns the extension lines, without newlines.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.head.size, self.head.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    #[test]
    fn the_example_of_the_specification_is_read() {
        let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
        let checkpoint = Checkpoint::parse(&text).unwrap();
        assert_eq!((checkpoint.origin(), checkpoint.head().size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(checkpoint.head().root.to_string(), ROOT);
        assert_eq!(checkpoint.to_string(), text);
    }

    #[test]
    fn each_broken_line_is_named() {
        let error = |text: &str| Checkpoint::parse(text).unwrap_err();
        assert_eq!(error(""), CheckpointError::Unterminated);
        assert_eq!(error(&format!("a\n1\n{ROOT}")), CheckpointError::Unterminated);
        assert_eq!(error(&format!("\n1\n{ROOT}\n")), CheckpointError::Origin);
        assert_eq!(error("a\n"), CheckpointError::Size);
        assert_eq!(error(&format!("a\n01\n{ROOT}\n")), CheckpointError::Size);
        assert_eq!(error("a\n1\n"), CheckpointError::Root);
        assert_eq!(error("a\n1\nAAAA\n"), CheckpointError::Root);
        assert_eq!(error(&format!("a\n1\n{ROOT}\nx\n\n")), CheckpointError::Extension { line: 5 });
        assert_eq!(error(&format!("a\n1\n{ROOT}\n\tx\n")), CheckpointError::Control);
        assert_eq!(error(&format!("a\n1\n{ROOT}\r\n")), CheckpointError::Root);
        assert_eq!(error(&"a".repeat(CHECKPOINT_LIMIT + 1)), CheckpointError::TooLarge { size_bytes: 1_000_001 });
    }

    #[test]
    fn what_cannot_be_read_back_cannot_be_made() {
        let make = |origin, extension| Checkpoint::new(origin, TreeHead::EMPTY, &[extension]);
        assert_eq!(make("", "x"), Err(CheckpointError::Origin));
        assert_eq!(make("a\n5", "x"), Err(CheckpointError::Origin));
        assert_eq!(make("a", ""), Err(CheckpointError::Extension { line: 4 }));
        assert_eq!(make("a", "x\n\n— forged"), Err(CheckpointError::Extension { line: 4 }));
        assert_eq!(make("a\0", "x"), Err(CheckpointError::Control));
    }

    proptest! {
        #[test]
        fn text_that_is_read_is_the_text_that_would_be_written(
            origin in "[a \n\t]{0,3}", size in "[0-9+]{0,3}", root in "(CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2[I-L]=|x)",
            rest in "[\nx]{0,4}",
        ) {
            let text = format!("{origin}\n{size}\n{root}{rest}");
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }
}
