//! Why a file is not converted: what is wrong, where, and what to do about it.

use std::fmt;
use std::io;

use crate::{Format, Report};

/// What stands against a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The scan found the file malicious or suspicious.
    Harm,
    /// The content is no state dict, or one that safetensors cannot hold.
    Content,
    /// What was asked for is not in the file.
    Request,
}

/// One reason, enough to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Of what kind it is.
    pub kind: RefusalKind,
    /// What is wrong.
    pub reason: String,
    /// Member of the archive.
    pub member: Option<String>,
    /// Byte in the file or in the member.
    pub offset: Option<u64>,
    /// What to do.
    pub next_step: String,
}

/// What kept a conversion from being done.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The file is not one that is converted.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The source cannot be read.
    #[error("cannot read the file: {0}")]
    Source(io::Error),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Sink(io::Error),
}

impl From<Refusal> for ConvertError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Refusal {
    /// A content that is not converted.
    pub(super) fn content(reason: impl Into<String>, next_step: &str) -> Self {
        Self {
            kind: RefusalKind::Content,
            reason: reason.into(),
            member: None,
            offset: None,
            next_step: next_step.to_owned(),
        }
    }

    /// A file that breaks its own format's rules.
    pub(super) fn damaged(reason: impl Into<String>) -> Self {
        Self::content(reason, "get the file again, or have it saved again where it was made")
    }

    /// Adds the place.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.offset.get_or_insert(offset as u64);
        self
    }

    /// Adds the member of the archive.
    pub(super) fn in_member(mut self, member: &str) -> Self {
        self.member.get_or_insert_with(|| member.to_owned());
        self
    }

    /// The scan speaks against it.
    pub(super) fn of_report(report: &Report) -> Self {
        let first = report.findings.first();
        let why = first.map_or("", |finding| finding.message.as_str());
        Self {
            kind: RefusalKind::Harm,
            reason: format!("the scan says {}: {why}", report.verdict.as_str()),
            member: first.and_then(|finding| finding.member.clone()),
            offset: first.and_then(|finding| finding.offset),
            next_step: "see `syndic artifact explain FILE`; `syndic artifact quarantine FILE` moves it away".to_owned(),
        }
    }

    /// No reader knows the format.
    pub(super) fn of_format(format: Format) -> Self {
        let reason = format!("it is of the format {}, which holds no state dict that is converted", format.as_str());
        let next_step = match format {
            Format::Safetensors => "it is safetensors already",
            Format::TorchScript => "a TorchScript archive is a program: save its state_dict() where it is trusted",
            Format::Pickle | Format::Joblib | Format::JoblibCompressed => {
                "load it where it is trusted, and save its arrays with numpy.savez or torch.save"
            }
            _ => "give a checkpoint of torch.save, a .npy or a .npz",
        };
        Self::content(reason, next_step)
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match (&self.member, self.offset) {
            (Some(member), Some(offset)) => write!(f, " (in {member}, byte {offset})")?,
            (Some(member), None) => write!(f, " (in {member})")?,
            (None, Some(offset)) => write!(f, " (byte {offset})")?,
            (None, None) => {}
        }
        write!(f, "; {}", self.next_step)
    }
}
