//! `syndic ledger hold`: legal holds, placed, released and listed.

use anyhow::Result;
use serde_json::json;
use syndic_ledger::hold::{Hold, HoldScope, Scope};
use syndic_ledger::{Content, Ledger};
use syndic_report::{Row, listing};

use super::erase::records_about;
use super::{act, cause, open, record, refusal};
use crate::cli::{Cli, HoldCommand, HoldPlaceArgs};
use crate::exit::Exit;
use crate::printer;

/// Does what was asked of the holds.
pub(super) fn run(cli: &Cli, command: &HoldCommand) -> Result<Exit> {
    match command {
        HoldCommand::Place(args) => place(cli, args),
        HoldCommand::Release { name, cause } => {
            let cause = cause::of_reasoned(cause)?;
            let index = act(cli, |_, admin| admin.release(name, &cause).map_err(refusal))?;
            printer::result(&format!("hold {name:?} ended; record {index} says so\n"))?;
            Ok(Exit::Clean)
        }
        HoldCommand::List { json } => list(cli, *json),
    }
}

fn place(cli: &Cli, args: &HoldPlaceArgs) -> Result<Exit> {
    let cause = cause::of_reasoned(&args.cause)?;
    cause::refuse_unseen("the hold's name", &args.name)?;
    if let Some(subject) = &args.subject {
        cause::refuse_naming(&cause, subject)?;
    }
    let scope = match (&args.subject, &args.tag) {
        (Some(subject), _) => HoldScope::Subject(subject.clone()),
        (None, Some((key, value))) => HoldScope::Tag { key: key.clone(), value: value.clone() },
        // The command line has exactly one of the three.
        (None, None) => HoldScope::Everything,
    };
    let (hold, is_about_nobody) = act(cli, |open, admin| {
        args.subject.as_deref().map_or(Ok(()), |subject| cause::refuse_unseen_subject(open, subject))?;
        let hold = admin.hold(&args.name, &scope, &cause).map_err(refusal)?;
        Ok((hold, args.subject.as_deref().map(|subject| records_about(open, subject)).transpose()? == Some(0)))
    })?;
    let Hold { name, index, .. } = &hold;
    printer::result(&format!("hold {name:?} keeps {}; record {index} says so\n", covered(&hold.scope)))?;
    if is_about_nobody {
        printer::say(
            "warning: no record is about that subject yet, so the hold keeps nothing that is there now: check the spelling \
             (what a run records is about `system:NAME`)",
        );
    }
    Ok(Exit::Clean)
}

fn covered(scope: &Scope) -> String {
    match scope {
        Scope::Subject(pseudonym) => format!("every record about subject {}", record::hex(&pseudonym.0)),
        Scope::Tag { key, value } => format!("every record tagged {key}={value}"),
        Scope::Everything => "every record".to_owned(),
    }
}

fn list(cli: &Cli, is_json: bool) -> Result<Exit> {
    let open = open(cli)?;
    let holds = open.admin().holds();
    let reasons: Vec<Option<String>> =
        holds.iter().map(|hold| reason(&open.ledger, hold.index)).collect::<Result<_>>()?;
    let held = holds.iter().zip(reasons.iter().map(Option::as_deref));
    let text = if is_json {
        let holds: Vec<_> = held.map(|(hold, reason)| to_json(hold, reason)).collect();
        format!("{}\n", record::shown(&serde_json::to_string_pretty(&holds)?))
    } else if holds.is_empty() {
        "no hold stands\n".to_owned()
    } else {
        let rows: Vec<Row> = held.map(|(hold, reason)| row(hold, reason)).collect();
        listing(&rows, printer::terminal_width())
    };
    printer::result(&text)?;
    Ok(Exit::Clean)
}

/// The reason is the content of the record that states the hold; none if it cannot be read.
fn reason(ledger: &Ledger, index: u64) -> Result<Option<String>> {
    Ok(match ledger.read(index)?.content {
        Content::Plain(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Content::Erased | Content::Sealed(_) | Content::Retired => None,
    })
}

fn row(hold: &Hold, reason: Option<&str>) -> Row {
    let reason = reason.unwrap_or("(the reason cannot be read)");
    let since = format!("since {} by {}, record {}", record::time(hold.time_us), hold.actor, hold.index);
    Row { fixed: vec![hold.name.clone(), covered(&hold.scope)], rest: format!("{since}: {reason}") }
}

fn to_json(hold: &Hold, reason: Option<&str>) -> serde_json::Value {
    let scope = match &hold.scope {
        Scope::Subject(pseudonym) => json!({ "subject": record::hex(&pseudonym.0) }),
        Scope::Tag { key, value } => json!({ "tag": { "key": key, "value": value } }),
        Scope::Everything => json!("everything"),
    };
    json!({
        "name": hold.name,
        "scope": scope,
        "actor": hold.actor,
        "time": record::time(hold.time_us),
        "index": hold.index,
        "reason": reason,
    })
}
