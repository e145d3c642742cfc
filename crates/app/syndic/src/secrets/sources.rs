//! Where content comes from: files and folders, standard input, the index, a history.

use std::path::{Path, PathBuf};

use anyhow::Result;
use ignore::overrides::{Override, OverrideBuilder};
use rayon::prelude::*;
use syndic_collect::{Entry, FileReader, Scope, walk};
use syndic_evidence::SkipReason;

use super::git::{self, Repository};
use super::outcome::{Outcome, Seen};
use super::scanner::Scanner;
use super::{unpack, waivers};
use crate::cli::SecretsSourceArgs;
use crate::commands::UsageError;

/// Looks where the options say, and leaves out what is accepted.
pub(super) fn look(args: &SecretsSourceArgs) -> Result<Outcome> {
    // What is accepted and what is looked for is read first: a mistake in either must not cost a run.
    let waivers = waivers::read(&args.baseline)?;
    let scanner = Scanner::new(args)?;
    let mut seen = Seen::default();
    if args.stdin {
        unpack::look_stream(&scanner, &args.stdin_name, &mut std::io::stdin().lock(), &mut seen);
        seen.covered.files = 1;
    } else if args.staged {
        seen = git::look_staged(&scanner, &Repository::open(Path::new("."))?, &excluder(&args.exclude)?)?;
    } else if let Some(place) = &args.git {
        seen = git::look_history(&scanner, &Repository::open(place)?, &excluder(&args.exclude)?);
    } else if args.paths.is_empty() {
        tree(&scanner, Path::new("."), &args.exclude, &mut seen)?;
    } else {
        for path in &args.paths {
            tree(&scanner, path, &args.exclude, &mut seen)?;
        }
    }
    seen.notes.extend(scanner.notes().iter().cloned());
    let waived = waivers.apply(&mut seen);
    Ok(Outcome::new(seen, waived))
}

fn tree(scanner: &Scanner, given: &Path, exclude: &[String], seen: &mut Seen) -> Result<()> {
    let scope = Scope::new(&[given.to_owned()], None, exclude)?;
    let walked = walk(&scope);
    let files = walked.files.par_iter().map(|entry| file(scanner, given, entry)).reduce(Seen::default, |mut a, b| {
        a.add(b);
        a
    });
    seen.add(files);
    for skipped in walked.coverage.skipped {
        if !skipped.reason.is_by_design() && skipped.reason != SkipReason::Link {
            seen.gap(&shown(given, &skipped.path), skipped.detail);
        }
    }
    Ok(())
}

fn file(scanner: &Scanner, given: &Path, entry: &Entry) -> Seen {
    let mut seen = Seen::default();
    let path = shown(given, &entry.path);
    match FileReader::open(entry) {
        Ok(reader) => unpack::look_file(scanner, &path, &entry.absolute, &reader, &mut seen),
        Err(error) => seen.gap(&path, error.to_string()),
    }
    seen.covered.files = 1;
    seen
}

/// Returns a path as the user reaches it: what was given, and the rest of the way.
fn shown(given: &Path, path: &str) -> String {
    let joined: PathBuf = if given.is_dir() { given.join(path) } else { given.to_owned() };
    joined.strip_prefix(".").unwrap_or(&joined).to_string_lossy().into_owned()
}

/// Says of paths of a repository whether they are looked at.
fn excluder(globs: &[String]) -> Result<impl Fn(&str) -> bool + use<>> {
    let mut builder = OverrideBuilder::new("");
    for glob in globs {
        // In overrides a glob selects and one with `!` leaves out.
        builder
            .add(&format!("!{glob}"))
            .map_err(|error| UsageError(format!("`{glob}` is no glob pattern: {error}")))?;
    }
    let overrides: Override = builder.build()?;
    Ok(move |path: &str| !overrides.matched(path, false).is_ignore())
}
