//! Parquet: rows from up to eight row groups spread over the file, nested values flattened.
//!
//! `page_guard` checks what the file claims first; a panic of the library on a malformed file is caught and
//! becomes an error. Columns of large binary values (images, audio) and those whose pages break a bound are left out
//! and named.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Type as PhysicalType};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use syndic_privacy::TableSample;

use crate::DatasetError;
use crate::column_set::{ColumnSet, DEEPEST, Kind, LONGEST_LIST, MOST_COLUMNS, MOST_VALUES};
use crate::page_guard;

/// Row groups rows are taken from.
const MOST_GROUPS: usize = 8;
/// Average size from which unannotated binary values are media, not text.
const MEDIA_BYTES: i64 = 4_096;

/// Samples a Parquet file.
pub(crate) fn sample(file: &File, size: u64) -> Result<TableSample, DatasetError> {
    page_guard::check_footer(file, size)?;
    let copy = file.try_clone()?;
    // The library asserts on some malformed metadata; nothing of ours is left half-changed by unwinding.
    catch_unwind(AssertUnwindSafe(|| read(copy, file)))
        .unwrap_or_else(|_| Err(DatasetError::parquet("the file breaks an assumption of the reader")))
}

fn read(copy: File, file: &File) -> Result<TableSample, DatasetError> {
    let wrong = |error: parquet::errors::ParquetError| DatasetError::parquet(error.to_string());
    let reader = SerializedFileReader::new(copy).map_err(wrong)?;
    let metadata = reader.metadata();
    let rows_total = u64::try_from(metadata.file_metadata().num_rows()).ok();
    let groups = metadata.row_groups();
    let chosen: Vec<usize> = spread(groups.len(), MOST_GROUPS).collect();
    let mut left_out = Vec::new();
    for index in &chosen {
        groups.get(*index).into_iter().for_each(|group| left_out.extend(unreadable(file, group)));
    }
    left_out.sort();
    left_out.dedup();
    let schema = metadata.file_metadata().schema();
    let mut columns = ColumnSet::default();
    let mut inspected = 0;
    let mut broken = 0_u64;
    if let Some(wanted) = without(schema, &left_out, &mut Vec::new()) {
        let each = MOST_VALUES / chosen.len().max(1) + 1;
        for index in &chosen {
            let group = reader.get_row_group(*index).map_err(wrong)?;
            let rows = RowIter::from_row_group(Some(wanted.as_ref().clone()), group.as_ref()).map_err(wrong)?;
            for row in rows.take(each) {
                let Ok(row) = row else {
                    broken += 1;
                    break;
                };
                inspected += 1;
                flatten_row(&mut columns, &mut String::new(), &row, 0);
            }
        }
    }
    let mut sample = columns.into_sample();
    sample.rows_inspected = inspected;
    sample.rows_total = rows_total;
    sample.note.extend(left_out.iter().map(|(path, why)| format!("column `{}`: {why}", path.join("."))));
    if broken > 0 {
        sample.note.push(format!("{broken} row groups: a row could not be decoded, those after it were not read"));
    }
    if rows_total != Some(inspected) {
        sample.note.push(format!("rows: {inspected} were read, from {} of {} row groups", chosen.len(), groups.len()));
    }
    Ok(sample)
}

/// Returns up to `most` numbers below `count`, evenly spread, the first among them.
fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |number| number * count / taken.max(1))
}

/// Returns the leaf columns of a row group that are not to be read, each with why.
fn unreadable(file: &File, group: &RowGroupMetaData) -> Vec<(Vec<String>, String)> {
    let judged = group.columns().iter().enumerate().filter_map(|(index, chunk)| {
        let why = if index >= MOST_COLUMNS {
            format!("beyond the first {MOST_COLUMNS}")
        } else if matches!(chunk.compression(), Compression::BROTLI(_) | Compression::LZO) {
            format!("packed by {}, which is not read", chunk.compression())
        } else if is_media(chunk) {
            "binary values such as images are not inspected".to_owned()
        } else {
            let (start, length) = chunk.byte_range();
            let is_gzip = matches!(chunk.compression(), Compression::GZIP(_));
            page_guard::check_pages(file, start, length, is_gzip).err()?.to_string()
        };
        Some((chunk.column_path().parts().to_vec(), why))
    });
    judged.collect()
}

fn is_media(chunk: &ColumnChunkMetaData) -> bool {
    let column = chunk.column_descr();
    let is_text =
        matches!(column.logical_type_ref(), Some(LogicalType::String | LogicalType::Json | LogicalType::Enum))
            || matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::JSON | ConvertedType::ENUM);
    let average = chunk.uncompressed_size() / chunk.num_values().max(1);
    chunk.column_type() == PhysicalType::BYTE_ARRAY && !is_text && average > MEDIA_BYTES
}

/// Returns the schema without the leaves in `left_out`; nothing when no leaf remains. The guard has bounded its depth.
fn without(schema: &Type, left_out: &[(Vec<String>, String)], path: &mut Vec<String>) -> Option<Arc<Type>> {
    if schema.is_primitive() {
        let is_left_out = left_out.iter().any(|(parts, _)| parts == path);
        return (!is_left_out).then(|| Arc::new(schema.clone()));
    }
    let mut kept = Vec::new();
    for field in schema.get_fields() {
        path.push(field.name().to_owned());
        kept.extend(without(field, left_out, path));
        path.pop();
    }
    if kept.len() == schema.get_fields().len() && path.is_empty() && left_out.is_empty() {
        return Some(Arc::new(schema.clone()));
    }
    let info = schema.get_basic_info();
    let mut group = Type::group_type_builder(schema.name()).with_converted_type(info.converted_type());
    group = group.with_logical_type(info.logical_type_ref().cloned());
    if info.has_repetition() {
        group = group.with_repetition(info.repetition());
    }
    (!kept.is_empty()).then(|| group.with_fields(kept).build().ok().map(Arc::new)).flatten()
}

fn flatten_row(columns: &mut ColumnSet, path: &mut String, row: &Row, depth: usize) {
    for (name, field) in row.get_column_iter() {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
        flatten(columns, path, field, depth);
        path.truncate(length);
    }
}

/// Puts the leaves of a field into the columns their paths name. `depth` is bounded, and so is the recursion.
fn flatten(columns: &mut ColumnSet, path: &mut String, field: &Field, depth: usize) {
    if depth > DEEPEST {
        columns.note_depth();
        return;
    }
    match field {
        Field::Null => columns.push_null(path),
        Field::Group(row) => flatten_row(columns, path, row, depth + 1),
        Field::ListInternal(list) => {
            let length = path.len();
            path.push_str("[]");
            for item in list.elements().iter().take(LONGEST_LIST) {
                flatten(columns, path, item, depth + 1);
            }
            path.truncate(length);
        }
        Field::MapInternal(map) => {
            for (key, value) in map.entries().iter().take(LONGEST_LIST) {
                let length = path.len();
                path.push_str(".key");
                flatten(columns, path, key, depth + 1);
                path.truncate(length);
                path.push_str(".value");
                flatten(columns, path, value, depth + 1);
                path.truncate(length);
            }
        }
        leaf => push_leaf(columns, path, leaf),
    }
}

fn push_leaf(columns: &mut ColumnSet, path: &str, leaf: &Field) {
    let kind = match leaf {
        Field::Str(text) => return columns.push_named(path, text, Kind::Text),
        Field::Bytes(bytes) => {
            if let Ok(text) = std::str::from_utf8(bytes.data()) {
                columns.push_named(path, text, Kind::Text);
            }
            return;
        }
        Field::Bool(_) => Kind::Boolean,
        Field::Float16(_) | Field::Float(_) | Field::Double(_) | Field::Decimal(_) => Kind::Float,
        Field::Date(_) | Field::TimestampMillis(_) | Field::TimestampMicros(_) => Kind::Time,
        _ => Kind::Integer,
    };
    columns.push_named(path, &leaf.to_string(), kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_groups_are_taken_evenly() {
        assert_eq!(spread(3, 8).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(spread(80, 8).collect::<Vec<_>>(), [0, 10, 20, 30, 40, 50, 60, 70]);
        assert_eq!(spread(0, 8).count(), 0);
    }
}
