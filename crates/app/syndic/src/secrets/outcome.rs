//! What a look for secrets came to: what was found, what was accepted, what was not looked at.

use serde::Serialize;
use syndic_evidence::Severity;

use super::secret::Secret;
use crate::exit::Exit;

/// Version of the JSON document.
const SCHEMA: u32 = 1;

/// The outcome.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    schema_version: u32,
    /// By path, line and column.
    pub(crate) secrets: Vec<Secret>,
    /// How many more a mark in the file or a baseline accepts.
    pub(crate) accepted: Accepted,
    /// What was looked at.
    pub(crate) covered: Covered,
    /// What was not looked at, and why.
    pub(crate) not_inspected: Vec<Gap>,
    /// What the user should know of marks and baselines.
    pub(crate) notes: Vec<String>,
}

/// How many places are accepted, by what accepts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Accepted {
    /// By `syndic:ignore` beside them.
    pub(crate) marked: u64,
    /// By a baseline.
    pub(crate) waived: u64,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Covered {
    /// Files or blobs.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Commits of a history.
    pub(crate) commits: u64,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Gap {
    pub(crate) path: String,
    pub(crate) problem: String,
}

/// What one source has seen, before baselines.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) secrets: Vec<Secret>,
    pub(crate) marked: u64,
    pub(crate) covered: Covered,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) notes: Vec<String>,
}

impl Seen {
    /// Notes something that was not looked at.
    pub(crate) fn gap(&mut self, path: &str, problem: impl Into<String>) {
        self.gaps.push(Gap { path: path.to_owned(), problem: problem.into() });
    }

    /// Adds what another part has seen.
    pub(crate) fn add(&mut self, other: Self) {
        self.secrets.extend(other.secrets);
        self.gaps.extend(other.gaps);
        self.notes.extend(other.notes);
        self.marked += other.marked;
        self.covered.files += other.covered.files;
        self.covered.bytes += other.covered.bytes;
        self.covered.commits += other.covered.commits;
    }
}

impl Outcome {
    /// Puts in order what was seen and not waived.
    pub(crate) fn new(mut seen: Seen, waived: u64) -> Self {
        seen.secrets.sort_by(|a, b| {
            let place = |secret: &Secret| (secret.line, secret.column);
            (&a.path, place(a), &a.rule, &a.commit).cmp(&(&b.path, place(b), &b.rule, &b.commit))
        });
        seen.gaps.sort();
        seen.notes.sort();
        seen.notes.dedup();
        Self {
            schema_version: SCHEMA,
            secrets: seen.secrets,
            accepted: Accepted { marked: seen.marked, waived },
            covered: seen.covered,
            not_inspected: seen.gaps,
            notes: seen.notes,
        }
    }

    /// A secret outweighs what could not be looked at, which outweighs a clean rest.
    pub(crate) fn exit(&self, fail_on: Severity) -> Exit {
        if self.secrets.iter().any(|secret| secret.severity >= fail_on) {
            Exit::Findings
        } else if self.not_inspected.is_empty() {
            Exit::Clean
        } else {
            Exit::CouldNotCheck
        }
    }
}
