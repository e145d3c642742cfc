//! Containers: archives and compressed streams, read as the files they hold, each by its own content.
//!
//! Members of stored zips are read where they stand, everything else is undone in memory. Depth, members and bytes of
//! one file have bounds, shared by all levels; reaching one is said, never passed over. Nothing is written to disk.

use std::io::{self, Read as _};

use sevenz_rust2::{ArchiveReader, Password};
use syndic_detect::{ReadAt, read_vec_at};

use super::{read_any, zipped};
use crate::decompress::decompress;
use crate::facts::{Facts, Observation};
use crate::identify::{broken_promise, identify};
use crate::zip::Zip;
use crate::{Format, tar};

/// Containers inside one another.
const MAX_DEPTH: u8 = 6;
/// Members of one file, all levels together.
const MAX_MEMBERS: u32 = 20_000;
/// Bytes undone for one file, all levels together.
const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes of one member or stream.
const MAX_MEMBER_BYTES: usize = 64 * 1024 * 1024;
/// Memory that a 7z archive may ask for, in KiB.
const MAX_MEMORY_KIB: usize = 96 * 1024;

/// What one file may still cost; shared by everything inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spent {
    depth: u8,
    members: u32,
    bytes: u64,
}

/// Reads every member of a container.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    match facts.format {
        Format::SevenZip => seven(source, facts),
        Format::Zip | Format::ModelArchive if is_zip(source)? => zip(source, facts),
        Format::Tar | Format::ModelArchive if tar::is_tar(&read_vec_at(source, 0, 512)?) => whole_tar(source, facts),
        Format::Rar => {
            facts.skip("RAR archive: this version does not undo it");
            Ok(())
        }
        _ => stream(source, facts),
    }
}

fn is_zip(source: &dyn ReadAt) -> io::Result<bool> {
    let tail = read_vec_at(source, source.len().saturating_sub(22), 22)?;
    Ok(read_vec_at(source, 0, 2)? == b"PK" || tail.starts_with(b"PK\x05\x06"))
}

fn zip(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let zip = Zip::read(source)?;
    zipped::note_faults(&zip, facts);
    facts.property("members", zip.entries.len());
    for entry in zip.entries.iter().filter(|entry| !entry.name.ends_with('/')) {
        if let Some(stored) = entry.stored(source)? {
            take(&entry.name, &stored, true, facts)?;
            continue;
        }
        if is_spent(facts) {
            return Ok(());
        }
        let (bytes, is_whole) = entry.content(source, MAX_MEMBER_BYTES)?;
        facts.spent.bytes += bytes.len() as u64;
        if bytes.is_empty() && entry.uncompressed > 0 {
            facts.skip(format!("{}: encrypted or in a compression this version does not undo", entry.name));
            continue;
        }
        take(&entry.name, &bytes, is_whole, facts)?;
    }
    Ok(())
}

fn whole_tar(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let bytes = read_vec_at(source, 0, MAX_MEMBER_BYTES * 4)?;
    tar_members(&bytes, bytes.len() as u64 >= source.len(), facts)
}

fn tar_members(bytes: &[u8], is_whole: bool, facts: &mut Facts) -> io::Result<()> {
    let members = tar::members(bytes, usize::try_from(MAX_MEMBERS).unwrap_or(usize::MAX));
    facts.property("members", members.len());
    if !is_whole {
        facts.skip(format!("archive: only its first {} bytes were read", bytes.len()));
    }
    for member in members {
        let end = member.range.end.min(bytes.len());
        let content = bytes.get(member.range.start..end).unwrap_or_default();
        take(&member.name, &content.to_vec(), end == member.range.end, facts)?;
    }
    Ok(())
}

/// A compressed stream: of a tar archive, of one file, of another stream.
fn stream(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let packed = read_vec_at(source, 0, MAX_MEMBER_BYTES)?;
    let undone = decompress(&packed, MAX_MEMBER_BYTES);
    let Some(undone) = undone.filter(|undone| !undone.bytes.is_empty()) else {
        facts.skip("compressed content: it does not decompress, or asks for too much memory");
        return Ok(());
    };
    facts.property("compression", undone.compression);
    facts.spent.bytes += undone.bytes.len() as u64;
    let is_whole = undone.is_whole && packed.len() as u64 >= source.len();
    if tar::is_tar(&undone.bytes) {
        return tar_members(&undone.bytes, is_whole, facts);
    }
    let name = facts.path.rsplit('/').next().unwrap_or_default();
    let inner = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    take(&inner, &undone.bytes, is_whole, facts)
}

fn seven(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let bytes = read_vec_at(source, 0, MAX_MEMBER_BYTES * 2)?;
    let is_whole = bytes.len() as u64 >= source.len();
    let cursor = io::Cursor::new(bytes);
    let mut reader = match ArchiveReader::new_with_memory_limit(cursor, Password::empty(), MAX_MEMORY_KIB) {
        Ok(reader) if is_whole => reader,
        Ok(_) => {
            facts.skip("7z archive: larger than the bound");
            return Ok(());
        }
        Err(error) => {
            facts.skip(format!("7z archive: {error}"));
            return Ok(());
        }
    };
    let mut fault = Ok(());
    let outcome = reader.for_each_entries(|entry, content| {
        if is_spent(facts) {
            return Ok(false);
        }
        let mut bytes = Vec::new();
        let read = content.take(MAX_MEMBER_BYTES as u64).read_to_end(&mut bytes);
        facts.spent.bytes += bytes.len() as u64;
        if !entry.is_directory() {
            let is_whole = read.is_ok() && bytes.len() < MAX_MEMBER_BYTES;
            fault = take(entry.name(), &bytes, is_whole, facts);
        }
        Ok(fault.is_ok())
    });
    if let Err(error) = outcome {
        facts.skip(format!("7z archive: {error}"));
    }
    fault
}

/// Says whether a bound is reached, and notes it.
fn is_spent(facts: &mut Facts) -> bool {
    let spent = facts.spent;
    let is_spent = spent.bytes >= MAX_BYTES || spent.members >= MAX_MEMBERS;
    if is_spent {
        facts.skip(format!("members after {} and {} bytes: bound of one file", spent.members, spent.bytes));
    }
    is_spent
}

/// Reads one member as a file of its own and takes over what it says, under the member's name.
pub(super) fn take(name: &str, content: &dyn ReadAt, is_whole: bool, facts: &mut Facts) -> io::Result<()> {
    facts.spent.members += 1;
    if is_spent(facts) {
        return Ok(());
    }
    if facts.spent.depth >= MAX_DEPTH {
        facts.skip(format!("{name}: containers nest too deep"));
        return Ok(());
    }
    let identified = identify(name, content)?;
    let mut inner = Facts::new(name, identified, content.len());
    inner.tracing = facts.tracing;
    inner.spent = Spent { depth: facts.spent.depth + 1, ..facts.spent };
    if let Some(broken) = broken_promise(name, &identified) {
        inner.skip(broken.detail);
    }
    read_any(content, &mut inner)?;
    if identified.format.may_run_code() && inner.pickles.is_empty() {
        inner.skip("no pickle could be read in it");
    }
    if !is_whole {
        inner.skip(format!("only the first {} bytes were read", content.len()));
    }
    facts.spent = Spent { depth: facts.spent.depth, ..inner.spent };
    merge(name, inner, facts);
    Ok(())
}

fn merge(name: &str, inner: Facts, facts: &mut Facts) {
    let within =
        |member: Option<&str>| Some(member.map_or_else(|| name.to_owned(), |member| format!("{name}!{member}")));
    facts.pickles.extend(inner.pickles.into_iter().map(|mut pickle| {
        pickle.member = within(pickle.member.as_deref());
        pickle
    }));
    for Observation { kind, subject, detail, member, offset } in inner.observations {
        facts.observe_at(kind, subject, detail, within(member.as_deref()).as_deref(), offset);
    }
    for missing in inner.not_inspected {
        facts.skip(format!("{name}: {missing}"));
    }
    for (key, value) in inner.properties {
        if !matches!(key.as_str(), "members" | "compression") {
            facts.property(&key, value);
        }
    }
    facts.base_models.extend(inner.base_models);
    facts.trace.extend(inner.trace);
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::MAX_MEMBER_BYTES;
    use crate::{Scanner, Verdict};

    const CALL: &[u8] = b"\x80\x02cos\nsystem\n(U\x04echotR.";
    const PLAIN: &[u8] = b"\x80\x02}q\x00U\x01aK\x01s.";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A zip of one stored member.
    fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &size, &size, &length, &[0, 0]].concat();
        let local = [b"PK\x03\x04".as_slice(), &common, name.as_bytes(), content].concat();
        let central = [b"PK\x01\x02\x14\0".as_slice(), &common, &[0; 14], name.as_bytes()].concat();
        let (at, long) = (u32::try_from(local.len()).unwrap(), u32::try_from(central.len()).unwrap());
        let end =
            [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &long.to_le_bytes(), &at.to_le_bytes(), &[0, 0]].concat();
        [local, central, end].concat()
    }

    fn verdict(name: &str, content: &[u8]) -> Verdict {
        Scanner::builtin().unwrap().scan(name, &content.to_vec()).unwrap().verdict
    }

    #[test]
    fn containers_in_containers_are_opened_whatever_they_are_called() {
        for (content, expected) in [(CALL, Verdict::Malicious), (PLAIN, Verdict::Clean)] {
            assert_eq!(verdict("x.gz", &gzip(&gzip(content))), expected);
            assert_eq!(verdict("model.pkl.gz", &gzip(&gzip(content))), expected);
            assert_eq!(verdict("bundle.zip", &zip_of("notes.md", content)), expected);
            assert_eq!(verdict("bundle.zip", &zip_of("a/b.zip", &zip_of("data.pkl", content))), expected);
            assert_eq!(verdict("weights", &zip_of("b.gz", &gzip(content))), expected);
        }
    }

    #[test]
    fn what_is_packed_beyond_the_bound_is_incomplete() {
        assert_eq!(verdict("a.gz", &gzip(&vec![0; MAX_MEMBER_BYTES + 1])), Verdict::Incomplete);
    }

    #[test]
    fn nesting_without_end_is_incomplete() {
        let mut content = PLAIN.to_vec();
        for _ in 0..12 {
            content = zip_of("a.zip", &content);
        }
        assert_eq!(verdict("a.zip", &content), Verdict::Incomplete);
    }

    #[test]
    fn a_broken_7z_is_incomplete_and_never_clean() {
        assert_eq!(verdict("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04garbage garbage garbage garbage"), Verdict::Incomplete);
    }
}
