//! What was seen in a document or a table: counts, shares, column names. Never a value.

use serde::{Deserialize, Serialize};
use syndic_evidence::{Confidence, DataClass};

/// Facts about one document or table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Path of the file, relative to the assessed root.
    pub path: String,
    /// What it is and what stands in it.
    pub seen: Seen,
}

/// The two shapes of content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "shape")]
pub enum Seen {
    /// Free text.
    Text {
        /// Its length in bytes.
        bytes: u64,
        /// Kinds of values found, by rule.
        entities: Vec<TextEntity>,
    },
    /// Rows and columns.
    Table {
        /// The file format.
        format: String,
        /// Rows the sample was drawn from.
        rows_inspected: u64,
        /// Rows there are, if known.
        rows_total: Option<u64>,
        /// Every column.
        columns: Vec<ColumnFacts>,
        /// Columns beyond the bound, known by number only.
        columns_left_out: u64,
    },
}

/// One kind of value in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEntity {
    /// Rule that found it.
    pub rule: String,
    /// Kind of value.
    pub entity: String,
    /// Class of data.
    pub class: DataClass,
    /// Values found that are more than a hint.
    pub count: u64,
    /// Different values among them.
    pub distinct: u64,
    /// The surest of them.
    pub confidence: Confidence,
    /// Line of the first, from 1.
    pub first_line: u32,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type.
    pub logical_type: String,
    /// Non-empty values looked at.
    pub values: u64,
    /// Nulls among the rows looked at.
    pub nulls: u64,
    /// Kinds of values established in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<ColumnEntity>,
}

/// One kind of value established in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnEntity {
    /// Rule that found it.
    pub rule: String,
    /// Kind of value.
    pub entity: String,
    /// Class of data.
    pub class: DataClass,
    /// Values that are, or hold, one.
    pub matched: u64,
    /// Whether the values are such values as a whole, rather than text that holds some.
    pub is_whole: bool,
    /// How sure.
    pub confidence: Confidence,
}
