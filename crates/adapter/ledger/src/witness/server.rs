//! A witness: believes a log's key, remembers its newest head, cosigns what is proved to extend it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use syndic_attest::note::{KeyUse, Note, NoteError, NoteKey, NoteSignature, NoteSigner};
use syndic_tlog::{Checkpoint, TreeHead, WitnessRequest};

use super::answer::Answer;
use super::memory::{Remembered, WitnessError, load, store, take};
use crate::clock::Clock;
use crate::disk::{Disk, DiskLock};

/// A witness, with its memory in a folder of its own.
pub struct Witness {
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    signer: NoteSigner,
    /// By origin. Held while one request is judged and stored, so that two cannot both extend the same head.
    logs: Mutex<BTreeMap<String, Remembered>>,
    /// Two processes with one memory could cosign two futures.
    _lock: Box<dyn DiskLock>,
}

impl Witness {
    /// Opens the witness of a folder, which may be empty.
    ///
    /// # Errors
    /// See [`WitnessError`]; also if another process has it open.
    pub fn open(disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, signer: NoteSigner) -> Result<Self, WitnessError> {
        if signer.key().key_use() != KeyUse::Cosignature {
            return Err(WitnessError::OwnKey);
        }
        let lock = take(disk.as_ref())?;
        let logs = load(disk.as_ref())?.into_iter().map(|log| (log.origin.clone(), log)).collect();
        Ok(Self { disk, clock, signer, logs: Mutex::new(logs), _lock: lock })
    }

    /// Returns the witness's public key, as logs and verifiers need it.
    pub fn key(&self) -> &NoteKey {
        self.signer.key()
    }

    /// Adds a log by the line of its key, or by `origin=key` where the key has another name; the witness knows nothing of
    /// its past yet. A log that is known with this very key stays as it is, and `false` is returned.
    ///
    /// # Errors
    /// [`WitnessError::Known`] if it is known with another key; [`WitnessError::Key`]; what the disk reports.
    pub fn add_log(&self, line: &str) -> Result<bool, WitnessError> {
        let log = Remembered::new(line)?;
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        match logs.get(&log.origin) {
            Some(known) if known.key == log.key => return Ok(false),
            Some(_) => return Err(WitnessError::Known { origin: log.origin }),
            None => {}
        }
        store(self.disk.as_ref(), &log)?;
        logs.insert(log.origin.clone(), log);
        Ok(true)
    }

    /// Returns origin, key and newest cosigned head of every log, by origin.
    pub fn logs(&self) -> Vec<(String, NoteKey, TreeHead)> {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.values().map(|log| (log.origin.clone(), log.key.clone(), log.head)).collect()
    }

    /// Returns the newest head of a log this witness cosigned; the empty one if none.
    pub fn head(&self, origin: &str) -> Option<TreeHead> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).get(origin).map(|log| log.head)
    }

    /// Returns the newest cosigned checkpoint of the log whose origin has this SHA-256, in lowercase hexadecimal: what
    /// monitors ask for. Nothing if none was cosigned.
    pub fn checkpoint(&self, origin_hash: &str) -> Option<String> {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.values().find(|log| log.has_hash(origin_hash))?.note.clone()
    }

    /// Answers the body of an `add-checkpoint` request. It cosigns only what it has stored durably.
    pub fn add_checkpoint(&self, body: &[u8]) -> Answer {
        self.judge(body).unwrap_or_else(|refusal| refusal)
    }

    fn judge(&self, body: &[u8]) -> Result<Answer, Answer> {
        let malformed = |why: &dyn std::fmt::Display| Answer::Malformed(why.to_string());
        let text = std::str::from_utf8(body).map_err(|why| malformed(&why))?;
        let request = WitnessRequest::parse(text).map_err(|why| malformed(&why))?;
        let note = Note::parse(request.checkpoint()).map_err(|why| malformed(&why))?;
        // The origin says whose key must have signed; nothing else is read before the signature holds.
        let origin = note.text().split('\n').next().unwrap_or_default();
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let log = logs.get_mut(origin).ok_or(Answer::UnknownLog)?;
        note.verify(std::slice::from_ref(&log.key)).map_err(|why| Answer::Untrusted(why.to_string()))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|why| malformed(&why))?;
        let head = checkpoint.head();
        check_growth(&request, log.head, head)?;
        let time_s = u64::try_from(self.clock.now_us() / 1_000_000).ok().filter(|time_s| *time_s > 0);
        let time_s = time_s.ok_or_else(|| Answer::Failed("this witness's clock is not set".to_owned()))?;
        let cosignature = self.signer.cosign(note.text(), time_s).map_err(|why| Answer::Failed(why.to_string()))?;
        if head != log.head || log.note.is_none() {
            let own = own_note(&note, &log.key, &cosignature).map_err(|why| Answer::Failed(why.to_string()))?;
            let next = Remembered { head, note: Some(own), ..log.clone() };
            store(self.disk.as_ref(), &next).map_err(|why| Answer::Failed(why.to_string()))?;
            *log = next;
        }
        Ok(Answer::Cosigned(format!("{cosignature}\n")))
    }
}

/// The checkpoint with the signature that was believed and the one that was given; others are not this witness's word.
fn own_note(note: &Note, log: &NoteKey, cosignature: &NoteSignature) -> Result<String, NoteError> {
    let mut own = Note::new(note.text())?;
    for signature in note.signatures().iter().filter(|signature| signature.is_by(log)).chain([cosignature]) {
        own.add(signature.clone())?;
    }
    Ok(own.to_string())
}

/// Checks that the new head extends the remembered one. Order of the checks: C2SP tlog-witness.
fn check_growth(request: &WitnessRequest, remembered: TreeHead, new: TreeHead) -> Result<(), Answer> {
    let old_size = request.old_size();
    if old_size > new.size {
        return Err(Answer::Malformed(format!("the old size {old_size} is above the checkpoint's {}", new.size)));
    }
    if old_size != remembered.size {
        return Err(Answer::OtherSize(remembered.size));
    }
    if old_size == new.size && remembered.root != new.root {
        return Err(Answer::Forked(remembered.size));
    }
    request.proof().verify(&remembered, &new).map_err(|why| Answer::BadProof(why.to_string()))
}
