//! Searching contents: words by the index, other texts by opening one content after another, as far as the bound allows.

use anyhow::Result;
use syndic_ledger::LedgerError;
use syndic_ledger::search::{Asked, ContentIndex, Filter, Order, Question, Seen};

use super::super::record::Unread;
use super::{Outcome, Shown, order};
use crate::cli::LedgerSearchArgs;
use crate::commands::UsageError;
use crate::ledger::OpenLedger;
use crate::printer;

/// Indexing so many records takes seconds, and is said.
const WORTH_SAYING_RECORDS: u64 = 200_000;

/// What is asked of contents; nothing if nothing is.
///
/// # Errors
/// There is no word in what should be found by its words.
pub(super) fn question(args: &LedgerSearchArgs) -> Result<Option<Question>> {
    let mut question = args.text.iter().fold(Question::default(), |question, text| question.text(text));
    for words in &args.words {
        question = question.words(words).map_err(|problem| UsageError(format!("--word {problem}")))?;
    }
    Ok((!question.is_empty()).then_some(question))
}

/// Prints the records whose contents meet the question.
///
/// # Errors
/// The log cannot be read, or nothing be printed.
pub(super) fn run(
    open: &OpenLedger,
    question: Question,
    filter: Filter,
    args: &LedgerSearchArgs,
    shown: &mut Shown,
) -> Result<Outcome> {
    let mut index = open.contents()?;
    if question.uses_index() {
        update(&mut index)?;
    }
    let asked = Asked { question, filter, order: order(args), most_looks: args.scan };
    let mut finder = index.find(asked)?;
    let mut outcome = Outcome { is_about_contents: true, ..Outcome::default() };
    while let Some(record) = finder.step()? {
        if outcome.found == args.limit {
            outcome.are_more = true;
            break;
        }
        outcome.found += 1;
        if !shown.take(&record)? {
            break;
        }
    }
    let seen = finder.seen();
    outcome.unread = Unread { erased: seen.erased, retired: seen.retired, sealed: seen.sealed };
    outcome.unsearched = seen.is_cut.then(|| unsearched(seen, args));
    Ok(outcome)
}

fn update(index: &mut ContentIndex) -> Result<()> {
    let missing = index.missing();
    if missing >= WORTH_SAYING_RECORDS {
        printer::say(&format!("indexing the contents of {missing} records, once"));
    }
    match index.update() {
        // What is not indexed is looked at.
        Err(problem @ LedgerError::Full { .. }) => {
            printer::say(&format!("the contents cannot be indexed: {problem}"));
            Ok(())
        }
        outcome => Ok(outcome?),
    }
}

/// Says how far a search looked that ended at its bound.
fn unsearched(seen: Seen, args: &LedgerSearchArgs) -> String {
    let (which, rest) = match order(args) {
        Order::NewestFirst => ("newest", "older"),
        Order::OldestFirst => ("oldest", "newer"),
    };
    let reached = seen.reached.map_or_else(String::new, |index| format!(" than #{index}"));
    format!(
        "only the {which} {} contents were opened; records {rest}{reached} were not searched: give more conditions, find \
         whole words with --word, or raise --scan",
        seen.looked
    )
}
