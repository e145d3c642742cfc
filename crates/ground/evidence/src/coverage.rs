//! What a run looked at and what it did not, with the reason for each.
//!
//! A report without coverage could mean "nothing wrong" or "nothing read"; with it the reader can tell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why something was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The operating system refused to open or read it.
    Unreadable,
    /// A FIFO, socket or device: reading could block or never end.
    NotRegular,
    /// A symbolic link that leads to a folder outside of the tree, or nowhere, or in a circle.
    Link,
    /// A file with holes whose declared size is far over what is stored.
    Sparse,
    /// A bound was reached: size, depth, count.
    Budget,
    /// It was opened and is not what its format says.
    Malformed,
    /// A format that is known but that this version does not look into.
    Unsupported,
    /// Out of scope by design: another assessment's state folder, version-control internals, archives of tests or
    /// of released packages, generated bundles too large to read.
    OutOfScope,
    /// It changed or vanished while it was being read.
    Changed,
}

impl SkipReason {
    /// Says whether the reason is by design, so that the run still counts as complete.
    pub const fn is_by_design(self) -> bool {
        matches!(self, Self::OutOfScope)
    }

    /// Returns the words a person reads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotRegular => "not a regular file",
            Self::Link => "link out of the tree",
            Self::Sparse => "sparse",
            Self::Budget => "over a bound",
            Self::Malformed => "malformed",
            Self::Unsupported => "not supported",
            Self::OutOfScope => "out of scope",
            Self::Changed => "changed while read",
        }
    }
}

/// One thing that was not looked at, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// Path relative to the assessed root.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
    /// The case in words: the system's error, the bound.
    pub detail: String,
}

/// How much of the world a run looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Files seen in the tree, each inode once.
    pub files_seen: u64,
    /// Files whose content was identified and handed to every engine that knows the kind.
    pub files_inspected: u64,
    /// Bytes in files seen.
    pub bytes_seen: u64,
    /// Bytes read and hashed for identity.
    pub bytes_hashed: u64,
    /// How many files fell to each engine, by engine name.
    pub by_engine: BTreeMap<String, u64>,
    /// What was not looked at, in path order; bounded, see `skipped_total`.
    pub skipped: Vec<Skipped>,
    /// How many things were skipped in all; larger than the list when the list was cut.
    pub skipped_total: u64,
    /// How many of those were skipped for a reason that leaves the assessment incomplete.
    pub faults: u64,
}

impl Coverage {
    /// The list of skipped things is cut here, the counts go on.
    pub const SKIPPED_LIMIT: usize = 10_000;

    /// Records something that was not looked at.
    pub fn skip(&mut self, skipped: Skipped) {
        self.skipped_total += 1;
        self.faults += u64::from(!skipped.reason.is_by_design());
        if self.skipped.len() < Self::SKIPPED_LIMIT {
            self.skipped.push(skipped);
        }
    }

    /// Says whether everything in scope was looked at.
    pub const fn is_complete(&self) -> bool {
        self.faults == 0
    }
}
