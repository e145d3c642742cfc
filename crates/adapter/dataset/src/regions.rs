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
}

/// Reads them.
pub(crate) fn read(file: &mut (impl Read + Seek), size: u64) -> io::Result<Regions> {
    let mut regions = Regions { texts: Vec::new(), is_whole: size <= WHOLE, without_line: 0, is_lossy: false };
    if regions.is_whole {
        let bytes = part(file, 0, WHOLE)?;
        match ByteOrder::of(&bytes) {
            Some(order) => regions.add(&order.decode(&bytes)),
            None => regions.add(&bytes),
        }
        return Ok(regions);
    }
    let head = part(file, 0, HEAD)?;
    let order = ByteOrder::of(&head);
    let in_utf8 = |bytes: Vec<u8>| match order {
        Some(order) => order.decode(&bytes),
        None => bytes,
    };
    regions.add_lines(&in_utf8(head), false, true);
    let spread = size.saturating_sub(HEAD + PART) / PARTS;
    for number in 1..=PARTS {
        // Even, so that no unit of sixteen bits is torn.
        let start = (HEAD + spread * number) & !1;
        let bytes = part(file, start, PART)?;
        regions.add_lines(&in_utf8(bytes), true, start + PART < size);
    }
    Ok(regions)
}

/// The order of bytes in a text of UTF-16, as spreadsheets export it and its byte order mark tells.
#[derive(Debug, Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] => Some(Self::Big),
            _ => None,
        }
    }

    /// Returns the text in UTF-8; what is no character is replaced.
    fn decode(self, bytes: &[u8]) -> Vec<u8> {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| match self {
            Self::Little => u16::from_le_bytes(*pair),
            Self::Big => u16::from_be_bytes(*pair),
        });
        let letters = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        letters.collect::<String>().into_bytes()
    }
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
        notes
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_large_text_of_sixteen_bit_units_is_read_in_parts_like_any_other() {
        // Two lines of different length, so that parts begin anywhere in them.
        let text = "17;Łódź;536-22-1847\n3;Ulm;x\n".repeat(400_000);
        let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert!(bytes.len() as u64 > WHOLE);
        let regions = read(&mut Cursor::new(&bytes), bytes.len() as u64).unwrap();
        assert_eq!(regions.texts.len() as u64, 1 + PARTS);
        assert!(!regions.is_lossy && regions.without_line == 0);
        for line in regions.texts.iter().flat_map(|text| text.lines()) {
            assert!(["17;Łódź;536-22-1847", "3;Ulm;x"].contains(&line), "{line}");
        }
    }
}
