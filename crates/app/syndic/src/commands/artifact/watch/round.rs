//! One round of a watch: what is due is found, scanned in parallel, told in path order, and moved away if it must be.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use rayon::prelude::*;
use syndic_artifact::Verdict;
use syndic_collect::{Entry, FileReader, Scope, walk};
use syndic_detect::ReadAt;
use syndic_evidence::Skipped;
use syndic_ledger::admin::Cause;

use super::super::local::is_gap;
use super::super::quarantine::{self, Manifest, Vault};
use super::super::scanned::{Inspector, Scanned};
use super::arrivals::Due;
use super::event::{Event, Events};
use super::exclusions::Exclusions;
use crate::cli::{Cli, QuarantineAt};
use crate::printer;

/// Files scanned before their events are told.
const BATCH: usize = 64;

/// What changes when a file is written or exchanged.
type Stamp = (u64, u64, u64, i64, i64, i64, i64);

/// What is moved away, where to, and in whose name.
pub(super) struct Mover {
    pub(super) at: QuarantineAt,
    pub(super) vault: Vault,
    pub(super) who: Cause,
}

/// Everything a watch works with, and what it has seen.
pub(super) struct Rounds {
    state: PathBuf,
    inspector: Inspector,
    mover: Option<Mover>,
    events: Events,
    stop: Arc<AtomicBool>,
    exclusions: Exclusions,
    /// How each file was when it was last scanned.
    seen: HashMap<PathBuf, Stamp>,
    /// Moved away and not recorded yet.
    moved: Vec<Manifest>,
    worst: Verdict,
    scanned: u64,
    quarantined: u64,
}

/// A file that stops being read when the watch is to stop.
struct Stoppable<'s> {
    reader: FileReader,
    stop: &'s AtomicBool,
}

impl ReadAt for Stoppable<'_> {
    fn len(&self) -> u64 {
        self.reader.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("the watch was stopped"));
        }
        self.reader.read_at(offset, buffer)
    }
}

impl Rounds {
    pub(super) fn new(
        state: PathBuf,
        inspector: Inspector,
        mover: Option<Mover>,
        events: Events,
        stop: Arc<AtomicBool>,
        exclusions: Exclusions,
    ) -> Self {
        Self {
            state,
            inspector,
            mover,
            events,
            stop,
            exclusions,
            seen: HashMap::new(),
            moved: Vec::new(),
            worst: Verdict::Clean,
            scanned: 0,
            quarantined: 0,
        }
    }

    pub(super) const fn exclusions(&self) -> &Exclusions {
        &self.exclusions
    }

    pub(super) fn events(&self) -> Events {
        self.events
    }

    pub(super) fn scanned(&self) -> u64 {
        self.scanned
    }

    pub(super) fn quarantined(&self) -> u64 {
        self.quarantined
    }

    /// Scans what is due.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(super) fn run(&mut self, due: Due, folders: &[PathBuf], own: &[PathBuf]) -> Result<()> {
        let (files, passed_by) = match due {
            Due::Paths(paths) => self.found(&paths, own),
            Due::Everything { is_lost } => {
                if is_lost {
                    self.events.tell(&Event::Rescan)?;
                }
                // What is gone need not be remembered.
                self.seen.retain(|path, _| path.exists());
                self.found(folders, own)
            }
        };
        for skipped in passed_by {
            self.tell(&skipped)?;
        }
        let changed: Vec<(Entry, Stamp)> = files
            .into_iter()
            .filter_map(|entry| Some((stamp(&entry.absolute)?, entry)))
            .filter(|(stamp, entry)| self.seen.get(&entry.absolute) != Some(stamp))
            .map(|(stamp, entry)| (entry, stamp))
            .collect();
        for batch in changed.chunks(BATCH) {
            if !self.batch(batch, folders)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns the files at or below some paths; what was there when it was heard of may be gone.
    fn found(&self, paths: &[PathBuf], own: &[PathBuf]) -> (Vec<Entry>, Vec<Scanned>) {
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        for path in paths.iter().filter(|path| !self.exclusions.leave_out(path)) {
            let Ok(scope) = Scope::new(std::slice::from_ref(path), None, &[]) else { continue };
            let scope = own.iter().fold(scope.without_own(&self.state), |scope, own| scope.without_own(own));
            let walked = walk(&scope);
            files.extend(walked.files.into_iter().filter(|entry| !self.exclusions.leave_out(&entry.absolute)));
            let gaps =
                walked.coverage.skipped.into_iter().filter(|gap| !self.exclusions.leave_out(&path.join(&gap.path)));
            unread.extend(gaps.filter_map(|gap| passed_by(path, gap)));
        }
        files.sort_by(|one: &Entry, other: &Entry| one.absolute.cmp(&other.absolute));
        files.dedup_by(|one, other| one.absolute == other.absolute);
        (files, unread)
    }

    /// Scans some files; `false` if the watch is to stop.
    fn batch(&mut self, batch: &[(Entry, Stamp)], folders: &[PathBuf]) -> Result<bool> {
        let (inspector, stop) = (&self.inspector, &*self.stop);
        let scanned: Vec<Option<Scanned>> = batch.par_iter().map(|(entry, _)| scan(inspector, stop, entry)).collect();
        if self.stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        for ((entry, stamp), scanned) in batch.iter().zip(scanned) {
            let Some(scanned) = scanned else { continue };
            self.seen.insert(entry.absolute.clone(), *stamp);
            self.tell(&scanned)?;
            self.move_away(entry, &scanned, folders)?;
        }
        Ok(true)
    }

    fn tell(&mut self, scanned: &Scanned) -> Result<()> {
        self.worst = self.worst.max(scanned.verdict);
        self.scanned += 1;
        self.events.tell(&Event::Scanned(scanned))
    }

    fn move_away(&mut self, entry: &Entry, scanned: &Scanned, folders: &[PathBuf]) -> Result<()> {
        let Some(mover) = self.mover.as_ref().filter(|mover| mover.at.takes(scanned.verdict)) else { return Ok(()) };
        // The folder that was asked to be watched is the one that may be changed.
        let Some(root) = folders.iter().find(|folder| entry.absolute.starts_with(folder)) else { return Ok(()) };
        for path in quarantine::names(entry, root) {
            let shown = path.to_string_lossy();
            match mover.vault.take(&self.inspector, &path, &mover.who, Some(mover.at)) {
                Ok(manifest) => {
                    let event = Event::Quarantined { path: &shown, id: &manifest.id, verdict: manifest.verdict_text() };
                    self.events.tell(&event)?;
                    self.quarantined += 1;
                    self.moved.push(manifest);
                }
                Err(error) => {
                    self.events.tell(&Event::NotQuarantined { path: &shown, problem: format!("{error:#}") })?;
                }
            }
        }
        Ok(())
    }

    /// Records in the ledger what was moved; what cannot be recorded now is tried again after the next round.
    pub(super) fn record(&mut self, cli: &Cli) {
        let Some(mover) = &self.mover else { return };
        match quarantine::record(cli, &mover.vault, &self.moved) {
            Ok(()) => self.moved.clear(),
            Err(error) => printer::say(&format!("warning: {error:#}")),
        }
    }

    /// Returns the worst verdict of all that was seen; what could not be recorded is a gap as well.
    pub(super) fn worst(&self) -> Verdict {
        if self.moved.is_empty() { self.worst } else { self.worst.max(Verdict::Incomplete) }
    }
}

/// What a walk passed by and that means a gap.
fn passed_by(path: &Path, skipped: Skipped) -> Option<Scanned> {
    let shown = if path.is_dir() { path.join(&skipped.path) } else { path.to_path_buf() };
    is_gap(&skipped).then(|| Scanned::unread(shown.to_string_lossy().into_owned(), skipped.detail))
}

/// Nothing if the watch is to stop, or the file is gone again.
fn scan(inspector: &Inspector, stop: &AtomicBool, entry: &Entry) -> Option<Scanned> {
    if stop.load(Ordering::Relaxed) || !entry.absolute.exists() {
        return None;
    }
    let path = entry.absolute.to_string_lossy().into_owned();
    Some(match FileReader::open(entry) {
        Ok(reader) => inspector.opened(&Stoppable { reader, stop }, path),
        Err(error) => Scanned::unread(path, error.to_string()),
    })
}

fn stamp(path: &Path) -> Option<Stamp> {
    let data = fs::metadata(path).ok()?;
    let (written, changed) = ((data.mtime(), data.mtime_nsec()), (data.ctime(), data.ctime_nsec()));
    Some((data.dev(), data.ino(), data.len(), written.0, written.1, changed.0, changed.1))
}
