//! Reads one segment from its first byte to its last: every frame, and every stretch of bytes that is none.

use std::io;
use std::sync::Arc;

use syndic_tlog::{Hash, leaf_hash};

use super::key_use::KeyUse;
use super::resync::next_frame;
use super::views::Views;
use super::{Problem, ProblemKind};
use crate::admin::{NamedWitnesses, RETIRED_KIND};
use crate::disk::DiskFile;
use crate::frame::{BadFrame, FrameKind, split_record};
use crate::leaf::Leaf;
use crate::scan::{FrameReader, Step, end_of_bytes};
use crate::segment::path_of;
use crate::threads::GAP_KIND;

/// The tag of a [`RETIRED_KIND`] record whose value is the first record that is still kept.
const RETIRED_TAG: &str = "before";

/// A whole record, wherever it belongs.
pub(super) struct Seen {
    pub(super) index: u64,
    pub(super) offset: u64,
    pub(super) hash: Hash,
    /// Its bundle has the same leaf.
    pub(super) is_bundled: bool,
}

/// Bytes that are no frame.
pub(super) struct Bad {
    pub(super) offset: u64,
    pub(super) why: BadFrame,
    /// How many whole records stand before them in the segment.
    pub(super) after: usize,
}

/// A checkpoint frame.
pub(super) struct NoteFrame {
    pub(super) offset: u64,
    pub(super) text: Vec<u8>,
    /// How many whole records stand before it in the segment.
    pub(super) after: usize,
    /// The first record in order that stands behind it, here or in the next segment; nothing until order is known, or
    /// if none does.
    pub(super) before: Option<u64>,
}

/// What a segment holds.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) seen: Vec<Seen>,
    pub(super) bad: Vec<Bad>,
    pub(super) notes: Vec<NoteFrame>,
    /// What is wrong with single records whose frames are whole, or is stated by them.
    pub(super) problems: Vec<Problem>,
    /// Statements that segments were retired: index of the record that makes it, first record kept.
    pub(super) retired: Vec<(u64, u64)>,
    /// Which keys the records need and which the log says are destroyed.
    pub(super) keys: KeyUse,
    /// Who witnesses the log, as its newest record here says.
    pub(super) witnesses: Option<NamedWitnesses>,
    /// Byte behind the last frame.
    pub(super) end: u64,
    /// Bytes read as frames or passed over.
    pub(super) bytes: u64,
}

/// Walks through the segment that starts with record `first`.
pub(super) fn walk(file: &Arc<dyn DiskFile>, first: u64, views: &mut Views) -> io::Result<Walked> {
    let path = path_of(first);
    let mut walked = Walked { keys: views.key_use(), ..Walked::default() };
    let mut reader = FrameReader::new(Arc::clone(file), 0);
    let mut tries = 0;
    loop {
        let (offset, why) = match reader.step()? {
            Step::Frame { kind: FrameKind::Checkpoint, offset, payload } => {
                let after = walked.seen.len();
                walked.notes.push(NoteFrame { offset, text: payload.to_vec(), after, before: None });
                continue;
            }
            Step::Frame { kind: FrameKind::Record, offset, payload } => {
                if walked.record(payload, offset, &path, views).is_none() {
                    // The frame is whole, so the next one is where it should be.
                    walked.bad.push(Bad { offset, why: BadFrame::Content, after: walked.seen.len() });
                }
                continue;
            }
            Step::End { offset } => {
                walked.end = offset;
                let end = end_of_bytes(file.as_ref(), offset)?;
                walked.bytes = end;
                if end == offset {
                    return Ok(walked);
                }
                (offset, BadFrame::Header)
            }
            Step::Bad { offset, why } => (offset, why),
        };
        walked.bad.push(Bad { offset, why, after: walked.seen.len() });
        let after = walked.seen.last().map_or(first, |seen| seen.index.saturating_add(1)).saturating_add(1);
        let Some(next) = next_frame(file, offset, after, &mut tries)? else {
            walked.end = offset;
            walked.bytes = end_of_bytes(file.as_ref(), offset)?;
            return Ok(walked);
        };
        reader = FrameReader::new(Arc::clone(file), next);
    }
}

impl Walked {
    /// Takes a record; nothing if its payload is none.
    fn record(&mut self, payload: &[u8], offset: u64, path: &str, views: &mut Views) -> Option<()> {
        let (bytes, stored) = split_record(payload)?;
        let leaf = Leaf::parse(bytes).ok()?;
        let index = leaf.index;
        let problem = |kind, what: String| {
            let records = index..index.saturating_add(1);
            Problem { kind, path: path.to_owned(), offset, records, what }
        };
        if !leaf.has_content(stored) {
            let what = "the stored content is not the one its leaf was made for".to_owned();
            self.problems.push(problem(ProblemKind::Tampered, what));
        }
        self.keys.record(&leaf, stored);
        if leaf.kind.starts_with("ledger.") {
            let tag = |name| leaf.tags.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            if leaf.kind == GAP_KIND {
                let what = format!("{} entries were dropped before this record", tag("dropped").unwrap_or("some"));
                self.problems.push(problem(ProblemKind::Gap, what));
            } else if leaf.kind == RETIRED_KIND {
                let before = tag(RETIRED_TAG).and_then(|before| before.parse().ok()).unwrap_or(0);
                self.retired.push((index, before));
            } else if let Some(named) = NamedWitnesses::of(&leaf) {
                self.witnesses = Some(named);
            }
        }
        let is_bundled = views.entry(index).is_some_and(|entry| entry == bytes);
        self.seen.push(Seen { index, offset, hash: leaf_hash(bytes), is_bundled });
        Some(())
    }
}
