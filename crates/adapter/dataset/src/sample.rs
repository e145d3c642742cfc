//! The entry: a path and a format to a sample.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use syndic_privacy::TableSample;

use crate::{DatasetError, arrow_file, delimited, json_lines, packed, parquet_file, sql_dump};

/// Samples the dataset at `path`. `format` is `parquet`, `arrow`, `csv`, `tsv`, `jsonl`, `json` or `sql_dump`.
///
/// # Errors
/// The file cannot be opened, is not of the format, or asks for more than the bounds allow.
pub fn sample_file(path: &Path, format: &str) -> Result<TableSample, DatasetError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let packed =
        if matches!(format, "csv" | "tsv" | "jsonl" | "ndjson" | "json") { packed::open(&mut file)? } else { None };
    let mut sample = match (packed, format) {
        (Some(packed), format) => {
            let mut sample = text(&mut Cursor::new(&packed.bytes), packed.bytes.len() as u64, format)?;
            if !packed.is_whole {
                sample.rows_total = None;
                sample
                    .note
                    .push(format!("rows after the first {}: beyond 16 MiB, or broken off", sample.rows_inspected));
            }
            Ok(sample)
        }
        (None, "parquet") => parquet_file::sample(&file, size),
        (None, "arrow" | "feather") => arrow_file::sample(&mut file, size),
        (None, format) => text(&mut file, size, format),
    }?;
    format.clone_into(&mut sample.format);
    sample.bytes_total = size;
    Ok(sample)
}

fn text(file: &mut (impl Read + Seek), size: u64, format: &str) -> Result<TableSample, DatasetError> {
    match format {
        "csv" | "tsv" => delimited::sample(file, size),
        "jsonl" | "ndjson" | "json" => json_lines::sample(file, size),
        "sql_dump" => sql_dump::sample(file, size),
        other => Err(DatasetError::Format(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn compressed_rows_are_read_like_plain_ones() {
        let folder = tempfile::tempdir().unwrap();
        let rows = b"id,city\n1,Ulm\n2,Bonn\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(rows).unwrap();
        let packed = [gzip.finish().unwrap(), zstd::stream::encode_all(rows.as_slice(), 3).unwrap()];
        for (index, bytes) in packed.iter().enumerate() {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, bytes).unwrap();
            let sample = sample_file(&path, "csv").unwrap();
            assert_eq!(
                (sample.rows_total, sample.columns[1].values.as_slice()),
                (Some(2), ["Ulm".to_owned(), "Bonn".to_owned()].as_slice())
            );
            std::fs::write(&path, &bytes[..bytes.len() - 6]).unwrap();
            assert_eq!(sample_file(&path, "csv").unwrap().rows_total, None);
        }
    }
}
