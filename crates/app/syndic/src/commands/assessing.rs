//! What `assess` and `up` share: one assessment whose result shows no credential, and what is said about the scope.

use std::path::PathBuf;

use anyhow::Result;
use jiff::Timestamp;
use syndic_attest::SigningKey;
use syndic_collect::Scope;
use syndic_evidence::{Assessment, Coverage};

use crate::assess::{Engines, Progress, assess};
use crate::cli::ScopeArgs;
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
