//! JSON lines, and a small JSON file that is one array of records.
//!
//! Nested values become columns by path: `{"messages": [{"content": …}]}` fills `messages[].content`.

use std::io::{Read, Seek};

use serde_json::Value;
use syndic_privacy::TableSample;

use crate::DatasetError;
use crate::column_set::{ColumnSet, DEEPEST, Kind, LONGEST_LIST, MOST_VALUES};
use crate::regions;

/// Longest record that is parsed, in bytes.
const LONGEST_RECORD: usize = 1 << 20;

/// Samples a file of JSON records.
pub(crate) fn sample(file: &mut (impl Read + Seek), size: u64) -> Result<TableSample, DatasetError> {
    let regions = regions::read(file, size)?;
    let mut reading = Reading::default();
    let array = regions.texts.first().filter(|text| regions.is_whole && text.trim_start().starts_with(['[', '{']));
    match array.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        Some(Value::Array(records)) => reading.records(&records),
        Some(record) => reading.records(std::slice::from_ref(&record)),
        None => reading.lines(&regions.texts),
    }
    let mut sample = reading.columns.into_sample();
    sample.rows_inspected = reading.seen;
    sample.rows_total = regions.is_whole.then_some(reading.seen + reading.too_long);
    sample.note.extend(regions.notes());
    if reading.too_long > 0 {
        sample.note.push(format!("{} records: longer than 1 MiB", reading.too_long));
    }
    if reading.malformed > 0 {
        sample.note.push(format!("{} lines: no JSON", reading.malformed));
    }
    Ok(sample)
}

#[derive(Debug, Default)]
struct Reading {
    columns: ColumnSet,
    seen: u64,
    too_long: u64,
    malformed: u64,
}

impl Reading {
    fn records(&mut self, records: &[Value]) {
        self.seen = records.len() as u64;
        for record in records.iter().step_by((records.len() / MOST_VALUES).max(1)) {
            flatten(&mut self.columns, &mut String::new(), record, 0);
        }
    }

    fn lines(&mut self, texts: &[String]) {
        let lines: usize = texts.iter().map(|text| text.bytes().filter(|byte| *byte == b'\n').count()).sum();
        let stride = (lines / MOST_VALUES).max(1);
        let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty());
        for (index, line) in lines.enumerate() {
            if line.len() > LONGEST_RECORD {
                self.too_long += 1;
            } else if index % stride != 0 {
                self.seen += 1;
            } else if let Ok(record) = serde_json::from_str(line) {
                self.seen += 1;
                flatten(&mut self.columns, &mut String::new(), &record, 0);
            } else {
                self.malformed += 1;
            }
            if self.columns.is_full() {
                break;
            }
        }
    }
}

/// Puts the leaves of `value` into the columns their paths name. `depth` is bounded, and so is the recursion.
fn flatten(columns: &mut ColumnSet, path: &mut String, value: &Value, depth: usize) {
    if depth > DEEPEST {
        columns.note_depth();
        return;
    }
    let name = if path.is_empty() { "value" } else { path.as_str() };
    match value {
        Value::Null => columns.push_null(name),
        Value::Bool(flag) => columns.push_named(name, if *flag { "true" } else { "false" }, Kind::Boolean),
        Value::Number(number) => {
            let kind = if number.is_f64() { Kind::Float } else { Kind::Integer };
            columns.push_named(name, &number.to_string(), kind);
        }
        Value::String(text) => columns.push_named(name, text, Kind::Text),
        Value::Array(items) => {
            let length = path.len();
            path.push_str("[]");
            for item in items.iter().take(LONGEST_LIST) {
                flatten(columns, path, item, depth + 1);
            }
            path.truncate(length);
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                flatten(columns, path, field, depth + 1);
                path.truncate(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> TableSample {
        sample(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn nested_values_become_columns_by_path() {
        let sample = read(b"{\"id\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\n{\"id\":2}\n");
        let names: Vec<&str> = sample.columns.iter().map(|column| column.name.as_str()).collect();
        assert!(names.contains(&"messages[].content"), "{names:?}");
        assert_eq!(sample.rows_total, Some(2));
    }

    #[test]
    fn lines_that_are_no_json_are_counted() {
        let sample = read(b"{\"a\":1}\nnot json\n{\"a\":2}\n");
        assert_eq!(sample.rows_inspected, 2);
        assert!(sample.note.iter().any(|note| note.starts_with("1 lines")));
    }

    #[test]
    fn an_array_of_records_is_read_as_rows() {
        assert_eq!(read(b"[{\"a\":1},{\"a\":2}]").rows_total, Some(2));
    }

    proptest! {
        #[test]
        fn any_bytes_are_sampled_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            read(&bytes);
        }
    }
}
