//! `syndic findings judge`: what a person says about a finding, signed, stored and recorded in the ledger.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use syndic_evidence::FindingState;
use syndic_store::{FindingHistory, Judged, Judgement};

use crate::cli::{CauseArgs, Cli, JudgeArgs};
use crate::commands::ledger::cause;
use crate::commands::{UsageError, block_on, open_existing, sealing};
use crate::exit::Exit;
use crate::ledger::StateLedger;
use crate::printer;
use crate::state::{State, assessed};

/// Judges one finding and says what became of it.
pub(super) fn run(cli: &Cli, args: &JudgeArgs) -> Result<Exit> {
    let state = state(&args.judged_as);
    let now = Timestamp::now();
    let until = args.until.map(|day| end_of(day, state, now)).transpose()?;
    let who = cause::of(&CauseArgs { reason: args.reason.clone(), actor: args.actor.clone() })?;
    let judgement = Judgement { state, until, actor: who.actor, reason: who.reason, at: now };
    let key = State::existing(&cli.state)?.signing_key()?;
    let (finding, notes) = block_on(async {
        let store = assessed(open_existing(cli).await?).await?;
        let write = async {
            let history = store.finding(&args.fingerprint).await?;
            refuse_idle(&history, &judgement)?;
            let sign = |judged: &Judged| sealing::sign_judgement(&key, judged);
            let event = store.judge_signed(&history, &judgement, &sign).await?;
            Ok((history.finding, event))
        };
        let outcome = StateLedger::of(&cli.state).recording(&key, &store, write).await?;
        // Folds the write-ahead log into the file: a copy of it is then the whole store.
        store.close().await;
        Ok(outcome)
    })?;
    for note in notes {
        printer::say(&format!("warning: {note}"));
    }
    let end = until.map(|until| format!(" until {until}")).unwrap_or_default();
    printer::result(&format!(
        "{} {} is {}{end} (was {})\n",
        finding.rule,
        finding.location,
        state.as_str(),
        finding.state.as_str()
    ))?;
    Ok(Exit::Clean)
}

/// The states a person can give; the command line takes no other.
fn state(name: &str) -> FindingState {
    match name.to_ascii_lowercase().as_str() {
        "accepted" => FindingState::Accepted,
        "open" => FindingState::Open,
        _ => FindingState::FalsePositive,
    }
}

/// The moment after the last day.
fn end_of(day: Date, state: FindingState, now: Timestamp) -> Result<Timestamp> {
    if state != FindingState::Accepted {
        return Err(UsageError("only what is accepted has an end: leave --until out".to_owned()).into());
    }
    let next = day.tomorrow().with_context(|| format!("--until {day} is out of range"))?;
    let end = next.to_zoned(jiff::tz::TimeZone::UTC).context("--until is out of range")?.timestamp();
    if end <= now {
        return Err(UsageError(format!("--until {day} is over: give a day that is not")).into());
    }
    Ok(end)
}

/// Refuses what would change nothing, and what only a run can say.
fn refuse_idle(history: &FindingHistory, judgement: &Judgement) -> Result<()> {
    let now = history.finding.state;
    if now == FindingState::Fixed {
        let why = "the finding is fixed, so there is nothing to judge: it opens by itself if it comes back";
        return Err(UsageError(why.to_owned()).into());
    }
    if now == FindingState::Open && judgement.state == FindingState::Open {
        return Err(UsageError("the finding is open already".to_owned()).into());
    }
    Ok(())
}
