//! `cargo xtask tidy`: what the compiler does not check.
//!
//! Every check returns a [`Report`]: faults fail the command, warnings and tables are only shown.

mod committed;
mod floors;
mod lengths;
mod links;
mod references;
mod sources;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::process::{command, output};
use crate::{generate, say};

/// What one check has to say.
#[derive(Debug, Default, PartialEq)]
struct Report {
    /// What fails the command.
    faults: Vec<String>,
    /// What a person should look at some day.
    warnings: Vec<String>,
    /// What is shown in any case.
    tables: Vec<String>,
}

impl Report {
    fn fault(&mut self, text: impl Into<String>) {
        self.faults.push(text.into());
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    fn absorb(&mut self, other: Self) {
        self.faults.extend(other.faults);
        self.warnings.extend(other.warnings);
        self.tables.extend(other.tables);
    }
}

/// A text file of the tree with its path relative to the root.
#[derive(Debug)]
struct TextFile {
    path: String,
    text: String,
}

/// Runs every check.
///
/// # Errors
/// A check found a fault, or the tree could not be read.
pub(crate) fn run(root: &Path) -> Result<()> {
    let metadata = output(command(root, "cargo", &["metadata", "--format-version", "1", "--offline", "--no-deps"]))?;
    let files = text_files(root)?;
    let mut report = floors::check(&metadata, &files)?;
    report.absorb(sources::check(&files));
    report.absorb(lengths::check(&files));
    report.absorb(rule_folders(root, &files));
    report.absorb(links::check(root, &files));
    report.absorb(references::check(&files));
    report.absorb(committed::check(&files, &committed::registry_hosts()));
    if let Err(error) = generate::check(root) {
        report.fault(format!("{error:#}"));
    }
    for table in &report.tables {
        say::line(table);
    }
    for warning in &report.warnings {
        say::note(&format!("warning: {warning}"));
    }
    for fault in &report.faults {
        say::note(&format!("fault: {fault}"));
    }
    match report.faults.len() {
        0 => Ok(()),
        count => bail!("tidy: {count} faults"),
    }
}

/// Reads every file that is committed or would be, as far as it is text.
fn text_files(root: &Path) -> Result<Vec<TextFile>> {
    let listed = output(command(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &&str| {
        let full: PathBuf = root.join(path);
        // A link is checked where it leads; what is not UTF-8 is no text.
        let is_file = full.symlink_metadata().is_ok_and(|found| found.is_file());
        let text = if is_file { std::fs::read_to_string(full).ok()? } else { return None };
        Some(TextFile { path: (*path).to_owned(), text })
    };
    Ok(paths.iter().filter_map(read).collect())
}

/// Every folder of rules belongs to an engine; the catalogue to all of them.
fn rule_folders(root: &Path, files: &[TextFile]) -> Report {
    let mut report = Report::default();
    let folders = files.iter().filter_map(|file| file.path.strip_prefix("rules/")?.split_once('/'));
    let mut folders: Vec<&str> = folders.map(|(folder, _)| folder).filter(|folder| *folder != "catalogue").collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        if !root.join("crates/engine").join(folder).join("Cargo.toml").exists() {
            report.fault(format!("rules/{folder}: no engine of that name"));
        }
    }
    report
}
