//! `syndic artifact explain`: what a file would do, step by step.

use anyhow::{Context as _, Result};
use syndic_artifact::{Verdict, explain};
use syndic_collect::{FileReader, Scope, walk};

use super::human;
use super::scanned::{Hashing, Inspector};
use crate::cli::{ArtifactExplainArgs, ClamdArgs};
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::printer::{self, Lines};

/// Prints the trace and the verdict.
pub(crate) fn run(args: &ArtifactExplainArgs) -> Result<Exit> {
    if !args.file.is_file() {
        return Err(UsageError(format!("{}: explain takes one file", args.file.display())).into());
    }
    let walked = walk(&Scope::new(std::slice::from_ref(&args.file), None, &[])?);
    let entry = walked.files.first().context("the file cannot be read")?;
    let path = args.file.to_string_lossy().into_owned();
    let reader = FileReader::open(entry)?;
    let mut lines = Lines::begin();
    for line in explain(&path, &reader)? {
        if !lines.line(&line)? {
            return Ok(Exit::Clean);
        }
    }
    lines.end()?;
    let scanned = Inspector::new(Hashing::On, &ClamdArgs::default())?.file(entry, path);
    let verdict = scanned.verdict;
    printer::result(&format!("\nverdict: {}\n{}", verdict.as_str(), human::text(&[scanned])))?;
    Ok(match verdict {
        Verdict::Malicious | Verdict::Suspicious => Exit::Findings,
        Verdict::Incomplete => Exit::CouldNotCheck,
        Verdict::Unreviewed | Verdict::Clean => Exit::Clean,
    })
}
