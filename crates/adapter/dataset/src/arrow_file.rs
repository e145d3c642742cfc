//! Arrow IPC, as stream or file (Feather version 2): record batches decoded as they come, up to a bound.
//!
//! A file is a stream between a magic number and a footer, so both are read as a stream. The decoder is fed at most
//! [`MOST_BYTES`], of messages that [`message_guard`] has looked at: the library reserves what a message claims.
//! Source: Apache Arrow columnar format, "IPC streaming format".

use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::DataType;
use syndic_privacy::TableSample;

use crate::DatasetError;
use crate::column_set::{ColumnSet, DEEPEST, Kind, LONGEST_LIST, MOST_VALUES};
use crate::message_guard::{self, Walked};

/// Start of the file format.
const MAGIC: &[u8; 6] = b"ARROW1";
/// Magic and padding before the stream in a file: to eight bytes by the specification, to 64 by some writers.
const LONGEST_HEAD: usize = 64;
/// The stream starts at a multiple of this.
const ALIGNMENT: usize = 8;
/// End of a stream; the decoder takes in a message without a body only when more follows.
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/// Most bytes given to the decoder.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes given at a time.
const STEP: u64 = 1 << 20;

/// Samples an Arrow file or stream.
pub(crate) fn sample(file: &mut (impl Read + Seek), size: u64) -> Result<TableSample, DatasetError> {
    let mut head = Vec::new();
    file.by_ref().take(LONGEST_HEAD as u64 + 1).read_to_end(&mut head)?;
    let start = head.strip_prefix(MAGIC).map_or(0, |rest| {
        let padding = rest.iter().position(|byte| *byte != 0).unwrap_or(rest.len());
        (MAGIC.len() + padding) / ALIGNMENT * ALIGNMENT
    });
    let walked = message_guard::walk(file, start as u64, size, MOST_BYTES)?;
    file.seek(SeekFrom::Start(start as u64))?;
    // The library asserts on some malformed arrays; nothing of ours is left half-changed by unwinding.
    catch_unwind(AssertUnwindSafe(|| read(&mut file.take(walked.sound).chain(END.as_slice()), &walked)))
        .unwrap_or_else(|_| Err(malformed("the file breaks an assumption of the reader")))
}

fn malformed(problem: &str) -> DatasetError {
    DatasetError::Malformed { format: "arrow", problem: problem.to_owned() }
}

fn read(file: &mut impl Read, walked: &Walked) -> Result<TableSample, DatasetError> {
    let mut decoder = StreamDecoder::new();
    let mut columns = ColumnSet::default();
    let (mut rows, mut given) = (0_u64, 0_u64);
    let mut stopped = None;
    while stopped.is_none() && given < MOST_BYTES && rows < MOST_VALUES as u64 {
        let mut bytes = Vec::new();
        given += file.by_ref().take(STEP).read_to_end(&mut bytes)? as u64;
        if bytes.is_empty() {
            break;
        }
        let mut buffer = Buffer::from_vec(bytes);
        while !buffer.is_empty() {
            match decoder.decode(&mut buffer) {
                Ok(Some(batch)) => rows += take(&mut columns, &batch),
                Ok(None) => {}
                Err(error) => {
                    stopped = Some(error.to_string());
                    break;
                }
            }
        }
    }
    let Some(schema) = decoder.schema() else {
        return Err(malformed(&stopped.unwrap_or_else(|| "no schema in the first 64 MiB".to_owned())));
    };
    schema.fields().iter().for_each(|field| {
        columns.index(field.name());
    });
    let mut sample = columns.into_sample();
    sample.rows_inspected = rows;
    let problem = stopped.or_else(|| walked.beyond.clone());
    let is_all_read = walked.is_whole && given >= walked.sound;
    let is_whole = is_all_read && rows < MOST_VALUES as u64 && problem.is_none();
    sample.rows_total = is_whole.then_some(rows);
    sample.note.extend(problem.map(|problem| format!("values: {problem}")));
    if sample.rows_total.is_none() {
        sample.note.push(format!("rows after the first {rows}: not read"));
    }
    Ok(sample)
}

/// Puts the rows of a batch into the columns; returns how many.
fn take(columns: &mut ColumnSet, batch: &RecordBatch) -> u64 {
    let rows = batch.num_rows().min(MOST_VALUES);
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        for row in 0..rows {
            flatten(columns, &mut field.name().clone(), array, row, 0);
        }
    }
    rows as u64
}

/// Puts the leaves of one value into the columns their paths name. `depth` is bounded, and so is the recursion.
fn flatten(columns: &mut ColumnSet, path: &mut String, array: &ArrayRef, row: usize, depth: usize) {
    if depth > DEEPEST {
        columns.note_depth();
        return;
    }
    if array.is_null(row) {
        columns.push_null(path);
        return;
    }
    match array.data_type() {
        DataType::Struct(fields) => {
            for (field, child) in fields.iter().zip(array.as_struct().columns()) {
                let length = path.len();
                path.push('.');
                path.push_str(field.name());
                flatten(columns, path, child, row, depth + 1);
                path.truncate(length);
            }
        }
        DataType::List(_) => flatten_list(columns, path, &array.as_list::<i32>().value(row), depth),
        DataType::LargeList(_) => flatten_list(columns, path, &array.as_list::<i64>().value(row), depth),
        DataType::FixedSizeList(..) => flatten_list(columns, path, &array.as_fixed_size_list().value(row), depth),
        DataType::Dictionary(..) => {
            // One row's slice, because the call below works over all keys it is given.
            let one = array.slice(row, 1);
            let dictionary = one.as_any_dictionary();
            if let Some(key) = dictionary.normalized_keys().first() {
                flatten(columns, path, dictionary.values(), *key, depth + 1);
            }
        }
        _ => push_leaf(columns, path, array, row),
    }
}

fn flatten_list(columns: &mut ColumnSet, path: &mut String, items: &ArrayRef, depth: usize) {
    let length = path.len();
    path.push_str("[]");
    for item in 0..items.len().min(LONGEST_LIST) {
        flatten(columns, path, items, item, depth + 1);
    }
    path.truncate(length);
}

fn push_leaf(columns: &mut ColumnSet, path: &str, array: &ArrayRef, row: usize) {
    let (text, kind) = match array.data_type() {
        DataType::Utf8 => return columns.push_named(path, array.as_string::<i32>().value(row), Kind::Text),
        DataType::LargeUtf8 => return columns.push_named(path, array.as_string::<i64>().value(row), Kind::Text),
        DataType::Utf8View => return columns.push_named(path, array.as_string_view().value(row), Kind::Text),
        DataType::Boolean => (array.as_boolean().value(row).to_string(), Kind::Boolean),
        DataType::Int8 => (array.as_primitive::<Int8Type>().value(row).to_string(), Kind::Integer),
        DataType::Int16 => (array.as_primitive::<Int16Type>().value(row).to_string(), Kind::Integer),
        DataType::Int32 => (array.as_primitive::<Int32Type>().value(row).to_string(), Kind::Integer),
        DataType::Int64 => (array.as_primitive::<Int64Type>().value(row).to_string(), Kind::Integer),
        DataType::UInt8 => (array.as_primitive::<UInt8Type>().value(row).to_string(), Kind::Integer),
        DataType::UInt16 => (array.as_primitive::<UInt16Type>().value(row).to_string(), Kind::Integer),
        DataType::UInt32 => (array.as_primitive::<UInt32Type>().value(row).to_string(), Kind::Integer),
        DataType::UInt64 => (array.as_primitive::<UInt64Type>().value(row).to_string(), Kind::Integer),
        DataType::Float32 => (array.as_primitive::<Float32Type>().value(row).to_string(), Kind::Float),
        DataType::Float64 => (array.as_primitive::<Float64Type>().value(row).to_string(), Kind::Float),
        // Times, decimals and binary values: the column is known, its values hold nothing that is searched for.
        _ => {
            columns.index(path);
            return;
        }
    };
    columns.push_named(path, &text, kind);
}
