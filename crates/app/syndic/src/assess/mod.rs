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
    let (walked, owners, reports) = pool.install(|| {
        let walked = walk(scope);
        progress.start(walked.coverage.files_seen, walked.coverage.bytes_seen);
        let owners = Owners::find(&scope.system, &walked.files);
        let reports = inspect_all(scope, engines, &walked, &owners, progress);
        (walked, owners, reports)
    });
    let (mut inspected, coverage) = cover(walked, reports);
    join_code(&scope.system, engines, &mut inspected);
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
fn join_code(system: &str, engines: &Engines, inspected: &mut Vec<file::Inspected>) {
    let code = inspected.iter_mut().filter(|found| found.engine == "code");
    engines.code.join(system, &mut code.map(|found| &mut found.inspection).collect::<Vec<_>>());
    inspected.retain(|found| {
        let inspection = &found.inspection;
        // Whatever else happened to its facts, what was found or could not be read is never dropped.
        !inspection.facts.is_null() || !inspection.findings.is_empty() || !inspection.not_inspected.is_empty()
    });
}

/// Hands every file to the engines that know its kind, in parallel; reports come back in path order.
fn inspect_all(
    scope: &Scope,
    engines: &Engines,
    walked: &Walk,
    owners: &Owners,
    progress: &dyn Progress,
) -> Vec<FileReport> {
    let surroundings = surroundings::SurroundingFiles::find(&walked.files);
    let context = file::Context { system: &scope.system, engines, owners, surroundings };
    walked
        .files
        .par_iter()
        .map(|entry| {
            let report = guarded(&context, entry);
            progress.file_done(entry.size_bytes);
            report
        })
        .collect()
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
fn cover(walked: Walk, reports: Vec<FileReport>) -> (Vec<file::Inspected>, Coverage) {
    let mut coverage = walked.coverage;
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
