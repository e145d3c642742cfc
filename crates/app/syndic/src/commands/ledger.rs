//! `syndic ledger`: what happened, provably.

mod verify;

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use syndic_ledger::{Content, Ledger, Record};

use crate::cli::{Cli, LedgerArgs, LedgerCommand};
use crate::exit::Exit;
use crate::ledger::{OpenLedger, StateLedger};
use crate::printer;
use crate::state::State;

/// Does what was asked of the ledger of the state folder.
pub(crate) fn run(cli: &Cli, args: &LedgerArgs) -> Result<Exit> {
    match &args.command {
        LedgerCommand::Checkpoint => {
            let open = open(cli)?;
            printer::result(&open.ledger.checkpoint()?.note)?;
            Ok(Exit::Clean)
        }
        LedgerCommand::Prove { index } => {
            let open = open(cli)?;
            printer::result(&open.ledger.proof_text(*index)?.to_string())?;
            Ok(Exit::Clean)
        }
        LedgerCommand::Export { kind } => {
            let open = open(cli)?;
            export(&open.ledger, kind.as_deref())
        }
        LedgerCommand::Verify(args) => verify::run(cli, args),
    }
}

/// Opens the ledger of the state folder; one that is damaged is refused.
fn open(cli: &Cli) -> Result<OpenLedger> {
    let ledger = StateLedger::of(&cli.state);
    if !ledger.exists() {
        bail!("no ledger in {}: run `syndic assess PATH` first, or name the folder with --state", cli.state.display());
    }
    ledger.open(&State::existing(&cli.state)?.signing_key()?)
}

/// One JSON object a record, in order.
fn export(ledger: &Ledger, kind: Option<&str>) -> Result<Exit> {
    let mut out = std::io::stdout().lock();
    for record in ledger.tail(0) {
        let record = record?;
        if kind.is_none_or(|kind| record.leaf.kind == kind) {
            writeln!(out, "{}", line(&record)).context("cannot write to standard output")?;
        }
    }
    Ok(Exit::Clean)
}

fn line(record: &Record) -> serde_json::Value {
    let leaf = &record.leaf;
    let tags: serde_json::Map<String, serde_json::Value> =
        leaf.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let (state, content) = match &record.content {
        Content::Plain(bytes) => ("plain", Some(String::from_utf8_lossy(bytes).into_owned())),
        Content::Erased => ("erased", None),
        Content::Sealed(_) => ("sealed", None),
        Content::Retired => ("retired", None),
    };
    json!({
        "index": record.index,
        "time": jiff::Timestamp::from_microsecond(leaf.time_us).map(|time| time.to_string()).ok(),
        "kind": leaf.kind,
        "actor": leaf.actor,
        "tags": tags,
        "content_state": state,
        "content": content,
    })
}
