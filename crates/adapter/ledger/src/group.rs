//! Group commit: many batches, one write, one sync, and each batch learns what became of it.

use crate::entry::{Entry, Receipt};
use crate::error::{LedgerError, Result};
use crate::writer::Writer;

/// Batches that were added and wait for the sync, and those whose fate is known.
struct Fates {
    known: Vec<Option<Result<Vec<Receipt>>>>,
    waiting: Vec<(usize, Vec<Receipt>)>,
}

impl Fates {
    /// Settles every waiting batch: durable ones get their receipts, the others the error that lost them.
    ///
    /// It must run before anything else is added after an error: lost indices are given again.
    fn settle(&mut self, durable: u64, lost: Option<&LedgerError>) {
        for (number, receipts) in self.waiting.drain(..) {
            let is_durable = receipts.last().is_none_or(|last| last.index < durable);
            let fate = match lost {
                Some(problem) if !is_durable && receipts.first().is_some_and(|first| first.index < durable) => {
                    Err(problem.clone().of_partly_recorded())
                }
                Some(problem) if !is_durable => Err(problem.clone()),
                _ if is_durable => Ok(receipts),
                _ => Err(LedgerError::Closed),
            };
            if let Some(place) = self.known.get_mut(number) {
                *place = Some(fate);
            }
        }
    }
}

/// Appends batches as one group. A batch with receipts is durable; one with an error is not acknowledged, though some
/// of its first records may be in the log if it crossed the end of a segment.
pub(crate) fn commit_group(writer: &mut Writer, batches: &[&[Entry]]) -> Vec<Result<Vec<Receipt>>> {
    let mut fates = Fates { known: batches.iter().map(|_| None).collect(), waiting: Vec::new() };
    let mut losses = writer.losses();
    for (number, batch) in batches.iter().enumerate() {
        let first = writer.next();
        match writer.add(batch) {
            Ok(receipts) => fates.waiting.push((number, receipts)),
            Err(problem) => {
                // A batch that could not be staged leaves the others where they are.
                if writer.losses() != losses {
                    losses = writer.losses();
                    fates.settle(writer.size(), Some(&problem));
                }
                let is_partly_durable = writer.size() > first;
                if let Some(place) = fates.known.get_mut(number) {
                    *place = Some(Err(if is_partly_durable { problem.of_partly_recorded() } else { problem }));
                }
            }
        }
    }
    let outcome = writer.commit();
    fates.settle(writer.size(), outcome.as_ref().err());
    fates.known.into_iter().map(|fate| fate.unwrap_or(Err(LedgerError::Closed))).collect()
}
