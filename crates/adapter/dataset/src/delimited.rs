//! CSV and its kin: delimiter and header are told from the first lines, rows are taken at even distances.

use std::collections::HashSet;
use std::io::{Read, Seek};

use csv::{ReaderBuilder, StringRecord};
use syndic_privacy::TableSample;

use crate::DatasetError;
use crate::column_set::{ColumnSet, Kind, MOST_COLUMNS, MOST_VALUES};
use crate::regions::{self, Regions};

/// Delimiters tried, the likelier first.
const DELIMITERS: [u8; 4] = *b",\t;|";
/// Bytes of the head that delimiter and header are told from.
const SNIFFED: usize = 64 << 10;
/// Rows of the head that are compared.
const SNIFFED_ROWS: usize = 50;

/// Samples a delimited file.
pub(crate) fn sample(file: &mut (impl Read + Seek), size: u64) -> Result<TableSample, DatasetError> {
    let regions = regions::read(file, size)?;
    let mut columns = ColumnSet::default();
    let head = regions.texts.first().map(String::as_str).unwrap_or_default();
    let sniffed = head.get(..head.floor_char_boundary(SNIFFED)).unwrap_or_default();
    let delimiter = delimiter(sniffed);
    let first_rows: Vec<StringRecord> = rows(sniffed, delimiter).take(SNIFFED_ROWS).collect();
    let has_header = has_header(&first_rows);
    let width = first_rows.first().map_or(0, StringRecord::len);
    let mut before = HashSet::new();
    // One beyond the bound, so that what is left out is said.
    for index in 0..width.min(MOST_COLUMNS + 1) {
        let name = first_rows.first().filter(|_| has_header).and_then(|row| row.get(index)).map(str::trim);
        columns.index(&unique(&mut before, name, &format!("column_{}", index + 1)));
    }
    let (inspected, ragged) = fill(&mut columns, &regions, delimiter, has_header, width);
    let mut sample = columns.into_sample();
    sample.rows_inspected = inspected;
    sample.rows_total = regions.is_whole.then_some(inspected);
    sample.note.extend(regions.notes());
    if ragged > 0 {
        sample.note.push(format!("{ragged} rows: another number of fields than the first row's {width}"));
    }
    Ok(sample)
}

/// Returns a name that no column before has.
fn unique<'a>(before: &mut HashSet<&'a str>, name: Option<&'a str>, fallback: &str) -> String {
    match name {
        Some(name) if !name.is_empty() && before.insert(name) => name.to_owned(),
        Some(name) if !name.is_empty() => format!("{name} ({fallback})"),
        _ => fallback.to_owned(),
    }
}

/// Reads rows at even distances, so that every part of the file has its say. Returns rows seen and rows left out.
fn fill(columns: &mut ColumnSet, regions: &Regions, delimiter: u8, has_header: bool, width: usize) -> (u64, u64) {
    let lines: usize = regions.texts.iter().map(|text| text.bytes().filter(|byte| *byte == b'\n').count()).sum();
    let stride = (lines / MOST_VALUES).max(1);
    let (mut seen, mut ragged) = (0_u64, 0_u64);
    for (number, text) in regions.texts.iter().enumerate() {
        let skipped = usize::from(number == 0 && has_header);
        for (index, row) in rows(text, delimiter).skip(skipped).enumerate() {
            seen += 1;
            if row.len() != width {
                ragged += 1;
                // A part may begin inside a quoted field: its first rows are then no rows.
                if number > 0 {
                    continue;
                }
            }
            if index % stride == 0 {
                for (column, value) in row.iter().take(width).enumerate() {
                    let value = value.trim();
                    columns.push(column, value, Kind::of_text(value));
                }
            }
        }
        if columns.is_full() {
            break;
        }
    }
    (seen, ragged)
}

fn rows(text: &str, delimiter: u8) -> impl Iterator<Item = StringRecord> {
    let reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes());
    reader.into_records().filter_map(Result::ok)
}

/// Returns the delimiter that gives most rows the same number of fields, and the most fields.
fn delimiter(head: &str) -> u8 {
    let score = |delimiter: u8| {
        let widths: Vec<usize> = rows(head, delimiter).take(SNIFFED_ROWS).map(|row| StringRecord::len(&row)).collect();
        let first = widths.first().copied().unwrap_or(0);
        let alike = widths.iter().filter(|width| **width == first).count();
        if first < 2 || alike * 10 < widths.len() * 7 { 0 } else { first * alike * 100 / widths.len().max(1) }
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter));
    best.filter(|delimiter| score(*delimiter) > 0).unwrap_or(b',')
}

/// Says whether the first row names columns: all different, none a number, and unlike the rows below.
fn has_header(rows: &[StringRecord]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let is_name = |field: &str| {
        !field.contains('@') && field.len() <= 128 && Kind::of_text(field) == Kind::Text && !is_number_like(field)
    };
    let names: HashSet<&str> = first.iter().map(str::trim).collect();
    let is_nameable = first.iter().all(|field| field.trim().is_empty() || is_name(field.trim()));
    let filled = first.iter().filter(|field| !field.trim().is_empty()).count();
    if !is_nameable || filled == 0 || (names.len() < first.len() && filled == first.len()) {
        return false;
    }
    // A name that comes again as a value is a value.
    !rest.iter().any(|row| {
        row.iter().zip(first).filter(|(value, name)| value == name && !value.is_empty()).count() * 2 > first.len()
    }) && (rest.is_empty() || first.iter().any(looks_like_name))
}

fn looks_like_name(field: &str) -> bool {
    let field = field.trim();
    field.len() <= 64
        && field.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && field.split_whitespace().count() <= 5
        && !field.contains(|letter: char| letter.is_ascii_digit() && !field.starts_with(char::is_alphabetic))
}

/// Dates, social security numbers, telephone numbers, amounts of money: more digits than letters, and no letter first.
fn is_number_like(field: &str) -> bool {
    let count = |fits: fn(&char) -> bool| field.chars().filter(fits).count();
    let (digits, letters) = (count(char::is_ascii_digit), count(|letter| letter.is_alphabetic()));
    let is_long = field.len() >= 8 && field.starts_with(|letter: char| letter.is_ascii_digit());
    is_long || (!field.starts_with(char::is_alphabetic) && digits >= 3 && digits > letters)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(text: &str) -> TableSample {
        sample(&mut Cursor::new(text.as_bytes()), text.len() as u64).unwrap()
    }

    fn names(sample: &TableSample) -> Vec<&str> {
        sample.columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn delimiter_and_header_are_told_from_the_rows() {
        let sample = read("id;name;amount\n1;Ada;2,50\n2;Bob;3,10\n");
        assert_eq!(names(&sample), ["id", "name", "amount"]);
        assert_eq!((sample.rows_inspected, sample.rows_total), (2, Some(2)));
        assert_eq!(sample.columns[0].logical_type, "int64");
    }

    #[test]
    fn a_table_without_header_gets_numbered_columns() {
        let sample = read("1,ada@acme.io,3.5\n2,bob@acme.io,4.5\n");
        assert_eq!(names(&sample), ["column_1", "column_2", "column_3"]);
        assert_eq!(sample.rows_inspected, 2);
    }

    #[test]
    fn a_first_row_of_people_is_data() {
        for first in ["Ann Lee,219-09-9998", "Ann Lee,+49 170 4823915", "Ann Lee,(555) 123-4567", "Ann Lee,1990-01-02"]
        {
            let sample = read(&format!("{first}\nBob Ray,078-05-1120\n"));
            assert_eq!(names(&sample), ["column_1", "column_2"], "{first}");
        }
        assert_eq!(names(&read("name,q1_2024\nAda,3\n")), ["name", "q1_2024"]);
    }

    #[test]
    fn a_quoted_line_break_does_not_end_a_row() {
        let sample = read("id,text\n1,\"two\nlines\"\n2,\"a, b\"\n");
        assert_eq!(sample.columns[1].values, ["two\nlines", "a, b"]);
    }

    #[test]
    fn a_utf16_export_is_read_like_any_other() {
        for (mark, order) in [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
        {
            let text = "id;ort\n1;Köln\n2;Łódź\n";
            let bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(order)).collect();
            let sample = sample(&mut Cursor::new(&bytes), bytes.len() as u64).unwrap();
            assert_eq!(sample.columns[1].values, ["Köln", "Łódź"]);
            assert!(sample.note.is_empty(), "{:?}", sample.note);
        }
    }

    #[test]
    fn a_line_of_very_many_names_is_cut_and_said() {
        let line: String = (0..60_000).map(|number| format!("c{number},")).collect();
        let sample = read(&line);
        assert_eq!(sample.columns.len(), MOST_COLUMNS);
        assert!(sample.note.iter().any(|note| note.starts_with("columns:")), "{:?}", sample.note);
    }

    #[test]
    fn repeated_and_empty_names_stay_apart() {
        let sample = read("a,a,\n1,2,3\n");
        assert_eq!(sample.columns.len(), 3);
    }
}
