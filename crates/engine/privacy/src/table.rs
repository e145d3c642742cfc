//! A sample of a table, as an adapter hands it over.

use std::fmt;

/// Sampled values of one column.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name; nested fields as a path such as `messages[].content`.
    pub name: String,
    /// Type by the format's own name, or as inferred: `string`, `int64`, `double`, `boolean`.
    pub logical_type: String,
    /// Sampled values that are not null, each at most 4 KiB.
    pub values: Vec<String>,
    /// Nulls among the rows that were looked at.
    pub nulls: u64,
}

/// A sample of a table. Its `Debug` form shows no value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSample {
    /// `parquet`, `arrow`, `csv`, `jsonl`.
    pub format: String,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// Rows the sample was drawn from.
    pub rows_inspected: u64,
    /// Rows there are, if known.
    pub rows_total: Option<u64>,
    /// Size of the file in bytes.
    pub bytes_total: u64,
    /// Parts that were not read, each with why.
    pub note: Vec<String>,
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("name", &self.name)
            .field("logical_type", &self.logical_type)
            .field("values", &self.values.len())
            .field("nulls", &self.nulls)
            .finish()
    }
}
