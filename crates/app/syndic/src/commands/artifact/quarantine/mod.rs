//! `syndic artifact quarantine`: moves files where nothing loads them, says what is there, puts them back.

mod anchored;
mod kept;
mod listing;
mod manifest;
mod moving;
mod recording;
mod restoring;
mod taking;
mod vault;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use syndic_collect::{Entry, Scope, walk};
use syndic_ledger::admin::Cause;

use super::human::plain;
use super::scanned::{Hashing, Inspector};
use crate::cli::{ArtifactQuarantineArgs, CauseArgs, ClamdArgs, Cli, QuarantineAt, QuarantineCommand};
use crate::commands::UsageError;
use crate::commands::ledger::cause;
use crate::exit::Exit;
use crate::printer;

pub(super) use manifest::Manifest;
pub(super) use recording::taken as record;
pub(super) use vault::Vault;

/// Does what was asked.
pub(crate) fn run(cli: &Cli, args: &ArtifactQuarantineArgs) -> Result<Exit> {
    match &args.command {
        Some(QuarantineCommand::List { place, json }) => listing::run(cli, place, *json),
        Some(QuarantineCommand::Restore { id, to, place, cause }) => {
            restoring::run(cli, id, to.as_deref(), place, &cause::of(cause)?)
        }
        None => take_all(cli, args),
    }
}

/// Moves everything that was named; one that fails does not keep the others where they are.
fn take_all(cli: &Cli, args: &ArtifactQuarantineArgs) -> Result<Exit> {
    let inspector = Inspector::new(Hashing::On, &ClamdArgs::default())?;
    let mut paths = Vec::new();
    for given in &args.paths {
        paths.append(&mut chosen(&inspector, given, args.at)?);
    }
    let vault = Vault::open(cli, &args.place)?;
    let who = cause::of(&args.cause)?;
    let mut taken = Vec::new();
    let mut has_failed = false;
    for (path, at) in paths {
        match vault.take(&inspector, &path, &who, at) {
            Ok(manifest) => {
                tell(&manifest)?;
                taken.push(manifest);
            }
            Err(error) => {
                has_failed = true;
                printer::say(&plain(&format!("error: {} was not moved: {error:#}", path.display())));
            }
        }
    }
    record(cli, &vault, &taken)?;
    Ok(if has_failed { Exit::CouldNotCheck } else { Exit::Clean })
}

fn tell(manifest: &Manifest) -> Result<()> {
    printer::result(&plain_line(&format!("{}  {:<10} {}", manifest.id, manifest.verdict_text(), manifest.path)))?;
    for note in &manifest.notes {
        printer::say(&plain(&format!("note: {}: {note}", manifest.path)));
    }
    Ok(())
}

/// A line that no name can break.
pub(super) fn plain_line(text: &str) -> String {
    format!("{}\n", plain(text))
}

/// A path to move, and as how bad it was found.
type Chosen = (PathBuf, Option<QuarantineAt>);

/// Returns what is to be moved of a path: itself, or of a folder what is as bad as `at`.
fn chosen(inspector: &Inspector, given: &Path, at: Option<QuarantineAt>) -> Result<Vec<Chosen>> {
    let kind = fs::symlink_metadata(given);
    if !kind.is_ok_and(|kind| kind.is_dir()) {
        return Ok(vec![(given.to_path_buf(), None)]);
    }
    let Some(at) = at else {
        let why = format!("{} is a folder: say with --at which of its files to move", given.display());
        return Err(UsageError(why).into());
    };
    let scope = Scope::new(&[given.to_path_buf()], None, &[])?;
    let root = fs::canonicalize(given)?;
    let mut paths = Vec::new();
    for entry in walk(&scope).files {
        if at.takes(inspector.file(&entry, entry.path.clone()).verdict) {
            paths.extend(names(&entry, &root).into_iter().map(|path| (path, Some(at))));
        }
    }
    Ok(paths)
}

/// Returns every name of a file inside of a folder: the file a link leads to if it lies in there, and else the link.
pub(super) fn names(entry: &Entry, root: &Path) -> Vec<PathBuf> {
    let others = entry.aliases.iter().map(|alias| root.join(alias));
    let mut paths: Vec<PathBuf> = std::iter::once(entry.absolute.clone())
        .chain(others)
        .map(|path| fs::canonicalize(&path).ok().filter(|real| real.starts_with(root)).unwrap_or(path))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Returns who acts when nobody is there, and why.
///
/// # Errors
/// As [`cause::of`].
pub(super) fn on_watch(at: QuarantineAt) -> Result<Cause> {
    let what = match at {
        QuarantineAt::Malicious => "malicious",
        QuarantineAt::Suspicious => "suspicious or worse",
    };
    cause::of(&CauseArgs { reason: format!("watched, and found {what}"), actor: None })
}
