//! The log's side: asks a witness for its cosignature, and believes only one that holds.

use std::io;

use syndic_attest::note::{Note, NoteKey, NoteSignature};
use syndic_tlog::{ConsistencyProof, WitnessRequest};

use super::server::Witness;
use crate::error::LedgerError;
use crate::publish::SignedCheckpoint;

/// Carries one request to a witness: in HTTP, a POST to `<prefix>/add-checkpoint`.
pub trait WitnessPort: Send + Sync {
    /// Sends the body and returns the answer.
    ///
    /// # Errors
    /// If the witness was not reached.
    fn add_checkpoint(&self, body: &[u8]) -> io::Result<WitnessReply>;
}

/// A witness's answer as it comes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessReply {
    /// HTTP status code.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

/// A witness in the same process is reached by a call.
impl WitnessPort for Witness {
    fn add_checkpoint(&self, body: &[u8]) -> io::Result<WitnessReply> {
        let answer = Witness::add_checkpoint(self, body);
        Ok(WitnessReply { status: answer.status(), body: answer.body().into_bytes() })
    }
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// It was not reached.
    #[error("the witness {name} was not reached: {problem}; the checkpoint stands without it, try again")]
    Unreached {
        /// Its name.
        name: String,
        /// Why.
        problem: io::Error,
    },
    /// It remembers more of this log than the log has.
    #[error("the witness {name} has seen {seen} records, the log has {size}: the log was put back; restore it")]
    Behind {
        /// Its name.
        name: String,
        /// Records it has seen.
        seen: u64,
        /// Records there are.
        size: u64,
    },
    /// It remembers another root at this size.
    #[error("the witness {name} has seen another log of {size} records: this one is a fork; restore the right one")]
    Forked {
        /// Its name.
        name: String,
        /// The size.
        size: u64,
    },
    /// It refused.
    #[error("the witness {name} refused with status {status}: {why}")]
    Refused {
        /// Its name.
        name: String,
        /// HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
    /// What it sent is not its cosignature of this checkpoint.
    #[error("the witness {name} sent no cosignature that holds: {why}")]
    BadCosignature {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// The checkpoint or the proof could not be made.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Longest part of a witness's words that is repeated.
const WORDS_LIMIT: usize = 200;

/// One witness, and how far the log believes it to be.
#[derive(Debug, Clone)]
pub struct Cosigner {
    key: NoteKey,
    seen: u64,
}

impl Cosigner {
    /// Stands for the witness with this cosigning key; how far it is, it says itself when first asked.
    pub fn new(key: NoteKey) -> Self {
        Self { key, seen: 0 }
    }

    /// Returns the note of `signed` with the witness's cosignature added; `prove(old, new)` proves growth.
    ///
    /// # Errors
    /// See [`CosignError`]; [`CosignError::Behind`] and [`CosignError::Forked`] mean that this log is not the one the
    /// witness knows.
    pub fn cosign(
        &mut self,
        signed: &SignedCheckpoint,
        prove: impl Fn(u64, u64) -> Result<ConsistencyProof, LedgerError>,
        port: &dyn WitnessPort,
    ) -> Result<String, CosignError> {
        let size = signed.head.size;
        let mut old = self.seen.min(size);
        let mut reply = self.ask(old, signed, &prove, port)?;
        if reply.status == 409 {
            let seen = std::str::from_utf8(&reply.body).ok().and_then(|body| body.trim_end().parse().ok());
            let seen: u64 = seen.ok_or_else(|| self.refused(&reply))?;
            if seen > size {
                return Err(CosignError::Behind { name: self.name(), seen, size });
            }
            if seen == old {
                return Err(CosignError::Forked { name: self.name(), size });
            }
            old = seen;
            reply = self.ask(old, signed, &prove, port)?;
            if reply.status == 409 && old == size {
                return Err(CosignError::Forked { name: self.name(), size });
            }
        }
        if reply.status != 200 {
            return Err(self.refused(&reply));
        }
        let note = self.add(&signed.note, &reply.body)?;
        self.seen = size;
        Ok(note)
    }

    fn ask(
        &self,
        old: u64,
        signed: &SignedCheckpoint,
        prove: &impl Fn(u64, u64) -> Result<ConsistencyProof, LedgerError>,
        port: &dyn WitnessPort,
    ) -> Result<WitnessReply, CosignError> {
        let size = signed.head.size;
        let proof = if old == 0 || old == size { ConsistencyProof::default() } else { prove(old, size)? };
        let request = WitnessRequest::new(old, proof, &signed.note).map_err(|why| CosignError::Refused {
            name: self.name(),
            status: 0,
            why: why.to_string(),
        })?;
        port.add_checkpoint(request.to_string().as_bytes())
            .map_err(|problem| CosignError::Unreached { name: self.name(), problem })
    }

    /// Adds the lines of an answer that are this witness's, after checking them.
    fn add(&self, note: &str, body: &[u8]) -> Result<String, CosignError> {
        let bad = |why: String| CosignError::BadCosignature { name: self.name(), why };
        let mut note = Note::parse(note).map_err(|why| bad(why.to_string()))?;
        let body = std::str::from_utf8(body).map_err(|why| bad(why.to_string()))?;
        let own = body.lines().filter_map(NoteSignature::parse).find(|signature| signature.is_by(&self.key));
        note.add(own.ok_or_else(|| bad("no line is of its key".to_owned()))?).map_err(|why| bad(why.to_string()))?;
        note.verify(std::slice::from_ref(&self.key)).map_err(|why| bad(why.to_string()))?;
        Ok(note.to_string())
    }

    fn name(&self) -> String {
        self.key.name().to_owned()
    }

    fn refused(&self, reply: &WitnessReply) -> CosignError {
        let why = String::from_utf8_lossy(&reply.body).chars().take(WORDS_LIMIT).filter(|c| !c.is_control()).collect();
        CosignError::Refused { name: self.name(), status: reply.status, why }
    }
}
