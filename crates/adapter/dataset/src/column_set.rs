//! Collects values by column within fixed bounds, and tells types from what was seen.

use std::collections::HashMap;

use syndic_privacy::{Column, TableSample};

/// Most columns kept; nested fields count each.
pub(crate) const MOST_COLUMNS: usize = 2_000;
/// Most values kept of one column.
pub(crate) const MOST_VALUES: usize = 5_000;
/// Longest part of a value that is kept, in bytes.
const LONGEST_VALUE: usize = 4_096;
/// Most bytes of values kept in all.
const MOST_BYTES: usize = 64 << 20;
/// Deepest nesting that is flattened into columns.
pub(crate) const DEEPEST: usize = 6;
/// Elements of one list that are looked at.
pub(crate) const LONGEST_LIST: usize = 64;
/// Longest name of a column, in bytes.
const LONGEST_NAME: usize = 512;

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Float,
    Boolean,
    Time,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "int64",
            Self::Float => "double",
            Self::Boolean => "boolean",
            Self::Time => "timestamp",
        }
    }

    /// Guesses from text. A leading zero or plus makes digits an identifier, not a number.
    pub(crate) fn of_text(value: &str) -> Self {
        let is_identifier =
            value.starts_with('+') || (value.len() > 1 && value.starts_with('0') && !value.contains('.'));
        if is_identifier
            || !value.starts_with(|letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.'))
        {
            Self::Text
        } else if value.parse::<i64>().is_ok() {
            Self::Integer
        } else if value.parse::<f64>().is_ok() {
            Self::Float
        } else if matches!(value.to_ascii_lowercase().as_str(), "true" | "false") {
            Self::Boolean
        } else {
            Self::Text
        }
    }
}

#[derive(Debug)]
struct Slot {
    column: Column,
    kind: Option<Kind>,
}

/// Columns being filled.
#[derive(Debug, Default)]
pub(crate) struct ColumnSet {
    slots: Vec<Slot>,
    by_name: HashMap<String, usize>,
    bytes: usize,
    columns_left_out: bool,
    bytes_reached: bool,
    too_deep: bool,
}

impl ColumnSet {
    /// Returns the column's number, making it if it is new; none beyond the bound.
    pub(crate) fn index(&mut self, name: &str) -> Option<usize> {
        let name = name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or(name);
        if let Some(index) = self.by_name.get(name) {
            return Some(*index);
        }
        if self.slots.len() >= MOST_COLUMNS {
            self.columns_left_out = true;
            return None;
        }
        let column = Column { name: name.to_owned(), ..Column::default() };
        self.slots.push(Slot { column, kind: None });
        self.by_name.insert(name.to_owned(), self.slots.len() - 1);
        Some(self.slots.len() - 1)
    }

    /// Adds a value; an empty one counts as null.
    pub(crate) fn push(&mut self, index: usize, value: &str, kind: Kind) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        if value.is_empty() {
            slot.column.nulls += 1;
            return;
        }
        slot.kind = Some(match (slot.kind, kind) {
            (None, new) => new,
            (Some(old), new) if old == new => old,
            (Some(Kind::Integer | Kind::Float), Kind::Integer | Kind::Float) => Kind::Float,
            _ => Kind::Text,
        });
        if slot.column.values.len() >= MOST_VALUES {
            return;
        }
        if self.bytes >= MOST_BYTES {
            self.bytes_reached = true;
            return;
        }
        let kept = value.get(..value.floor_char_boundary(LONGEST_VALUE)).unwrap_or_default();
        self.bytes += kept.len();
        slot.column.values.push(kept.to_owned());
    }

    /// Adds a value by the column's name.
    pub(crate) fn push_named(&mut self, name: &str, value: &str, kind: Kind) {
        if let Some(index) = self.index(name) {
            self.push(index, value, kind);
        }
    }

    /// Counts a null.
    pub(crate) fn push_null(&mut self, name: &str) {
        self.push_named(name, "", Kind::Text);
    }

    /// Notes that something nested too deeply was left out.
    pub(crate) fn note_depth(&mut self) {
        self.too_deep = true;
    }

    /// Says whether no further value would be kept.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes_reached
    }

    /// Returns the columns as a sample, with what was left out.
    pub(crate) fn into_sample(self) -> TableSample {
        let mut note = Vec::new();
        if self.columns_left_out {
            note.push(format!("columns: only the first {MOST_COLUMNS} were read"));
        }
        if self.bytes_reached {
            note.push(format!("values: only the first {} MiB were kept", MOST_BYTES >> 20));
        }
        if self.too_deep {
            note.push(format!("values: those nested deeper than {DEEPEST} were left out"));
        }
        let columns = self
            .slots
            .into_iter()
            .map(|slot| Column { logical_type: slot.kind.map_or("null", Kind::as_str).to_owned(), ..slot.column });
        TableSample { columns: columns.collect(), note, ..TableSample::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_with_a_plus_or_leading_zero_are_text() {
        assert_eq!(Kind::of_text("+491704823915"), Kind::Text);
        assert_eq!(Kind::of_text("01234"), Kind::Text);
        assert_eq!(Kind::of_text("0.5"), Kind::Float);
        assert_eq!(Kind::of_text("nan-x"), Kind::Text);
    }

    #[test]
    fn a_long_value_is_cut_at_a_character() {
        let mut set = ColumnSet::default();
        set.push_named("a", &"€".repeat(5_000), Kind::Text);
        let sample = set.into_sample();
        assert!(sample.columns[0].values[0].len() <= LONGEST_VALUE);
    }
}
