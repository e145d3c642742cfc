//! Readable text: told from binary by its first bytes, then sorted into rows, notebooks, models that are text, prose.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};
use syndic_evidence::Confidence;

use super::extension::{is_pickle_claim, is_prose};
use super::{DEEP_BYTES, json_lines, records, sql};
use crate::Format;
use crate::pickle::probe;

/// Lines looked at to decide whether a text is rows.
const ROWS_LOOKED_AT: usize = 12;
/// Whole files up to this size are parsed to find a notebook or a JSON model.
const MAX_JSON_BYTES: usize = 64 * 1024;

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
    /// Mostly ASCII with bytes above; Latin-1 or a kin of it.
    EightBit,
}

/// Says whether the bytes are text; `is_cut` tells that the file goes on after them.
pub(super) fn encoding(head: &[u8], is_cut: bool) -> Option<Encoding> {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return (head.len().is_multiple_of(2) && head.len() >= 4 && !head.starts_with(&[0xff, 0xfe, 0, 0]))
            .then_some(Encoding::Utf16);
    }
    let is_control = |byte: u8| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
    // Without an end inside a chunk many bytes are compared at once.
    if head.chunks(256).any(|chunk| chunk.iter().fold(false, |any, byte| any | is_control(*byte))) {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(_) => Some(Encoding::Utf8),
        Err(error) if is_cut && error.error_len().is_none() => Some(Encoding::Utf8),
        Err(_) => {
            let high = head.iter().filter(|byte| **byte >= 0x80).count();
            let is_magic = head.first().is_some_and(|byte| matches!(byte, 0x80 | 0x89 | 0x93 | 0xfd));
            (!is_magic && head.len() >= 64 && high * 5 < head.len()).then_some(Encoding::EightBit)
        }
    }
}

/// Sorts a text.
pub(super) fn identify(
    path: &str,
    claimed: Option<Format>,
    encoding: Encoding,
    head: &[u8],
    source: &dyn ReadAt,
) -> io::Result<(Format, Confidence)> {
    if head.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Ok((Format::LfsPointer, Confidence::High));
    }
    if encoding == Encoding::Utf16 {
        let is_cut = source.len() > head.len() as u64;
        return sixteen_bit(path, claimed, &utf16(head).into_bytes(), is_cut, source);
    }
    if head.starts_with(b"tree\n") && memchr::memmem::find(head, b"\nnum_class=").is_some() {
        return Ok((Format::LightGbm, Confidence::High));
    }
    if let Some(found) = text_pickle(claimed, head, source)? {
        return Ok(found);
    }
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace() && *byte < 0x80).unwrap_or(0);
    if head.get(start) == Some(&b'<')
        && let Some(format) = markup(head)
    {
        return Ok((format, Confidence::High));
    }
    let is_code = is_prose(path) && claimed.is_none() && !is_json(path);
    if head.get(start) == Some(&b'{')
        && !is_code
        && let Some(found) = json(claimed, head, source)?
    {
        return Ok(found);
    }
    if claimed == Some(Format::Jsonl) && json_lines::are(claimed, head, source.len() > head.len() as u64) {
        return Ok((Format::Jsonl, Confidence::High));
    }
    if head.get(start) == Some(&b'[')
        && !is_code
        && records::are_training_or_personal(&read_vec_at(source, 0, DEEP_BYTES)?)
    {
        return Ok((Format::Json, Confidence::Medium));
    }
    if let Some(confidence) = rows(path, claimed, head, source.len() > head.len() as u64) {
        return Ok((Format::Csv, confidence));
    }
    if sql::may_be_named(path) && sql::is_dump(&read_vec_at(source, 0, DEEP_BYTES)?) {
        return Ok((Format::SqlDump, Confidence::High));
    }
    Ok((Format::Text, Confidence::High))
}

/// Models in XML, by their first element.
fn markup(head: &[u8]) -> Option<Format> {
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    if has(b"<PMML") {
        return Some(Format::Pmml);
    }
    (has(b"<net ") && has(b"<layers>") && has(b"<layer ")).then_some(Format::OpenVino)
}

/// Rows of a text in UTF-16, `text` being its beginning in UTF-8: what spreadsheets and shells on Windows write.
fn sixteen_bit(
    path: &str,
    claimed: Option<Format>,
    text: &[u8],
    is_cut: bool,
    source: &dyn ReadAt,
) -> io::Result<(Format, Confidence)> {
    let is_record = text.trim_ascii_start().starts_with(b"{");
    if (claimed == Some(Format::Jsonl) || (is_record && !is_prose(path))) && json_lines::are(claimed, text, is_cut) {
        return Ok((Format::Jsonl, Confidence::High));
    }
    if let Some(confidence) = rows(path, claimed, text, is_cut) {
        return Ok((Format::Csv, confidence));
    }
    if sql::may_be_named(path) && sql::is_dump(utf16(&read_vec_at(source, 0, DEEP_BYTES)?).as_bytes()) {
        return Ok((Format::SqlDump, Confidence::High));
    }
    Ok((Format::Text, Confidence::High))
}

/// Spreadsheets export "Unicode text" as UTF-16 with a byte order mark.
fn utf16(bytes: &[u8]) -> String {
    let is_big = bytes.starts_with(&[0xfe, 0xff]);
    let units = bytes.get(2..).unwrap_or_default().as_chunks::<2>().0.iter();
    let units = units.map(|pair| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A protocol 0 pickle is text too.
fn text_pickle(claimed: Option<Format>, head: &[u8], source: &dyn ReadAt) -> io::Result<Option<(Format, Confidence)>> {
    if !head.first().is_some_and(|byte| b"(]}c)iIlLNFSVdtKMJXUTGCB".contains(byte)) {
        return Ok(None);
    }
    let mut probed = probe(head);
    let mut length = head.len() as u64;
    if probed.is_cut && source.len() > length && (probed.opcodes >= 4) {
        let deep = read_vec_at(source, 0, DEEP_BYTES)?;
        probed = probe(&deep);
        length = deep.len() as u64;
    }
    let is_whole = probed.end + 2 >= source.len();
    // What is resolved before a break is resolved all the same, by whoever believes the name.
    let is_named = matches!(claimed, Some(Format::Pickle | Format::Joblib));
    let is_pickle = ((probed.is_complete || is_named) && probed.structural > 0)
        || (probed.is_complete && is_whole && probed.opcodes >= 3 && is_pickle_claim(claimed))
        || (probed.is_cut && probed.opcodes >= 16 && (probed.structural > 0 || length >= DEEP_BYTES as u64));
    Ok(is_pickle.then_some((Format::Pickle, Confidence::High)))
}

fn json(claimed: Option<Format>, head: &[u8], source: &dyn ReadAt) -> io::Result<Option<(Format, Confidence)>> {
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    if has(b"\"cells\"") || has(b"\"nbformat\"") || claimed == Some(Format::Notebook) {
        let is_notebook = if claimed == Some(Format::Notebook) {
            has(b"\"cells\"") || has(b"\"nbformat\"") || has(b"\"metadata\"")
        } else {
            let all = read_vec_at(source, 0, MAX_JSON_BYTES)?;
            let has = |needle: &[u8]| memchr::memmem::find(&all, needle).is_some();
            has(b"\"cells\"") && has(b"\"nbformat\"") && has(b"\"cell_type\"")
        };
        if is_notebook {
            return Ok(Some((Format::Notebook, Confidence::High)));
        }
    }
    if has(b"\"learner\"") && (has(b"\"gradient_booster\"") || has(b"\"attributes\"")) {
        return Ok(Some((Format::XgBoost, Confidence::High)));
    }
    let is_jsonl = json_lines::are(claimed, head, source.len() > head.len() as u64);
    Ok(is_jsonl.then_some((Format::Jsonl, Confidence::High)))
}

/// Says whether the lines are rows of one width, and how surely.
fn rows(path: &str, claimed: Option<Format>, head: &[u8], is_cut: bool) -> Option<Confidence> {
    let is_claimed = claimed == Some(Format::Csv);
    if !is_claimed && (claimed.is_some() || is_prose(path) || !is_bare_name(path)) {
        return None;
    }
    [b',', b'\t', b';', b'|']
        .into_iter()
        .find_map(|delimiter| {
            let widths = widths(head, delimiter, is_cut);
            let (first, rest) = widths.split_first()?;
            let equal = rest.iter().filter(|width| *width == first).count();
            if is_claimed {
                return (*first >= 2 && !rest.is_empty() && equal * 2 >= rest.len()).then_some(Confidence::High);
            }
            let is_strict = *first >= 3 && rest.len() >= 4 && equal == rest.len() && !head.starts_with(b"|");
            (is_strict && !looks_like_code(head)).then_some(Confidence::Medium)
        })
        // One line longer than what is looked at: its rows are still to be read, or to be missed aloud.
        .or_else(|| {
            let is_rows = is_claimed && (is_cut || widths(head, b',', is_cut).len() >= 2);
            is_rows.then_some(Confidence::Medium)
        })
}

/// Names without an extension, or with one that says data.
fn is_bare_name(path: &str) -> bool {
    const DATA: [&str; 9] = [".data", ".dat", ".tab", ".psv", ".bin", ".dump", ".export", ".bak", ".out"];
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') || DATA.iter().any(|ending| name.ends_with(ending))
}

fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"))
}

fn looks_like_code(head: &[u8]) -> bool {
    head.lines_any(|line| {
        line.starts_with(b"#!")
            || line.starts_with(b"import ")
            || line.ends_with(b"{")
            || line.ends_with(b";")
            || line.ends_with(b"(")
            || line.ends_with(b",")
    })
}

trait LinesAny {
    fn lines_any(&self, test: impl Fn(&[u8]) -> bool) -> bool;
}

impl LinesAny for [u8] {
    fn lines_any(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        self.split(|byte| *byte == b'\n').take(ROWS_LOOKED_AT).any(|line| test(line.trim_ascii()))
    }
}

/// Counts the fields of the first records; a delimiter or line break inside quotes counts for nothing.
fn widths(head: &[u8], delimiter: u8, is_cut: bool) -> Vec<usize> {
    let mut widths = Vec::new();
    let (mut fields, mut is_quoted, mut is_blank) = (1, false, true);
    for byte in head {
        match *byte {
            b'"' => {
                is_quoted = !is_quoted;
                is_blank = false;
            }
            b'\n' if !is_quoted => {
                if !is_blank {
                    widths.push(fields);
                }
                (fields, is_blank) = (1, true);
                if widths.len() >= ROWS_LOOKED_AT {
                    return widths;
                }
            }
            byte if byte == delimiter && !is_quoted => {
                fields += 1;
                is_blank = false;
            }
            byte => is_blank &= byte.is_ascii_whitespace(),
        }
    }
    if !is_cut && !is_blank {
        widths.push(fields);
    }
    widths
}

#[cfg(test)]
mod tests {
    use crate::{Format, identify};

    #[test]
    fn rows_are_told_in_either_order_of_sixteen_bits() {
        let lines = "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n";
        let dump: String = (0..9).map(|n| format!("INSERT INTO t VALUES ({n});\n")).collect();
        let table: String = (0..9).map(|n| format!("{n}\tx\ty\n")).collect();
        let cases = [
            ("a.jsonl", lines, Format::Jsonl),
            ("a.sql", dump.as_str(), Format::SqlDump),
            ("a.csv", "id;b\n1;2\n", Format::Csv),
            ("export", table.as_str(), Format::Csv),
            ("notes.txt", "Grüße\nund mehr\n", Format::Text),
            ("query.sql", "SELECT 1;\n", Format::Text),
        ];
        for (path, text, expected) in cases {
            let little: Vec<u8> =
                [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
            let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
            for bytes in [little, big] {
                assert_eq!(identify(path, &bytes).unwrap().format, expected, "{path}");
            }
        }
    }
}
