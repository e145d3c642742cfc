//! The files of `--output`: the form each ending names, and which files must not be written over.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syndic_collect::Scope;

use super::UsageError;
use crate::cli::Format;

/// An earlier report is read up to here to know it again.
const MAX_REPORT_BYTES: u64 = 512 << 20;

/// A file to write, and in which form.
#[derive(Debug)]
pub(super) struct OutputFile {
    path: PathBuf,
    /// What to write.
    pub(super) format: Format,
}

impl OutputFile {
    /// Reads the form of each file off its ending, and refuses to write over what is being assessed.
    ///
    /// # Errors
    /// An ending without a form, or a file of the assessed tree that is no report of Syndic's.
    pub(super) fn all(paths: &[PathBuf], scope: &Scope) -> Result<Vec<Self>> {
        paths.iter().map(|path| Self::new(path, scope)).collect()
    }

    fn new(path: &Path, scope: &Scope) -> Result<Self> {
        let format = format_of(path).ok_or_else(|| {
            UsageError(format!(
                "cannot tell the form of {}: end it in .json, .sarif, .html, .txt, .svg or .mmd",
                path.display()
            ))
        })?;
        if is_input(path, scope) {
            return Err(UsageError(format!(
                "{} is a file of the assessed tree, not a report of Syndic's: choose another name for --output, or \
                 move it away first",
                path.display()
            ))
            .into());
        }
        Ok(Self { path: path.to_path_buf(), format })
    }

    /// Writes the result.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn write(&self, text: &str) -> Result<()> {
        fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Says whether a file is there, lies in the tree and is not ours. A link counts as what it leads to.
fn is_input(path: &Path, scope: &Scope) -> bool {
    let Ok(real) = fs::canonicalize(path) else { return false };
    let is_file = fs::metadata(&real).is_ok_and(|metadata| metadata.is_file());
    is_file && scope.roots().any(|root| real.starts_with(root)) && !is_own(&real)
}

fn is_own(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_REPORT_BYTES).read_to_end(&mut bytes));
    // What cannot be read is not known to be ours.
    read.is_ok() && syndic_report::is_own(&bytes)
}

fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "json" => Some(Format::Json),
        "sarif" => Some(Format::Sarif),
        "html" | "htm" => Some(Format::Html),
        "txt" => Some(Format::Human),
        "svg" => Some(Format::Svg),
        "mmd" => Some(Format::Mermaid),
        _ => None,
    }
}
