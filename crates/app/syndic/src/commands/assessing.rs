//! What `assess` and `up` share: one assessment whose result shows no credential, recording it, and what is said about
//! the scope.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use syndic_attest::SigningKey;
use syndic_collect::Scope;
use syndic_evidence::{Assessment, Coverage};
use syndic_store::{Changes, Standing, Store};

use super::sealing;
use crate::assess::{Engines, Progress, assess};
use crate::cli::ScopeArgs;
use crate::ledger::StateLedger;
use crate::printer;

/// Assesses a scope. Names of files and folders in the result hold no credential that can be told by its form.
///
/// # Errors
/// Only the program's own faults; what cannot be read is in the coverage.
pub(super) fn assessed(
    scope: &Scope,
    excludes: &Excludes,
    engines: &Engines,
    key: &SigningKey,
    progress: &dyn Progress,
) -> Result<(Assessment, Vec<String>)> {
    let mut scope = scope.clone();
    scope.system = engines.concealer().text(&scope.system);
    let mut assessment = assess(&scope, engines, key, Timestamp::now, progress)?;
    let idle = excludes.idle(&assessment.run.coverage);
    engines.concealer().coverage(&mut assessment.run.coverage);
    Ok((assessment, idle))
}

/// Stores an assessment with a signed record of what it leaves, and records it in the ledger. What waited there from an
/// interrupted run is recorded as well, and told.
///
/// # Errors
/// The store or the ledger cannot be written. What was stored stays stored; the next run records it.
pub(super) async fn recorded(
    assessment: &Assessment,
    store: &Store,
    ledger: &StateLedger,
    key: &SigningKey,
) -> Result<Changes> {
    let write = async {
        let sign = |standing: &Standing| sealing::sign(key, standing);
        let changes = store.record_signed(assessment, &sign).await;
        let changes = changes.context("the result was computed but could not be stored")?;
        Ok((changes, assessment.run.id.clone()))
    };
    let (changes, notes) = ledger.recording(key, store, write).await?;
    for note in notes {
        printer::say(&format!("warning: {note}"));
    }
    Ok(changes)
}

/// The `--exclude` patterns, each able to tell alone what it leaves out.
pub(super) struct Excludes(Vec<(String, Scope)>);

impl Excludes {
    /// Takes the patterns over these roots.
    ///
    /// # Errors
    /// A pattern that is no glob, or a root that cannot be reached.
    pub(super) fn new(paths: &[PathBuf], args: &ScopeArgs) -> Result<Self> {
        let alone = |pattern: &String| {
            let scope = Scope::new(paths, args.system.as_deref(), std::slice::from_ref(pattern))?;
            Ok((pattern.clone(), scope))
        };
        Ok(Self(args.exclude.iter().map(alone).collect::<Result<_>>()?))
    }

    /// Returns the patterns that left out nothing. When the list of skipped places was cut, nobody can tell.
    fn idle(&self, coverage: &Coverage) -> Vec<String> {
        let listed = u64::try_from(coverage.skipped.len()).unwrap_or(u64::MAX);
        if coverage.skipped_total > listed {
            return Vec::new();
        }
        let is_idle = |scope: &Scope| !coverage.skipped.iter().any(|place| scope.leaves_out(&place.path));
        self.0.iter().filter(|(_, scope)| is_idle(scope)).map(|(pattern, _)| pattern.clone()).collect()
    }
}

/// Warns of patterns that left out nothing.
pub(super) fn warn_of_idle(patterns: &[String]) {
    for pattern in patterns {
        printer::say(&format!(
            "warning: --exclude `{pattern}` left out nothing: a glob is relative to the assessed folder, and a place \
             that another one left out does not count"
        ));
    }
}
