//! Containers: archives and compressed streams, read as the files they hold, each by its own content.
//!
//! Members of stored zips are read where they stand, everything else is undone in memory. Depth, members and bytes of
//! one file have bounds, shared by all levels; reaching one is said, never passed over. Nothing is written to disk.

use std::io::{self, Read as _};

use sevenz_rust2::{ArchiveReader, Password};
use syndic_detect::{ReadAt, read_vec_at};

use super::{python_code, read_any, zipped};
use crate::cursor::Cursor;
use crate::decompress::undo;
use crate::facts::{Facts, Observation, ObservationKind};
use crate::identify::{broken_promise, identify};
use crate::unpacked::Unpacked;
use crate::zip::{Part, Zip};
use crate::{Format, tar};

/// Containers inside one another.
const MAX_DEPTH: u8 = 6;
/// Members of one file, all levels together.
const MAX_MEMBERS: u32 = 20_000;
/// Bytes undone for one file, all levels together.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of one member or stream.
const MAX_MEMBER_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of one stream held in memory.
const MAX_HELD_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of one member of Python code.
const MAX_CODE_BYTES: usize = 1024 * 1024;
/// Memory that a 7z archive may ask for, in KiB: what its default level asks for.
const MAX_MEMORY_KIB: usize = 34 * 1024;

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
        Format::Tar | Format::ModelArchive if tar::is_tar(&read_vec_at(source, 0, 512)?) => {
            tar_members(source, true, facts)
        }
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
    // Archives of torch.package and TorchServe carry the code that their loaders import.
    let is_with_code = zip.has(".data/extern_modules") || zip.has("MAR-INF/MANIFEST.json");
    for entry in zip.entries.iter().filter(|entry| is_with_code && entry.name.ends_with(".py")) {
        let (bytes, _) = entry.content(source, MAX_CODE_BYTES)?;
        python_code::read(&String::from_utf8_lossy(&bytes), Some(&entry.name), facts);
    }
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

fn tar_members(source: &dyn ReadAt, is_whole: bool, facts: &mut Facts) -> io::Result<()> {
    if !is_whole {
        facts.skip(format!("archive: only its first {} bytes were read", source.len()));
    }
    let (mut position, mut count) = (0, 0_u64);
    while let Some(member) = tar::member_at(source, position)? {
        count += 1;
        let end = member.start.saturating_add(member.length);
        let part = Part::new(source, member.start, member.length.min(source.len().saturating_sub(member.start)));
        take(&member.name, &part, end <= source.len(), facts)?;
        position = member.next();
        if is_spent(facts) {
            break;
        }
    }
    facts.property("members", count);
    Ok(())
}

/// A compressed stream: of a tar archive, of one file, of another stream.
fn stream(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let name = facts.path.rsplit('/').next().unwrap_or_default();
    let inner = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    with_unpacked(source, facts, |content, is_whole, facts| {
        if tar::is_tar(&read_vec_at(content, 0, 512)?) {
            return tar_members(content, is_whole(), facts);
        }
        take(&inner, content, is_whole(), facts)
    })
}

/// Undoes a compressed stream and hands it over, a short one in memory, a long one as it is read.
pub(super) fn with_unpacked(
    source: &dyn ReadAt,
    facts: &mut Facts,
    read: impl FnOnce(&dyn ReadAt, &dyn Fn() -> bool, &mut Facts) -> io::Result<()>,
) -> io::Result<()> {
    let Some(undone) = undo(source, MAX_HELD_BYTES) else {
        facts.skip("compressed content: in a compression this version does not undo");
        return Ok(());
    };
    facts.property("compression", undone.compression);
    facts.spent.bytes += undone.bytes.len() as u64;
    if undone.bytes.is_empty() {
        if !undone.is_whole {
            facts.skip("compressed content: it does not decompress, or asks for too much memory");
        }
        return Ok(());
    }
    let is_whole = undone.is_whole;
    if is_whole || undone.bytes.len() < MAX_HELD_BYTES {
        return read(&undone.bytes, &|| is_whole, facts);
    }
    drop(undone);
    let Some(unpacked) = Unpacked::measure(source) else { return Ok(()) };
    facts.spent.bytes += unpacked.len();
    let outcome = read(&unpacked, &|| unpacked.is_whole(), facts);
    if !unpacked.is_whole() {
        facts.skip(format!("compressed content: more than is undone, or broken after {} bytes", unpacked.len()));
    }
    outcome
}

fn seven(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    if let Some(problem) = seven_members(source, facts)? {
        facts.skip(format!("7z archive: {problem}"));
    }
    Ok(())
}

/// Reads the members; returns what kept it from the rest.
fn seven_members(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<Option<String>> {
    let cursor = Cursor::new(source);
    let mut reader = match ArchiveReader::new_with_memory_limit(cursor, Password::empty(), MAX_MEMORY_KIB) {
        Ok(reader) => reader,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let mut fault = Ok(());
    let mut is_cut = false;
    let outcome = reader.for_each_entries(|entry, content| {
        if is_spent(facts) {
            return Ok(false);
        }
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX).min(MAX_MEMBER_BYTES);
        let mut bytes = Vec::with_capacity(size + 1);
        let read = content.take(MAX_MEMBER_BYTES as u64).read_to_end(&mut bytes);
        facts.spent.bytes += bytes.len() as u64;
        let is_whole = read.is_ok() && entry.size() == bytes.len() as u64;
        if !entry.is_directory() {
            fault = take(entry.name(), &bytes, is_whole, facts);
        }
        // What is left of a member would be undone only to be passed over.
        is_cut |= !is_whole;
        Ok(fault.is_ok() && is_whole)
    });
    fault?;
    let cut = || "members behind one that is too large were not read".to_owned();
    Ok(outcome.err().map(|error| error.to_string()).or_else(|| is_cut.then(cut)))
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
        // A zip that is cut has no directory; that is our doing and tells nothing.
        inner.observations.retain(|seen| seen.kind != ObservationKind::ZipInconsistent);
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
    let is_unknown = inner.format == Format::Binary || inner.format.is_program();
    facts.unknown_members += inner.unknown_members + u64::from(is_unknown);
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

    /// A zip of one packed member.
    fn deflated(name: &str, content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        let mut zip = zip_of(name, &packed);
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let central = memchr::memmem::find(&zip, b"PK\x01\x02").unwrap();
        (zip[8], zip[central + 10]) = (8, 8);
        zip[22..26].copy_from_slice(&size);
        zip[central + 24..central + 28].copy_from_slice(&size);
        zip
    }

    #[test]
    fn what_stands_behind_more_than_is_held_in_memory_is_read() {
        let long = vec![0_u8; super::MAX_HELD_BYTES + 70_000];
        let length = u32::try_from(long.len()).unwrap().to_le_bytes();
        let behind = |call: &[u8]| [b"\x80\x03B".as_slice(), &length, &long, b"0", call].concat();
        assert_eq!(verdict("m.pkl.gz", &gzip(&behind(&CALL[2..]))), Verdict::Malicious);
        assert_eq!(verdict("m.pkl.gz", &gzip(&behind(b"}."))), Verdict::Clean);
        let packed = gzip(&behind(b"}."));
        assert_eq!(verdict("m.pkl.gz", &packed[..packed.len() - 9]), Verdict::Incomplete);
    }

    #[test]
    fn what_is_packed_beyond_the_bound_is_incomplete() {
        assert_eq!(verdict("a.zip", &deflated("a.bin", &vec![0; MAX_MEMBER_BYTES + 1])), Verdict::Incomplete);
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
