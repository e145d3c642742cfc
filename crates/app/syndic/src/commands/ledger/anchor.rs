//! Whether anything outside the folder was asked if the log was put back to an earlier state: what is in a folder fits
//! together whatever state it was put back to, so what nobody was asked is said, and never passes for an answer.

use std::path::Path;

use anyhow::{Context as _, Result};
use syndic_attest::note::{Note, NoteKey};
use syndic_ledger::SignedCheckpoint;
use syndic_ledger::verify::Report;

use super::witness;
use crate::cli::LedgerVerifyArgs;
use crate::exit::Exit;
use crate::ledger::{StateLedger, WitnessList};

/// What is said about it, in lines, and what follows from it.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) lines: Vec<String>,
    pub(super) exit: Exit,
}

impl Anchor {
    fn of(line: String, exit: Exit) -> Self {
        Self { lines: vec![line], exit }
    }
}

/// Asks the witnesses of a state folder about its ledger, whose newest checkpoint is `newest`. That one is not on
/// the list although the log or a cosignature names it is a fault of its own.
///
/// # Errors
/// The list, or what witnesses are known to have cosigned, cannot be read.
pub(super) fn of_state(
    state: &Path,
    args: &LedgerVerifyArgs,
    report: &Report,
    newest: Option<&SignedCheckpoint>,
    log: &NoteKey,
) -> Result<Anchor> {
    let list = WitnessList::read(state)?;
    let lacking = list.lacking(report.named_witnesses.as_ref());
    if let (Some(named), false) = (&report.named_witnesses, lacking.is_empty()) {
        let line = format!(
            "missing witness: record {} says that the log is witnessed, and witnesses.json lacks {}: nobody can be asked \
             whether the log was put back; restore the file or add the witness again",
            named.index,
            lacking.join(", ")
        );
        return Ok(Anchor::of(line, Exit::Findings));
    }
    if report.named_witnesses.is_none() && !list.is_there() && !args.offline {
        let kept = StateLedger::of(state).newest_witnessed(log)?;
        let cosigners = report.cosigners.iter().cloned().chain(kept.iter().flat_map(|kept| others(&kept.note, log)));
        if let Some(name) = cosigners.into_iter().next() {
            let line = format!(
                "missing witness: {name} cosigned this log, and there is no witnesses.json, so it cannot be asked whether the \
                 log was put back: restore the file, or add it with `syndic ledger witness add URL KEY`"
            );
            return Ok(Anchor::of(line, Exit::CouldNotCheck));
        }
    }
    if list.listed().is_empty() || args.offline {
        return Ok(Anchor { lines: unasked(args, report), exit: Exit::Clean });
    }
    let newest = newest.context("the checkpoint changed while it was verified")?;
    let witness::Outcome { mut lines, exit, unproved } = witness::ask(state, newest, log)?;
    let is_known = exit != Exit::Clean || unproved.is_empty();
    lines.extend(unproved);
    Ok(Anchor { lines, exit: if is_known { exit } else { Exit::CouldNotCheck } })
}

/// Says of a log whose witnesses were not asked that nobody was; nothing if a checkpoint or a cosignature was demanded.
pub(super) fn unasked(args: &LedgerVerifyArgs, report: &Report) -> Vec<String> {
    if !args.known.is_empty() || !args.witness.is_empty() {
        return Vec::new();
    }
    let named = report.named_witnesses.iter().flat_map(|named| &named.keys).cloned().collect::<Vec<_>>();
    let named = if named.is_empty() { String::new() } else { format!(" The log names {}.", named.join(", ")) };
    vec![format!(
        "not checked: no witness was asked, so a folder that was put back whole to an earlier state is not noticed; \
         `--known FILE` or `--witness KEY` tells, or a witness (`syndic ledger witness add`).{named}"
    )]
}

/// Whoever else signed a note, by name.
fn others(note: &str, log: &NoteKey) -> Vec<String> {
    let Ok(note) = Note::parse(note) else { return Vec::new() };
    let others = note.signatures().iter().filter(|signature| !signature.is_by(log));
    others.map(|signature| signature.name().to_owned()).collect()
}
