//! A zip reader made for hostile files: it keeps every member it can find and notes where two views disagree.
//!
//! The central directory is one view, the local headers another; loaders differ in which they believe, so a member is
//! kept once for each name and place. Nothing is trusted to be unique, in order or inside the file. Output of inflate
//! is bounded. Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.

mod part;
mod views;

use std::collections::HashSet;
use std::io::{self, Read as _};

use syndic_detect::{ReadAt, read_vec_at};

pub(crate) use self::part::Part;
use self::views::{disagreement, undo_rare};
use crate::reader::Reader;

/// Members kept.
const MAX_ENTRIES: usize = 100_000;
/// Bytes of central directory read.
const MAX_DIRECTORY_BYTES: usize = 16 * 1024 * 1024;
/// Disagreements kept.
const MAX_FAULTS: usize = 1_000;
/// The end record stands in the last bytes: 22 and a comment of at most 65,535.
const TAIL_BYTES: u64 = 22 + 65_535;
/// Local headers compared with the directory.
const MAX_COMPARED: usize = 2_000;
/// Longest member name.
const MAX_NAME_BYTES: usize = 4_096;

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: u16,
    flags: u16,
    compressed: u64,
    pub(crate) uncompressed: u64,
    pub(crate) crc: u32,
    version_needed: u16,
    local_offset: u64,
}

/// The members of a zip and what is wrong with its bookkeeping.
#[derive(Debug, Default)]
pub(crate) struct Zip {
    pub(crate) entries: Vec<Entry>,
    /// Disagreements: (member, what).
    pub(crate) faults: Vec<(String, String)>,
    /// Whether the directory goes on beyond the bounds.
    pub(crate) is_cut: bool,
}

impl Zip {
    /// Reads the directory; without one, the local headers from the start.
    ///
    /// # Errors
    /// The source's own error.
    pub(crate) fn read(source: &dyn ReadAt) -> io::Result<Self> {
        let mut zip = Self::default();
        if let Some(Directory { start, size, shift }) = directory(source)? {
            zip.is_cut = size > MAX_DIRECTORY_BYTES as u64;
            let limit = usize::try_from(size).unwrap_or(usize::MAX).min(MAX_DIRECTORY_BYTES);
            let bytes = read_vec_at(source, start, limit)?;
            zip.read_directory(&bytes);
            for entry in &mut zip.entries {
                entry.local_offset = entry.local_offset.saturating_add(shift);
            }
        }
        if zip.entries.is_empty() {
            zip.faults.push((String::new(), "there is no readable central directory".to_owned()));
            zip.walk_local_headers(source, 0);
        } else {
            zip.compare_local_headers(source);
        }
        zip.note_duplicates();
        Ok(zip)
    }

    fn read_directory(&mut self, bytes: &[u8]) {
        let mut position = 0_usize;
        while let Some(header) = bytes.get(position..position.saturating_add(46)) {
            if !header.starts_with(b"PK\x01\x02") {
                return;
            }
            if self.entries.len() >= MAX_ENTRIES {
                self.is_cut = true;
                return;
            }
            let (name_length, extra_length, comment_length) =
                (u16_at(header, 28), u16_at(header, 30), u16_at(header, 32));
            let name_start = position + 46;
            let extra_start = name_start + usize::from(name_length);
            let comment_start = extra_start + usize::from(extra_length);
            let name = bytes.get(name_start..extra_start).unwrap_or_default();
            let mut entry = Entry {
                name: String::from_utf8_lossy(name).into_owned(),
                method: u16_at(header, 10),
                flags: u16_at(header, 8),
                compressed: u64::from(u32_at(header, 20)),
                uncompressed: u64::from(u32_at(header, 24)),
                crc: u32_at(header, 16),
                version_needed: u16_at(header, 6),
                local_offset: u64::from(u32_at(header, 42)),
            };
            entry.widen(bytes.get(extra_start..comment_start).unwrap_or_default());
            self.entries.push(entry);
            position = comment_start + usize::from(comment_length);
        }
    }

    fn compare_local_headers(&mut self, source: &dyn ReadAt) {
        let known: HashSet<u64> = self.entries.iter().map(|entry| entry.local_offset).collect();
        let mut hidden = Vec::new();
        let mut reader = Reader::new(source);
        for entry in self.entries.iter().take(MAX_COMPARED) {
            let Some((local, data_start)) = local_header(&mut reader, entry.local_offset) else {
                self.faults.push((entry.name.clone(), "has no local header where the directory says".to_owned()));
                continue;
            };
            if local.name != entry.name {
                let detail = format!("is called `{}` in its local header", local.name);
                self.faults.push((entry.name.clone(), detail));
                hidden.push(Entry { local_offset: entry.local_offset, name: local.name.clone(), ..entry.clone() });
            }
            if local.method != entry.method {
                self.faults.push((entry.name.clone(), "has another compression method in its local header".to_owned()));
            }
            if let Some(what) = disagreement(entry, &local) {
                self.faults.push((entry.name.clone(), what.to_owned()));
            }
            let next = data_start.saturating_add(entry.compressed);
            if !known.contains(&next)
                && let Some((entry, _)) = local_header(&mut reader, next)
            {
                self.faults.push((entry.name.clone(), "stands in the file but not in the directory".to_owned()));
                hidden.push(entry);
            }
        }
        self.entries.append(&mut hidden);
    }

    fn walk_local_headers(&mut self, source: &dyn ReadAt, start: u64) {
        let mut reader = Reader::new(source);
        let mut position = start;
        while let Some((entry, data_start)) = local_header(&mut reader, position) {
            if self.entries.len() >= MAX_COMPARED {
                return;
            }
            position = data_start.saturating_add(entry.compressed);
            let is_streamed = entry.flags & 8 != 0 && entry.compressed == 0;
            self.entries.push(entry);
            if is_streamed {
                return;
            }
        }
    }

    fn note_duplicates(&mut self) {
        let mut seen = HashSet::new();
        for entry in &self.entries {
            if !seen.insert(entry.name.as_str()) && self.faults.len() < MAX_FAULTS {
                self.faults.push((entry.name.clone(), "stands in the archive more than once".to_owned()));
            }
        }
        self.faults.sort();
        self.faults.dedup();
    }

    /// Returns every member whose name ends with `ending`.
    pub(crate) fn ending_with<'z>(&'z self, ending: &'z str) -> impl Iterator<Item = &'z Entry> {
        self.entries.iter().filter(move |entry| entry.name.ends_with(ending))
    }

    /// Says whether there is a member called `name`, at the root or in one folder.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Returns the first member called `name`, at the root or in a folder.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            entry.name == name || entry.name.strip_suffix(name).is_some_and(|folder| folder.ends_with('/'))
        })
    }
}

impl Entry {
    /// Takes the 64-bit sizes from the extra field where the 32-bit ones are all ones.
    fn widen(&mut self, mut extra: &[u8]) {
        while let Some((header, rest)) = extra.split_at_checked(4) {
            let length = usize::from(u16_at(header, 2)).min(rest.len());
            let (body, after) = rest.split_at(length);
            if u16_at(header, 0) == 1 {
                let mut wide = body.chunks_exact(8).map(|chunk| u64_at(chunk, 0));
                for slot in [&mut self.uncompressed, &mut self.compressed, &mut self.local_offset] {
                    if *slot == u64::from(u32::MAX) {
                        *slot = wide.next().unwrap_or(*slot);
                    }
                }
            }
            extra = after;
        }
    }

    /// Returns a member that is stored as it is, to be read where it stands; nothing if it is packed or encrypted.
    ///
    /// # Errors
    /// The source's own error.
    pub(crate) fn stored<'s>(&self, source: &'s dyn ReadAt) -> io::Result<Option<Part<'s>>> {
        if self.method != 0 || self.flags & 1 != 0 {
            return Ok(None);
        }
        let mut reader = Reader::new(source);
        let header = local_header(&mut reader, self.local_offset);
        reader.finish()?;
        let Some((_, start)) = header else { return Ok(None) };
        // Loaders differ in which of the two sizes they believe.
        let length = self.compressed.max(self.uncompressed).min(source.len().saturating_sub(start));
        Ok(Some(Part::new(source, start, length)))
    }

    /// Returns the member's content, at most `limit` bytes of it, and whether that is all.
    ///
    /// # Errors
    /// The source's own error; content that does not decompress gives what came out before, marked as not all.
    pub(crate) fn content(&self, source: &dyn ReadAt, limit: usize) -> io::Result<(Vec<u8>, bool)> {
        let mut reader = Reader::new(source);
        let Some((_, start)) = local_header(&mut reader, self.local_offset) else { return Ok((Vec::new(), false)) };
        reader.finish()?;
        let size = if self.method == 0 { self.compressed.max(self.uncompressed) } else { self.compressed };
        let stored = usize::try_from(size).unwrap_or(usize::MAX);
        if self.flags & 1 != 0 {
            // Loaders ignore the flag when the data is in clear, so the bytes are looked at as they are.
            let bytes = read_vec_at(source, start, stored.min(limit))?;
            return Ok((bytes, false));
        }
        match self.method {
            0 => {
                let bytes = read_vec_at(source, start, stored.min(limit))?;
                let is_whole = bytes.len() == stored;
                Ok((bytes, is_whole))
            }
            8 => {
                let stored = if stored == 0 { limit } else { stored };
                let bytes = read_vec_at(source, start, stored.min(limit))?;
                Ok(inflate(flate2::read::DeflateDecoder::new(bytes.as_slice()), limit))
            }
            method => {
                let bytes = read_vec_at(source, start, stored.min(limit))?;
                Ok(undo_rare(method, &bytes, limit))
            }
        }
    }
}

/// Reads a decompressor to its end or to `limit`, and says whether it came to its end without a fault.
pub(crate) fn inflate(decoder: impl io::Read, limit: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let outcome = decoder.take(limit as u64 + 1).read_to_end(&mut bytes);
    let is_whole = outcome.is_ok() && bytes.len() <= limit;
    bytes.truncate(limit);
    (bytes, is_whole)
}

/// Where the central directory stands.
struct Directory {
    start: u64,
    size: u64,
    /// Bytes put before the archive, by which every offset in it is too small.
    shift: u64,
}

/// Returns where the central directory stands, from the last end record that makes sense.
fn directory(source: &dyn ReadAt) -> io::Result<Option<Directory>> {
    let length = source.len();
    let tail_start = length.saturating_sub(TAIL_BYTES);
    let tail = read_vec_at(source, tail_start, usize::try_from(TAIL_BYTES).unwrap_or(usize::MAX))?;
    for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
        let Some(record) = tail.get(at..at + 22) else { continue };
        let record_start = tail_start + at as u64;
        let (mut size, mut start) = (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
        if (size == u64::from(u32::MAX) || start == u64::from(u32::MAX))
            && let Some(wide) = directory64(source, record_start)?
        {
            (start, size) = wide;
        }
        if start.checked_add(size).is_none_or(|end| end > length) {
            continue;
        }
        // Bytes put before the archive shift everything; the directory then ends where the end record starts.
        let shifted = record_start.checked_sub(size).unwrap_or(start);
        for candidate in [start, shifted] {
            if read_vec_at(source, candidate, 4)?.starts_with(b"PK\x01\x02") {
                return Ok(Some(Directory { start: candidate, size, shift: candidate.saturating_sub(start) }));
            }
        }
    }
    Ok(None)
}

fn directory64(source: &dyn ReadAt, end_record: u64) -> io::Result<Option<(u64, u64)>> {
    let Some(locator_start) = end_record.checked_sub(20) else { return Ok(None) };
    let locator = read_vec_at(source, locator_start, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    let record = read_vec_at(source, u64_at(&locator, 8), 56)?;
    Ok(record.starts_with(b"PK\x06\x06").then(|| (u64_at(&record, 48), u64_at(&record, 40))))
}

/// Reads the local header at `offset`: the member as it describes itself, and where its data starts.
fn local_header(reader: &mut Reader<'_>, offset: u64) -> Option<(Entry, u64)> {
    reader.seek(offset);
    let header = reader.bytes(30)?;
    if !header.starts_with(b"PK\x03\x04") {
        return None;
    }
    let name_length = usize::from(u16_at(&header, 26));
    let name = reader.bytes(name_length)?;
    let extra = reader.bytes(usize::from(u16_at(&header, 28)))?;
    let mut entry = Entry {
        name: String::from_utf8_lossy(name.get(..name_length.min(MAX_NAME_BYTES)).unwrap_or_default()).into_owned(),
        method: u16_at(&header, 8),
        flags: u16_at(&header, 6),
        compressed: u64::from(u32_at(&header, 18)),
        uncompressed: u64::from(u32_at(&header, 22)),
        crc: u32_at(&header, 14),
        version_needed: u16_at(&header, 4),
        local_offset: offset,
    };
    entry.widen(&extra);
    entry.local_offset = offset;
    Some((entry, reader.position()))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|slice| slice.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|slice| slice.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|slice| slice.try_into().ok()).map_or(0, u64::from_le_bytes)
}
