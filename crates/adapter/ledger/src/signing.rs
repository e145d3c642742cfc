//! Signs checkpoints with the log's key, and checks such signatures. Source: C2SP tlog-checkpoint, signed-note.

use syndic_attest::note::{KeyUse, Note, NoteKey, NoteSigner};
use syndic_tlog::{Checkpoint, TreeHead};

use crate::error::{LedgerError, Result};
use crate::log::DESCRIPTION_PATH;
use crate::options::Options;
use crate::publish::CHECKPOINT_PATH;

/// Signs for one log; the key's name is the log's origin.
pub(crate) struct LogSigner(NoteSigner);

impl LogSigner {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let signer = NoteSigner::new(&options.origin, KeyUse::Note, options.key.clone());
        signer.map(Self).map_err(|problem| LedgerError::NotALedger {
            path: DESCRIPTION_PATH,
            why: format!("{:?} cannot be a log's name: {problem}", options.origin),
        })
    }

    pub(crate) fn origin(&self) -> &str {
        self.0.key().name()
    }

    /// The public key as the line verifiers take.
    pub(crate) fn key_line(&self) -> String {
        self.0.key().to_string()
    }

    /// Returns the signed note of a checkpoint.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint) -> Result<String> {
        let wrong = |why: String| LedgerError::NotALedger { path: CHECKPOINT_PATH, why };
        let mut note = Note::new(&checkpoint.to_string()).map_err(|problem| wrong(problem.to_string()))?;
        let signature = self.0.sign(note.text()).map_err(|problem| wrong(problem.to_string()))?;
        note.add(signature).map_err(|problem| wrong(problem.to_string()))?;
        Ok(note.to_string())
    }

    pub(crate) fn verifier(&self) -> LogVerifier {
        LogVerifier([self.0.key().clone()])
    }
}

/// Believes checkpoints of one log.
pub(crate) struct LogVerifier([NoteKey; 1]);

impl LogVerifier {
    /// The head a signed note states; nothing if it is not this log's.
    pub(crate) fn head_of(&self, note: &[u8]) -> Option<TreeHead> {
        let [key] = &self.0;
        read_head(note, key)
    }
}

/// The head a signed note states; nothing if it is not of the log with this key.
pub(crate) fn read_head(note: &[u8], log: &NoteKey) -> Option<TreeHead> {
    let note = Note::parse(std::str::from_utf8(note).ok()?).ok()?;
    note.verify(std::slice::from_ref(log)).ok()?;
    let checkpoint = Checkpoint::parse(note.text()).ok()?;
    (checkpoint.origin() == log.name()).then(|| checkpoint.head())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_attest::SigningKey;

    fn signer(origin: &str, seed: u8) -> LogSigner {
        LogSigner::new(&Options::new(origin, SigningKey::from_seed([seed; 32]))).unwrap()
    }

    #[test]
    fn only_this_logs_own_checkpoints_are_believed() {
        let head = TreeHead { size: 1, root: syndic_tlog::leaf_hash(b"a") };
        let log = signer("a.example/log", 1);
        let note = |signer: &LogSigner, origin| signer.sign(&Checkpoint::new(origin, head, &[]).unwrap()).unwrap();
        let verifier = log.verifier();
        assert_eq!(verifier.head_of(note(&log, "a.example/log").as_bytes()), Some(head));
        assert_eq!(verifier.head_of(note(&signer("a.example/log", 2), "a.example/log").as_bytes()), None);
        assert_eq!(verifier.head_of(note(&log, "b.example/log").as_bytes()), None);
        assert_eq!(verifier.head_of(note(&log, "a.example/log").replace("\n1\n", "\n2\n").as_bytes()), None);
    }

    #[test]
    fn a_name_no_key_can_have_is_refused() {
        let options = Options::new("a b", SigningKey::from_seed([1; 32]));
        assert!(matches!(LogSigner::new(&options), Err(LedgerError::NotALedger { .. })));
    }
}
