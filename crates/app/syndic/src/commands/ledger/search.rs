//! `syndic ledger search`: finds records by their public parts with the index, and by their contents with the keys.

mod contents;

use anyhow::{Result, bail};
use syndic_ledger::search::{Filter, Order, Page};
use syndic_ledger::{Content, Record};
use syndic_report::{Row, listing};

use super::record::{Unread, time, to_json};
use super::{open, select};
use crate::cli::{Cli, LedgerFormat, LedgerSearchArgs};
use crate::exit::Exit;
use crate::ledger::OpenLedger;
use crate::printer;

/// Hits asked of the index at once.
const PAGE: usize = 1_024;
/// Characters of a content that are shown to people.
const SHOWN: usize = 160;

/// Prints the records found, and tells what of their contents could not be read.
///
/// A search that met contents which should open and do not, or ended at its bound, could not be made whole.
pub(super) fn run(cli: &Cli, args: &LedgerSearchArgs) -> Result<Exit> {
    let question = contents::question(args)?;
    let open = open(cli)?;
    let filter = select::filter(&args.select, &open)?;
    let mut shown = Shown::new(args.format);
    let outcome = match question {
        Some(question) => contents::run(&open, question, filter, args, &mut shown)?,
        None => by_public_parts(&open, &filter, args, &mut shown)?,
    };
    shown.end()?;
    tell(&outcome, args);
    let is_doubtful = outcome.unread.sealed > 0 || outcome.unsearched.is_some();
    Ok(if is_doubtful { Exit::CouldNotCheck } else { Exit::Clean })
}

/// How a search ended.
#[derive(Debug, Default)]
struct Outcome {
    found: u64,
    /// The limit was reached and there are more.
    are_more: bool,
    /// Contents that could not be read, of those shown or looked into.
    unread: Unread,
    is_about_contents: bool,
    /// What was not searched, in words.
    unsearched: Option<String>,
}

fn order(args: &LedgerSearchArgs) -> Order {
    if args.oldest_first { Order::OldestFirst } else { Order::NewestFirst }
}

fn by_public_parts(open: &OpenLedger, filter: &Filter, args: &LedgerSearchArgs, shown: &mut Shown) -> Result<Outcome> {
    let index = open.index()?;
    let mut page = Page { order: order(args), after: None, limit: PAGE };
    let mut outcome = Outcome::default();
    loop {
        let hits = index.page(filter, &page)?;
        let Some(last) = hits.last() else { return Ok(outcome) };
        page.after = Some(*last);
        for index in hits {
            if outcome.found == args.limit {
                outcome.are_more = true;
                return Ok(outcome);
            }
            let record = read(open, filter, index)?;
            outcome.unread.count(&record.content);
            outcome.found += 1;
            if !shown.take(&record)? {
                return Ok(outcome);
            }
        }
    }
}

/// Reads a hit. The index is no evidence: what it says is held against the record.
fn read(open: &OpenLedger, filter: &Filter, index: u64) -> Result<Record> {
    let record = open.ledger.read(index)?;
    if !filter.matches(&record.leaf) {
        bail!("the search index is wrong about record {index}: remove `index/` of the ledger, it is made again");
    }
    Ok(record)
}

/// What is printed, in either form.
enum Shown {
    Jsonl(printer::Lines),
    Human(Vec<Row>),
}

impl Shown {
    fn new(format: LedgerFormat) -> Self {
        match format {
            LedgerFormat::Jsonl => Self::Jsonl(printer::Lines::begin()),
            LedgerFormat::Human => Self::Human(Vec::new()),
        }
    }

    /// Prints a record; false when nobody reads any more.
    fn take(&mut self, record: &Record) -> Result<bool> {
        match self {
            Self::Jsonl(lines) => lines.line(&super::record::shown(&serde_json::to_string(&to_json(record))?)),
            Self::Human(rows) => {
                rows.push(row(record));
                Ok(true)
            }
        }
    }

    fn end(self) -> Result<()> {
        match self {
            Self::Jsonl(lines) => lines.end(),
            Self::Human(rows) => printer::result(&listing(&rows, printer::terminal_width())),
        }
    }
}

fn row(record: &Record) -> Row {
    let leaf = &record.leaf;
    let content = match &record.content {
        Content::Plain(bytes) => beginning(&String::from_utf8_lossy(bytes)),
        Content::Erased => "(erased)".to_owned(),
        Content::Retired => "(retired)".to_owned(),
        Content::Sealed(why) => format!("(sealed: {why})"),
    };
    let tags = leaf.tags.iter().map(|(key, value)| format!("{key}={value}"));
    let rest: Vec<String> = tags.chain(std::iter::once(content)).collect();
    let fixed = [format!("#{}", record.index), time(leaf.time_us), leaf.kind.clone(), leaf.actor.clone()];
    Row { fixed: fixed.to_vec(), rest: rest.join(" ").trim_end().to_owned() }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Says on standard error how many there are, and what the answer cannot say.
fn tell(outcome: &Outcome, args: &LedgerSearchArgs) {
    let unread = outcome.unread;
    let records = if outcome.found == 1 { "1 record".to_owned() } else { format!("{} records", outcome.found) };
    let which = if args.oldest_first { "oldest" } else { "newest" };
    let more = if outcome.are_more {
        format!(", the {which}; there are more: raise --limit, or give more conditions")
    } else {
        String::new()
    };
    printer::say(&format!("{records}{more}"));
    outcome.unsearched.iter().for_each(|unsearched| printer::say(unsearched));
    if unread.total() == 0 {
        return;
    }
    if outcome.is_about_contents {
        let what = "records meet the other conditions and cannot be searched for the text";
        printer::say(&format!("{} {what}: {unread}", unread.total()));
    } else {
        printer::say(&format!("contents that cannot be read: {unread}"));
    }
}
