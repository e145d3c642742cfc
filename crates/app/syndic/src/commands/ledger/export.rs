//! `syndic ledger export`: records as JSON, one a line, with proofs if asked.
//!
//! Every record of the log is read in order, because an index is no evidence that nothing was left out. Only one record
//! is in memory at a time. The form of proofs is described in `docs/ledger.md`.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use syndic_ledger::{Prover, Record, SignedCheckpoint};

use super::record::{Unread, shown, to_json};
use super::{open, select};
use crate::cli::{Cli, LedgerExportArgs};
use crate::exit::Exit;
use crate::printer;

/// Names the form of a line; another one gets another number.
const FORM: &str = "syndic-ledger-export/1";

/// Prints the records that were asked for. Contents that are gone are part of the export, as such.
pub(super) fn run(cli: &Cli, args: &LedgerExportArgs) -> Result<Exit> {
    let open = open(cli)?;
    let filter = select::filter(&args.select, &open)?;
    let signed = if args.proofs { Some(open.ledger.checkpoint()?) } else { None };
    let mut lines = printer::Lines::begin();
    let prover = signed.as_ref().map(|signed| open.ledger.prover(signed.head.size)).transpose()?;
    if let Some(signed) = &signed {
        lines.line(&shown(&head(signed)?.to_string()))?;
    }
    let mut unread = Unread::default();
    for record in open.ledger.tail(0) {
        let record = record?;
        if args.select.until.is_some_and(|until| record.leaf.time_us >= until) {
            // No record is older than its predecessor.
            break;
        }
        if !filter.matches(&record.leaf) {
            continue;
        }
        unread.count(&record.content);
        let mut line = to_json(&record);
        if let Some(prover) = &prover {
            prove(prover, &record, &mut line)?;
        }
        if !lines.line(&shown(&serde_json::to_string(&line)?))? {
            break;
        }
    }
    lines.end()?;
    if unread.total() > 0 {
        printer::say(&format!("contents that cannot be read: {unread}"));
    }
    Ok(if unread.sealed > 0 { Exit::CouldNotCheck } else { Exit::Clean })
}

/// The first line: the checkpoint that covers every record of the export.
fn head(signed: &SignedCheckpoint) -> Result<Value> {
    let origin = signed.note.lines().next().context("the checkpoint is empty: run `syndic ledger verify`")?;
    Ok(json!({
        "form": FORM,
        "origin": origin,
        "size": signed.head.size,
        "root": STANDARD.encode(signed.head.root.as_bytes()),
        "checkpoint": signed.note,
    }))
}

/// Adds what a proof needs: the bytes the tree hashes, and the hashes on the way to the root.
fn prove(prover: &Prover, record: &Record, line: &mut Map<String, Value>) -> Result<()> {
    let leaf = record.leaf.encode()?;
    let proof = prover.prove(record.index, &leaf)?;
    let path: Vec<String> = proof.path.iter().map(|hash| STANDARD.encode(hash.as_bytes())).collect();
    line.insert("leaf".to_owned(), json!(STANDARD.encode(leaf)));
    line.insert("proof".to_owned(), json!(path));
    Ok(())
}
