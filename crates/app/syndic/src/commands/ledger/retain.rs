//! `syndic ledger retain`: how long contents are kept; removes the segments whose time is over and that nothing holds.

use anyhow::Result;
use syndic_ledger::admin::{Admin, Cause};
use syndic_ledger::retention::{Keeping, KeptBecause, Prospect, Retention, Retirement};

use super::{act, cause, is_confirmed, open, refusal};
use crate::cli::{Cli, LedgerRetainArgs};
use crate::exit::Exit;
use crate::printer;

/// Says what would go, asks, sets the retention if it is another, and removes.
pub(super) fn run(cli: &Cli, args: &LedgerRetainArgs) -> Result<Exit> {
    let now_us = jiff::Timestamp::now().as_microsecond();
    let cause = cause::of(&args.cause)?;
    let retention = args.keep_days.map(|days| asked(days, args.override_minimum)).transpose()?;
    let (prospect, retention) = {
        let open = open(cli)?;
        let admin = open.admin();
        let retention = retention.unwrap_or_else(|| admin.state().retention());
        (admin.would_retire(retention, now_us).map_err(refusal)?, retention)
    };
    let days = retention.days();
    if args.dry_run {
        printer::result(&format!("{}{}", would_go(&prospect), stays(prospect.keeping.as_ref(), days)))?;
        return Ok(Exit::Clean);
    }
    if prospect.segments > 0 {
        printer::say(would_go(&prospect).trim_end());
        if !is_confirmed("Remove these contents for ever?", args.yes)? {
            printer::say("nothing was removed");
            return Ok(Exit::Findings);
        }
    }
    let (set, retired) = act(cli, |_, admin| {
        let set = set(admin, retention, &cause)?;
        Ok((set, admin.retire(now_us, &cause).map_err(refusal)?))
    })?;
    printer::result(&format!("{set}{}{}", went(&retired), stays(retired.keeping.as_ref(), days)))?;
    Ok(Exit::Clean)
}

fn asked(days: u32, is_overriding: bool) -> Result<Retention> {
    if is_overriding {
        return Ok(Retention::overriding_minimum(days));
    }
    let told = |error| refusal(error).context("add --override-minimum where no such duty applies");
    Retention::of_days(days).map_err(told)
}

/// Records the retention if it is another than the log has.
fn set(admin: &Admin, retention: Retention, cause: &Cause) -> Result<String> {
    let days = retention.days();
    if admin.state().retention() == retention {
        return Ok(format!("contents are kept for {days} days\n"));
    }
    let index = admin.set_retention(retention, cause).map_err(refusal)?;
    Ok(format!("contents are kept for {days} days from now on; record {index} says so\n"))
}

fn would_go(prospect: &Prospect) -> String {
    match prospect.records.end.checked_sub(1) {
        Some(last) if prospect.segments > 0 => format!(
            "would go: the contents of records {} to {last}, in {} segment(s); their leaves and proofs stay\n",
            prospect.records.start, prospect.segments
        ),
        _ => "nothing would go\n".to_owned(),
    }
}

fn went(retired: &Retirement) -> String {
    match (retired.segments, retired.index) {
        (0, _) => "nothing was removed\n".to_owned(),
        (segments, Some(index)) => format!(
            "the contents of all records before {} are gone, in {segments} segment(s); record {index} says so\n",
            retired.before
        ),
        (segments, None) => format!("{segments} segment(s) that an earlier retirement left are gone\n"),
    }
}

/// Why the rest stays; segments go in order, so that what keeps one keeps all after it.
fn stays(keeping: Option<&Keeping>, days: u32) -> String {
    let Some(Keeping { from, because }) = keeping else { return String::new() };
    let because = match because {
        KeptBecause::TooYoung => format!("a record there is not older than {days} days"),
        KeptBecause::Held(hold) => format!("hold {hold:?} covers a record there"),
        KeptBecause::NotPublished => "its records are not in full bundles of 256 yet".to_owned(),
        KeptBecause::InUse => "records are still appended there".to_owned(),
    };
    format!("records from {from} on stay: {because}\n")
}
