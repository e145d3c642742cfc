//! What is stored and not in the ledger: interrupted, older than the ledger, or put there from outside.

use std::collections::BTreeSet;

use anyhow::Result;
use syndic_attest::PublicKey;
use syndic_store::{Pointed, Store, Unrecorded, UnrecordedJudgement, UnrecordedRun};

use super::Comparison;
use super::recorded::Recorded;
use crate::ledger::signed::{SignedJudgement, SignedRun, Summaries};

/// What waits to be recorded.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Runs that nothing signed speaks for: nobody can tell whether they were altered.
    pub(super) unsigned: BTreeSet<String>,
    /// Runs and judgements in the order they were stored, each with the tables that were signed.
    pub(super) standing: Vec<(String, Summaries)>,
    /// What retention left of runs when a waiting one was stored, as it was signed.
    pub(super) pruned: Vec<(String, Summaries)>,
    /// Rows without a pointer that belong to what waits.
    rows: BTreeSet<Pointed>,
}

impl Waiting {
    /// Says whether something waits under this id.
    pub(super) fn is_known(&self, cause: &str) -> bool {
        self.standing.iter().any(|(id, _)| id == cause)
    }

    /// Says whether a row may be without a pointer.
    pub(super) fn holds(&self, row: &Pointed) -> bool {
        // What is wrong with a run as a whole is told when it is read.
        matches!(row, Pointed::Run(_)) || self.rows.contains(row)
    }

    /// Reads what has no pointer. A run that nothing signed speaks for, beside a ledger that began without it, was put
    /// there from outside.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn read(
        store: &Store,
        recorded: &Recorded,
        trusted: &PublicKey,
        found: &mut Comparison,
    ) -> Result<Self> {
        let mut waiting = Self::default();
        for one in store.unrecorded().await? {
            match one {
                Unrecorded::Run(run) => waiting.take_run(&run, recorded, trusted, found),
                Unrecorded::Judgement(judgement) => waiting.take_judgement(*judgement, recorded, trusted, found),
            }
        }
        Ok(waiting)
    }

    fn take_run(&mut self, run: &UnrecordedRun, recorded: &Recorded, trusted: &PublicKey, found: &mut Comparison) {
        let id = run.now.run.clone();
        if let Some((index, _)) = recorded.runs.get(&id) {
            // Nothing of it is unknown: its rows are compared like all others, they only do not point yet.
            let what = "but its rows do not point there yet: the next run mends that";
            found.unknown.push(format!("run {id} is recorded at {index}, {what}"));
            self.take_rows(run);
            return;
        }
        let signed = SignedRun::read(run.envelope.as_deref().unwrap_or_default(), trusted);
        match signed.ok().filter(|signed| signed.run == id && !run.is_older) {
            Some(signed) => {
                found.unknown.push(format!("run {id} is stored and signed, and not in the ledger yet"));
                self.standing.push((id, signed.tables));
                self.pruned.extend(signed.pruned);
            }
            None if run.is_older && recorded.runs.is_empty() => {
                let what = "is older than the pointers into the ledger: the next run records it as it is found then";
                found.unknown.push(format!("run {id} {what}"));
                self.unsigned.insert(id);
            }
            None => {
                found.differs(format!("run {id}: it is not in the ledger, and nothing signed speaks for it"));
                return;
            }
        }
        self.take_rows(run);
    }

    fn take_judgement(
        &mut self,
        judgement: UnrecordedJudgement,
        recorded: &Recorded,
        trusted: &PublicKey,
        found: &mut Comparison,
    ) {
        let id = judgement.event.id;
        let signed = SignedJudgement::read(&judgement.envelope, trusted);
        let Some(signed) = signed.ok().filter(|signed| signed.event == id) else { return };
        if let Some(index) = recorded.events.get(&id) {
            let what = "but its row does not point there yet: the next run mends that";
            found.unknown.push(format!("judgement {id} is recorded at {index}, {what}"));
        } else {
            found.unknown.push(format!("judgement {id} is stored and signed, and not in the ledger yet"));
            self.standing.push((id.clone(), signed.tables));
        }
        self.rows.insert(Pointed::Event(id));
    }

    fn take_rows(&mut self, run: &UnrecordedRun) {
        let id = &run.now.run;
        self.rows.insert(Pointed::Decision(id.clone()));
        self.rows.insert(Pointed::Remains(id.clone()));
        self.rows.extend(run.evidence.iter().map(|one| Pointed::Evidence(one.digest.clone())));
        self.rows.extend(run.events.iter().map(|one| Pointed::Event(one.id.clone())));
        self.rows.extend(run.remains.iter().map(|(shortened, _)| Pointed::Remains(shortened.clone())));
    }
}
