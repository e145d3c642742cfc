//! Asks the witnesses of a ledger: before a run is recorded whether the log is the one they know, after it to cosign.
//!
//! A witness that is away or refuses is told of and asked again by the next run: what happened is recorded without it.
//! A witness that remembers more than the log has stops the run from being recorded: appending to a log that was put
//! back would bury what was lost.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use syndic_attest::note::NoteKey;
use syndic_ledger::witness::{CosignError, Cosigner, Standing, WitnessPort};
use syndic_ledger::{Ledger, SignedCheckpoint};
use syndic_witness::HttpWitness;

use super::witnessed::Witnessed;
use super::witnesses::{Listed, WitnessList};

/// How long one request may take; all witnesses are asked at once.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Witnesses to ask.
pub(crate) struct Witnessing {
    asked: Vec<Asked>,
    /// What a person must be told, not told yet.
    notes: Vec<String>,
    kept: Witnessed,
}

struct Asked {
    port: HttpWitness,
    cosigner: Cosigner,
    keys: Vec<NoteKey>,
}

/// What a witness said.
pub(crate) type Said<T> = (String, Result<T, CosignError>);

impl Witnessing {
    /// Takes the witnesses of a state folder.
    ///
    /// # Errors
    /// Their list cannot be read.
    pub(crate) fn of(state: &Path) -> Result<Self> {
        Ok(Self::with(state, WitnessList::read(state)?.listed()))
    }

    /// Takes these witnesses for the ledger of a state folder.
    pub(crate) fn with(state: &Path, witnesses: &[Listed]) -> Self {
        let (mut asked, mut notes) = (Vec::new(), Vec::new());
        for listed in witnesses {
            match HttpWitness::new(listed.address.clone(), TIMEOUT) {
                Ok(port) => {
                    let keys = listed.keys().cloned().collect();
                    asked.push(Asked { port, cosigner: listed.cosigner(), keys });
                }
                Err(problem) => {
                    notes.push(note(&CosignError::Unreached { name: listed.key.name().to_owned(), problem }));
                }
            }
        }
        Self { asked, notes, kept: Witnessed::of(state) }
    }

    /// Returns what a person must be told since this was last asked.
    pub(crate) fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Says whether there is nobody to ask.
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Asks each whether it knows more of the log than this checkpoint; proves nothing to it.
    pub(crate) fn standings(&mut self, signed: &SignedCheckpoint) -> Vec<Said<Standing>> {
        thread::scope(|scope| {
            let ask = |asked: &mut Asked| {
                let said = asked.cosigner.standing(signed, &asked.port);
                (asked.cosigner.name().to_owned(), said)
            };
            let threads: Vec<_> = self
                .asked
                .iter_mut()
                .map(|asked| (asked.cosigner.name().to_owned(), scope.spawn(move || ask(asked))))
                .collect();
            threads.into_iter().map(|(name, thread)| thread.join().unwrap_or_else(|_| failed(name))).collect()
        })
    }

    /// Refuses to append to a log that lacks what a witness has seen. One that is away is noted and left out.
    ///
    /// # Errors
    /// A witness knows more of the log; the ledger cannot sign a checkpoint.
    pub(crate) fn before(&mut self, ledger: &Ledger, log: &NoteKey) -> Result<()> {
        if self.is_empty() || ledger.size() == 0 {
            return Ok(());
        }
        let said = self.standings(&ledger.checkpoint()?);
        refuse_loss(said.iter().filter_map(|(_, said)| said.as_ref().err()))?;
        self.note_forgetting(&said, log)?;
        let mut said = said.into_iter();
        let notes = &mut self.notes;
        // In the order they were asked.
        self.asked.retain(|_| match said.next() {
            Some((_, Err(error))) => {
                notes.push(note(&error));
                false
            }
            _ => true,
        });
        Ok(())
    }

    /// Notes a witness that names fewer records than it is known to have cosigned.
    fn note_forgetting(&mut self, said: &[Said<Standing>], log: &NoteKey) -> Result<()> {
        let Some(kept) = self.kept.read(log)? else { return Ok(()) };
        for (asked, (name, said)) in self.asked.iter().zip(said) {
            let has_cosigned = || asked.keys.iter().any(|key| kept.is_signed_by(key));
            if let Ok(Standing::Fewer(seen)) = said
                && *seen < kept.head.size
                && has_cosigned()
            {
                let size = kept.head.size;
                self.notes.push(format!(
                    "the witness {name} cosigned {size} records and names {seen} now: it lost its memory, and vouches for \
                     nothing above {seen}; ask its operator"
                ));
            }
        }
        Ok(())
    }

    /// Has the newest checkpoint cosigned and keeps it; says what each witness said, and returns the checkpoint.
    ///
    /// # Errors
    /// The disk refuses. What witnesses said is for the caller to judge.
    pub(crate) fn submit(&mut self, ledger: &Ledger, log: &NoteKey) -> Result<(SignedCheckpoint, Vec<Said<()>>)> {
        let names: Vec<String> = self.asked.iter().map(|asked| asked.cosigner.name().to_owned()).collect();
        let mut witnesses: Vec<(Cosigner, &dyn WitnessPort)> =
            self.asked.iter().map(|asked| (asked.cosigner.clone(), &asked.port as &dyn WitnessPort)).collect();
        let submitted = ledger.submit_to(&mut witnesses)?;
        if submitted.is_witnessed() {
            self.kept.keep(&submitted.checkpoint, log)?;
        }
        Ok((submitted.checkpoint, names.into_iter().zip(submitted.outcomes).collect()))
    }

    /// Has what a run appended cosigned. A witness that does not is noted.
    ///
    /// # Errors
    /// A witness knows more of the log, or other records; the disk refuses.
    pub(crate) fn after(&mut self, ledger: &Ledger, log: &NoteKey) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let (_, said) = self.submit(ledger, log)?;
        refuse_loss(said.iter().filter_map(|(_, said)| said.as_ref().err()))?;
        self.notes.extend(said.iter().filter_map(|(_, said)| said.as_ref().err()).map(note));
        Ok(())
    }
}

/// Fails if one of these errors means that records were lost; names all that do.
fn refuse_loss<'a>(errors: impl Iterator<Item = &'a CosignError>) -> Result<()> {
    let losses: Vec<String> = errors.filter(|error| error.is_loss()).map(ToString::to_string).collect();
    if losses.is_empty() {
        return Ok(());
    }
    bail!(
        "{}. If it is the witness that is wrong, take it off the list with `syndic ledger witness remove URL`",
        losses.join("; ")
    )
}

fn note(error: &CosignError) -> String {
    format!("{error} (what happened is recorded; the next run asks again)")
}

fn failed<T>(name: String) -> Said<T> {
    let problem = std::io::Error::other("the program failed while asking it");
    (name.clone(), Err(CosignError::Unreached { name, problem }))
}
