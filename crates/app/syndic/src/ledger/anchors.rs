//! Compares the store with what the ledger holds of it: every row of every table.
//!
//! The record of a run holds a digest of each table it left, the newest record of a system speaks for what stands, and
//! what retention left of a run has a record of its own. Besides, runs, decisions, statements and events point each to
//! the record that speaks for it, so that the one that was altered is named.

mod naming;
mod recorded;
mod waiting;

use std::collections::BTreeSet;

use anyhow::Result;
use syndic_attest::PublicKey;
use syndic_ledger::Ledger;
use syndic_store::{Pointed, Store};

use naming::{Differing, Namer, in_words};
use recorded::Recorded;
use waiting::Waiting;

/// Something in the store that is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch(pub(crate) String);

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// What is not what was recorded.
    pub(crate) mismatches: Vec<Mismatch>,
    /// What was stored and signed and is not in the ledger yet, or is older than it: nobody can tell.
    pub(crate) unknown: Vec<String>,
    /// What is good and worth saying: what came late.
    pub(crate) notes: Vec<String>,
    /// Rows that were compared.
    pub(crate) rows: usize,
}

impl Comparison {
    fn differs(&mut self, what: String) {
        self.mismatches.push(Mismatch(what));
    }
}

/// Finds rows of the store that differ from what the ledger holds: altered, added, deleted or swapped.
///
/// # Errors
/// Store or ledger cannot be read.
pub(crate) async fn compare(store: &Store, ledger: &Ledger, trusted: &PublicKey) -> Result<Comparison> {
    let mut found = Comparison::default();
    let recorded = Recorded::read(ledger)?;
    found.notes = recorded.notes();
    let waiting = Waiting::read(store, &recorded, trusted, &mut found).await?;
    let named = rows(store, &recorded, &waiting, &mut found).await?;
    let mut namer = Namer::new(store, ledger, &recorded).await?;
    tables(store, &recorded, &waiting, &named, &mut namer, &mut found).await?;
    for broken in recorded.breaks(&namer.system_of) {
        found.differs(broken);
    }
    for fault in store.control_text_faults().await? {
        found.differs(fault);
    }
    let (unlisted, to_drop) = store.unlisted().await?;
    for digest in unlisted {
        found.differs(format!("evidence {digest}: no run lists it"));
    }
    for digest in to_drop {
        found.differs(format!("evidence_to_drop {digest}: the table is empty but while a run is recorded"));
    }
    Ok(found)
}

/// Follows every pointer. Returns the rows that differ, so that their table need not be named as well.
async fn rows(
    store: &Store,
    recorded: &Recorded,
    waiting: &Waiting,
    found: &mut Comparison,
) -> Result<BTreeSet<(String, String)>> {
    let mut named = BTreeSet::new();
    let mut there = BTreeSet::new();
    for row in store.pointing_rows().await? {
        let (table, key) = place(&row.row);
        found.rows += 1;
        if let Some(problem) = recorded.problem(&row, waiting) {
            found.differs(format!("{table} {key}: {problem}"));
            named.insert((table.to_owned(), key.to_owned()));
        }
        there.insert(row.row);
    }
    for (kind, index) in recorded.rows() {
        if !there.contains(&kind) && !matches!(kind, Pointed::Evidence(_)) {
            let (table, key) = place(&kind);
            found.differs(format!("{table} {key}: recorded at {index}, and not in the store"));
            named.insert((table.to_owned(), key.to_owned()));
        }
    }
    judgements(store, recorded, waiting, found).await?;
    Ok(named)
}

async fn judgements(store: &Store, recorded: &Recorded, waiting: &Waiting, found: &mut Comparison) -> Result<()> {
    let mut there = BTreeSet::new();
    for (event, digest) in store.judgement_rows().await? {
        found.rows += 1;
        match recorded.judgements.get(&event) {
            Some(known) if *known == digest.hex() => {}
            Some(known) => {
                found.differs(format!("judgement_record {event}: recorded as {known}, found {}", digest.hex()));
            }
            None if waiting.is_known(&event) => {}
            None => found.differs(format!("judgement_record {event}: it is not in the ledger")),
        }
        there.insert(event);
    }
    for event in recorded.judgements.keys().filter(|event| !there.contains(*event)) {
        found.differs(format!("judgement_record {event}: recorded, and not in the store"));
    }
    Ok(())
}

/// Compares the digest of each table with the one that was recorded last.
async fn tables(
    store: &Store,
    recorded: &Recorded,
    waiting: &Waiting,
    named: &BTreeSet<(String, String)>,
    namer: &mut Namer<'_>,
    found: &mut Comparison,
) -> Result<()> {
    let mut expected = recorded.tables(waiting, &namer.system_of);
    // Of a system whose last run nobody signed nothing is known.
    let systems = |causes: Vec<&String>| -> BTreeSet<String> {
        causes.into_iter().filter_map(|cause| namer.system_of.get(cause)).cloned().collect()
    };
    let signed = systems(waiting.standing.iter().map(|(cause, _)| cause).collect());
    let unsettled = &systems(waiting.unsigned.iter().collect()) - &signed;
    let is_settled = |owner: &String| !(unsettled.contains(owner) || waiting.unsigned.contains(owner));
    let is_told = |owner: &String| named.contains(&("run".to_owned(), owner.clone()));
    for (table, _, owner) in store.owners().await? {
        let wanted = expected.remove(&(table.to_owned(), owner.clone()));
        let now = store.rows_of(table, &owner).await?;
        found.rows += now.count();
        // The row of a signed record cannot be signed by itself; its signature was checked.
        let is_own_record = table == "run_record" && waiting.is_known(&owner);
        let is_as_recorded = is_own_record || wanted.as_ref() == Some(&now.summary()?);
        if is_as_recorded || !is_settled(&owner) || (wanted.is_none() && is_told(&owner)) {
            continue;
        }
        let differing = Differing { table, owner: &owner, wanted: wanted.as_deref(), now: &now };
        for what in namer.differing(&differing, named).await? {
            found.differs(what);
        }
    }
    for ((table, owner), summary) in expected {
        // A table without rows has no owner to be asked for.
        let is_empty = summary.starts_with("0 ");
        if !is_empty && is_settled(&owner) && !is_told(&owner) {
            found.differs(format!("{table} of {owner}: recorded {}, found no row", in_words(&summary)));
        }
    }
    Ok(())
}

/// Table and key of a row.
fn place(row: &Pointed) -> (&'static str, &str) {
    match row {
        Pointed::Run(id) | Pointed::Remains(id) => ("run", id),
        Pointed::Decision(id) => ("decision", id),
        Pointed::Evidence(digest) => ("evidence", digest),
        Pointed::Event(id) => ("finding_event", id),
    }
}
