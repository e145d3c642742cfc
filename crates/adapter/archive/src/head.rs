//! What a checkpoint states, and whether it is this log's.

use syndic_attest::note::{Note, NoteKey};
use syndic_tlog::{Checkpoint, TreeHead};

/// Reads the head a signed note states, or says why it is none of the log with this key.
pub(crate) fn signed_head(note: &[u8], log: &NoteKey) -> Result<TreeHead, String> {
    let text = std::str::from_utf8(note).map_err(|_| "its checkpoint is not text".to_owned())?;
    let note = Note::parse(text).map_err(|problem| format!("its checkpoint is none: {problem}"))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|problem| format!("its checkpoint is none: {problem}"))?;
    if checkpoint.origin() != log.name() {
        return Err(format!("its checkpoint is of the log {}, not of {}", checkpoint.origin(), log.name()));
    }
    note.verify(std::slice::from_ref(log))
        .map_err(|problem| format!("its checkpoint is not signed by this log: {problem}"))?;
    Ok(checkpoint.head())
}

/// Reads the size a checkpoint claims, whoever signed it; nothing if it is no checkpoint.
///
/// It only says how far to read; what is read is believed when the verifier has checked the signature.
pub(crate) fn claimed_size(note: &[u8]) -> Option<u64> {
    let note = Note::parse(std::str::from_utf8(note).ok()?).ok()?;
    Some(Checkpoint::parse(note.text()).ok()?.head().size)
}
