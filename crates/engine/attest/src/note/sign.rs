//! Signing notes, and cosigning checkpoints with the time they were seen.
//!
//! A cosignature covers two lines before the checkpoint: what it is, and when. A plain signature over a text that
//! starts like that would be a cosignature with a time of the author's choice; it is refused here.
//! Source: C2SP signed-note, "Ed25519 signatures"; C2SP tlog-cosignature, "Ed25519 signed message".

use super::{KeyUse, NoteKey, NoteKeyError, NoteSignature};
use crate::SigningKey;

/// First line of what a cosignature covers.
const COSIGNATURE_LINE: &str = "cosignature/v1\n";

/// The latest time a cosignature can have. Source: C2SP tlog-cosignature, "Format".
pub(super) const TIME_LIMIT_S: u64 = i64::MAX.unsigned_abs();

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignNoteError {
    /// The key is for the other use.
    #[error("the key is for {for_use:?}, so it signs nothing else")]
    Use {
        /// What it is for.
        for_use: KeyUse,
    },
    /// The text could pass for a cosignature.
    #[error("a note that starts with `cosignature/v1` could pass for a witness's statement and is not signed")]
    Reserved,
    /// The time is later than can be written.
    #[error("a cosignature's time is at most {TIME_LIMIT_S} seconds after 1970")]
    Time,
}

/// A private key that signs notes or cosigns checkpoints under a name.
#[derive(Debug, Clone)]
pub struct NoteSigner {
    key: NoteKey,
    private: SigningKey,
}

impl NoteSigner {
    /// Names a private key. A witness must use a key for cosignatures it uses for nothing else.
    ///
    /// # Errors
    /// See [`NoteKeyError`].
    pub fn new(name: &str, key_use: KeyUse, private: SigningKey) -> Result<Self, NoteKeyError> {
        Ok(Self { key: NoteKey::new(name, key_use, private.public())?, private })
    }

    /// Returns the public half, as verifiers need it.
    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// Signs the text of a note; add the result with [`super::Note::add`].
    ///
    /// # Errors
    /// [`SignNoteError::Use`] and [`SignNoteError::Reserved`].
    pub fn sign(&self, text: &str) -> Result<NoteSignature, SignNoteError> {
        self.require(KeyUse::Note)?;
        if text.starts_with(COSIGNATURE_LINE) {
            return Err(SignNoteError::Reserved);
        }
        Ok(NoteSignature::new(&self.key, self.private.sign(text.as_bytes()).to_vec()))
    }

    /// States that at `time_s` (seconds after 1970) this checkpoint was the largest one seen of its log, and that it
    /// extends those seen before. The caller has checked that.
    ///
    /// # Errors
    /// [`SignNoteError::Use`] and [`SignNoteError::Time`].
    pub fn cosign(&self, checkpoint: &str, time_s: u64) -> Result<NoteSignature, SignNoteError> {
        self.require(KeyUse::Cosignature)?;
        if time_s > TIME_LIMIT_S {
            return Err(SignNoteError::Time);
        }
        let signature = self.private.sign(cosigned_message(checkpoint, time_s).as_bytes());
        Ok(NoteSignature::new(&self.key, [time_s.to_be_bytes().as_slice(), &signature].concat()))
    }

    fn require(&self, key_use: KeyUse) -> Result<(), SignNoteError> {
        let for_use = self.key.key_use();
        if for_use == key_use { Ok(()) } else { Err(SignNoteError::Use { for_use }) }
    }
}

/// Returns what a cosignature covers.
pub(super) fn cosigned_message(checkpoint: &str, time_s: u64) -> String {
    format!("{COSIGNATURE_LINE}time {time_s}\n{checkpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(key_use: KeyUse) -> NoteSigner {
        NoteSigner::new("a.example", key_use, SigningKey::from_seed([4; 32])).unwrap()
    }

    #[test]
    fn a_key_signs_only_what_it_is_for() {
        let (log, witness) = (signer(KeyUse::Note), signer(KeyUse::Cosignature));
        assert_eq!(log.cosign("a\n", 0), Err(SignNoteError::Use { for_use: KeyUse::Note }));
        assert_eq!(witness.sign("a\n"), Err(SignNoteError::Use { for_use: KeyUse::Cosignature }));
    }

    #[test]
    fn a_note_that_could_pass_for_a_cosignature_is_not_signed() {
        let text = cosigned_message("log\n1\nroot\n", 1_679_315_147);
        assert_eq!(text, "cosignature/v1\ntime 1679315147\nlog\n1\nroot\n");
        assert_eq!(signer(KeyUse::Note).sign(&text), Err(SignNoteError::Reserved));
    }

    #[test]
    fn a_cosignature_has_its_time_before_the_signature() {
        let signature = signer(KeyUse::Cosignature).cosign("log\n", 0x0102_0304).unwrap();
        assert_eq!(signature.bytes().len(), 72);
        assert_eq!(signature.bytes()[..8], [0, 0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(signer(KeyUse::Cosignature).cosign("log\n", 1 << 63), Err(SignNoteError::Time));
    }
}
