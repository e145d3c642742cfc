//! A proof in one text anybody can check offline: the way from a leaf to the root, and the log's signed checkpoint.
//!
//! To verify one: check the signatures of [`ProofText::checkpoint`] with keys one trusts, read its text with
//! [`crate::Checkpoint::parse`], compare its origin, and hand its head and the leaf to [`InclusionProof::verify`].
//! Nothing in the text may be believed before. Source: C2SP tlog-proof.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::line::{hashes, number};
use crate::{InclusionProof, PATH_LIMIT};

/// The most bytes of a proof's text that are read.
pub const PROOF_TEXT_LIMIT: usize = 2_000_000;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// Why a text is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofTextError {
    /// Larger than is read.
    #[error("the proof has {size_bytes} bytes, at most {PROOF_TEXT_LIMIT} are read")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
    /// The first line is another.
    #[error("the first line is not `{FIRST_LINE}`")]
    FirstLine,
    /// The line of additional data is not base64, or empty.
    #[error("the `extra` line is not base64 data")]
    Extra,
    /// The line with the index is missing or not a plain decimal number.
    #[error("the `index` line is missing or not a number")]
    Index,
    /// A line of the path is no hash, or there are too many.
    #[error("the path is not a list of at most {PATH_LIMIT} hashes in base64, one a line")]
    Path,
    /// No checkpoint after an empty line.
    #[error("the proof has no checkpoint after an empty line")]
    Checkpoint,
}

/// An inclusion proof with the signed checkpoint it leads to. [`fmt::Display`] writes its text form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofText {
    extra: Vec<u8>,
    proof: InclusionProof,
    checkpoint: String,
}

impl ProofText {
    /// Joins a proof and the text of the signed note that states the head it leads to.
    ///
    /// `extra` is what the application needs besides to find the leaf; it is not authenticated, and usually empty.
    ///
    /// # Errors
    /// [`ProofTextError`] if the text could not be read back.
    pub fn new(extra: &[u8], proof: InclusionProof, checkpoint: &str) -> Result<Self, ProofTextError> {
        if proof.path.len() > PATH_LIMIT {
            return Err(ProofTextError::Path);
        }
        if checkpoint.is_empty() || checkpoint.starts_with('\n') {
            return Err(ProofTextError::Checkpoint);
        }
        let size_bytes = extra.len().saturating_add(checkpoint.len());
        if size_bytes > PROOF_TEXT_LIMIT / 2 {
            return Err(ProofTextError::TooLarge { size_bytes });
        }
        Ok(Self { extra: extra.to_vec(), proof, checkpoint: checkpoint.to_owned() })
    }

    /// Reads the text form; proves nothing yet.
    ///
    /// # Errors
    /// See [`ProofTextError`].
    pub fn parse(text: &str) -> Result<Self, ProofTextError> {
        if text.len() > PROOF_TEXT_LIMIT {
            return Err(ProofTextError::TooLarge { size_bytes: text.len() });
        }
        let (proof, checkpoint) = text.split_once("\n\n").ok_or(ProofTextError::Checkpoint)?;
        let mut lines = proof.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(ProofTextError::FirstLine);
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => decode_extra(line).ok_or(ProofTextError::Extra)?,
            None => Vec::new(),
        };
        let index = lines.next().and_then(|line| number(line.strip_prefix("index ")?)).ok_or(ProofTextError::Index)?;
        let path = hashes(lines, PATH_LIMIT).ok_or(ProofTextError::Path)?;
        Self::new(&extra, InclusionProof { index, path }, checkpoint)
    }

    /// Returns the additional data; never trust it by itself.
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// Returns the index and the path.
    pub fn proof(&self) -> &InclusionProof {
        &self.proof
    }

    /// Returns the text of the signed checkpoint, verbatim.
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }
}

fn decode_extra(line: &str) -> Option<Vec<u8>> {
    let data = STANDARD.decode(line.strip_prefix("extra ")?).ok()?;
    // Without data the line is left out, so an empty one would be a second spelling.
    (!data.is_empty()).then_some(data)
}

impl fmt::Display for ProofText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", STANDARD.encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.proof.index)?;
        self.proof.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;
    use proptest::prelude::*;

    const NOTE: &str = "example.com/log\n1\nx\n\n— example.com/log c2ln\n";

    #[test]
    fn a_proof_survives_its_text() {
        let proof = InclusionProof { index: 7, path: vec![leaf_hash(b"a"), leaf_hash(b"b")] };
        for extra in [b"".as_slice(), b"data"] {
            let text = ProofText::new(extra, proof.clone(), NOTE).unwrap();
            assert_eq!(ProofText::parse(&text.to_string()), Ok(text));
        }
    }

    #[test]
    fn the_text_has_the_lines_of_the_specification() {
        let proof = InclusionProof { index: 73_894, path: vec![leaf_hash(b"")] };
        let text = ProofText::new(b"x", proof, "note\n").unwrap().to_string();
        let hash = leaf_hash(b"");
        assert_eq!(text, format!("c2sp.org/tlog-proof@v1\nextra eA==\nindex 73894\n{hash}\n\nnote\n"));
    }

    #[test]
    fn each_broken_part_is_named() {
        let error = |lines: &str| ProofText::parse(&format!("{lines}\n\n{NOTE}")).unwrap_err();
        assert_eq!(error("c2sp.org/tlog-proof@v2\nindex 0"), ProofTextError::FirstLine);
        assert_eq!(error("c2sp.org/tlog-proof@v1"), ProofTextError::Index);
        assert_eq!(error("c2sp.org/tlog-proof@v1\nindex 01"), ProofTextError::Index);
        assert_eq!(error("c2sp.org/tlog-proof@v1\nindex 0\nextra eA=="), ProofTextError::Path);
        assert_eq!(error("c2sp.org/tlog-proof@v1\nextra \nindex 0"), ProofTextError::Extra);
        assert_eq!(error("c2sp.org/tlog-proof@v1\nextra e\nindex 0"), ProofTextError::Extra);
        let long = "\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".repeat(PATH_LIMIT + 1);
        assert_eq!(error(&format!("c2sp.org/tlog-proof@v1\nindex 0{long}")), ProofTextError::Path);
        assert_eq!(ProofText::parse("c2sp.org/tlog-proof@v1\nindex 0\n"), Err(ProofTextError::Checkpoint));
        assert_eq!(ProofText::parse("c2sp.org/tlog-proof@v1\nindex 0\n\n"), Err(ProofTextError::Checkpoint));
    }

    proptest! {
        #[test]
        fn text_that_is_read_is_the_text_that_would_be_written(
            extra in "(extra [eAE=]{0,5}\n)?", index in "[01+]{0,3}",
            path in "(47DEQpj8HBSa\\+/TImW\\+5JCeuQeRkm5NMpJWZG3hSuF[UVW]=\n){0,2}", rest in "[\nx]{0,3}",
        ) {
            let text = format!("{FIRST_LINE}\n{extra}index {index}\n{path}{rest}");
            if let Ok(proof) = ProofText::parse(&text) {
                prop_assert_eq!(proof.to_string(), text);
            }
        }
    }
}
