//! One file scanned: the object that every form of the result is made from.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Result;
use serde::Serialize;
use syndic_artifact::{Report, Scanner, Verdict};
use syndic_collect::{Entry, FileReader, hash_reader};
use syndic_detect::ReadAt;
use syndic_evidence::Severity;

use super::clamd::{Answer, Clamd};
use super::yara::{self, Judged, Yara};
use crate::cli::{ClamdArgs, YaraArgs};

/// What a virus scanner knows is a finding of this rule; the name of the signature is in its message.
const SIGNATURE: &str = "clamav.signature";
/// What a rule of the user's own fits is a finding of this rule.
const OWN_RULE: &str = "yara.match";

/// The outcome for one file, or for a folder that is one model.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Scanned {
    /// As reached from where the command was started.
    pub(crate) path: String,
    /// Of a model in a cache or registry: what it is called there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
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
    /// Of a file that was read from afar: how much of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) coverage: Option<Fetched>,
}

/// How much of a file was read from afar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Fetched {
    /// Bytes the file has.
    pub(crate) size_bytes: u64,
    /// Bytes that came over the network, those that came twice counted twice.
    pub(crate) fetched_bytes: u64,
    /// Requests that were made.
    pub(crate) requests: u64,
    /// Whether every byte was read: the digest is of what was judged then.
    pub(crate) is_whole: bool,
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

/// Whether files are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hashing {
    On,
    Off,
}

/// Everything a file is looked at with. One serves any number of threads.
#[derive(Debug)]
pub(super) struct Inspector {
    scanner: Scanner,
    clamd: Option<Clamd>,
    yara: Option<Yara>,
    hashing: Hashing,
}

impl Inspector {
    /// Makes ready what the options name.
    ///
    /// # Errors
    /// An address of a daemon that is none.
    pub(super) fn new(hashing: Hashing, clamd: &ClamdArgs) -> Result<Self> {
        Ok(Self { scanner: Scanner::builtin()?, clamd: Clamd::named(clamd)?, yara: None, hashing })
    }

    /// Also applies the rules that the options name.
    ///
    /// # Errors
    /// Rules that cannot be read or are wrong.
    pub(super) fn with_yara(self, args: &YaraArgs) -> Result<Self> {
        Ok(Self { yara: Yara::named(args)?, ..self })
    }

    /// Looks at one file. One that cannot be read, or whose inspection fails, is incomplete and never clean.
    pub(super) fn file(&self, entry: &Entry, path: String) -> Scanned {
        match FileReader::open(entry) {
            Ok(reader) => self.open(&reader, path, self.hashing),
            Err(error) => Scanned::unread(path, error.to_string()),
        }
    }

    /// Looks at a file that is open, and hashes it if the options say so.
    pub(super) fn opened(&self, source: &(impl ReadAt + Sync), path: String) -> Scanned {
        self.open(source, path, self.hashing)
    }

    /// Looks at a file that is open.
    pub(super) fn open(&self, source: &(impl ReadAt + Sync), path: String, hashing: Hashing) -> Scanned {
        // As a last line: a fault of ours in one file must not end the scan of the others.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.read(source, &path, hashing)));
        let mut scanned = match outcome {
            Ok(Ok((sha256, report))) => Scanned::from_report(path, sha256, report),
            Ok(Err(problem)) => return Scanned::unread(path, problem),
            Err(_) => {
                return Scanned::unread(path, "the inspection failed; please report this file's format".to_owned());
            }
        };
        if let Some(clamd) = &self.clamd {
            scanned.take(clamd.ask(source));
        }
        if let Some(yara) = &self.yara {
            scanned.fit(yara.judge(source));
        }
        scanned
    }

    fn read(
        &self,
        source: &(impl ReadAt + Sync),
        path: &str,
        hashing: Hashing,
    ) -> Result<(Option<String>, Report), String> {
        let report = self.scanner.scan(path, source).map_err(|error| error.to_string())?;
        if hashing == Hashing::Off {
            return Ok((None, report));
        }
        let content = hash_reader(source).map_err(|error| error.to_string())?;
        if content.size_bytes != source.len() {
            return Err("it changed while it was read".to_owned());
        }
        Ok((Some(content.sha256.hex()), report))
    }
}

impl Scanned {
    /// A file that was not looked at.
    pub(crate) fn unread(path: String, problem: String) -> Self {
        Self {
            path,
            model: None,
            sha256: None,
            format: None,
            verdict: Verdict::Incomplete,
            findings: Vec::new(),
            not_inspected: vec![problem],
            weights_only: None,
            coverage: None,
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
            model: None,
            sha256,
            format: Some(report.format.as_str().to_owned()),
            verdict: report.verdict,
            findings: findings.collect(),
            not_inspected: report.not_inspected,
            weights_only: report.weights_only,
            coverage: None,
        }
    }

    /// Adds what rules of the user's own say.
    fn fit(&mut self, judged: Judged) {
        for fitting in judged.fitting {
            self.verdict = self.verdict.max(yara::verdict(fitting.severity));
            self.findings.push(Finding {
                rule: OWN_RULE.to_owned(),
                severity: fitting.severity,
                message: fitting.message,
                offset: fitting.offset,
                member: None,
            });
        }
        if let Some(why) = judged.not_inspected {
            self.verdict = self.verdict.max(Verdict::Incomplete);
            self.not_inspected.push(why);
        }
    }

    /// Adds what a virus scanner says; what it could not say leaves the file incomplete.
    fn take(&mut self, answer: Answer) {
        match answer {
            Answer::NothingKnown => {}
            Answer::Known(name) => {
                self.verdict = Verdict::Malicious;
                self.findings.push(Finding {
                    rule: SIGNATURE.to_owned(),
                    severity: Severity::Critical,
                    message: format!("ClamAV knows it as {name}"),
                    offset: None,
                    member: None,
                });
            }
            Answer::NotInspected(why) => {
                self.verdict = self.verdict.max(Verdict::Incomplete);
                self.not_inspected.push(why);
            }
        }
    }
}
