//! What a verification found, place by place.

use std::fmt;
use std::ops::Range;

use syndic_attest::note::NoteSigned;
use syndic_tlog::TreeHead;

use crate::admin::NamedWitnesses;

/// How what is on the disk differs from what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Bytes that were durable, or the order they stood in, were changed.
    Tampered,
    /// The log ends before a size it signed itself.
    Truncated,
    /// The log, or its checkpoint, was put back to an older state: a later head is known.
    Rollback,
    /// Records or files that should be there are not.
    Missing,
    /// A checkpoint is not signed by the key it should be.
    BadSignature,
    /// A tile or an entry bundle is not what the records make; it can be made again from the segments.
    TileMismatch,
    /// An older partial tile is not whole, as a crash leaves it; the tree does not need it any more.
    TornTile,
    /// The key of records is gone, and no record says that it was erased: their contents are lost.
    LostKey,
    /// A key is there that a record says was destroyed: what was erased can be read again.
    RevivedKey,
    /// The disk did not give the bytes; nothing is known of them.
    Unreadable,
    /// The last write was cut short by a crash, behind everything signed; opening the ledger cuts it.
    TornTail,
    /// The log states itself that entries were dropped before they became records.
    Gap,
    /// What a crash interrupted leaves this open until the ledger is opened and finishes it.
    Unsettled,
}

impl ProblemKind {
    /// Says whether it breaks the log's promise; a torn tail or tile, a stated gap and what is not settled yet do not.
    pub fn is_damage(self) -> bool {
        !matches!(self, Self::TornTail | Self::TornTile | Self::Gap | Self::Unsettled)
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tampered => "tampered",
            Self::Truncated => "truncated",
            Self::Rollback => "rolled back",
            Self::Missing => "missing",
            Self::BadSignature => "bad signature",
            Self::TileMismatch => "wrong tile",
            Self::TornTile => "torn tile",
            Self::LostKey => "lost key",
            Self::RevivedKey => "erased key is back",
            Self::Unreadable => "unreadable",
            Self::TornTail => "torn tail",
            Self::Gap => "stated gap",
            Self::Unsettled => "not settled",
        })
    }
}

/// One problem and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How.
    pub kind: ProblemKind,
    /// The file, relative to the ledger's folder.
    pub path: String,
    /// Byte of the file at which it shows.
    pub offset: u64,
    /// The records concerned; empty, at the next record's index, if none is.
    pub records: Range<u64>,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at byte {}", self.kind, self.path, self.offset)?;
        match self.records.end.saturating_sub(self.records.start) {
            0 => write!(f, ", before record {}", self.records.start)?,
            1 => write!(f, ", record {}", self.records.start)?,
            _ => write!(f, ", records {} to {}", self.records.start, self.records.end - 1)?,
        }
        write!(f, ": {}", self.what)
    }
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Whole records found, counted from 0 to the last.
    pub size: u64,
    /// The newest head the log itself signed.
    pub signed: Option<TreeHead>,
    /// The newest signed head that the records were found to lead to.
    pub vouched: Option<TreeHead>,
    /// Records behind every signed head: whole by their checksums, vouched for by nobody yet.
    pub unsigned_records: u64,
    /// Trusted witnesses that cosigned the newest checkpoint.
    pub witnesses: Vec<NoteSigned>,
    /// Signed heads that were compared with the records.
    pub heads_checked: u64,
    /// What is wrong, by file and byte.
    pub problems: Vec<Problem>,
    /// Problems beyond those listed.
    pub more_problems: u64,
    /// Bytes of segments read.
    pub bytes: u64,
    /// Who witnesses the log, as its newest record about that says; nothing if none ever was.
    pub named_witnesses: Option<NamedWitnesses>,
    /// Names under the newest checkpoint besides the log's own; whether their cosignatures hold only their keys tell.
    pub cosigners: Vec<String>,
    /// What the key slots hold; nothing if they were not looked at.
    pub keys: Option<KeyCounts>,
}

/// What the key slots of a ledger hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCounts {
    /// Slots with a key.
    pub there: u64,
    /// Keys that records need, that are gone, and that a record says were destroyed.
    pub erased: u64,
}

impl Report {
    /// Says whether everything signed is there as it was signed. An unsigned log is not.
    pub fn is_intact(&self) -> bool {
        let is_vouched = match (self.signed, self.vouched) {
            (Some(signed), Some(vouched)) => vouched.size >= signed.size,
            _ => false,
        };
        is_vouched && !self.is_damaged()
    }

    /// Says whether something stays open until the ledger is opened, though nothing is damaged.
    pub fn is_unsettled(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind == ProblemKind::Unsettled)
    }

    fn is_damaged(&self) -> bool {
        self.more_problems > 0 || self.problems.iter().any(|problem| problem.kind.is_damage())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsigned_or_unvouched_log_is_not_intact() {
        let head = |size| Some(TreeHead { size, root: syndic_tlog::leaf_hash(b"") });
        let report = |signed, vouched| Report { signed, vouched, ..Report::default() };
        assert!(!report(None, None).is_intact());
        assert!(!report(head(2), None).is_intact());
        assert!(!report(head(2), head(1)).is_intact());
        assert!(report(head(2), head(2)).is_intact());
    }

    #[test]
    fn a_torn_tail_and_a_stated_gap_leave_a_log_intact() {
        let head = Some(TreeHead::EMPTY);
        for (kind, is_intact) in [
            (ProblemKind::TornTail, true),
            (ProblemKind::Gap, true),
            (ProblemKind::Tampered, false),
            (ProblemKind::LostKey, false),
        ] {
            let problem = Problem { kind, path: "p".into(), offset: 1, records: 3..4, what: "w".into() };
            assert!(problem.to_string().ends_with("p at byte 1, record 3: w"));
            let report = Report { signed: head, vouched: head, problems: vec![problem], ..Report::default() };
            assert_eq!(report.is_intact(), is_intact);
        }
    }
}
