//! What may keep a ledger from being read as it is: files this user may not read, and a program that writes meanwhile.

use std::fs;
use std::io::ErrorKind::PermissionDenied;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use syndic_ledger::CHECKPOINT_PATH;
use syndic_ledger::verify::Report;

/// Times a ledger that is being written to is verified again before anything is said against it.
const MOST_AGAIN: usize = 3;
/// What a program takes at most from one of its files to the next.
const WRITING: Duration = Duration::from_millis(100);
/// A file that was written within this time may be written to still.
const JUST_NOW: Duration = Duration::from_secs(5);

/// Folders inside folders of a ledger: those of its tiles.
const DEEPEST: usize = 8;

/// Verifies, and again as long as something is wrong that a program which writes meanwhile may have caused.
pub(super) fn settled(folder: &Path, verify: impl Fn() -> Report) -> Report {
    let mut report = verify();
    for _ in 0..MOST_AGAIN {
        if report.is_intact() || !is_written(folder) {
            break;
        }
        // Records, the checkpoint and the keys are written one after the other, and were read in another order.
        std::thread::sleep(WRITING);
        report = verify();
    }
    report
}

/// Says whether a program wrote to a ledger just now, and may be writing still.
fn is_written(folder: &Path) -> bool {
    let age = |path: &Path| fs::metadata(path).ok()?.modified().ok()?.elapsed().ok();
    let segments = fs::read_dir(folder.join("segments")).into_iter().flatten().flatten();
    segments
        .map(|entry| entry.path())
        .chain([folder.join(CHECKPOINT_PATH)])
        .any(|path| age(&path).is_none_or(|age| age < JUST_NOW))
}

/// Says what may not be read, before a file that may not be opened is taken for one that was changed.
///
/// # Errors
/// This user may not read a file or a folder.
pub(super) fn refuse_unreadable(folder: &Path) -> Result<()> {
    may_be_read(folder, DEEPEST)
}

fn may_be_read(folder: &Path, depth: usize) -> Result<()> {
    let refused = |path: &Path| {
        format!(
            "cannot read {}: nothing is known of the ledger; run this as the user who owns it, or give that user's copy",
            path.display()
        )
    };
    let entries = match fs::read_dir(folder) {
        Err(problem) if problem.kind() == PermissionDenied => return Err(problem).with_context(|| refused(folder)),
        // Whatever else is wrong with it is what verifying is for.
        entries => entries.into_iter().flatten().flatten(),
    };
    for entry in entries {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 {
            may_be_read(&path, depth - 1)?;
        } else if kind.is_file()
            && let Err(problem) = fs::File::open(&path)
            && problem.kind() == PermissionDenied
        {
            return Err(problem).with_context(|| refused(&path));
        }
    }
    Ok(())
}
