//! The log's side: asks a witness for its cosignature, and believes only one that holds.
//!
//! A witness's refusals are not signed: whoever stands between log and witness can claim that the witness has seen more.
//! That stops a log, it never makes one pass.

use syndic_attest::note::{Note, NoteKey, NoteSignature};
use syndic_tlog::{ConsistencyProof, WitnessRequest};

use super::port::{WitnessPort, WitnessReply};
use super::refusal::CosignError;
use crate::error::LedgerError;
use crate::publish::SignedCheckpoint;

/// Longest part of a witness's words that is repeated.
const WORDS_LIMIT: usize = 200;

/// No log is larger: a size past this is made up, and no reason to believe that records were lost.
const MOST_RECORDS: u64 = 1 << 40;

/// Requests for one checkpoint: the witness may be asked by others meanwhile and be at another size then.
const ATTEMPTS: usize = 4;

/// One witness, and how far the log believes it to be.
#[derive(Debug, Clone)]
pub struct Cosigner {
    /// Its keys; the first names it.
    key: NoteKey,
    more_keys: Vec<NoteKey>,
    seen: u64,
}

/// How far a witness is, compared with a checkpoint it did not contradict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has seen just this checkpoint.
    Same,
    /// It has seen so many records, fewer than there are; whether they are this log's first ones is not known.
    Fewer(u64),
}

impl Cosigner {
    /// Stands for the witness with this cosigning key; how far it is, it says itself when first asked.
    pub fn new(key: NoteKey) -> Self {
        Self { key, more_keys: Vec::new(), seen: 0 }
    }

    /// Believes further keys of the same witness; one cosignature suffices.
    #[must_use]
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = NoteKey>) -> Self {
        self.more_keys.extend(keys);
        self
    }

    /// Believes the witness to be at this size, which saves asking; a wrong one costs one request more.
    #[must_use]
    pub fn at(self, seen: u64) -> Self {
        Self { seen, ..self }
    }

    /// Returns the witness's name.
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Returns the note of `signed` with the witness's cosignatures added; `prove(old, new)` proves growth.
    ///
    /// # Errors
    /// See [`CosignError`]; those that are [`CosignError::is_loss`] mean that this log is not the one the witness knows.
    pub fn cosign(
        &mut self,
        signed: &SignedCheckpoint,
        prove: impl Fn(u64, u64) -> Result<ConsistencyProof, LedgerError>,
        port: &dyn WitnessPort,
    ) -> Result<String, CosignError> {
        let mut note = parsed(&signed.note).map_err(|why| self.bad(why))?;
        for cosignature in self.cosignatures(signed, prove, port)? {
            note.add(cosignature).map_err(|why| self.bad(why.to_string()))?;
        }
        Ok(note.to_string())
    }

    /// Returns the witness's cosignatures of `signed`, checked: at least one, each by one of its keys.
    ///
    /// # Errors
    /// As [`Cosigner::cosign`].
    pub fn cosignatures(
        &mut self,
        signed: &SignedCheckpoint,
        prove: impl Fn(u64, u64) -> Result<ConsistencyProof, LedgerError>,
        port: &dyn WitnessPort,
    ) -> Result<Vec<NoteSignature>, CosignError> {
        let size = signed.head.size;
        let mut old = self.seen.min(size);
        for _ in 0..ATTEMPTS {
            let reply = self.ask(old, signed, &prove, port)?;
            match reply.status {
                200 => {
                    let own = self.own_lines(&signed.note, &reply.body)?;
                    self.seen = size;
                    return Ok(own);
                }
                409 => old = self.conflict(&reply, old, size)?,
                422 if old > 0 => return Err(self.other_records(old, size)),
                _ => return Err(self.refused(&reply)),
            }
        }
        let why = format!("it named another size {ATTEMPTS} times");
        Err(CosignError::Refused { name: self.key.name().to_owned(), status: 409, why })
    }

    /// Asks how far the witness is, without a proof: a log that was put back shows before anything is appended to it.
    ///
    /// # Errors
    /// As [`Cosigner::cosign`].
    pub fn standing(&mut self, signed: &SignedCheckpoint, port: &dyn WitnessPort) -> Result<Standing, CosignError> {
        let size = signed.head.size;
        let unproved = |_, _| Ok(ConsistencyProof::default());
        let reply = self.ask(size, signed, &unproved, port)?;
        match reply.status {
            200 => {
                self.own_lines(&signed.note, &reply.body)?;
                self.seen = size;
                Ok(Standing::Same)
            }
            409 => {
                self.seen = self.conflict(&reply, size, size)?;
                Ok(Standing::Fewer(self.seen))
            }
            422 => Err(self.other_records(size, size)),
            _ => Err(self.refused(&reply)),
        }
    }

    /// The size a witness names in place of `old`, if the log can go on from there.
    fn conflict(&self, reply: &WitnessReply, old: u64, size: u64) -> Result<u64, CosignError> {
        let name = || self.key.name().to_owned();
        match told_size(&reply.body) {
            Some(seen) if seen > MOST_RECORDS => Err(self.refused(reply)),
            Some(seen) if seen > size => Err(CosignError::Behind { name: name(), seen, size }),
            Some(seen) if seen != old => Ok(seen),
            // At equal sizes the roots differ.
            _ if old == size => Err(CosignError::Forked { name: name(), size }),
            _ => Err(self.refused(reply)),
        }
    }

    /// What a refused proof means: proofs are checked when they are made, so the witness remembers other records.
    fn other_records(&self, seen: u64, size: u64) -> CosignError {
        let name = self.key.name().to_owned();
        // Later versions of the protocol answer 422 to another root at the same size, earlier ones 409.
        if seen == size { CosignError::Forked { name, size } } else { CosignError::Diverged { name, seen, size } }
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
            name: self.key.name().to_owned(),
            status: 0,
            why: why.to_string(),
        })?;
        port.add_checkpoint(request.to_string().as_bytes())
            .map_err(|problem| CosignError::Unreached { name: self.key.name().to_owned(), problem })
    }

    /// The lines of an answer that are this witness's, each checked; others are passed over.
    fn own_lines(&self, note: &str, body: &[u8]) -> Result<Vec<NoteSignature>, CosignError> {
        let body = std::str::from_utf8(body).map_err(|why| self.bad(why.to_string()))?;
        let mut own = Vec::new();
        for key in std::iter::once(&self.key).chain(&self.more_keys) {
            let Some(line) = body.lines().filter_map(NoteSignature::parse).find(|line| line.is_by(key)) else {
                continue;
            };
            let mut alone = Note::new(parsed(note).map_err(|why| self.bad(why))?.text())
                .map_err(|why| self.bad(why.to_string()))?;
            alone.add(line.clone()).map_err(|why| self.bad(why.to_string()))?;
            alone.verify(std::slice::from_ref(key)).map_err(|why| self.bad(why.to_string()))?;
            own.push(line);
        }
        if own.is_empty() { Err(self.bad("no line is of its key".to_owned())) } else { Ok(own) }
    }

    fn bad(&self, why: String) -> CosignError {
        CosignError::BadCosignature { name: self.key.name().to_owned(), why }
    }

    fn refused(&self, reply: &WitnessReply) -> CosignError {
        let words = String::from_utf8_lossy(&reply.body);
        let why = words.chars().filter(|c| !c.is_control()).take(WORDS_LIMIT).collect();
        CosignError::Refused { name: self.key.name().to_owned(), status: reply.status, why }
    }
}

fn parsed(note: &str) -> Result<Note, String> {
    Note::parse(note).map_err(|why| why.to_string())
}

/// A size in the one form C2SP tlog-witness allows: decimal without leading zeros, and a newline.
fn told_size(body: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    let size: u64 = digits.parse().ok()?;
    (size.to_string() == digits).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_spelling() {
        assert_eq!(told_size(b"0\n"), Some(0));
        assert_eq!(told_size(b"18446744073709551615\n"), Some(u64::MAX));
        for body in [b"".as_slice(), b"1", b"01\n", b"+1\n", b" 1\n", b"1\n\n", b"18446744073709551616\n", b"\xff\n"] {
            assert_eq!(told_size(body), None, "{body:?}");
        }
    }
}
