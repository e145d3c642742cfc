//! Datasets in a binary form, Parquet and Arrow: the values of their columns, one a line.
//!
//! The reader of datasets keeps memory bounded by reading a part of a large one; what it left out is a gap.

use std::path::Path;

use super::kind::Table;
use crate::secrets::outcome::Seen;
use crate::secrets::pieces;
use crate::secrets::scanner::Scanner;

/// Looks at the dataset in a file, each column as `file!column`.
pub(in crate::secrets) fn look(scanner: &Scanner, path: &str, file: &Path, table: Table, seen: &mut Seen) {
    let format = match table {
        Table::Parquet => "parquet",
        Table::Arrow => "arrow",
    };
    let sample = match syndic_dataset::sample_file(file, format) {
        Ok(sample) => sample,
        Err(error) => return seen.gap(path, error.to_string()),
    };
    let before = seen.covered.bytes;
    for column in &sample.columns {
        let shown = format!("{path}!{}", column.name);
        // Under its name a value is judged as if it were assigned to it; a value of several lines stays on its own.
        let line = |value: &String| format!("{} = \"{}\"\n", column.name, value.replace(['\n', '\r'], " "));
        let text: String = column.values.iter().map(line).collect();
        if let Err(error) = pieces::look(scanner, &shown, &mut text.as_bytes(), seen) {
            seen.gap(&shown, error.to_string());
        }
    }
    seen.covered.bytes = before + sample.bytes_total;
    for note in &sample.note {
        seen.gap(path, note.clone());
    }
    if sample.note.is_empty() && sample.rows_total.is_some_and(|total| total > sample.rows_inspected) {
        seen.gap(path, format!("rows after the first {}", sample.rows_inspected));
    }
}
