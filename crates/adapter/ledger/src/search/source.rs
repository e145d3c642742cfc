//! The leaves to be indexed, in order, with the place in the log each ends at: so that the next time reading starts
//! there, and not where the segment starts.

use std::sync::Arc;

use crate::admin::Leaves;
use crate::disk::Disk;
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::frame::{FrameKind, split_record};
use crate::leaf::Leaf;
use crate::scan::{FrameReader, Step};
use crate::segment::{self, path_of};

/// A byte of a segment, where a frame starts or will start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// First record of the segment.
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// Reads the leaves of records `next..to`, which must be durable.
pub(super) struct Source {
    disk: Arc<dyn Disk>,
    /// First records of the segments that are there.
    firsts: Vec<u64>,
    next: u64,
    to: u64,
    /// Where the next record may stand. It is only a hint: one that misleads is not followed.
    hint: Option<Place>,
    from: From,
}

enum From {
    Nothing,
    /// A segment, and the index of the record frame due next in it.
    Segment {
        first: u64,
        reader: FrameReader,
        due: u64,
        is_hinted: bool,
    },
    /// The bundles of retired segments.
    Bundles(Leaves),
}

impl Source {
    pub(super) fn new(disk: &Arc<dyn Disk>, next: u64, to: u64, hint: Option<Place>) -> Result<Self> {
        let firsts = if next < to { segment::list(disk.as_ref())? } else { Vec::new() };
        Ok(Self { disk: Arc::clone(disk), firsts, next, to, hint, from: From::Nothing })
    }

    /// Where the record stands that comes next; nothing if that is not known.
    pub(super) fn place(&self) -> Option<Place> {
        match &self.from {
            From::Segment { first, reader, .. } => Some(Place { segment: *first, offset: reader.offset() }),
            From::Nothing => self.hint,
            From::Bundles(_) => None,
        }
    }

    /// Returns the next leaf; nothing at the end.
    pub(super) fn step(&mut self) -> Result<Option<Leaf>> {
        while self.next < self.to {
            let leaf = match &mut self.from {
                From::Nothing => {
                    self.from = self.enter()?;
                    continue;
                }
                From::Bundles(leaves) => {
                    let Some(bytes) = leaves.step()? else {
                        self.from = From::Nothing;
                        continue;
                    };
                    let what = "its leaf cannot be indexed";
                    read(&bytes, self.next).ok_or_else(|| damage(self.next, 0, self.next, what))?
                }
                From::Segment { .. } => match self.step_in_segment()? {
                    Some(leaf) => leaf,
                    None => continue,
                },
            };
            self.next += 1;
            return Ok(Some(leaf));
        }
        Ok(None)
    }

    fn enter(&mut self) -> Result<From> {
        let hint = self.hint.take().filter(|hint| self.firsts.contains(&hint.segment));
        let is_hinted = hint.is_some();
        let (first, offset, due) = match (hint, self.firsts.iter().rev().find(|first| **first <= self.next)) {
            (Some(hint), _) => (hint.segment, hint.offset, self.next),
            (None, Some(first)) => (*first, 0, *first),
            (None, None) => {
                let to = self.firsts.first().copied().unwrap_or(self.to).min(self.to);
                return Ok(From::Bundles(Leaves::new(&self.disk, self.next, to)?));
            }
        };
        let path = path_of(first);
        let file = self.disk.open(&path).map_err(while_doing("open", &path))?;
        Ok(From::Segment { first, reader: FrameReader::new(file, offset), due, is_hinted })
    }

    /// Reads a frame: returns the leaf due, or nothing and the next step looks elsewhere.
    fn step_in_segment(&mut self) -> Result<Option<Leaf>> {
        let From::Segment { first, reader, due, is_hinted } = &mut self.from else { return Ok(None) };
        let (segment, wanted, was_hinted) = (*first, self.next, *is_hinted);
        let wrong = match reader.step().map_err(while_doing("read", &path_of(segment)))? {
            Step::Frame { kind: FrameKind::Checkpoint, .. } => return Ok(None),
            Step::Frame { kind: FrameKind::Record, offset, payload } => {
                let index = *due;
                *due += 1;
                if index < wanted {
                    return Ok(None);
                }
                if let Some(leaf) = split_record(payload).and_then(|(leaf, _)| read(leaf, wanted)) {
                    *is_hinted = false;
                    return Ok(Some(leaf));
                }
                damage(segment, offset, wanted, "its leaf cannot be indexed")
            }
            Step::End { .. } if segment != wanted && self.firsts.contains(&wanted) => {
                self.from = From::Nothing;
                return Ok(None);
            }
            Step::End { offset } => damage(segment, offset, wanted, "the segment ends before this record"),
            Step::Bad { offset, why } => damage(segment, offset, wanted, &why.to_string()),
        };
        if was_hinted {
            // From the segment's start, without the hint.
            self.from = From::Nothing;
            return Ok(None);
        }
        Err(wrong)
    }
}

fn read(bytes: &[u8], index: u64) -> Option<Leaf> {
    Leaf::parse(bytes).ok().filter(|leaf| leaf.index == index)
}

fn damage(segment: u64, offset: u64, index: u64, what: &str) -> LedgerError {
    Damage { kind: DamageKind::Tampered, path: path_of(segment), offset, index, what: what.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::disk::SimDisk;
    use crate::entry::Entry;
    use crate::log::Log;
    use crate::options::{Options, Ports};
    use crate::sealer::Unsealed;

    /// A log of 300 records in a few segments.
    fn disk() -> Arc<dyn Disk> {
        let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
        let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
        let key = syndic_attest::SigningKey::from_seed([1; 32]);
        let options = Options { segment_bytes: 8 << 10, ..Options::new("source.example/log", key) };
        let mut log = Log::create(&ports, &options).unwrap();
        for number in 0..300_u32 {
            let entry = Entry { kind: format!("k.{number}"), ..Entry::default() };
            assert!(log.append(&[&[entry]]).iter().all(Result::is_ok));
            if number % 50 == 0 {
                log.publish().unwrap();
            }
        }
        disk
    }

    fn kinds(source: &mut Source) -> Vec<String> {
        std::iter::from_fn(|| source.step().unwrap().map(|leaf| leaf.kind)).collect()
    }

    #[test]
    fn reading_goes_on_at_a_place_and_finds_the_record_without_it() {
        let disk = disk();
        assert!(segment::list(disk.as_ref()).unwrap().len() > 2);
        for stop in [0, 1, 49, 50, 51, 120, 299, 300] {
            let mut first = Source::new(&disk, 0, stop, None).unwrap();
            assert_eq!(kinds(&mut first).len() as u64, stop);
            let rest: Vec<String> = (stop..300).map(|number| format!("k.{number}")).collect();
            let wrong = Place { segment: 0, offset: 16 };
            let behind = Place { segment: 0, offset: 1 << 40 };
            let gone = Place { segment: 77_777, offset: 0 };
            let early = Place { segment: 0, offset: 0 };
            for hint in [first.place(), None, Some(wrong), Some(behind), Some(gone), Some(early)] {
                assert_eq!(kinds(&mut Source::new(&disk, stop, 300, hint).unwrap()), rest, "{stop} {hint:?}");
            }
        }
    }

    #[test]
    fn a_record_that_is_not_there_is_damage_and_named() {
        let disk = disk();
        let mut source = Source::new(&disk, 295, 305, None).unwrap();
        let problem = std::iter::from_fn(|| source.step().transpose()).find_map(Result::err).unwrap();
        assert!(matches!(&problem, LedgerError::Damaged(damage) if damage.index == 300), "{problem}");
    }
}
