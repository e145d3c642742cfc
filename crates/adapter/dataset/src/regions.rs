//! The parts of a text file that are read: all of a small one, the head and evenly spread parts of a large one.

use std::io::{self, Read, Seek, SeekFrom};

/// A file up to this size is read whole.
pub(crate) const WHOLE: u64 = 16 << 20;
/// Bytes read at the head of a larger one.
const HEAD: u64 = 4 << 20;
/// Bytes of each further part.
const PART: u64 = 1 << 20;
/// Further parts.
const PARTS: u64 = 12;

/// What was read.
#[derive(Debug)]
pub(crate) struct Regions {
    /// Whole lines, in order; the first holds the head.
    pub(crate) texts: Vec<String>,
    /// Whether together they are the file.
    pub(crate) is_whole: bool,
    /// Parts in which no line ended, so that nothing could be read from them.
    pub(crate) without_line: u64,
    /// Whether bytes were no UTF-8 and have been replaced.
    pub(crate) is_lossy: bool,
    /// Whether the file is UTF-16 and too large to be read whole, so that it is not read.
    pub(crate) is_utf16: bool,
}

/// Reads them.
pub(crate) fn read(file: &mut (impl Read + Seek), size: u64) -> io::Result<Regions> {
    let mut regions =
        Regions { texts: Vec::new(), is_whole: size <= WHOLE, without_line: 0, is_lossy: false, is_utf16: false };
    if regions.is_whole {
        let bytes = part(file, 0, WHOLE)?;
        match utf16(&bytes) {
            Some(text) => regions.texts.push(text),
            None => regions.add(&bytes),
        }
        return Ok(regions);
    }
    let head = part(file, 0, HEAD)?;
    regions.add_lines(&head, false, true);
    let spread = size.saturating_sub(HEAD + PART) / PARTS;
    for number in 1..=PARTS {
        let start = HEAD + spread * number;
        let bytes = part(file, start, PART)?;
        regions.add_lines(&bytes, true, start + PART < size);
    }
    Ok(regions)
}

/// Returns a text with a UTF-16 byte order mark, as spreadsheets export it.
fn utf16(bytes: &[u8]) -> Option<String> {
    let is_big = bytes.starts_with(&[0xfe, 0xff]);
    let units = bytes.get(2..).filter(|_| is_big || bytes.starts_with(&[0xff, 0xfe]))?.as_chunks::<2>().0.iter();
    let units = units.map(|pair| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

fn part(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Regions {
    /// Takes the whole lines of a part: what precedes the first line break or follows the last may be cut.
    fn add_lines(&mut self, bytes: &[u8], cut_before: bool, cut_after: bool) {
        let first = if cut_before { bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1) } else { Some(0) };
        let last =
            if cut_after { bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1) } else { Some(bytes.len()) };
        match first.zip(last).and_then(|(first, last)| bytes.get(first..last)) {
            Some(lines) => self.add(lines),
            None => self.without_line += 1,
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.texts.is_empty() && (bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])) {
            self.is_utf16 = true;
        }
        let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        self.is_lossy |= matches!(text, std::borrow::Cow::Owned(_));
        self.texts.push(text.into_owned());
    }

    /// Returns what a reader should know about the parts.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.is_whole {
            notes.push(format!("rows between the parts: the head and {PARTS} parts of 1 MiB were read"));
        }
        if self.without_line > 0 {
            notes.push(format!("{} parts: no line ends in them, so records are longer than 1 MiB", self.without_line));
        }
        if self.is_lossy {
            notes.push("bytes that are not UTF-8: replaced before reading".to_owned());
        }
        if self.is_utf16 {
            notes.push("values: the file is UTF-16 and over 16 MiB, which is not read".to_owned());
        }
        notes
    }
}
