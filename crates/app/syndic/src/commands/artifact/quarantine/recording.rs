//! What was moved and put back, appended to the ledger where there is one.
//!
//! Tags stand there in clear and for ever, so they hold identities only; path and findings are content, encrypted under
//! a key of the file's own: `syndic ledger erase --subject quarantine:ID`.

use anyhow::{Context as _, Result};
use serde_json::json;
use syndic_ledger::Entry;
use syndic_ledger::admin::Cause;

use super::manifest::Manifest;
use super::vault::Vault;
use crate::cli::Cli;
use crate::ledger::StateLedger;
use crate::printer;

/// Kinds of records.
const TAKEN: &str = "artifact.quarantined";
const RESTORED: &str = "artifact.restored";

/// Records what was moved away.
///
/// # Errors
/// The ledger cannot be written: the files are in quarantine all the same.
pub(crate) fn taken(cli: &Cli, vault: &Vault, manifests: &[Manifest]) -> Result<()> {
    let entry = |manifest: &Manifest| entry(TAKEN, manifest, &manifest.by, &json!(manifest).to_string());
    append(cli, vault, manifests.iter().map(entry).collect())
        .context("the files are in quarantine, and that is not recorded in the ledger")
}

/// Records what was put back, and why.
///
/// # Errors
/// The ledger cannot be written: the file is back all the same.
pub(super) fn restored(cli: &Cli, vault: &Vault, manifest: &Manifest, who: &Cause) -> Result<()> {
    let content = json!({ "path": manifest.path, "reason": who.reason }).to_string();
    append(cli, vault, vec![entry(RESTORED, manifest, &who.actor, &content)])
        .context("the file is back, and that is not recorded in the ledger")
}

fn entry(kind: &str, manifest: &Manifest, actor: &str, content: &str) -> Entry {
    Entry {
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        subject: Some(format!("quarantine:{}", manifest.id)),
        tags: vec![
            ("quarantine".to_owned(), manifest.id.clone()),
            ("sha256".to_owned(), manifest.sha256.clone()),
            ("verdict".to_owned(), manifest.verdict_text().to_owned()),
        ],
        content: content.as_bytes().to_vec(),
    }
}

fn append(cli: &Cli, vault: &Vault, entries: Vec<Entry>) -> Result<()> {
    let state = StateLedger::of(&cli.state);
    // Without an assessment there is no ledger to append to; the signed manifests speak for themselves.
    if entries.is_empty() || !state.exists() {
        return Ok(());
    }
    let open = state.open(&vault.key)?;
    let mut witnesses = open.ask_witnesses(&cli.state)?;
    open.ledger.append(entries)?;
    witnesses.after(&open.ledger, open.log_key())?;
    open.ledger.close()?;
    witnesses.notes().iter().for_each(|note| printer::say(note));
    Ok(())
}
