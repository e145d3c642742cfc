//! Submits an open ledger's newest checkpoint to all its witnesses at once, and keeps what they cosigned.

use std::sync::PoisonError;
use std::thread;

use syndic_attest::note::NoteSignature;

use super::cosigner::Cosigner;
use super::port::WitnessPort;
use super::refusal::CosignError;
use crate::error::Result;
use crate::ledger::Ledger;
use crate::publish::SignedCheckpoint;

/// What came of a submission.
#[derive(Debug)]
pub struct Submitted {
    /// The checkpoint with every cosignature that was given.
    pub checkpoint: SignedCheckpoint,
    /// Of each witness, in order, whether it cosigned.
    pub outcomes: Vec<std::result::Result<(), CosignError>>,
}

impl Submitted {
    /// Says whether at least one witness cosigned.
    pub fn is_witnessed(&self) -> bool {
        self.outcomes.iter().any(std::result::Result::is_ok)
    }
}

impl Ledger {
    /// Signs a checkpoint over everything durable now and submits it to each witness, all at once. Cosignatures stand in
    /// the file `checkpoint` on return, unless the log has a newer checkpoint by then.
    ///
    /// # Errors
    /// What the disk reports, and of a proof; what witnesses refuse is in the outcomes.
    pub fn submit_to(&self, witnesses: &mut [(Cosigner, &dyn WitnessPort)]) -> Result<Submitted> {
        let signed = self.checkpoint()?;
        let prove = |old, new| self.prove_consistency(old, new);
        let ask = |cosigner: &mut Cosigner, port: &dyn WitnessPort| cosigner.cosignatures(&signed, prove, port);
        let answers: Vec<std::result::Result<Vec<NoteSignature>, CosignError>> = thread::scope(|scope| {
            let asked: Vec<_> = witnesses
                .iter_mut()
                .map(|(cosigner, port)| {
                    let name = cosigner.name().to_owned();
                    (name, scope.spawn(move || ask(cosigner, *port)))
                })
                .collect();
            asked.into_iter().map(|(name, asked)| asked.join().unwrap_or_else(|_| Err(failed(name)))).collect()
        });
        let mut outcomes = Vec::with_capacity(answers.len());
        let mut cosignatures = Vec::new();
        for answer in answers {
            outcomes.push(answer.map(|lines| cosignatures.extend(lines)));
        }
        let checkpoint = if cosignatures.is_empty() { signed } else { self.keep(&signed, cosignatures)? };
        Ok(Submitted { checkpoint, outcomes })
    }

    /// Puts checked cosignatures into `checkpoint`, if it is still the one they are of.
    fn keep(&self, signed: &SignedCheckpoint, cosignatures: Vec<NoteSignature>) -> Result<SignedCheckpoint> {
        let mut publisher = self.0.shared.publisher.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = publisher.add_cosignatures(signed, cosignatures.clone())?;
        kept.map_or_else(|| signed.with(cosignatures), Ok)
    }
}

/// The thread that asked a witness ended early.
fn failed(name: String) -> CosignError {
    CosignError::Unreached { name, problem: std::io::Error::other("the program failed while asking it") }
}
