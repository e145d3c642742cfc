//! Which records are meant.

use anyhow::Result;
use syndic_ledger::search::Filter;

use crate::cli::SelectArgs;
use crate::commands::UsageError;
use crate::ledger::OpenLedger;

/// Returns the conditions that were given; none of them means every record.
///
/// # Errors
/// The times leave nothing between them.
pub(super) fn filter(args: &SelectArgs, open: &OpenLedger) -> Result<Filter> {
    let mut filter = Filter::default();
    if let Some(kind) = &args.kind {
        filter = filter.kind(kind);
    }
    if let Some(actor) = &args.actor {
        filter = filter.actor(actor);
    }
    for (key, value) in &args.tag {
        filter = filter.tag(key, value);
    }
    if let Some(subject) = &args.subject {
        filter = filter.subject(&open.pseudonym(subject));
    }
    if let Some(pseudonym) = &args.pseudonym {
        filter = filter.subject(pseudonym);
    }
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        return Err(UsageError("--since must be before --until: no record is in between".to_owned()).into());
    }
    filter = args.since.into_iter().fold(filter, Filter::since_us);
    Ok(args.until.into_iter().fold(filter, Filter::until_us))
}
