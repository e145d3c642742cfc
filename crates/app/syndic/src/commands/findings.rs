//! `syndic findings`: what the store knows to be wrong; with a fingerprint, one finding and its history; and what people
//! say about them.

mod judge;

use anyhow::Result;
use syndic_detect::Rulebook;
use syndic_evidence::{Finding, FindingState};
use syndic_report::{Row, listing};
use syndic_store::{FindingFilter, FindingHistory, Store};

use super::assets::{are_several, known_system, system_name, with_system};
use super::{UsageError, block_on, open_existing};
use crate::cli::{Cli, FindingsArgs, FindingsCommand};
use crate::exit::Exit;
use crate::printer;
use crate::state::assessed;

/// Lists findings, shows one, or judges one. Exits with 1 when the list is not empty.
pub(crate) fn run(cli: &Cli, args: &FindingsArgs) -> Result<Exit> {
    if let Some(FindingsCommand::Judge(args)) = &args.command {
        return judge::run(cli, args);
    }
    if let Some(prefix) = &args.fingerprint {
        let history = block_on(async { Ok(assessed(open_existing(cli).await?).await?.finding(prefix).await?) })?;
        let text = if args.json { one_json(&history)? } else { one(&history) };
        printer::result(&text)?;
        return Ok(Exit::Clean);
    }
    let states = [FindingState::Open, FindingState::Fixed, FindingState::Accepted, FindingState::FalsePositive];
    let (findings, are_several) = block_on(async {
        let store = assessed(open_existing(cli).await?).await?;
        let filter = FindingFilter {
            system: known_system(&store, args.system.as_deref()).await?,
            state: states.into_iter().find(|state| state.as_str() == args.state_is.to_ascii_lowercase()),
            severity_at_least: Some(args.severity),
            rule: args.rule.clone(),
            ..FindingFilter::default()
        };
        if let Some(rule) = &args.rule {
            refuse_unknown_rule(&store, rule).await?;
        }
        Ok((store.findings_by_system(&filter).await?, are_several(&store, args.system.as_deref()).await?))
    })?;
    let text = if args.json {
        let findings = findings.iter().map(|(system, finding)| with_system(finding, system));
        format!("{}\n", serde_json::to_string_pretty(&findings.collect::<serde_json::Result<Vec<_>>>()?)?)
    } else {
        let named = |system| are_several.then(|| system_name(system));
        let rows: Vec<Row> = findings.iter().map(|(system, finding)| row(named(system), finding)).collect();
        listing(&rows, printer::terminal_width())
    };
    printer::result(&text)?;
    Ok(if findings.iter().any(|(_, finding)| finding.state == FindingState::Open) {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

/// A rule or engine that there never was is a mistake, not an empty list. One of an older version may have findings.
async fn refuse_unknown_rule(store: &Store, wanted: &str) -> Result<()> {
    let rules = Rulebook::all()?;
    let is_known = rules
        .rules()
        .any(|rule| rule.id == wanted || rule.id.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.')));
    let of_rule = FindingFilter { rule: Some(wanted.to_owned()), limit: Some(1), ..FindingFilter::default() };
    if is_known || !store.findings(&of_rule).await?.is_empty() {
        return Ok(());
    }
    Err(UsageError(format!("there is no rule or engine `{wanted}`: `syndic explain` lists the rules")).into())
}

fn row(system: Option<String>, finding: &Finding) -> Row {
    let short: String = finding.fingerprint.hex().chars().take(12).collect();
    Row {
        fixed: std::iter::once(short)
            .chain(system)
            .chain([finding.severity.to_string(), finding.rule.clone()])
            .collect(),
        rest: format!("{}  {}", finding.location, finding.message),
    }
}

fn one(history: &FindingHistory) -> String {
    let finding = &history.finding;
    let mut text = format!(
        "{}\n{}\n\n{}\n\nSeverity     {}\nConfidence   {}\nState        {}\nWhere        {}\nAsset        {}\nFingerprint  {}\n",
        finding.rule,
        finding.title,
        finding.message,
        finding.severity,
        finding.confidence.as_str(),
        finding.state.as_str(),
        finding.location,
        finding.asset,
        finding.fingerprint.hex(),
    );
    if let (FindingState::Accepted, Some(until)) = (finding.state, history.accepted_until) {
        text.push_str(&format!("Accepted     until {until}\n"));
    }
    for digest in &history.evidence {
        text.push_str(&format!("Evidence     {digest}\n"));
    }
    text.push_str("\nHistory\n");
    for event in &history.events {
        text.push_str(&format!("  {}  {}  by {}  {}\n", event.at, event.kind, event.actor, event.note));
    }
    text.push_str(&format!("\nWhy and what to do: syndic explain {}\n", finding.rule));
    text
}

fn one_json(history: &FindingHistory) -> Result<String> {
    let events: Vec<_> = history
        .events
        .iter()
        .map(|event| serde_json::json!({"at": event.at, "kind": event.kind, "actor": event.actor, "note": event.note}))
        .collect();
    let value = serde_json::json!({
        "finding": history.finding,
        "accepted_until": history.accepted_until,
        "evidence": history.evidence,
        "events": events,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&value)?))
}
