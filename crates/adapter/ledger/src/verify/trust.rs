//! What a verification starts from: public keys, and heads that were kept where the log's owner cannot reach.

use syndic_attest::note::{KeyUse, Note, NoteKey, NoteSigned};
use syndic_tlog::{Checkpoint, TreeHead};

/// Why keys or checkpoints cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A key's line is none.
    #[error("{line:?} is not a key: {why}")]
    Key {
        /// The line.
        line: String,
        /// Why.
        why: String,
    },
    /// The log's key and a witness's are for different uses, and one was given for the other.
    #[error("the key of {name} is for another use; give the log's key as the log's and witnesses' as witnesses'")]
    Use {
        /// Its name.
        name: String,
    },
    /// A checkpoint given as known is not this log's.
    #[error("the known checkpoint does not hold: {why}; give one signed by this log's key")]
    Known {
        /// Why.
        why: String,
    },
}

/// Keys and heads a verification believes.
#[derive(Debug, Clone)]
pub struct Trust {
    log: NoteKey,
    witnesses: Vec<NoteKey>,
    known: Vec<TreeHead>,
    witnesses_needed: usize,
}

impl Trust {
    /// Believes the log's key alone, given as its line (`<name>+<id>+<key>`); the name is the log's origin.
    ///
    /// # Errors
    /// [`TrustError::Key`] and [`TrustError::Use`].
    pub fn new(log_key: &str) -> Result<Self, TrustError> {
        let log = key(log_key, KeyUse::Note)?;
        Ok(Self { log, witnesses: Vec::new(), known: Vec::new(), witnesses_needed: 0 })
    }

    /// Believes a witness too, given as the line of its cosigning key.
    ///
    /// # Errors
    /// As [`Trust::new`].
    pub fn witness(mut self, witness_key: &str) -> Result<Self, TrustError> {
        self.witnesses.push(key(witness_key, KeyUse::Cosignature)?);
        Ok(self)
    }

    /// Demands that so many of the trusted witnesses have cosigned the newest checkpoint.
    #[must_use]
    pub fn needing_witnesses(self, count: usize) -> Self {
        Self { witnesses_needed: count, ..self }
    }

    /// Believes a checkpoint that was kept elsewhere: the text of its signed note.
    ///
    /// # Errors
    /// [`TrustError::Known`] if the log's key did not sign it.
    pub fn known(mut self, note: &str) -> Result<Self, TrustError> {
        self.known.push(self.read(note.as_bytes()).map_err(|why| TrustError::Known { why })?.head);
        Ok(self)
    }

    /// Believes a head from one's own memory, as a witness has it.
    #[must_use]
    pub fn known_head(mut self, head: TreeHead) -> Self {
        self.known.push(head);
        self
    }

    /// Returns the log's key.
    pub fn log_key(&self) -> &NoteKey {
        &self.log
    }

    pub(super) fn known_heads(&self) -> &[TreeHead] {
        &self.known
    }

    pub(super) fn witnesses_needed(&self) -> usize {
        self.witnesses_needed
    }

    /// Reads a signed checkpoint of this log, or says why it is none.
    pub(super) fn read(&self, note: &[u8]) -> Result<SignedHead, String> {
        let text = std::str::from_utf8(note).map_err(|_| "it is not text".to_owned())?;
        let note = Note::parse(text).map_err(|problem| problem.to_string())?;
        note.verify(std::slice::from_ref(&self.log)).map_err(|problem| problem.to_string())?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|problem| problem.to_string())?;
        if checkpoint.origin() != self.log.name() {
            return Err(format!("it is of {}, not of {}", checkpoint.origin(), self.log.name()));
        }
        let witnesses = if self.witnesses.is_empty() { Ok(Vec::new()) } else { cosigners(&note, &self.witnesses) };
        let others = note.signatures().iter().filter(|signature| !signature.is_by(&self.log));
        let cosigners = others.map(|signature| signature.name().to_owned()).collect();
        Ok(SignedHead { head: checkpoint.head(), witnesses, cosigners })
    }
}

/// A head the log signed, and who saw it.
pub(super) struct SignedHead {
    pub(super) head: TreeHead,
    /// Trusted witnesses, or why a cosignature does not hold.
    pub(super) witnesses: Result<Vec<NoteSigned>, String>,
    /// Whoever else's signature is there, by name.
    pub(super) cosigners: Vec<String>,
}

fn cosigners(note: &Note, witnesses: &[NoteKey]) -> Result<Vec<NoteSigned>, String> {
    match note.verify(witnesses) {
        Ok(signed) => Ok(signed),
        Err(syndic_attest::note::NoteVerifyError::NoTrustedSignature) => Ok(Vec::new()),
        Err(problem) => Err(problem.to_string()),
    }
}

fn key(line: &str, key_use: KeyUse) -> Result<NoteKey, TrustError> {
    let key: NoteKey = line.trim().parse().map_err(|why: syndic_attest::note::NoteKeyError| TrustError::Key {
        line: line.to_owned(),
        why: why.to_string(),
    })?;
    if key.key_use() == key_use { Ok(key) } else { Err(TrustError::Use { name: key.name().to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_attest::SigningKey;
    use syndic_attest::note::NoteSigner;

    fn line(key_use: KeyUse) -> String {
        NoteSigner::new("a.example/log", key_use, SigningKey::from_seed([1; 32])).unwrap().key().to_string()
    }

    #[test]
    fn a_key_is_believed_for_its_own_use_only() {
        assert!(matches!(Trust::new(&line(KeyUse::Cosignature)), Err(TrustError::Use { .. })));
        let trust = Trust::new(&line(KeyUse::Note)).unwrap();
        assert!(matches!(trust.clone().witness(&line(KeyUse::Note)), Err(TrustError::Use { .. })));
        assert!(trust.witness(&line(KeyUse::Cosignature)).is_ok());
    }

    #[test]
    fn a_known_checkpoint_must_be_the_logs_own() {
        let trust = Trust::new(&line(KeyUse::Note)).unwrap();
        assert!(matches!(trust.known("a.example/log\n0\n47DE\n\n— x AAAAAWE=\n"), Err(TrustError::Known { .. })));
    }
}
