//! Sends what an archive lacks: segments, then bundles and tiles, then the checkpoint that covers them.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use syndic_ledger::disk::{Disk, read_file};
use syndic_ledger::verify::{Report, Trust, verify};
use syndic_ledger::{CHECKPOINT_PATH, DESCRIPTION_PATH};
use syndic_tlog::TreeHead;

use crate::body::Body;
use crate::error::{ArchiveError, Result, on_disk};
use crate::head::signed_head;
use crate::objects::{Objects, Part, Put, Stat, When};
use crate::parallel::for_each;
use crate::plan::{ArchivedSegments, Scope, Segment, segments, tiles};
use crate::view::digest_of;

/// Larger files of text are refused.
pub(crate) const TEXT_BYTES_LIMIT: usize = 1 << 20;
/// No tile is larger: 256 entries of 64 KiB with their lengths.
const TILE_BYTES_LIMIT: u64 = 256 * 65_537;

/// What an archive holds now and what was sent for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archived {
    /// The head of the checkpoint it holds.
    pub head: TreeHead,
    /// How many records it held before.
    pub before: u64,
    /// Objects sent.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
}

/// An object that is there and is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The archive.
    pub place: String,
    /// The object.
    pub path: String,
    /// What differs.
    pub what: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "conflict: {} in {}: {}; it was not overwritten", self.path, self.place, self.what)
    }
}

/// What came of archiving.
#[derive(Debug)]
pub enum Outcome {
    /// The archive holds the log up to its newest checkpoint.
    Archived(Archived),
    /// The log does not verify, or does not extend what the archive holds: it was rolled back or is another. Nothing was sent.
    NotIntact(Box<Report>),
    /// An object is in the way. What was sent before stays; the archive's checkpoint is as it was.
    Conflict(Conflict),
}

/// Brings an archive to the newest checkpoint of the ledger on `source`, whose keys `trust` has.
///
/// The ledger may be in use, but must not be retired from or appended to by a second publisher meanwhile; whoever holds
/// its lock need do nothing.
///
/// # Errors
/// The archive cannot be reached or refuses, or is of another log; the ledger cannot be read.
pub fn archive(source: &Arc<dyn Disk>, trust: &Trust, objects: &dyn Objects, scope: Scope) -> Result<Outcome> {
    let own = checkpoint_of(source.as_ref())?;
    let head = signed_head(&own, trust.log_key()).map_err(ArchiveError::Source)?;
    let held = objects.read(CHECKPOINT_PATH, 0, TEXT_BYTES_LIMIT)?;
    let old = match &held {
        None => TreeHead::EMPTY,
        Some(held) => signed_head(&held.bytes, trust.log_key())
            .map_err(|why| ArchiveError::OtherLog { place: objects.name(), why })?,
    };
    if scope == Scope::New && held.as_ref().is_some_and(|held| held.bytes == own) {
        return Ok(Outcome::Archived(Archived { head, before: old.size, sent: 0, sent_bytes: 0 }));
    }
    // What the archive holds was signed by this log: a log that does not extend it was rolled back.
    let trust = if held.is_some() { trust.clone().known_head(old) } else { trust.clone() };
    let report = verify(source, &trust);
    if !report.is_intact() {
        return Ok(Outcome::NotIntact(Box::new(report)));
    }
    let copy = Copy { source, objects, size: head.size, sent: AtomicU64::default(), sent_bytes: AtomicU64::default() };
    let known = if scope == Scope::New { old.size } else { 0 };
    match copy.all(known, old.size, &own, held.as_ref()) {
        Ok(()) => Ok(Outcome::Archived(Archived {
            head,
            before: old.size,
            sent: copy.sent.into_inner(),
            sent_bytes: copy.sent_bytes.into_inner(),
        })),
        Err(Stop::Conflict(conflict)) => Ok(Outcome::Conflict(conflict)),
        Err(Stop::Error(error)) => Err(error),
    }
}

fn checkpoint_of(source: &dyn Disk) -> Result<Vec<u8>> {
    let read = read_file(source, CHECKPOINT_PATH, TEXT_BYTES_LIMIT as u64);
    read.map_err(on_disk(format!("read the ledger's {CHECKPOINT_PATH}")))?.ok_or_else(|| {
        ArchiveError::Source("the ledger has no checkpoint yet: run `syndic ledger checkpoint`".to_owned())
    })
}

/// Why copying stopped.
enum Stop {
    Conflict(Conflict),
    Error(ArchiveError),
}

impl From<ArchiveError> for Stop {
    fn from(error: ArchiveError) -> Self {
        Self::Error(error)
    }
}

/// One run.
struct Copy<'a> {
    source: &'a Arc<dyn Disk>,
    objects: &'a dyn Objects,
    /// Records under the checkpoint that is archived.
    size: u64,
    sent: AtomicU64,
    sent_bytes: AtomicU64,
}

impl Copy<'_> {
    /// Sends everything; objects that belong to a log of `known` records are taken to be there.
    fn all(&self, known: u64, old_size: u64, checkpoint: &[u8], held: Option<&Part>) -> Result<(), Stop> {
        self.description()?;
        let own = segments(self.source.as_ref(), self.size)?;
        let archived = ArchivedSegments::list(self.objects)?;
        if let Some(gap) = archived.gap(&own, old_size) {
            return Err(Stop::Error(ArchiveError::Source(format!(
                "records {} to {} were retired before they were archived in {}: archive to a new place; what is there \
                 stays as it is",
                gap.start,
                gap.end - 1,
                self.objects.name()
            ))));
        }
        each(own.into_iter(), |segment| self.segment(segment, &archived, known))?;
        each(tiles(known, self.size), |tile| {
            let path = tile.to_string();
            let bytes = read_file(self.source.as_ref(), &path, TILE_BYTES_LIMIT);
            let bytes = bytes.map_err(on_disk(format!("read the ledger's {path}")))?.ok_or_else(|| {
                ArchiveError::Source(format!("the ledger's {path} is not there: run `syndic ledger checkpoint`"))
            })?;
            self.send(&path, &Body::of_bytes(&bytes), known == 0 && held.is_some())
        })?;
        self.checkpoint(&Body::of_bytes(checkpoint), held)
    }

    /// Sends the description. With it the place is asked whether it heeds the condition of a write: one that does not
    /// would let objects be overwritten.
    fn description(&self) -> Result<(), Stop> {
        let bytes = read_file(self.source.as_ref(), DESCRIPTION_PATH, TEXT_BYTES_LIMIT as u64);
        // It was verified a moment ago; one that is gone since must not be archived as an empty one, for good.
        let bytes = bytes.and_then(|bytes| bytes.ok_or_else(|| io::ErrorKind::NotFound.into()));
        let bytes = bytes.map_err(on_disk(format!("read the ledger's {DESCRIPTION_PATH}")))?;
        let body = Body::of_bytes(&bytes);
        self.send(DESCRIPTION_PATH, &body, false)?;
        match self.objects.put(DESCRIPTION_PATH, &body, When::Absent)? {
            Put::Refused => Ok(()),
            Put::Done => Err(Stop::Error(ArchiveError::Unfit {
                place: self.objects.name(),
                why:
                    "it overwrote an object that was to be written only if absent; use a store that heeds If-None-Match"
                        .to_owned(),
            })),
        }
    }

    fn segment(&self, segment: Segment, archived: &ArchivedSegments, known: u64) -> Result<(), Stop> {
        let path = syndic_ledger::copying::segment_path(segment.first);
        let there = archived.bytes(segment.first);
        if there.is_some() && segment.next.is_some_and(|next| next <= known) {
            return Ok(());
        }
        let body = segment.body(self.source.as_ref(), self.size)?;
        match there {
            Some(bytes) if bytes < body.bytes() => self.extend(&path, &body),
            Some(_) => self.send(&path, &body, true),
            None => self.send(&path, &body, false),
        }
    }

    /// Sends an object that must not change any more; `is_expected` if it is probably there.
    fn send(&self, path: &str, body: &Body, is_expected: bool) -> Result<(), Stop> {
        if is_expected && let Some(stat) = self.objects.stat(path)? {
            return self.compare(path, body, &stat);
        }
        let put = self.objects.put(path, body, When::Absent)?;
        self.settle(path, body, put)
    }

    /// Replaces a segment that was not full by one that goes on from it.
    fn extend(&self, path: &str, body: &Body) -> Result<(), Stop> {
        let Some(stat) = self.objects.stat(path)? else { return self.send(path, body, false) };
        if stat.bytes >= body.bytes() {
            return self.compare(path, body, &stat);
        }
        let there = self.digest(path, stat.sha256)?;
        let beginning = body.digest_of_beginning(stat.bytes).map_err(on_disk(format!("read the ledger's {path}")))?;
        if there != Some(beginning) {
            let what = format!("its {} bytes are not the beginning of this ledger's", stat.bytes);
            return Err(self.conflict(path, what));
        }
        let put = self.objects.put(path, body, When::Is(&stat.version))?;
        self.settle(path, body, put)
    }

    /// Counts what was sent; what was not must be there, from an earlier run or a try whose answer was lost.
    fn settle(&self, path: &str, body: &Body, put: Put) -> Result<(), Stop> {
        if put == Put::Done {
            self.count(body);
            return Ok(());
        }
        match self.objects.stat(path)? {
            Some(stat) => self.compare(path, body, &stat),
            None => Err(Stop::Error(ArchiveError::Changed { place: self.objects.name() })),
        }
    }

    /// Makes sure that the object that is there is this one.
    fn compare(&self, path: &str, body: &Body, stat: &Stat) -> Result<(), Stop> {
        if stat.bytes != body.bytes() {
            let what = format!("it has {} bytes, this ledger's has {}", stat.bytes, body.bytes());
            return Err(self.conflict(path, what));
        }
        if self.digest(path, stat.sha256)? != Some(body.sha256()) {
            return Err(self.conflict(path, "its bytes are not this ledger's".to_owned()));
        }
        Ok(())
    }

    /// The SHA-256 of an object, read whole if the place keeps none.
    fn digest(&self, path: &str, kept: Option<[u8; 32]>) -> Result<Option<[u8; 32]>> {
        kept.map_or_else(|| digest_of(self.objects, path), |kept| Ok(Some(kept)))
    }

    /// Replaces the checkpoint, which makes all that was sent count.
    fn checkpoint(&self, body: &Body, held: Option<&Part>) -> Result<(), Stop> {
        if held.is_some_and(|held| Body::of_bytes(&held.bytes).sha256() == body.sha256()) {
            return Ok(());
        }
        let when = held.map_or(When::Absent, |held| When::Is(&held.version));
        match self.objects.put(CHECKPOINT_PATH, body, when)? {
            Put::Done => {
                self.count(body);
                Ok(())
            }
            // A first try may have arrived although its answer did not.
            Put::Refused if digest_of(self.objects, CHECKPOINT_PATH)? == Some(body.sha256()) => Ok(()),
            Put::Refused => Err(Stop::Error(ArchiveError::Changed { place: self.objects.name() })),
        }
    }

    fn conflict(&self, path: &str, what: String) -> Stop {
        Stop::Conflict(Conflict { place: self.objects.name(), path: path.to_owned(), what })
    }

    fn count(&self, body: &Body) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.sent_bytes.fetch_add(body.bytes(), Ordering::Relaxed);
    }
}

/// Does something for each item at once; a conflict goes before other errors.
fn each<T: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<(), Stop> + Sync,
) -> Result<(), Stop> {
    let conflict = std::sync::Mutex::new(None);
    let outcome = for_each(items, |item| match work(item) {
        Ok(()) => Ok(()),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Conflict(found)) => {
            let stop = ArchiveError::Source(found.to_string());
            conflict.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(found);
            Err(stop)
        }
    });
    match conflict.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(found) => Err(Stop::Conflict(found)),
        None => Ok(outcome?),
    }
}
