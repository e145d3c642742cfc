//! The entry: a path and a format to a sample.

use std::fs::File;
use std::path::Path;

use syndic_privacy::TableSample;

use crate::{DatasetError, arrow_file, delimited, json_lines, parquet_file};

/// Samples the dataset at `path`. `format` is `parquet`, `arrow`, `csv`, `tsv`, `jsonl` or `json`.
///
/// # Errors
/// The file cannot be opened, is not of the format, or asks for more than the bounds allow.
pub fn sample_file(path: &Path, format: &str) -> Result<TableSample, DatasetError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut sample = match format {
        "parquet" => parquet_file::sample(&file, size),
        "arrow" | "feather" => arrow_file::sample(&mut file, size),
        "csv" | "tsv" => delimited::sample(&mut file, size),
        "jsonl" | "ndjson" | "json" => json_lines::sample(&mut file, size),
        other => Err(DatasetError::Format(other.to_owned())),
    }?;
    format.clone_into(&mut sample.format);
    sample.bytes_total = size;
    Ok(sample)
}
