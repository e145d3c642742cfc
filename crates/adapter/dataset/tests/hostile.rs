//! Hostile and broken files neither panic nor blow memory, and what was not read is said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers included")]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use syndic_dataset::{DatasetError, sample_file};
use tempfile::TempDir;

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Three row groups of 100 rows: a number and an optional text.
fn parquet_bytes() -> Vec<u8> {
    let schema = "message rows { required int64 id; optional binary email (STRING); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::builder().build())).unwrap();
    for group in 0..3_i64 {
        let mut rows = writer.next_row_group().unwrap();
        let ids: Vec<i64> = (group * 100..group * 100 + 100).collect();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let texts: Vec<ByteArray> =
            ids.iter().map(|id| ByteArray::from(format!("p{id}@posteo.de").into_bytes())).collect();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&[1; 100]), None).unwrap();
        column.close().unwrap();
        rows.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

#[test]
fn a_small_parquet_file_is_read_whole() {
    let (_folder, path) = file(&parquet_bytes());
    let sample = sample_file(&path, "parquet").unwrap();
    assert_eq!((sample.rows_inspected, sample.rows_total), (300, Some(300)));
    assert_eq!(sample.columns[1].name, "email");
    assert_eq!(sample.columns[1].values.len(), 300);
    assert!(sample.note.is_empty(), "{:?}", sample.note);
}

#[test]
fn a_truncated_parquet_file_is_malformed() {
    let bytes = parquet_bytes();
    for length in [0, 3, 8, 12, bytes.len() / 2, bytes.len() - 1] {
        let (_folder, path) = file(&bytes[..length]);
        assert!(matches!(sample_file(&path, "parquet"), Err(DatasetError::Malformed { .. })), "cut at {length}");
    }
}

#[test]
fn a_footer_that_claims_more_than_the_file_is_refused() {
    let mut bytes = parquet_bytes();
    let at = bytes.len() - 8;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let (_folder, path) = file(&bytes);
    assert!(sample_file(&path, "parquet").is_err());
}

#[test]
fn a_parquet_file_with_any_byte_changed_never_panics() {
    let bytes = parquet_bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    // Every 7th byte keeps the test short; the footer and the first pages are all hit over the values.
    for (at, value) in (0..bytes.len()).step_by(7).zip([0x00, 0x7f, 0x80, 0xff].into_iter().cycle()) {
        let mut changed = bytes.clone();
        changed[at] = value;
        std::fs::write(&path, &changed).unwrap();
        let _ = sample_file(&path, "parquet");
    }
}

#[test]
fn a_csv_of_one_endless_line_is_sampled_in_bounds_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    let mut file = File::create(&path).unwrap();
    file.seek(SeekFrom::Start(50 << 20)).unwrap();
    file.write_all(b"end").unwrap();
    let sample = sample_file(&path, "csv").unwrap();
    assert!(sample.note.iter().any(|note| note.contains("no line ends")), "{:?}", sample.note);
    assert_eq!(sample.rows_total, None);
}

#[test]
fn a_large_csv_is_sampled_over_its_whole_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    let mut file = std::io::BufWriter::new(File::create(&path).unwrap());
    writeln!(file, "id,note").unwrap();
    for id in 0..600_000 {
        writeln!(file, "{id},a note of some length here").unwrap();
    }
    file.into_inner().unwrap();
    let sample = sample_file(&path, "csv").unwrap();
    assert_eq!(sample.columns.len(), 2);
    let last: u64 = sample.columns[0].values.last().unwrap().parse().unwrap();
    assert!(last > 500_000, "the sample ends at row {last}");
    assert_eq!(sample.columns[0].logical_type, "int64");
    assert!(sample.columns[0].values.len() <= 5_000);
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_said() {
    let (_folder, path) = file(b"id,name\n1,\xff\xfe\x00x\n2,b\n");
    let sample = sample_file(&path, "csv").unwrap();
    assert_eq!(sample.rows_total, Some(2));
    assert!(sample.note.iter().any(|note| note.contains("not UTF-8")));
}

#[test]
fn an_unknown_format_is_named() {
    let (_folder, path) = file(b"x");
    assert!(sample_file(&path, "xlsx").unwrap_err().to_string().contains("xlsx"));
}

#[test]
fn a_deeply_nested_json_line_is_counted_as_malformed() {
    let text = format!("{}1{}\n{{\"a\":1}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let (_folder, path) = file(text.as_bytes());
    let sample = sample_file(&path, "jsonl").unwrap();
    assert_eq!(sample.rows_inspected, 1);
}
