//! `syndic ledger erase`: destroys a subject's key, so that the contents of its records are unreadable for ever.

use anyhow::Result;
use syndic_ledger::admin::{Admin, AdminError, Erased};
use syndic_ledger::search::{Filter, Order, Page};

use super::{act, cause, is_confirmed, open, record, refusal};
use crate::cli::{Cli, LedgerEraseArgs};
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::ledger::OpenLedger;
use crate::printer;

/// Erases if nothing stands against it: no hold, and the person means it.
pub(super) fn run(cli: &Cli, args: &LedgerEraseArgs) -> Result<Exit> {
    let cause = cause::of(&args.cause)?;
    cause::refuse_naming(&cause, &args.subject)?;
    let records = match look(cli, &args.subject)? {
        Prospect::Held(why) => {
            printer::say(&why);
            return Ok(Exit::Findings);
        }
        Prospect::Records(records) => records,
    };
    let question = format!("Make the contents of {records} record(s) about this subject unreadable for ever?");
    if !is_confirmed(&question, args.yes)? {
        printer::say("nothing was erased");
        return Ok(Exit::Findings);
    }
    let erase = |admin: &Admin| match admin.erase(&args.subject, &cause) {
        // Placed while the person was being asked.
        Err(AdminError::Held { hold }) => Ok(Err(denied(&format!("hold {hold:?}"), &hold))),
        outcome => outcome.map(Ok).map_err(refusal),
    };
    match act(cli, |_, admin| erase(admin))? {
        Ok(erased) => tell(&erased, records),
        Err(denied) => {
            printer::say(&denied);
            Ok(Exit::Findings)
        }
    }
}

/// What stands before an erasure.
enum Prospect {
    /// A hold is against it, in words.
    Held(String),
    /// So many records are about the subject.
    Records(usize),
}

/// Looks without changing anything; the ledger is not kept open while the person is asked.
fn look(cli: &Cli, subject: &str) -> Result<Prospect> {
    let open = open(cli)?;
    let admin = open.admin();
    let records = records_about(&open, subject)?;
    if records == 0 {
        cause::refuse_unseen("--subject", subject)?;
        let why = "no record is about that subject, nothing was erased; what a run records is about `system:NAME`";
        return Err(UsageError(why.to_owned()).into());
    }
    let Some(name) = admin.hold_against(subject)? else { return Ok(Prospect::Records(records)) };
    let state = admin.state();
    let what = state.hold(&name).map_or_else(
        || format!("hold {name:?}"),
        |hold| {
            format!(
                "hold {name:?}, placed by {} on {} as record {},",
                hold.actor,
                record::time(hold.time_us),
                hold.index
            )
        },
    );
    Ok(Prospect::Held(denied(&what, &name)))
}

/// Returns how many records are about a subject.
///
/// # Errors
/// The index cannot be read.
pub(super) fn records_about(open: &OpenLedger, subject: &str) -> Result<usize> {
    let filter = Filter::default().subject(&open.pseudonym(subject));
    let all = Page { order: Order::NewestFirst, after: None, limit: usize::MAX };
    Ok(open.index()?.page(&filter, &all)?.len())
}

fn denied(what: &str, name: &str) -> String {
    format!(
        "denied: {what} keeps contents about this subject; nothing was erased. When it may end: \
         syndic ledger hold release {name:?} --reason WHY"
    )
}

fn tell(erased: &Erased, records: usize) -> Result<Exit> {
    let subject = record::hex(&erased.subject.0);
    let text = if erased.slots.is_empty() && erased.unreadable.is_empty() {
        format!("nothing was left to erase: record {} says when it was done\n", erased.index)
    } else {
        format!(
            "the contents of {records} record(s) about {subject} are unreadable for ever; record {} says so\n",
            erased.index
        )
    };
    printer::result(&text)?;
    printer::say(
        "not erased: what the store, reports and backups hold; a backup of the ledger opens until the master key is \
         rotated (syndic ledger rotate) and every copy of the old one destroyed",
    );
    if erased.unreadable.is_empty() {
        return Ok(Exit::Clean);
    }
    printer::say(&format!(
        "error: {} key slot(s) are so damaged that it is not known whose they were: bring them back from a backup \
         with `syndic ledger merge-keys FILE`, and erase again",
        erased.unreadable.len()
    ));
    Ok(Exit::CouldNotCheck)
}
