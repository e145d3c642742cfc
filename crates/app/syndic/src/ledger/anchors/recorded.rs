//! What the ledger says about stored things, read from the leaves alone: contents may be erased or retired.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use syndic_ledger::{Ledger, Record};
use syndic_store::{Owner, Pointed, PointingRow, row_owner};

use super::super::entries::{ADOPTED, BEFORE, DECISION, EVIDENCE, FINDING, JUDGED, PRUNED, RUN, TABLE};
use super::super::signed::{Summaries, stood};
use super::waiting::Waiting;

/// A record that rows may point to.
struct Noted {
    kind: String,
    /// The run or event it belongs to, or the digest of a statement.
    about: String,
    /// Digest of the row, unless the record speaks for whole tables.
    row: Option<String>,
}

/// What the ledger says about stored things.
#[derive(Default)]
pub(super) struct Recorded {
    noted: HashMap<u64, Noted>,
    /// Each run with its place and the tables it left.
    pub(super) runs: BTreeMap<String, (u64, Summaries)>,
    /// What retention left of a run, by the last record on it.
    pruned: BTreeMap<String, (u64, Summaries)>,
    /// Runs and judgements in the order they were recorded, each with all it left.
    standing: Vec<(String, Summaries)>,
    /// What stood for its system before each of them, by digest; nothing for a run that was taken over as found.
    before: BTreeMap<String, String>,
    /// Places of decisions, by run.
    pub(super) decisions: BTreeMap<String, u64>,
    /// Places of events.
    pub(super) events: BTreeMap<String, u64>,
    /// Places of statements by digest, with the run that saw them first.
    pub(super) evidence: BTreeMap<String, (u64, String)>,
    /// The signed records of judgements: digests of their rows, by event.
    pub(super) judgements: BTreeMap<String, String>,
    late: Vec<String>,
    adopted: BTreeSet<String>,
}

impl Recorded {
    /// Reads the whole log.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(ledger: &Ledger) -> Result<Self> {
        let mut recorded = Self::default();
        for record in ledger.tail(0) {
            recorded.take(&record?);
        }
        Ok(recorded)
    }

    fn take(&mut self, record: &Record) {
        let (index, kind) = (record.index, record.leaf.kind.as_str());
        let tag = |name: &str| {
            let found = record.leaf.tags.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let tables = tables_of(&record.leaf.tags);
        let run = tag("run");
        let about = match kind {
            // Runs of the time before the pointers are there without their tables: nothing points to them.
            RUN | ADOPTED if !tables.is_empty() => {
                if kind == ADOPTED {
                    self.adopted.insert(run.clone());
                }
                self.runs.insert(run.clone(), (index, tables.clone()));
                self.standing.push((run.clone(), tables));
                self.before.insert(run.clone(), tag(BEFORE));
                run.clone()
            }
            PRUNED => {
                self.pruned.insert(run.clone(), (index, tables));
                run.clone()
            }
            DECISION if !tag("row").is_empty() => {
                self.decisions.insert(run.clone(), index);
                run.clone()
            }
            EVIDENCE if !tag("row").is_empty() => {
                self.evidence.insert(tag("digest"), (index, run.clone()));
                tag("digest")
            }
            JUDGED => {
                self.judgements.insert(tag("event"), tag("record"));
                self.events.insert(tag("event"), index);
                self.standing.push((tag("event"), tables));
                self.before.insert(tag("event"), tag(BEFORE));
                tag("event")
            }
            kind if kind.starts_with(FINDING) && !tag("event").is_empty() => {
                self.events.insert(tag("event"), index);
                tag("event")
            }
            _ => return,
        };
        if kind == RUN && tag("late") == "true" {
            self.late.push(run);
        }
        let row = Some(tag("row")).filter(|row| !row.is_empty());
        self.noted.insert(index, Noted { kind: kind.to_owned(), about, row });
    }

    /// What is good and worth saying.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.late.is_empty() {
            let runs = self.late.join(", ");
            notes.push(format!("recorded late, after an interruption, as they were signed: {runs}"));
        }
        if !self.adopted.is_empty() {
            let what = "run(s) are older than the ledger and recorded as they were found: what they were before that \
                        is not known";
            notes.push(format!("{} {what}", self.adopted.len()));
        }
        notes
    }

    /// Says where something was altered between two records of a system, although what followed stated it anew.
    pub(super) fn breaks(&self, system_of: &BTreeMap<String, String>) -> Vec<String> {
        let mut last: BTreeMap<&String, (&String, String)> = BTreeMap::new();
        let mut breaks = Vec::new();
        for (cause, tables) in &self.standing {
            let Some(system) = system_of.get(cause) else { continue };
            let before = self.before.get(cause).filter(|before| !before.is_empty());
            let left = last.insert(system, (cause, stood(tables)));
            if let (Some(before), Some((earlier, left))) = (before, left)
                && *before != left
                && !self.adopted.contains(earlier)
            {
                let what = "findings, assets, relations or risks were altered outside between";
                breaks.push(format!("{system}: {what} {earlier} and {cause}: left {left}, found {before}"));
            }
        }
        breaks
    }

    /// Returns the rows that must be in the store, each with its place in the log. Statements may have been dropped.
    pub(super) fn rows(&self) -> Vec<(Pointed, u64)> {
        let runs = self.runs.iter().map(|(id, (index, _))| (Pointed::Run(id.clone()), *index));
        let pruned = self.pruned.iter().map(|(id, (index, _))| (Pointed::Remains(id.clone()), *index));
        let decisions = self.decisions.iter().map(|(id, index)| (Pointed::Decision(id.clone()), *index));
        let events = self.events.iter().map(|(id, index)| (Pointed::Event(id.clone()), *index));
        runs.chain(pruned).chain(decisions).chain(events).collect()
    }

    /// Returns the digest that each table of each owner must have: by the record of the run, by what retention left of
    /// it, and for a system by its newest record. What waits was stored after all that is recorded.
    pub(super) fn tables(
        &self,
        waiting: &Waiting,
        system_of: &BTreeMap<String, String>,
    ) -> BTreeMap<(String, String), String> {
        let mut expected = BTreeMap::new();
        let runs = self.runs.iter().chain(&self.pruned).map(|(run, (_, tables))| (run, tables));
        let waits = waiting.standing.iter().chain(&waiting.pruned).map(|(run, tables)| (run, tables));
        for (run, tables) in runs.chain(waits) {
            for (table, summary) in tables.iter().filter(|(table, _)| row_owner(table) == Some(Owner::Run)) {
                expected.insert((table.clone(), run.clone()), summary.clone());
            }
        }
        for (cause, tables) in self.standing.iter().chain(&waiting.standing) {
            let Some(system) = system_of.get(cause) else { continue };
            for (table, summary) in tables.iter().filter(|(table, _)| row_owner(table) == Some(Owner::System)) {
                expected.insert((table.clone(), system.clone()), summary.clone());
            }
        }
        expected
    }

    /// Says what is wrong with a pointer, if anything.
    pub(super) fn problem(&self, row: &PointingRow, waiting: &Waiting) -> Option<String> {
        let Some(index) = row.index else {
            return (!waiting.holds(&row.row)).then(|| "it points to no record of the ledger".to_owned());
        };
        let Some(noted) = u64::try_from(index).ok().and_then(|index| self.noted.get(&index)) else {
            return Some(format!("it points to record {index} of the ledger, which says nothing of a row"));
        };
        let (key, is_kind) = match &row.row {
            Pointed::Run(id) => (id, noted.kind == RUN || noted.kind == ADOPTED),
            Pointed::Remains(id) => (id, noted.kind == PRUNED || noted.kind == ADOPTED),
            Pointed::Decision(id) => (id, noted.kind == DECISION || noted.kind == ADOPTED),
            Pointed::Evidence(digest) => (digest, noted.kind == EVIDENCE || noted.kind == ADOPTED),
            Pointed::Event(id) => (id, noted.kind.starts_with(FINDING) || noted.kind == ADOPTED),
        };
        let is_row_of_adopted = noted.kind == ADOPTED && matches!(row.row, Pointed::Evidence(_) | Pointed::Event(_));
        let is_about_it = noted.about == key.strip_prefix("sha256:").unwrap_or(key) || is_row_of_adopted;
        if !is_kind || !is_about_it {
            return Some(format!("it points to record {index}, which is {} {}", noted.kind, noted.about));
        }
        // A run's row changes with retention: the digest of its table tells.
        let speaks_for_row = !matches!(row.row, Pointed::Run(_) | Pointed::Remains(_));
        let recorded = noted.row.as_ref().filter(|recorded| speaks_for_row && **recorded != row.digest.hex())?;
        Some(format!("recorded at {index} as {recorded}, found {}", row.digest.hex()))
    }
}

fn tables_of(tags: &[(String, String)]) -> Summaries {
    let tables = tags.iter().filter_map(|(key, value)| Some((key.strip_prefix(TABLE)?.to_owned(), value.clone())));
    tables.collect()
}
