//! Signed notes: text with the signatures of named Ed25519 keys below it, and the cosignatures of witnesses.
//!
//! A transparency log signs its checkpoints in this form; a witness adds the time at which it saw the log grow.
//! [`Note::parse`] reads the form, [`Note::verify`] says which trusted keys signed; before that, the text must not be
//! believed. A [`NoteKey`] is a public key with a name, written as one line (a "vkey"); a [`NoteSigner`] is its private
//! half. Signatures by keys one does not know are no fault: logs change keys and witnesses come and go.
//!
//! Source: C2SP signed-note, C2SP tlog-cosignature (Ed25519).
//!
//! ```
//! use syndic_attest::SigningKey;
//! use syndic_attest::note::{KeyUse, Note, NoteKey, NoteSigner};
//!
//! let log = NoteSigner::new("example.com/log", KeyUse::Note, SigningKey::from_seed([1; 32]))?;
//! let witness = NoteSigner::new("example.com/witness", KeyUse::Cosignature, SigningKey::from_seed([2; 32]))?;
//!
//! let mut note = Note::new("example.com/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")?;
//! note.add(log.sign(note.text())?)?;
//! note.add(witness.cosign(note.text(), 1_700_000_000)?)?;
//!
//! let known: Vec<NoteKey> = vec![log.key().to_string().parse()?, witness.key().clone()];
//! let signers = Note::parse(&note.to_string())?.verify(&known)?;
//! assert_eq!((signers[0].name.as_str(), signers[0].time_s), ("example.com/log", None));
//! assert_eq!((signers[1].name.as_str(), signers[1].time_s), ("example.com/witness", Some(1_700_000_000)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod key;
mod sign;
mod signature;
mod text;
mod verify;

pub use key::{KeyUse, NoteKey, NoteKeyError};
pub use sign::{NoteSigner, SignNoteError};
pub use signature::NoteSignature;
pub use text::{NOTE_LIMIT, NOTE_SIGNATURE_LIMIT, Note, NoteError};
pub use verify::{NoteSigned, NoteVerifyError};
