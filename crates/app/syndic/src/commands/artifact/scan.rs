//! `syndic artifact scan`: walks, scans in parallel, prints in path order.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rayon::prelude::*;
use syndic_artifact::Verdict;
use syndic_collect::{Entry, Scope, walk};
use syndic_evidence::{SkipReason, Skipped};

use super::scanned::{Hashing, Inspector, Scanned};
use super::{folder, human, sarif};
use crate::cli::{ArtifactScanArgs, ScanFormat};
use crate::exit::Exit;
use crate::printer::{self, Lines};

/// Files scanned before their results are printed.
const BATCH: usize = 512;

/// Scans and prints.
pub(crate) fn run(args: &ArtifactScanArgs) -> Result<Exit> {
    let hashing = if args.no_hash { Hashing::Off } else { Hashing::On };
    let inspector = Inspector::new(hashing, &args.clamd)?;
    if args.format == ScanFormat::Jsonl {
        let mut lines = Lines::begin();
        let mut worst = Verdict::Clean;
        each(args, &inspector, |scanned| {
            worst = worst.max(scanned.verdict);
            lines.line(&serde_json::to_string(&scanned)?)
        })?;
        lines.end()?;
        return Ok(exit(worst));
    }
    let mut all = Vec::new();
    each(args, &inspector, |scanned| {
        all.push(scanned);
        Ok(true)
    })?;
    let text = match args.format {
        ScanFormat::Sarif => sarif::sarif(&all)?,
        ScanFormat::Human => human::text(&all),
        ScanFormat::Json | ScanFormat::Jsonl => {
            let mut text = serde_json::to_string_pretty(&serde_json::json!({ "files": all }))?;
            text.push('\n');
            text
        }
    };
    printer::result(&text)?;
    Ok(exit(all.iter().map(|scanned| scanned.verdict).max().unwrap_or(Verdict::Clean)))
}

/// Hands over every file in path order, then the folders that are models; stops when nobody reads any more.
fn each(args: &ArtifactScanArgs, inspector: &Inspector, mut take: impl FnMut(Scanned) -> Result<bool>) -> Result<()> {
    for given in &args.paths {
        let scope = Scope::new(std::slice::from_ref(given), None, &args.exclude)?;
        let walked = walk(&scope);
        let mut models = folder::Models::default();
        for batch in walked.files.chunks(BATCH) {
            let scanned: Vec<Vec<Scanned>> = batch.par_iter().map(|entry| scan(inspector, given, entry)).collect();
            for scanned in scanned.into_iter().flatten() {
                models.note(&scanned);
                if !take(scanned)? {
                    return Ok(());
                }
            }
        }
        let passed_by = walked.coverage.skipped.into_iter().filter_map(|skipped| unread(given, skipped));
        for scanned in passed_by.chain(models.into_folders()) {
            if !take(scanned)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// One object for each name of the file.
fn scan(inspector: &Inspector, given: &Path, entry: &Entry) -> Vec<Scanned> {
    let first = inspector.file(entry, shown(given, &entry.path));
    let others = entry.aliases.iter().map(|alias| Scanned { path: shown(given, alias), ..first.clone() });
    let others: Vec<Scanned> = others.collect();
    std::iter::once(first).chain(others).collect()
}

/// What the walk passed by and what that means: what the user left out is no gap.
fn unread(given: &Path, skipped: Skipped) -> Option<Scanned> {
    (!matches!(skipped.reason, SkipReason::OutOfScope | SkipReason::NotRegular))
        .then(|| Scanned::unread(shown(given, &skipped.path), skipped.detail))
}

/// Returns a path as the user reaches it: what was given, and the rest of the way.
fn shown(given: &Path, path: &str) -> String {
    let joined: PathBuf = if given.is_dir() { given.join(path) } else { given.to_owned() };
    joined.to_string_lossy().into_owned()
}

pub(super) fn exit(worst: Verdict) -> Exit {
    match worst {
        Verdict::Malicious | Verdict::Suspicious => Exit::Findings,
        Verdict::Incomplete => Exit::CouldNotCheck,
        Verdict::Unreviewed | Verdict::Clean => Exit::Clean,
    }
}
