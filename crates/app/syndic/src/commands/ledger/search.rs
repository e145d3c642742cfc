//! `syndic ledger search`: finds records by their public parts with the index, and by their contents with the keys.

use anyhow::{Result, bail};
use syndic_ledger::search::{Filter, Order, Page, SearchIndex};
use syndic_ledger::{Content, Ledger, Record};
use syndic_report::{Row, listing};

use super::record::{Unread, time, to_json};
use super::{open, select};
use crate::cli::{Cli, LedgerFormat, LedgerSearchArgs};
use crate::exit::Exit;
use crate::printer;

/// Hits asked of the index at once.
const PAGE: usize = 1_024;
/// Characters of a content that are shown to people.
const SHOWN: usize = 160;

/// Prints the records found, and tells what of their contents could not be read.
///
/// A search for a text that met contents which should open and do not could not be made, unless it was by design.
pub(super) fn run(cli: &Cli, args: &LedgerSearchArgs) -> Result<Exit> {
    let open = open(cli)?;
    let filter = select::filter(&args.select, &open)?;
    let index = open.index()?;
    let mut search =
        Search { ledger: &open.ledger, index: &index, filter: &filter, text: None, unread: Unread::default() };
    search.text = args.text.as_deref().map(str::to_lowercase);
    let mut shown = Shown::new(args.format);
    let order = if args.oldest_first { Order::OldestFirst } else { Order::NewestFirst };
    let outcome = search.run(order, args.limit, &mut shown)?;
    shown.end()?;
    tell(&outcome, search.unread, args);
    Ok(if args.text.is_some() && search.unread.sealed > 0 { Exit::CouldNotCheck } else { Exit::Clean })
}

/// What is looked for and where.
struct Search<'a> {
    ledger: &'a Ledger,
    index: &'a SearchIndex,
    filter: &'a Filter,
    /// In small letters.
    text: Option<String>,
    unread: Unread,
}

/// How a search ended.
struct Outcome {
    found: u64,
    /// The limit was reached and there are more.
    are_more: bool,
}

impl Search<'_> {
    fn run(&mut self, order: Order, limit: u64, shown: &mut Shown) -> Result<Outcome> {
        let mut page = Page { order, after: None, limit: PAGE };
        let mut found = 0;
        loop {
            let hits = self.index.page(self.filter, &page)?;
            let Some(last) = hits.last() else { return Ok(Outcome { found, are_more: false }) };
            page.after = Some(*last);
            for index in hits {
                let record = self.read(index)?;
                let is_read = matches!(record.content, Content::Plain(_));
                if self.text.is_some() && is_read && !self.holds_text(&record.content) {
                    continue;
                }
                if found == limit {
                    return Ok(Outcome { found, are_more: true });
                }
                self.unread.count(&record.content);
                if self.text.is_some() && !is_read {
                    continue;
                }
                found += 1;
                if !shown.take(&record)? {
                    return Ok(Outcome { found, are_more: false });
                }
            }
        }
    }

    /// Reads a hit. The index is no evidence: what it says is held against the record.
    fn read(&self, index: u64) -> Result<Record> {
        let record = self.ledger.read(index)?;
        if !self.filter.matches(&record.leaf) {
            bail!("the search index is wrong about record {index}: remove `index/` of the ledger, it is made again");
        }
        Ok(record)
    }

    fn holds_text(&self, content: &Content) -> bool {
        let (Content::Plain(bytes), Some(text)) = (content, &self.text) else { return false };
        String::from_utf8_lossy(bytes).to_lowercase().contains(text)
    }
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
            Self::Jsonl(lines) => lines.line(&serde_json::to_string(&to_json(record))?),
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
fn tell(outcome: &Outcome, unread: Unread, args: &LedgerSearchArgs) {
    let records = if outcome.found == 1 { "1 record".to_owned() } else { format!("{} records", outcome.found) };
    let which = if args.oldest_first { "oldest" } else { "newest" };
    let more = if outcome.are_more {
        format!(", the {which}; there are more: raise --limit, or give more conditions")
    } else {
        String::new()
    };
    printer::say(&format!("{records}{more}"));
    if unread.total() == 0 {
        return;
    }
    if args.text.is_some() {
        let what = "records meet the other conditions and cannot be searched for the text";
        printer::say(&format!("{} {what}: {unread}", unread.total()));
    } else {
        printer::say(&format!("contents that cannot be read: {unread}"));
    }
}
