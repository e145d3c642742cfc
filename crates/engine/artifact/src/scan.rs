//! One file at a time, from bytes to a verdict: the whole engine behind one function, for those who want nothing else.

use std::io;

use serde::Serialize;
use syndic_detect::{Detector, ReadAt, RuleError, Rulebook};
use syndic_evidence::{FindingDraft, Severity};

use crate::engine::{finish, verdict};
use crate::facts::{Facts, Verdict};
use crate::pickle::Tracing;
use crate::{Format, broken_promise, detectors, formats, identify};

/// Says what loading a file would do. One scanner serves any number of files and threads.
///
/// ```
/// use syndic_artifact::{Scanner, Verdict};
/// let scanner = Scanner::builtin().unwrap();
/// let pickle: Vec<u8> = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.".to_vec();
/// let report = scanner.scan("weights.bin", &pickle).unwrap();
/// assert_eq!(report.verdict, Verdict::Malicious);
/// assert_eq!(report.findings[0].rule, "artifact.pickle-malicious");
/// ```
#[derive(Debug, Clone)]
pub struct Scanner {
    rules: Rulebook,
}

/// What one scan found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The format, by content.
    pub format: Format,
    /// The outcome.
    pub verdict: Verdict,
    /// What speaks against the file, in the order of the rules.
    pub findings: Vec<Found>,
    /// What could not be looked at, with why.
    pub not_inspected: Vec<String>,
    /// Whether `torch.load(weights_only=True)` would take it; nothing where torch does not read such files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights_only: Option<bool>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Id of the rule, such as `artifact.pickle-malicious`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// The case in one sentence.
    pub message: String,
    /// Byte in the file or in the member named.
    pub offset: Option<u64>,
    /// Member of a container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

impl Scanner {
    /// Makes a scanner with the compiled-in rules.
    ///
    /// # Errors
    /// A compiled-in rule file that is not of the form; tests keep that from happening.
    pub fn builtin() -> Result<Self, RuleError> {
        Rulebook::builtin("artifact").map(|rules| Self { rules })
    }

    /// Scans one file. `path` only breaks ties and tells what the name promises.
    ///
    /// # Errors
    /// The source's own error; hostile content is never an error but a finding or an entry in `not_inspected`.
    pub fn scan(&self, path: &str, source: &dyn ReadAt) -> io::Result<Report> {
        let identified = identify(path, source)?;
        let mut facts = Facts::new(path, identified, source.len());
        if let Some(broken) = broken_promise(path, &identified) {
            facts.skip(broken.detail);
        }
        if identified.format == Format::LfsPointer {
            facts.skip("a Git LFS pointer: the content is elsewhere");
        }
        formats::read_any(source, &mut facts)?;
        facts.verdict = verdict(&facts).max(of_unknown(identified.format));
        finish(&mut facts);
        let findings = Detector::run_all(detectors::DETECTORS, &self.rules, &facts);
        Ok(Report {
            format: facts.format,
            verdict: facts.verdict,
            findings: findings.into_iter().map(Found::from).collect(),
            weights_only: facts.properties.get("weights_only_loadable").and_then(serde_json::Value::as_bool),
            not_inspected: facts.not_inspected,
        })
    }
}

/// Returns what the pickles of a file would do when it is loaded, step by step, a line each with its offset.
///
/// # Errors
/// The source's own error.
pub fn explain(path: &str, source: &dyn ReadAt) -> io::Result<Vec<String>> {
    let identified = identify(path, source)?;
    let mut facts = Facts::new(path, identified, source.len());
    facts.tracing = Tracing::On;
    formats::read_any(source, &mut facts)?;
    let mut lines = vec![format!("{path}: {}", facts.format.as_str())];
    lines.append(&mut facts.trace);
    lines.extend(facts.observations.iter().map(|seen| format!("observed: {}", seen.detail)));
    Ok(lines)
}

/// Bytes nobody recognised and programs were not reviewed by anybody.
fn of_unknown(format: Format) -> Verdict {
    if format == Format::Binary || format.is_program() { Verdict::Unreviewed } else { Verdict::Clean }
}

impl From<FindingDraft> for Found {
    fn from(draft: FindingDraft) -> Self {
        Self {
            rule: draft.rule,
            severity: draft.severity,
            message: draft.message,
            offset: draft.location.offset,
            member: draft.location.member,
        }
    }
}
