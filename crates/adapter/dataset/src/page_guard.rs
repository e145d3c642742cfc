//! Checks a Parquet footer and page headers before the library allocates by them.
//!
//! A footer of 30 bytes can claim two thousand million columns, a page header a dictionary of as many entries; the
//! library believes both, and unpacks gzip without a limit. Here a file must fit what it claims into the bytes it has.
//! Source: Apache Parquet format, `parquet.thrift` (field numbers below).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;

use crate::DatasetError;
use crate::thrift::{LIST, Reader, STRUCT};

/// Largest footer that is read.
const LONGEST_FOOTER: u64 = 64 << 20;
/// Most elements of a schema.
const MOST_ELEMENTS: u64 = 20_000;
/// Deepest schema; the library walks it by recursion.
const DEEPEST_SCHEMA: usize = 40;
/// Largest page, unpacked.
const LARGEST_PAGE: i64 = 64 << 20;
/// Longest page header; statistics in it may hold two whole values.
const LONGEST_HEADER: u64 = 64 << 10;
/// Most pages of one column chunk.
const MOST_PAGES: usize = 10_000;
/// A gzip page packed into more than this is unpacked here first, into nothing: the library does not bound the output,
/// which may be a thousand times larger than the input.
const LARGEST_UNBOUNDED: i64 = 64 << 10;
/// Number of the page type whose values are packed apart from its levels (`DATA_PAGE_V2`).
const DATA_PAGE_V2: i64 = 3;

/// Checks magic, length and schema of the footer.
pub(crate) fn check_footer(file: &File, size: u64) -> Result<(), DatasetError> {
    let wrong = |problem: &str| DatasetError::parquet(problem);
    let tail = bytes_at(file, size.saturating_sub(8), 8)?;
    let (length, magic) = tail.split_first_chunk::<4>().ok_or_else(|| wrong("shorter than a footer"))?;
    match magic {
        b"PAR1" => {}
        b"PARE" => return Err(wrong("the footer is encrypted")),
        _ => return Err(wrong("no PAR1 at the end: the file is cut off or no Parquet")),
    }
    let length = u64::from(u32::from_le_bytes(*length));
    if length > LONGEST_FOOTER || length + 12 > size {
        return Err(wrong("the footer claims more bytes than there are"));
    }
    let footer = bytes_at(file, size - 8 - length, length)?;
    check_metadata(&footer).ok_or_else(|| wrong("the footer's lengths, schema or nesting do not hold"))
}

/// Walks `FileMetaData`; the schema (field 2) is checked as the tree it encodes.
fn check_metadata(footer: &[u8]) -> Option<()> {
    let mut reader = Reader::new(footer);
    let mut last = 0;
    while let Some(field) = reader.field(&mut last)? {
        if field.id == 2 && field.kind == LIST {
            check_schema(&mut reader)?;
        } else {
            reader.skip(field.kind, 0)?;
        }
    }
    Some(())
}

/// Replays the pre-order list of elements: children must be there, and the tree must not be deep.
fn check_schema(reader: &mut Reader<'_>) -> Option<()> {
    let (length, kind) = reader.list()?;
    if kind != STRUCT || length == 0 || length > MOST_ELEMENTS {
        return None;
    }
    let mut open: Vec<u64> = Vec::new();
    for _ in 0..length {
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(missing) = open.last_mut() {
            *missing -= 1;
        }
        let children = u64::try_from(element_children(reader)?).ok()?;
        if children > length || open.len() >= DEEPEST_SCHEMA {
            return None;
        }
        open.push(children);
    }
    open.iter().all(|missing| *missing == 0).then_some(())
}

/// Reads one `SchemaElement` and returns its number of children (field 5).
fn element_children(reader: &mut Reader<'_>) -> Option<i64> {
    let (mut last, mut children) = (0, 0);
    while let Some(field) = reader.field(&mut last)? {
        if field.id == 5 && field.kind == 5 {
            children = reader.signed()?;
        } else {
            reader.skip(field.kind, 0)?;
        }
    }
    Some(children)
}

/// What a page header claims.
#[derive(Debug, Default)]
struct Page {
    kind: i64,
    unpacked: i64,
    packed: i64,
    dictionary_entries: i64,
}

/// Checks every page header of a column chunk, and with gzip every large page's content.
pub(crate) fn check_pages(file: &File, start: u64, length: u64, is_gzip: bool) -> Result<(), DatasetError> {
    let beyond = |problem: &str| DatasetError::Beyond { format: "parquet", problem: problem.to_owned() };
    let end = start.saturating_add(length);
    let mut at = start;
    for _ in 0..MOST_PAGES {
        if at >= end {
            return Ok(());
        }
        let bytes = bytes_at(file, at, LONGEST_HEADER.min(end - at))?;
        let (page, header) = read_page(&bytes).ok_or_else(|| beyond("a page header does not hold"))?;
        let packed = u64::try_from(page.packed).map_err(|_| beyond("a page of negative size"))?;
        if page.unpacked < 0 || page.unpacked > LARGEST_PAGE || page.dictionary_entries > page.unpacked {
            return Err(beyond("a page larger than 64 MiB, or a dictionary larger than its page"));
        }
        let content = at.saturating_add(header as u64);
        at = content.saturating_add(packed);
        if is_gzip && page.packed > LARGEST_UNBOUNDED && (at > end || !unpacks_as_claimed(file, content, &page)?) {
            return Err(beyond("a gzip page that unpacks to more than it claims"));
        }
    }
    Err(beyond("more than 10,000 pages in a column chunk"))
}

/// Unpacks a gzip page into nothing, up to one byte more than it claims.
fn unpacks_as_claimed(mut file: &File, start: u64, page: &Page) -> io::Result<bool> {
    let (Ok(packed), Ok(unpacked)) = (u64::try_from(page.packed), u64::try_from(page.unpacked)) else {
        return Ok(false);
    };
    if page.kind == DATA_PAGE_V2 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(start))?;
    let mut content = MultiGzDecoder::new(file.take(packed)).take(unpacked + 1);
    Ok(io::copy(&mut content, &mut io::sink()).is_ok_and(|length| length <= unpacked))
}

/// Reads `PageHeader`: type and sizes in fields 1 to 3, the dictionary header in 7. Returns it with its own length.
fn read_page(bytes: &[u8]) -> Option<(Page, usize)> {
    let mut reader = Reader::new(bytes);
    let mut page = Page::default();
    let mut last = 0;
    while let Some(field) = reader.field(&mut last)? {
        match (field.id, field.kind) {
            (1, 5) => page.kind = reader.signed()?,
            (2, 5) => page.unpacked = reader.signed()?,
            (3, 5) => page.packed = reader.signed()?,
            (7, STRUCT) => page.dictionary_entries = first_number(&mut reader)?,
            (_, kind) => reader.skip(kind, 0)?,
        }
    }
    Some((page, bytes.len() - reader.left()))
}

/// Reads field 1 of a structure, and passes over the rest.
fn first_number(reader: &mut Reader<'_>) -> Option<i64> {
    let (mut last, mut number) = (0, 0);
    while let Some(field) = reader.field(&mut last)? {
        if field.id == 1 && field.kind == 5 {
            number = reader.signed()?;
        } else {
            reader.skip(field.kind, 1)?;
        }
    }
    Some(number)
}

fn bytes_at(mut file: &File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_schema_that_claims_children_it_lacks_is_refused() {
        // Field 2: a list of one structure whose field 5 claims 2^31-1 children.
        let footer = [0x29, 0x1c, 0x55, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x00];
        assert!(check_metadata(&footer).is_none());
    }

    #[test]
    fn a_deep_schema_is_refused() {
        let mut footer = vec![0x29, 0xfc, 0xe8, 0x07];
        footer.extend([0x55, 0x02, 0x00].repeat(999));
        footer.extend([0x00, 0x00]);
        assert!(check_metadata(&footer).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_checked_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = check_metadata(&bytes);
            let _ = read_page(&bytes);
        }
    }
}
