//! One assessment, from a scope to a decision: the composition of collectors, engines and policy.
//!
//! walk → inspect every file → join what source files say together → link what was found → threats → sign the
//! evidence → decide. Nothing here judges: engines find, policy decides, this module carries what they say from one to
//! the next in a fixed order, so that two runs over equal input give equal results.

mod bind;
mod conceal;
mod engines;
mod file;
mod fuse;
mod inventory;
mod link;
mod stores;
mod supersede;
mod surroundings;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rayon::prelude::*;
use syndic_attest::SigningKey;
use syndic_collect::{Entry, Owners, Scope, Walk, walk};
use syndic_evidence::{Assessment, AssetKind, Coverage, Run, SkipReason, Skipped, Urn};

pub(crate) use engines::Engines;
use file::FileReport;

/// Stack of a worker: parsers of nested source code recurse within their own bounds.
const WORKER_STACK_BYTES: usize = 16 << 20;

/// Is told how the work goes; both methods are called from many threads.
pub(crate) trait Progress: Sync {
    /// The walk ended: this much is to be done.
    fn start(&self, files: u64, bytes: u64);
    /// A file is done.
    fn file_done(&self, bytes: u64);
}

/// Looks at everything in `scope` and says what is there, what is wrong with it, and whether it may be deployed.
///
/// # Errors
/// Only the program's own faults: rules or policies that do not load. What cannot be read is in the coverage.
pub(crate) fn assess(
    scope: &Scope,
    engines: &Engines,
    key: &SigningKey,
    now: impl Fn() -> Timestamp,
    progress: &dyn Progress,
) -> Result<Assessment> {
    let started_at = now();
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(WORKER_STACK_BYTES)
        .build()
        .context("cannot start worker threads")?;
    let (owners, inspected, coverage) = pool.install(|| {
        let walked = walk(scope);
        progress.start(walked.coverage.files_seen, walked.coverage.bytes_seen);
        let owners = Owners::find(&scope.system, &walked.files);
        let surroundings = surroundings::SurroundingFiles::find(&walked.files);
        let context =
            file::Context { system: &scope.system, engines, owners: &owners, surroundings, reads_whole: false };
        let reports = inspect_all(&context, &walked, progress);
        let (mut inspected, mut coverage) = cover(walked.coverage, reports);
        let context = file::Context { reads_whole: true, ..context };
        join_code(&context, &walked.files, &mut inspected, &mut coverage);
        (owners, inspected, coverage)
    });
    let linked = link::link(&scope.system, &owners, inspected);
    let system = Urn::local(&scope.system, AssetKind::System, &scope.system);
    let bound = bind::bind(engines, key, &system, linked, &coverage, started_at)?;
    let decision = bind::decide(engines, &bound, &coverage, started_at);
    let run = Run {
        id: ulid::Ulid::new().to_string(),
        system,
        started_at,
        finished_at: now(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: engines.rule_ids(),
        coverage,
    };
    Ok(Assessment {
        run,
        assets: bound.assets,
        relations: bound.relations,
        evidence: bound.evidence,
        findings: bound.findings,
        risks: bound.risks,
        decision,
    })
}

/// Lets the code engine decide what only several files together tell; what held nothing else is dropped.
///
/// Files that the engine put off and that others lead to are inspected again, whole.
fn join_code(
    context: &file::Context<'_>,
    entries: &[Entry],
    inspected: &mut Vec<file::Inspected>,
    coverage: &mut Coverage,
) {
    let mut prompts = Vec::new();
    let code: Vec<&mut file::Inspected> = inspected.iter_mut().filter(|found| found.engine == "code").collect();
    let paths: Vec<String> = code.iter().map(|found| found.path.clone()).collect();
    let mut read = |index: usize| {
        let path = paths.get(index)?;
        let Ok(at) = entries.binary_search_by(|entry| entry.path.cmp(path)) else {
            // The path was masked, and nobody knows the true one any more.
            coverage.skip(Skipped {
                path: path.clone(),
                reason: SkipReason::Unsupported,
                detail: "what it hands on to other files: a credential stands in its path".to_owned(),
            });
            return None;
        };
        let mut report = guarded(context, entries.get(at)?);
        // Whatever kept it from being read this time, above all when nothing of it was.
        for skipped in std::mem::take(&mut report.skipped) {
            if !coverage.skipped.contains(&skipped) {
                coverage.skip(skipped);
            }
        }
        // The rest was reported when the file was looked at.
        let position = report.inspected.iter().position(|found| found.engine == "code")?;
        let whole = report.inspected.swap_remove(position).inspection;
        prompts.extend(report.inspected.into_iter().filter(|found| found.engine == "privacy"));
        Some(whole)
    };
    let mut inspections: Vec<_> = code.into_iter().map(|found| &mut found.inspection).collect();
    context.engines.code.join(context.system, &mut inspections, &mut read);
    inspected.extend(prompts);
    coverage.skipped.sort();
    inspected.retain(|found| {
        let inspection = &found.inspection;
        // Whatever else happened to its facts, what was found or could not be read is never dropped.
        !inspection.facts.is_null() || !inspection.findings.is_empty() || !inspection.not_inspected.is_empty()
    });
}

/// Hands every file to the engines that know its kind, in parallel; reports come back in path order.
fn inspect_all(context: &file::Context<'_>, walked: &Walk, progress: &dyn Progress) -> Vec<FileReport> {
    let inspect = |entry: &Entry| {
        let report = guarded(context, entry);
        progress.file_done(entry.size_bytes);
        report
    };
    walked.files.par_iter().map(inspect).collect()
}

/// A fault of ours on one hostile file must not cost the assessment of the others.
fn guarded(context: &file::Context<'_>, entry: &Entry) -> FileReport {
    catch_unwind(AssertUnwindSafe(|| file::inspect(context, entry))).unwrap_or_else(|_| {
        FileReport::skipped(Skipped {
            path: entry.path.clone(),
            reason: SkipReason::Malformed,
            detail: "a fault in Syndic while it was inspected; please report it".to_owned(),
        })
    })
}

/// Adds up what the files' reports say was looked at.
fn cover(mut coverage: Coverage, reports: Vec<FileReport>) -> (Vec<file::Inspected>, Coverage) {
    let mut inspected = Vec::new();
    for report in reports {
        coverage.files_inspected += u64::from(report.is_inspected);
        coverage.bytes_hashed += report.bytes_hashed;
        for engine in report.engines {
            *coverage.by_engine.entry(engine.to_owned()).or_default() += 1;
        }
        report.skipped.into_iter().for_each(|skipped| coverage.skip(skipped));
        inspected.extend(report.inspected);
    }
    coverage.skipped.sort();
    (inspected, coverage)
}
