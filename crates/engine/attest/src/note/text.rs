//! The form of a note: text, an empty line, signature lines. Reading it checks no signature.
//!
//! Source: C2SP signed-note, "Format".

use std::fmt;

use super::NoteSignature;

/// The most bytes of a note that are read.
pub const NOTE_LIMIT: usize = 1_000_000;

/// The most signatures of a note that are read. Source: C2SP signed-note asks for at least 16.
pub const NOTE_SIGNATURE_LIMIT: usize = 100;

/// Why a text is no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Larger than is read.
    #[error("the note has {size_bytes} bytes, at most {NOTE_LIMIT} are read")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
    /// The text does not end with a newline.
    #[error("the text of the note does not end with a newline")]
    Unterminated,
    /// A control character other than a newline.
    #[error("the note has a control character")]
    Control,
    /// No empty line, or nothing below it.
    #[error("the note has no signatures after an empty line")]
    NoSignature,
    /// A line below the last empty line is no signature.
    #[error("signature line {line} of the note is malformed")]
    Signature {
        /// Which of the signature lines, from 1.
        line: usize,
    },
    /// More signatures than are read.
    #[error("the note has more than {NOTE_SIGNATURE_LIMIT} signatures")]
    TooManySignatures,
}

/// A text with signatures. Neither may be believed before [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Makes a note without signatures yet; the text ends with a newline.
    ///
    /// # Errors
    /// [`NoteError::Unterminated`], [`NoteError::Control`] and [`NoteError::TooLarge`].
    pub fn new(text: &str) -> Result<Self, NoteError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Unterminated);
        }
        Ok(Self { text: text.to_owned(), signatures: Vec::new() })
    }

    /// Reads a note with at least one signature.
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        check_characters(note)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignature)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignature)?;
        let mut signatures = Vec::new();
        for (position, line) in lines.split('\n').enumerate() {
            if position == NOTE_SIGNATURE_LIMIT {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(NoteSignature::parse(line).ok_or(NoteError::Signature { line: position + 1 })?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Adds a signature, in the place of an older one of the same key.
    ///
    /// # Errors
    /// [`NoteError::TooManySignatures`].
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if let Some(older) = self.signatures.iter_mut().find(|older| older.has_signer_of(&signature)) {
            *older = signature;
            return Ok(());
        }
        if self.signatures.len() >= NOTE_SIGNATURE_LIMIT {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Returns the text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the signatures in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.len() > NOTE_LIMIT {
        return Err(NoteError::TooLarge { size_bytes: text.len() });
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::Control);
    }
    Ok(())
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "— a AAAAAWE=";

    #[test]
    fn the_text_ends_at_the_last_empty_line() {
        let note = format!("one\n\ntwo\n\n{LINE}\n");
        let read = Note::parse(&note).unwrap();
        assert_eq!((read.text(), read.signatures().len()), ("one\n\ntwo\n", 1));
        assert_eq!(read.to_string(), note);
    }

    #[test]
    fn each_fault_of_the_form_is_named() {
        let error = |note: &str| Note::parse(note).unwrap_err();
        assert_eq!(error(""), NoteError::NoSignature);
        assert_eq!(error(&format!("text\n{LINE}\n")), NoteError::NoSignature);
        assert_eq!(error(&format!("text\n\n{LINE}")), NoteError::NoSignature);
        assert_eq!(error("text\n\n"), NoteError::NoSignature);
        assert_eq!(error(&format!("text\n\n{LINE}\nx\n")), NoteError::Signature { line: 2 });
        assert_eq!(error(&format!("te\txt\n\n{LINE}\n")), NoteError::Control);
        assert_eq!(error(&format!("text\r\n\n{LINE}\n")), NoteError::Control);
        assert_eq!(error(&"a".repeat(NOTE_LIMIT + 1)), NoteError::TooLarge { size_bytes: NOTE_LIMIT + 1 });
        assert_eq!(Note::new("text"), Err(NoteError::Unterminated));
    }

    #[test]
    fn more_signatures_than_the_limit_are_refused() {
        let note = |count: usize| format!("text\n\n{}", format!("{LINE}\n").repeat(count));
        assert_eq!(Note::parse(&note(NOTE_SIGNATURE_LIMIT)).unwrap().signatures().len(), NOTE_SIGNATURE_LIMIT);
        assert_eq!(Note::parse(&note(NOTE_SIGNATURE_LIMIT + 1)), Err(NoteError::TooManySignatures));
    }

    #[test]
    fn a_newer_signature_takes_the_place_of_the_same_keys_older_one() {
        let mut note = Note::new("text\n").unwrap();
        for line in [LINE, "— b AAAAAWI=", "— a AAAAAWM="] {
            note.add(NoteSignature::parse(line).unwrap()).unwrap();
        }
        assert_eq!(note.to_string(), "text\n\n— a AAAAAWM=\n— b AAAAAWI=\n");
    }
}
