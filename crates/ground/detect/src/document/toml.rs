//! TOML: `pyproject.toml`, `Cargo.toml`, lock files.

use toml::de::{DeTable, DeValue};

use super::tree::{Builder, Content};
use super::{Document, DocumentError};
use crate::LineIndex;

/// Reads a TOML text.
///
/// # Errors
/// The text is not TOML, or larger than the bounds.
pub fn parse_toml(text: &str) -> Result<Document, DocumentError> {
    let lines = LineIndex::new(text.as_bytes());
    let table = DeTable::parse(text).map_err(|error| DocumentError::Syntax {
        line: error.span().map_or(1, |span| lines.line(span.start)),
        problem: error.message().to_owned(),
    })?;
    let mut reader = Reader { lines, builder: Builder::default() };
    reader.table(table.get_ref(), 1)?;
    Ok(reader.builder.finish())
}

struct Reader {
    lines: LineIndex,
    builder: Builder,
}

impl Reader {
    /// Recursion is bounded: the builder refuses more than `MAX_DEPTH` open containers, the parser itself fewer.
    fn table(&mut self, table: &DeTable<'_>, line: u32) -> Result<(), DocumentError> {
        self.builder.open(line, Content::Mapping(Vec::new()))?;
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            self.builder.key(key.get_ref().to_string(), self.lines.line(key.span().start));
            self.value(value.get_ref(), self.lines.line(value.span().start))?;
        }
        self.builder.close();
        Ok(())
    }

    fn value(&mut self, value: &DeValue<'_>, line: u32) -> Result<(), DocumentError> {
        let (text, is_string) = match value {
            DeValue::String(text) => (text.to_string(), true),
            DeValue::Integer(number) => (number.as_str().to_owned(), false),
            DeValue::Float(number) => (number.as_str().to_owned(), false),
            DeValue::Boolean(truth) => (truth.to_string(), false),
            DeValue::Datetime(time) => (time.to_string(), true),
            DeValue::Table(table) => return self.table(table, line),
            DeValue::Array(array) => {
                self.builder.open(line, Content::Sequence(Vec::new()))?;
                for item in array {
                    self.value(item.get_ref(), self.lines.line(item.span().start))?;
                }
                self.builder.close();
                return Ok(());
            }
        };
        self.builder.push(line, Content::Scalar { text, is_string }).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_lines() {
        let document = parse_toml("[project]\nname = 'x'\ndependencies = [\n  'torch',\n  'numpy==1',\n]\n").unwrap();
        let items: Vec<_> = document.root().path(&["project", "dependencies"]).unwrap().items().collect();
        assert_eq!(items.iter().map(|item| item.line()).collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        assert!(matches!(parse_toml("a = 1\nb = \n"), Err(DocumentError::Syntax { line: 2, .. })));
    }

    #[test]
    fn deep_nesting_is_refused_not_overflowed() {
        assert!(parse_toml(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
