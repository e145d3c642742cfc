//! How the log ends: as signed, torn by a crash, cut, or put back to an older state.

use std::ops::Range;

use syndic_tlog::TreeHead;

use super::join::Tail;
use super::piece::Finding;
use super::{Problem, ProblemKind};
use crate::publish::CHECKPOINT_PATH;

/// The newest heads from each source.
pub(super) struct Newest {
    pub(super) file: Option<TreeHead>,
    pub(super) frame: Option<TreeHead>,
    pub(super) known: Option<TreeHead>,
}

impl Newest {
    /// The newest head the log states itself.
    pub(super) fn own(&self) -> Option<TreeHead> {
        self.file.into_iter().chain(self.frame).max_by_key(|head| head.size)
    }

    /// Records that some signed head covers.
    pub(super) fn covered(&self) -> u64 {
        self.own().into_iter().chain(self.known).map(|head| head.size).max().unwrap_or(0)
    }
}

/// Names what is wrong with the end of the log.
pub(super) fn judge_end(tail: &Tail, newest: &Newest) -> Vec<Problem> {
    let own = newest.own().map_or(0, |head| head.size);
    let covered = newest.covered();
    let size = tail.size;
    let mut problems = Vec::new();
    let mut find = |kind, path: &str, offset, records: Range<u64>, what: String| {
        problems.push(Problem { kind, path: path.to_owned(), offset, records, what });
    };
    if let Some((offset, why)) = &tail.bad {
        let kind = if covered > size { ProblemKind::Tampered } else { ProblemKind::TornTail };
        find(kind, &tail.path, *offset, size..covered.max(size), why.clone());
    } else if own > size {
        let what = format!("the log ends after {size} records, it signed {own}");
        find(ProblemKind::Truncated, &tail.path, tail.end, size..own, what);
    }
    if let Some(known) = newest.known.filter(|known| known.size > own) {
        let what = format!("the log's newest checkpoint is over {own} records, one over {} is known", known.size);
        find(ProblemKind::Rollback, CHECKPOINT_PATH, 0, own..known.size, what);
    }
    match (newest.file, newest.frame) {
        (Some(file), Some(frame)) if file.size < frame.size => {
            let what = format!("it is over {} records, the log holds a checkpoint over {}", file.size, frame.size);
            find(ProblemKind::Rollback, CHECKPOINT_PATH, 0, file.size..frame.size, what);
        }
        _ => {}
    }
    problems
}

/// Turns findings into problems: what no signed head covers may be what a crash left.
pub(super) fn judge(finding: Finding, covered: u64) -> Problem {
    let Finding { mut problem, torn_at } = finding;
    if torn_at.is_some_and(|due| due >= covered) {
        problem.kind = ProblemKind::TornTail;
    }
    problem
}
