//! Recording: what is stored is appended to the ledger, and its rows get their pointers.
//!
//! The turn at the ledger is held from before the store is written until the rows point, so that whatever waits without
//! a pointer when a turn begins was interrupted: by a crash between store and ledger, or between ledger and pointers.
//! The next run or judgement appends it, marked late, or finds it in the log and sets the pointers; a person is told.

use std::collections::HashMap;
use std::fs::File;

use anyhow::{Context as _, Result, bail};
use syndic_attest::SigningKey;
use syndic_ledger::{Entry, Ledger, LedgerError};
use syndic_store::{Pointed, Store, Unrecorded};

use super::entries::{self, ADOPTED, Batch, EVIDENCE, FINDING, RUN, TABLE};
use super::{OpenLedger, StateLedger};

/// Rows, each with its place in the log.
type Pointers = Vec<(Pointed, u64)>;

impl StateLedger {
    /// Does `write`, which stores something, and records in the ledger what it stored and what still waited before.
    /// `write` says the id of the run or event it stored. Returns its outcome and what a person must be told. When this returns, all of it is durable, under a signed
    /// checkpoint, and its rows point to it.
    ///
    /// # Errors
    /// Those of `write`; or the ledger cannot be opened or written: then what was stored stays stored, and the next
    /// recording appends it.
    pub(crate) async fn recording<T>(
        &self,
        key: &SigningKey,
        store: &Store,
        write: impl Future<Output = Result<(T, String)>>,
    ) -> Result<(T, Vec<String>)> {
        let this = self.clone();
        let turn = tokio::task::spawn_blocking(move || this.turn()).await.context("the ledger's thread failed")??;
        if !self.exists() {
            self.expect_no_remains()?;
            self.expect_unpointed(store).await?;
        }
        let (outcome, own) = write.await?;
        let notes = self.append_waiting(turn, key, store, &own).await?;
        Ok((outcome, notes))
    }

    /// Refuses to begin a new ledger beside a store whose rows point into one that is gone.
    async fn expect_unpointed(&self, store: &Store) -> Result<()> {
        if store.pointing_rows().await?.iter().any(|row| row.index.is_some()) {
            bail!(
                "the ledger {} is gone, and the store points to its records: put it and ledger-master.key back from a backup \
                 or with `syndic ledger restore`, or begin anew with another --state",
                self.folder.display()
            );
        }
        Ok(())
    }

    async fn append_waiting(&self, turn: File, key: &SigningKey, store: &Store, own: &str) -> Result<Vec<String>> {
        let waiting = store.unrecorded().await?;
        let (this, key, own) = (self.clone(), key.clone(), own.to_owned());
        let append = move || -> Result<(OpenLedger, Pointers, Vec<String>)> {
            let place = this.folder.display();
            let not_recorded = || format!("the result is stored but not recorded in the ledger {place}");
            let open = this.open_in(turn, &key).with_context(not_recorded)?;
            let mut witnesses = open.ask_witnesses(&this.state).with_context(not_recorded)?;
            let appended = append(&open.ledger, &waiting, &key, &own);
            let (pointers, mut notes) = appended.map_err(|error| {
                // Of a disk that failed half way only the next opening tells what stands.
                let what = if error.downcast_ref::<LedgerError>().is_some() {
                    format!("the result is stored, and not acknowledged by the ledger {place}")
                } else {
                    not_recorded()
                };
                error.context(what)
            })?;
            let after = witnesses.after(&open.ledger, open.log_key()).and_then(|()| Ok(open.ledger.close()?));
            after.with_context(|| {
                format!(
                    "the result is stored and recorded in the ledger {place}, and what comes after failed: the checkpoint \
                     over it, or a witness; the next run puts it right"
                )
            })?;
            notes.extend(witnesses.notes());
            Ok((open, pointers, notes))
        };
        // The turn lasts until the rows point: it is in the open ledger.
        let (open, pointers, notes) =
            tokio::task::spawn_blocking(append).await.context("the ledger's thread failed")??;
        store.point(&pointers).await?;
        drop(open);
        Ok(notes)
    }
}

fn append(ledger: &Ledger, waiting: &[Unrecorded], key: &SigningKey, own: &str) -> Result<(Pointers, Vec<String>)> {
    let is_own = |one: &Unrecorded| match one {
        Unrecorded::Run(run) => run.now.run == own,
        Unrecorded::Judgement(judgement) => judgement.event.id == own,
    };
    // What was stored just now cannot be in the log; for the rest the whole log is read, which is rare.
    let known = if waiting.iter().all(is_own) { Known::default() } else { Known::read(ledger)? };
    let trusted = key.public();
    let context = entries::Context { trusted: &trusted, own, known: &known };
    let Batch { items, notes } = entries::batch(waiting, &context)?;
    let mut pointers = Pointers::new();
    let (mut missing, mut rows_of_missing) = (Vec::new(), Vec::new());
    for item in items {
        if let Some(index) = known.index_of(&item.entry) {
            pointers.extend(item.rows.into_iter().map(|row| (row, index)));
        } else {
            missing.push(item.entry);
            rows_of_missing.push(item.rows);
        }
    }
    if !missing.is_empty() {
        for (receipt, rows) in ledger.append(missing)?.iter().zip(rows_of_missing) {
            pointers.extend(rows.into_iter().map(|row| (row, receipt.index)));
        }
    }
    let is_own = |row: &Pointed| matches!(row, Pointed::Run(id) | Pointed::Event(id) if id == own);
    if !pointers.iter().any(|(row, _)| is_own(row)) {
        bail!("{own} cannot be recorded: {}", notes.join("; "));
    }
    Ok((pointers, notes))
}

/// What the log holds of stored things.
#[derive(Default)]
pub(super) struct Known {
    /// Kind and identity of each record, and where it is.
    places: HashMap<(String, String), u64>,
    /// Whether runs are in the log with the digests of their tables: from then on nothing is taken over as found.
    has_pointed_runs: bool,
}

impl Known {
    fn read(ledger: &Ledger) -> Result<Self> {
        let mut known = Self::default();
        for record in ledger.tail(0) {
            let record = record?;
            let leaf = record.leaf;
            let is_run = leaf.kind == RUN || leaf.kind == ADOPTED;
            let has_tables = leaf.tags.iter().any(|(key, _)| key.starts_with(TABLE));
            known.has_pointed_runs |= is_run && has_tables;
            // Runs of the time before the pointers are there without their tables.
            if !is_run || has_tables {
                let identity = identity(&leaf.kind, &leaf.tags);
                known.places.insert((leaf.kind, identity), record.index);
            }
        }
        Ok(known)
    }

    fn index_of(&self, entry: &Entry) -> Option<u64> {
        self.places.get(&(entry.kind.clone(), identity(&entry.kind, &entry.tags))).copied()
    }

    /// Says whether a run that nothing signed speaks for may be taken over as it is found: only while the log knows no
    /// run by its tables, or when it was taken over and the crash came before its rows pointed.
    pub(super) fn may_adopt(&self, run: &str) -> bool {
        !self.has_pointed_runs || self.places.contains_key(&(ADOPTED.to_owned(), run.to_owned()))
    }
}

/// What makes a record the only one of its kind.
fn identity(kind: &str, tags: &[(String, String)]) -> String {
    let wanted = match kind {
        EVIDENCE => "digest",
        kind if kind.starts_with(FINDING) => "event",
        _ => "run",
    };
    tags.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone()).unwrap_or_default()
}
