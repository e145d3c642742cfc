//! Names the rows of a table whose digest is not the one recorded.
//!
//! A digest over a table tells that a row differs, not which. The list of rows that the newest record of a system was
//! made with does, and the decision as the ledger holds it; both are believed only where they have the digest recorded.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use syndic_evidence::{Decision, Digest};
use syndic_ledger::{Content, Ledger};
use syndic_store::{RowDigests, Store, Tables, control_rows};

use super::recorded::Recorded;

/// Rows of one table that are named at most; the rest is counted.
const MOST_NAMED: usize = 50;

/// What helps to name rows.
pub(super) struct Namer<'a> {
    store: &'a Store,
    ledger: &'a Ledger,
    recorded: &'a Recorded,
    /// The system of each run and judgement.
    pub(super) system_of: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<Tables>>,
}

/// A table whose digest is not the one recorded.
pub(super) struct Differing<'a> {
    pub(super) table: &'a str,
    pub(super) owner: &'a str,
    /// How many rows there were and their digest; nothing if none was ever recorded.
    pub(super) wanted: Option<&'a str>,
    pub(super) now: &'a RowDigests,
}

impl<'a> Namer<'a> {
    /// Reads what is needed to name rows.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn new(store: &'a Store, ledger: &'a Ledger, recorded: &'a Recorded) -> Result<Self> {
        Ok(Self { store, ledger, recorded, system_of: store.systems_by_cause().await?, lists: BTreeMap::new() })
    }

    /// Says what differs in a table, row by row where that is known. Rows in `named` were told of already.
    ///
    /// # Errors
    /// Store or ledger cannot be read.
    pub(super) async fn differing(
        &mut self,
        differing: &Differing<'_>,
        named: &BTreeSet<(String, String)>,
    ) -> Result<Vec<String>> {
        let Differing { table, owner, wanted, now } = *differing;
        let Some(wanted) = wanted else {
            let rows = now.rows().iter().map(|(key, _)| format!("{table} {key} of {owner}: it was never recorded"));
            return Ok(shortened(rows.collect()));
        };
        let is_told = |key: &str| named.contains(&(table.to_owned(), key.to_owned()));
        if now.rows().iter().any(|(key, _)| is_told(key)) {
            return Ok(Vec::new());
        }
        if let Some(before) = self.before(differing, wanted).await? {
            let line = |key: &String| told(table, owner, key, before.of(key), now.of(key));
            return Ok(shortened(before.differing(now).iter().map(line).collect()));
        }
        let missing = if table == "evidence" { self.missing_evidence(owner, now).await? } else { Vec::new() };
        if !missing.is_empty() {
            return Ok(shortened(missing));
        }
        Ok(vec![format!("{table} of {owner}: recorded {}, found {}", in_words(wanted), in_words(&now.summary()?))])
    }

    /// Returns the rows as they were recorded, if something says so that has the digest recorded.
    async fn before(&mut self, differing: &Differing<'_>, wanted: &str) -> Result<Option<RowDigests>> {
        if differing.table == "control_status"
            && let Some(rows) = self.decided(differing.owner)?
            && rows.summary()? == wanted
        {
            return Ok(Some(rows));
        }
        let system = self.system_of.get(differing.owner).map_or(differing.owner, String::as_str).to_owned();
        if !self.lists.contains_key(&system) {
            let lists = self.store.recorded_lists(&system).await?;
            self.lists.insert(system.clone(), lists);
        }
        for list in self.lists.get(&system).into_iter().flatten() {
            if let Some(rows) = list.table(differing.table)
                && rows.summary()? == wanted
            {
                return Ok(Some(rows.clone()));
            }
        }
        Ok(None)
    }

    /// The rows of a decision as the ledger holds it, if its content can still be read.
    fn decided(&self, run: &str) -> Result<Option<RowDigests>> {
        let Some(index) = self.recorded.decisions.get(run) else { return Ok(None) };
        let Content::Plain(bytes) = self.ledger.read(*index)?.content else { return Ok(None) };
        let Ok(decision) = serde_json::from_slice::<Decision>(&bytes) else { return Ok(None) };
        Ok(Some(control_rows(run, &decision.controls)?))
    }

    /// Statements that a run lists or first saw and that are gone.
    async fn missing_evidence(&self, run: &str, now: &RowDigests) -> Result<Vec<String>> {
        // A list that cannot be read names nothing; its own table differs as well.
        let runs = self.store.run_evidence().await.unwrap_or_default();
        let listed = runs.iter().find(|one| one.run == run).map(|one| one.listed.as_slice()).unwrap_or_default();
        let is_there = |digest: &Digest| now.of(&digest.to_string()).is_some();
        let gone = listed.iter().filter(|digest| !is_there(digest));
        let line = |digest: &Digest| match self.recorded.evidence.get(&digest.hex()) {
            Some((index, _)) => format!("evidence {digest}: recorded at {index}, and not in the store"),
            None => format!("evidence {digest}: run {run} lists it, and it is not in the store"),
        };
        Ok(gone.map(line).collect())
    }
}

fn told(table: &str, owner: &str, key: &str, before: Option<Digest>, now: Option<Digest>) -> String {
    let words = |digest: Option<Digest>| digest.map_or_else(|| "no such row".to_owned(), |digest| digest.hex());
    format!("{table} {key} of {owner}: recorded {}, found {}", words(before), words(now))
}

fn shortened(mut lines: Vec<String>) -> Vec<String> {
    let hidden = lines.len().saturating_sub(MOST_NAMED);
    lines.truncate(MOST_NAMED);
    if hidden > 0 {
        lines.push(format!("and {hidden} more rows of this table"));
    }
    lines
}

/// Puts a summary into words.
pub(super) fn in_words(summary: &str) -> String {
    match summary.split_once(' ') {
        Some((count, digest)) => format!("{count} rows with digest {digest}"),
        None => summary.to_owned(),
    }
}
