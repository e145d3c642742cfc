//! One pack and its index. Source: git's `gitformat-pack`.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use flate2::read::ZlibDecoder;

use super::object::{GitError, ID_BYTES, Id, Kind, MAX_OBJECT};

/// An index larger than this is not read: fifteen million objects.
const MAX_INDEX: u64 = 512 << 20;
/// Longest header of an entry with a base: size, kind, offset or id.
const HEADER_LIMIT: usize = 48;
/// Bytes of the checksum at the end of a pack.
const TRAILER: u64 = 20;

/// A pack, ready to be read at any place by any number of threads.
#[derive(Debug)]
pub(super) struct Pack {
    file: File,
    name: String,
    ids: Vec<Id>,
    /// By position in `ids`.
    offsets: Vec<u64>,
    /// All offsets in order and the end: where each entry's bytes stop.
    ends: Vec<u64>,
}

/// How an entry is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Whole(Kind),
    /// As a delta to the entry at this offset of the same pack.
    Beside(u64),
    /// As a delta to an object anywhere.
    To(Id),
}

/// The head of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) stored: Stored,
    /// Bytes unpacked: of the object, or of the delta.
    pub(super) size: u64,
    /// Where the packed bytes begin.
    data_at: u64,
    end: u64,
}

impl Pack {
    /// Opens the pack beside an index.
    ///
    /// # Errors
    /// A file that cannot be read, or is not of the format.
    pub(super) fn open(index: &Path) -> Result<Self, GitError> {
        let path = index.with_extension("pack");
        let bytes = read_bounded(index)?;
        let file = File::open(&path).map_err(|error| GitError::read(&path, error))?;
        let length = file.metadata().map_err(|error| GitError::read(&path, error))?.len();
        let name = path.display().to_string();
        let (ids, offsets) = read_index(&bytes)
            .ok_or_else(|| GitError::malformed(format!("{}: not an index of version 2", index.display())))?;
        let mut ends = offsets.clone();
        ends.push(length.saturating_sub(TRAILER));
        ends.sort_unstable();
        Ok(Self { file, name, ids, offsets, ends })
    }

    /// Returns the offset of an object.
    pub(super) fn find(&self, id: Id) -> Option<u64> {
        self.ids.binary_search(&id).ok().and_then(|at| self.offsets.get(at)).copied()
    }

    /// Reads the head of the entry at `offset`.
    ///
    /// # Errors
    /// The system's, or not of the format.
    pub(super) fn header(&self, offset: u64) -> Result<Header, GitError> {
        let mut bytes = [0; HEADER_LIMIT];
        let read = self.file.read_at(&mut bytes, offset).map_err(|error| self.error(error))?;
        let bytes = bytes.get(..read).unwrap_or_default();
        let next = self.ends.partition_point(|end| *end <= offset);
        let end = self.ends.get(next).copied().ok_or_else(|| self.malformed(offset))?;
        parse(bytes, offset, end).filter(|header| header.size <= MAX_OBJECT).ok_or_else(|| self.malformed(offset))
    }

    /// Unpacks the bytes of an entry: the object's, or its delta's.
    ///
    /// # Errors
    /// The system's, or not of the format.
    pub(super) fn unpack(&self, header: &Header) -> Result<Vec<u8>, GitError> {
        let length = usize::try_from(header.end.saturating_sub(header.data_at)).unwrap_or(0);
        let mut packed = vec![0; length];
        self.file.read_exact_at(&mut packed, header.data_at).map_err(|error| self.error(error))?;
        inflate(&packed, header.size).ok_or_else(|| self.malformed(header.data_at))
    }

    fn error(&self, source: std::io::Error) -> GitError {
        GitError::Read { place: self.name.clone(), source }
    }

    fn malformed(&self, offset: u64) -> GitError {
        GitError::malformed(format!("{}: the entry at byte {offset} cannot be read", self.name))
    }
}

/// Unpacks what unpacks to exactly `size` bytes.
pub(super) fn inflate(packed: &[u8], size: u64) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(usize::try_from(size).ok()?);
    ZlibDecoder::new(packed).take(size + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 == size).then_some(content)
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, GitError> {
    let length = std::fs::metadata(path).map_err(|error| GitError::read(path, error))?.len();
    if length > MAX_INDEX {
        return Err(GitError::malformed(format!("{} is too large", path.display())));
    }
    std::fs::read(path).map_err(|error| GitError::read(path, error))
}

/// Ids and offsets of an index of version 2.
fn read_index(bytes: &[u8]) -> Option<(Vec<Id>, Vec<u64>)> {
    let rest = bytes.strip_prefix(b"\xfftOc\0\0\0\x02")?;
    let (fan_out, rest) = rest.split_at_checked(256 * 4)?;
    let count = usize::try_from(u32::from_be_bytes(fan_out.last_chunk::<4>().copied()?)).ok()?;
    let (ids, rest) = rest.split_at_checked(count.checked_mul(ID_BYTES)?)?;
    let (_checksums, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
    let (narrow, wide) = rest.split_at_checked(count.checked_mul(4)?)?;
    let offset = |field: &[u8]| {
        let number = u32::from_be_bytes(field.try_into().ok()?);
        if number & 0x8000_0000 == 0 {
            return Some(u64::from(number));
        }
        let at = usize::try_from(number & 0x7fff_ffff).ok()?.checked_mul(8)?;
        Some(u64::from_be_bytes(wide.get(at..at + 8)?.try_into().ok()?))
    };
    let ids: Vec<Id> = ids.chunks_exact(ID_BYTES).filter_map(Id::from_bytes).collect();
    let offsets: Vec<u64> = narrow.chunks_exact(4).map(offset).collect::<Option<_>>()?;
    Some((ids, offsets))
}

/// Reads kind, size and base.
fn parse(bytes: &[u8], offset: u64, end: u64) -> Option<Header> {
    let mut at = 0;
    let mut next = || {
        let byte = bytes.get(at).copied();
        at += 1;
        byte
    };
    let first = next()?;
    let mut size = u64::from(first & 0x0f);
    let mut shift = 4;
    let mut more = first & 0x80 != 0;
    while more {
        let byte = next().filter(|_| shift < 60)?;
        size |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        more = byte & 0x80 != 0;
    }
    let stored = match first >> 4 & 7 {
        1 => Stored::Whole(Kind::Commit),
        2 => Stored::Whole(Kind::Tree),
        3 => Stored::Whole(Kind::Blob),
        4 => Stored::Whole(Kind::Tag),
        6 => {
            let mut byte = next()?;
            let mut distance = u64::from(byte & 0x7f);
            while byte & 0x80 != 0 {
                byte = next()?;
                distance = distance.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
            }
            Stored::Beside(offset.checked_sub(distance).filter(|_| distance > 0)?)
        }
        7 => {
            let id = Id::from_bytes(bytes.get(at..at + ID_BYTES)?)?;
            at += ID_BYTES;
            Stored::To(id)
        }
        _ => return None,
    };
    Some(Header { stored, size, data_at: offset + at as u64, end })
}
