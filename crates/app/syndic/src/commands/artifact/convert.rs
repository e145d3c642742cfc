//! `syndic artifact convert`: a state dict as safetensors, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use syndic_artifact::{Conversion, ConvertError, ConvertOptions, RefusalKind, Scanner};
use syndic_collect::{Entry, FileReader, Scope, walk};

use super::human::plain;
use crate::cli::ArtifactConvertArgs;
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::printer;

/// Small tensors are written together.
const BUFFER_BYTES: usize = 256 << 10;

/// Converts one file.
pub(crate) fn run(args: &ArtifactConvertArgs) -> Result<Exit> {
    refuse_places(args)?;
    let walked = walk(&Scope::new(std::slice::from_ref(&args.file), None, &[])?);
    let Some(entry) = walked.files.first() else {
        let why = walked.coverage.skipped.first().map_or("it cannot be read", |skipped| skipped.detail.as_str());
        bail!("{}: {why}", args.file.display());
    };
    let before = Stamp::of(entry)?;
    let reader = FileReader::open(entry)?;
    let path = args.file.to_string_lossy();
    let options = ConvertOptions { part: args.part.clone(), ignore_checksums: args.ignore_checksums };
    let outcome = Conversion::plan(&Scanner::builtin()?, &path, &reader, &options).and_then(|conversion| {
        let mut draft = Draft::beside(&args.output).map_err(ConvertError::Sink)?;
        draft.fill(|file| conversion.write(&reader, file))?;
        Ok((conversion, draft))
    });
    let (conversion, draft) = match outcome {
        Ok(done) => done,
        Err(error) => return refused(&path, error),
    };
    if Stamp::of(entry)? != before {
        bail!("{path} changed while it was read: nothing was written; convert it when nobody writes to it");
    }
    draft.publish(&args.output, args.force)?;
    tell(args, &conversion)?;
    Ok(Exit::Clean)
}

/// Refuses before anything is read what could only end in a loss.
fn refuse_places(args: &ArtifactConvertArgs) -> Result<()> {
    if !args.file.is_file() {
        return Err(UsageError(format!("{}: convert takes one file", args.file.display())).into());
    }
    let Ok(output) = fs::symlink_metadata(&args.output) else { return Ok(()) };
    if output.is_dir() {
        return Err(UsageError(format!("{} is a folder: name the file to write", args.output.display())).into());
    }
    if !args.force {
        let what = args.output.display();
        return Err(UsageError(format!("{what} is there: choose another name, or write over it with --force")).into());
    }
    let (input, output) = (fs::metadata(&args.file)?, fs::metadata(&args.output));
    if output.is_ok_and(|output| (output.dev(), output.ino()) == (input.dev(), input.ino())) {
        return Err(UsageError("the output is the input itself: name another file".to_owned()).into());
    }
    Ok(())
}

fn refused(path: &str, error: ConvertError) -> Result<Exit> {
    let refusal = match error {
        ConvertError::Refused(refusal) => refusal,
        other => return Err(other).with_context(|| format!("{path} was not converted")),
    };
    let text = plain(&format!("{path} is not converted: {refusal}"));
    if refusal.kind == RefusalKind::Request {
        return Err(UsageError(text).into());
    }
    printer::say(&text);
    Ok(Exit::Findings)
}

fn tell(args: &ArtifactConvertArgs, conversion: &Conversion) -> Result<()> {
    let (output, bytes) = (args.output.to_string_lossy(), conversion.output_bytes());
    let mut text = format!("{}: {} tensors, {bytes} bytes\n", plain(&output), conversion.tensors());
    for note in conversion.notes() {
        text.push_str(&plain(&format!("note: {note}")));
        text.push('\n');
    }
    printer::result(&text)
}

/// What changes when somebody writes to a file.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(u64, u64, u64, i64, i64, i64, i64);

impl Stamp {
    fn of(entry: &Entry) -> Result<Self> {
        let data = fs::metadata(&entry.absolute).with_context(|| format!("cannot look at {}", entry.path))?;
        Ok(Self(data.dev(), data.ino(), data.len(), data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec()))
    }
}

/// A file under a hidden name that goes away unless it is published.
struct Draft {
    path: PathBuf,
    file: File,
    is_published: bool,
}

impl Draft {
    fn beside(output: &Path) -> io::Result<Self> {
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let path = output.with_file_name(format!(".{name}.{}.part", ulid::Ulid::new()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { path, file, is_published: false })
    }

    fn fill(&mut self, write: impl FnOnce(&mut dyn io::Write) -> Result<(), ConvertError>) -> Result<(), ConvertError> {
        let mut buffered = BufWriter::with_capacity(BUFFER_BYTES, &self.file);
        write(&mut buffered)?;
        buffered.flush().and_then(|()| self.file.sync_all()).map_err(ConvertError::Sink)
    }

    /// Gives the file its name; one that appeared meanwhile is not written over unless that was asked for.
    fn publish(mut self, output: &Path, is_forced: bool) -> Result<()> {
        let named = if is_forced {
            fs::rename(&self.path, output)
        } else {
            match renameat_with(CWD, &self.path, CWD, output, RenameFlags::NOREPLACE) {
                // Not every file system can; a link never replaces what is there either.
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                    fs::hard_link(&self.path, output).and_then(|()| fs::remove_file(&self.path))
                }
                outcome => outcome.map_err(io::Error::from),
            }
        };
        named.with_context(|| format!("cannot write {}", output.display()))?;
        self.is_published = true;
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // The file is whole whatever becomes of the name: a crash now leaves either no output or all of it.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_published {
            // What is left over is a hidden file that nothing reads.
            let _ = fs::remove_file(&self.path);
        }
    }
}
