//! Arrow streams and files are read alike; broken ones neither panic nor pass for whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers included")]

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use syndic_dataset::sample_file;

fn batch() -> RecordBatch {
    let schema = Schema::new(vec![Field::new("id", DataType::Int64, false), Field::new("email", DataType::Utf8, true)]);
    let ids = Int64Array::from((0..50).collect::<Vec<i64>>());
    let texts: StringArray = (0..50).map(|id| (id != 7).then(|| format!("p{id}@posteo.de"))).collect();
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(ids), Arc::new(texts)]).unwrap()
}

fn stream() -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

fn file() -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

fn packed(compression: CompressionType) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(Some(compression)).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch().schema(), options).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_claim_of_terabytes_is_refused_before_anything_is_reserved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.feather");
    let mut bytes = packed(CompressionType::LZ4_FRAME);
    // The eight bytes before each LZ4 frame claim what it becomes.
    let frame = bytes.windows(4).position(|window| window == [4, 0x22, 0x4d, 0x18]).unwrap();
    bytes[frame - 8..frame].copy_from_slice(&(1_i64 << 42).to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let sample = sample_file(&path, "arrow").unwrap();
    assert!(
        sample.rows_total.is_none() && sample.note.iter().any(|note| note.contains("over the bound")),
        "{:?}",
        sample.note
    );
}

#[test]
fn streams_and_files_give_the_same_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.arrow");
    for bytes in [stream(), file(), packed(CompressionType::LZ4_FRAME), packed(CompressionType::ZSTD)] {
        std::fs::write(&path, bytes).unwrap();
        let sample = sample_file(&path, "arrow").unwrap();
        assert_eq!((sample.rows_inspected, sample.rows_total), (50, Some(50)));
        let email = sample.columns.iter().find(|column| column.name == "email").unwrap();
        assert_eq!((email.values.len(), email.nulls), (49, 1));
    }
}

#[test]
fn an_arrow_file_cut_or_changed_anywhere_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.arrow");
    for bytes in [stream(), packed(CompressionType::LZ4_FRAME)] {
        for at in (0..bytes.len()).step_by(5) {
            std::fs::write(&path, &bytes[..at]).unwrap();
            let _ = sample_file(&path, "arrow");
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            std::fs::write(&path, &changed).unwrap();
            let _ = sample_file(&path, "arrow");
        }
    }
}
