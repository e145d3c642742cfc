//! One file scanned: the object that every form of the result is made from.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use syndic_artifact::{Report, Scanner, Verdict};
use syndic_collect::{Entry, FileReader, hash_reader};
use syndic_evidence::Severity;

/// The outcome for one file, or for a folder that is one model.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Scanned {
    /// As reached from where the command was started.
    pub(crate) path: String,
    /// Lower-case hex; nothing for a folder, for a file that could not be read and with `--no-hash`.
    pub(crate) sha256: Option<String>,
    /// Name of the format, by content.
    pub(crate) format: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Finding>,
    pub(crate) not_inspected: Vec<String>,
    /// Whether torch's restricted loader would take the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weights_only: Option<bool>,
}

/// One finding of a file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<String>,
}

impl Scanned {
    /// Scans one file. A file that cannot be read, or whose inspection fails, is incomplete and never clean.
    pub(crate) fn of(scanner: &Scanner, entry: &Entry, path: String, is_hashed: bool) -> Self {
        // As a last line: a fault of ours in one file must not end the scan of the others.
        let outcome = catch_unwind(AssertUnwindSafe(|| read(scanner, entry, &path, is_hashed)));
        match outcome {
            Ok(Ok((sha256, report))) => Self::from_report(path, sha256, report),
            Ok(Err(problem)) => Self::unread(path, problem),
            Err(_) => Self::unread(path, "the inspection failed; please report this file's format".to_owned()),
        }
    }

    /// A file that was not looked at.
    pub(crate) fn unread(path: String, problem: String) -> Self {
        Self {
            path,
            sha256: None,
            format: None,
            verdict: Verdict::Incomplete,
            findings: Vec::new(),
            not_inspected: vec![problem],
            weights_only: None,
        }
    }

    fn from_report(path: String, sha256: Option<String>, report: Report) -> Self {
        let findings = report.findings.into_iter().map(|found| Finding {
            rule: found.rule,
            severity: found.severity,
            message: found.message,
            offset: found.offset,
            member: found.member,
        });
        Self {
            path,
            sha256,
            format: Some(report.format.as_str().to_owned()),
            verdict: report.verdict,
            findings: findings.collect(),
            not_inspected: report.not_inspected,
            weights_only: report.weights_only,
        }
    }
}

fn read(scanner: &Scanner, entry: &Entry, path: &str, is_hashed: bool) -> Result<(Option<String>, Report), String> {
    let reader = FileReader::open(entry).map_err(|error| error.to_string())?;
    let report = scanner.scan(path, &reader).map_err(|error| error.to_string())?;
    if !is_hashed {
        return Ok((None, report));
    }
    let content = hash_reader(&reader, &|_| ()).map_err(|error| error.to_string())?;
    if content.size_bytes != entry.size_bytes {
        return Err("it changed while it was read".to_owned());
    }
    Ok((Some(content.sha256.hex()), report))
}
