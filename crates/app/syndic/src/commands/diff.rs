//! `syndic diff`: what changed between two runs.

use anyhow::Result;
use serde_json::json;
use syndic_evidence::{ControlResult, Finding};
use syndic_store::{Diff, SystemSummary};

use super::assets::{known_system, system_name};
use super::{UsageError, block_on, open_existing};
use crate::cli::{Cli, DiffArgs};
use crate::exit::Exit;
use crate::printer;
use crate::state::assessed;

/// Compares. Exits with 1 when the later run has a finding the earlier one had not.
pub(crate) fn run(cli: &Cli, args: &DiffArgs) -> Result<Exit> {
    let found = block_on(async {
        let store = assessed(open_existing(cli).await?).await?;
        Ok(match (&args.from, &args.to) {
            (Some(from), Some(to)) => Some(store.diff(from, to).await?),
            (None, None) => {
                let system = known_system(&store, args.system.as_deref()).await?;
                if system.is_none() {
                    say_which(&store.systems().await?);
                }
                store.latest_diff(system.as_ref()).await?
            }
            _ => return Err(UsageError("give both runs, or none for the last two".to_owned()).into()),
        })
    })?;
    let Some(diff) = found else {
        return Err(UsageError("there is no run to compare: assess first".to_owned()).into());
    };
    let text = if args.json { format!("{}\n", serde_json::to_string_pretty(&as_json(&diff))?) } else { as_text(&diff) };
    printer::result(&text)?;
    Ok(if diff.opened.is_empty() && diff.reopened.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Of several systems the one assessed last is taken, which the ids of its runs do not show.
fn say_which(systems: &[SystemSummary]) {
    if let [last, _, ..] = systems {
        printer::say(&format!(
            "the store has {} systems: these are runs of `{}`, which was assessed last; --system NAME takes another",
            systems.len(),
            system_name(&last.system)
        ));
    }
}

fn as_text(diff: &Diff) -> String {
    let from = diff.from.as_ref().map_or("nothing", |run| run.id.as_str());
    let mut text = format!("{from} → {}\n", diff.to.id);
    let mut any = false;
    for (word, findings) in [
        ("opened", &diff.opened),
        ("reopened", &diff.reopened),
        ("fixed", &diff.fixed),
        ("not covered", &diff.not_covered),
    ] {
        for Finding { severity, rule, location, message, .. } in findings {
            any = true;
            text.push_str(&format!("{word:<12} {severity:<9} {rule}  {location}  {message}\n"));
        }
    }
    for (word, assets) in [("new asset", &diff.assets_added), ("gone asset", &diff.assets_removed)] {
        for asset in assets {
            any = true;
            text.push_str(&format!("{word:<12} {} {}\n", asset.kind, asset.name));
        }
    }
    for change in &diff.controls_changed {
        any = true;
        let name = |result: Option<ControlResult>| result.map_or("not computed", ControlResult::as_str);
        text.push_str(&format!(
            "{:<12} {} {} → {}  {}\n",
            "control",
            change.control,
            name(change.before),
            name(change.after),
            change.asset
        ));
    }
    if !any {
        text.push_str("nothing changed\n");
    }
    text
}

fn as_json(diff: &Diff) -> serde_json::Value {
    let controls: Vec<_> = diff
        .controls_changed
        .iter()
        .map(|change| json!({"control": change.control, "asset": change.asset, "before": change.before, "after": change.after}))
        .collect();
    json!({
        "from": diff.from.as_ref().map(|run| &run.id),
        "to": diff.to.id,
        "opened": diff.opened,
        "reopened": diff.reopened,
        "fixed": diff.fixed,
        "not_covered": diff.not_covered,
        "assets_added": diff.assets_added,
        "assets_removed": diff.assets_removed,
        "controls_changed": controls,
    })
}
