//! YARA rules of the user's own, applied to the bytes of each file. Built in only with the feature `yara`.

#[cfg(not(feature = "yara"))]
mod absent;
#[cfg(feature = "yara")]
mod engine;
#[cfg(feature = "yara")]
mod pieces;
#[cfg(all(test, feature = "yara"))]
mod tests;

use syndic_artifact::Verdict;
use syndic_evidence::Severity;

#[cfg(not(feature = "yara"))]
pub(super) use absent::Yara;
#[cfg(feature = "yara")]
pub(super) use engine::Yara;

/// A rule that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fitting {
    /// By the rule's `severity`; high if it has none.
    pub(super) severity: Severity,
    /// Which rule, and where its patterns are.
    pub(super) message: String,
    /// The first byte of the first pattern that was found.
    pub(super) offset: Option<u64>,
}

/// What rules say of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) fitting: Vec<Fitting>,
    /// What they could not be asked about.
    pub(super) not_inspected: Option<String>,
}

/// What a rule of a severity makes of a file.
pub(super) const fn verdict(severity: Severity) -> Verdict {
    match severity {
        Severity::Critical => Verdict::Malicious,
        Severity::High | Severity::Medium => Verdict::Suspicious,
        Severity::Low => Verdict::Unreviewed,
        Severity::Info => Verdict::Clean,
    }
}
