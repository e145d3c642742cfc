//! The central directory of a ZIP archive and its members. Source: APPNOTE 6.3, sections 4.3 to 4.5.

use std::io::{self, Read};

use flate2::read::DeflateDecoder;
use syndic_detect::{ReadAt, read_vec_at};

/// Longest end record with its comment.
const END_LIMIT: u64 = 22 + 65_535;
/// Largest directory read, in bytes.
const DIRECTORY_LIMIT: u64 = 64 << 20;
/// A 32-bit field that points to its 64-bit form.
const WIDE: u64 = 0xffff_ffff;

/// One member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    method: u16,
    is_encrypted: bool,
    packed: u64,
    header_at: u64,
}

/// Returns the members that are files.
///
/// # Errors
/// No directory that can be read.
pub(super) fn members(source: &impl ReadAt) -> io::Result<Vec<Member>> {
    let (at, length) = directory(source)?;
    if length > DIRECTORY_LIMIT {
        return Err(malformed("the directory is too large"));
    }
    let bytes = read_vec_at(source, at, usize::try_from(length).unwrap_or(0))?;
    let mut members = Vec::new();
    let mut rest = bytes.as_slice();
    while rest.starts_with(b"PK\x01\x02") {
        let (Some(name), Some(extra), Some(comment)) = (u16_at(rest, 28), u16_at(rest, 30), u16_at(rest, 32)) else {
            return Err(malformed("the directory is cut"));
        };
        let (name_end, extra_end) = (46 + usize::from(name), 46 + usize::from(name) + usize::from(extra));
        let (Some(name), Some(extra)) = (rest.get(46..name_end), rest.get(name_end..extra_end)) else {
            return Err(malformed("the directory is cut"));
        };
        let member = member(rest, name, extra).ok_or_else(|| malformed("the directory is cut"))?;
        if !member.name.ends_with('/') {
            members.push(member);
        }
        rest = rest.get(extra_end + usize::from(comment)..).unwrap_or_default();
    }
    Ok(members)
}

/// Returns where the first member begins.
///
/// # Errors
/// No member, or something else where the first one is said to begin.
pub(super) fn first_header(source: &impl ReadAt, members: &[Member]) -> io::Result<u64> {
    let at = members.iter().map(|member| member.header_at).min().ok_or_else(|| malformed("no members"))?;
    if read_vec_at(source, at, 4)? == b"PK\x03\x04" { Ok(at) } else { Err(malformed("no member where one should be")) }
}

fn member(record: &[u8], name: &[u8], extra: &[u8]) -> Option<Member> {
    let (packed, unpacked, header_at) = (u32_at(record, 20)?, u32_at(record, 24)?, u32_at(record, 42)?);
    let mut wide = wide_fields(extra).into_iter();
    // The wide fields stand in this order, and only those whose narrow form is full.
    let _unpacked = if unpacked == WIDE { wide.next()? } else { unpacked };
    let packed = if packed == WIDE { wide.next()? } else { packed };
    let header_at = if header_at == WIDE { wide.next()? } else { header_at };
    Some(Member {
        name: String::from_utf8_lossy(name).into_owned(),
        method: u16_at(record, 10)?,
        is_encrypted: u16_at(record, 8)? & 1 == 1,
        packed,
        header_at,
    })
}

fn wide_fields(mut extra: &[u8]) -> Vec<u64> {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let body = extra.get(4..4 + usize::from(length)).unwrap_or_default();
        if id == 1 {
            return body.chunks_exact(8).filter_map(|field| u64_at(field, 0)).collect();
        }
        extra = extra.get(4 + usize::from(length)..).unwrap_or_default();
    }
    Vec::new()
}

/// Returns where the directory begins and its length.
fn directory(source: &impl ReadAt) -> io::Result<(u64, u64)> {
    let from = source.len().saturating_sub(END_LIMIT);
    let tail = read_vec_at(source, from, usize::try_from(END_LIMIT).unwrap_or(0))?;
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06").ok_or_else(|| malformed("no end record"))?;
    let end = tail.get(at..).unwrap_or_default();
    let (Some(length), Some(start)) = (u32_at(end, 12), u32_at(end, 16)) else {
        return Err(malformed("the end record is cut"));
    };
    if start != WIDE && length != WIDE {
        return Ok((start, length));
    }
    let locator = at.checked_sub(20).and_then(|at| tail.get(at..)).filter(|bytes| bytes.starts_with(b"PK\x06\x07"));
    let record_at = locator.and_then(|bytes| u64_at(bytes, 8)).ok_or_else(|| malformed("no wide end record"))?;
    let record = read_vec_at(source, record_at, 56)?;
    match (u64_at(&record, 48), u64_at(&record, 40)) {
        (Some(start), Some(length)) => Ok((start, length)),
        _ => Err(malformed("the wide end record is cut")),
    }
}

/// Opens a member for reading.
///
/// # Errors
/// Encryption, or a method that is neither storing nor Deflate.
pub(super) fn open<'a>(source: &'a (impl ReadAt + Sync), member: &Member) -> io::Result<Box<dyn Read + 'a>> {
    let header = read_vec_at(source, member.header_at, 30)?;
    let (Some(name), Some(extra)) = (u16_at(&header, 26), u16_at(&header, 28)) else {
        return Err(malformed("a member's header is cut"));
    };
    if member.is_encrypted {
        return Err(io::Error::other("the member is encrypted"));
    }
    let at = member.header_at.saturating_add(30 + u64::from(name) + u64::from(extra));
    let packed = super::Sequential { source, at }.take(member.packed);
    match member.method {
        0 => Ok(Box::new(packed)),
        8 => Ok(Box::new(DeflateDecoder::new(packed))),
        other => Err(io::Error::other(format!("compression method {other} is not read"))),
    }
}

fn malformed(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("ZIP: {problem}"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
