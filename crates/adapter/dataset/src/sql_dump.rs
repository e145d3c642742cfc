//! Rows written as SQL: the values of `INSERT` and `REPLACE` statements, and the blocks of `COPY … FROM stdin`.
//!
//! Nothing but rows and the columns of tables is understood. A column is named `table.column`, or by its number where
//! neither the statement nor a `CREATE TABLE` before it names it.
//! A row that cannot be read is counted, and reading goes on at the next statement.
//! Source: PostgreSQL `COPY` text format, SQL-92 character literals, MySQL string literals.

mod literal;
mod schema;

use std::collections::HashMap;
use std::io::{Read, Seek};

use syndic_privacy::TableSample;

use crate::DatasetError;
use crate::column_set::{ColumnSet, Kind, MOST_VALUES};
use crate::regions;
use literal::Literals;
use schema::Schemas;

/// Tables told apart in one dump.
const MOST_TABLES: usize = 500;
/// Statements whose rows break off, and statements without rows, that are tried: each may be looked through for its
/// whole bound.
const MOST_BROKEN: u64 = 50;
const MOST_WITHOUT_ROWS: u64 = 1_000;
/// Bytes of a statement that may stand before its rows.
const LONGEST_HEAD: usize = 16 << 10;
/// Longest name of a table or column, in characters.
const LONGEST_NAME: usize = 128;

/// Samples a dump.
pub(crate) fn sample(file: &mut (impl Read + Seek), size: u64) -> Result<TableSample, DatasetError> {
    let regions = regions::read(file, size)?;
    let mut reading = Reading::default();
    for text in &regions.texts {
        reading.text(text);
    }
    let is_tired = reading.is_tired();
    let mut sample = reading.columns.into_sample();
    sample.rows_inspected = reading.kept;
    sample.rows_total = regions.is_whole.then_some(reading.seen);
    sample.note.extend(regions.notes());
    if reading.malformed > 0 {
        sample.note.push(format!("{} statements: their rows cannot be read to the end", reading.malformed));
    }
    if is_tired {
        sample.rows_total = None;
        sample.note.push("rows behind many statements that hold none in a form that is read".to_owned());
    }
    if reading.left_out > 0 {
        sample.note.push(format!("{} rows: of tables after the first {MOST_TABLES}", reading.left_out));
    }
    Ok(sample)
}

#[derive(Debug, Default)]
struct Reading {
    columns: ColumnSet,
    schemas: Schemas,
    /// Rows kept of each table.
    tables: HashMap<String, usize>,
    seen: u64,
    kept: u64,
    malformed: u64,
    /// `INSERT … SELECT` and its like: nothing of theirs is left unread.
    without_rows: u64,
    left_out: u64,
}

/// What a statement says before its rows.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    table: String,
    columns: Vec<String>,
}

impl Reading {
    fn text(&mut self, text: &str) {
        // MySQL escapes with backslashes and quotes names with backticks; standard SQL does neither.
        let has_escapes = text.contains('`') || text.contains("MySQL dump") || text.contains("MariaDB dump");
        let mut rest = text;
        while !rest.is_empty() && !self.is_tired() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = if starts_with_word(line, "copy") && ends_with_stdin(line) {
                self.copied(line, after)
            } else if starts_with_word(line, "insert") || starts_with_word(line, "replace") {
                self.inserted(rest, has_escapes).unwrap_or(after)
            } else {
                if starts_with_word(line, "create") {
                    self.schemas.read(rest);
                }
                after
            };
        }
    }

    /// Says whether a bound is reached.
    const fn is_tired(&self) -> bool {
        self.malformed >= MOST_BROKEN || self.without_rows >= MOST_WITHOUT_ROWS
    }

    /// Reads the lines of a `COPY` block; returns what follows it.
    fn copied<'a>(&mut self, line: &str, mut rest: &'a str) -> &'a str {
        let before = line.split_once(|letter: char| letter.is_whitespace()).map_or("", |(_, rest)| rest);
        let head = read_head(before);
        while let Some((row, after)) = rest.split_once('\n') {
            rest = after;
            let row = row.trim_end_matches('\r');
            if row == "\\." {
                break;
            }
            let values = row.split('\t').map(|value| (value != "\\N").then(|| value.to_owned()));
            self.row(&head, values);
        }
        rest
    }

    /// Reads the rows of one `INSERT`; returns what follows it, or nothing if it has no rows in a form that is read.
    fn inserted<'a>(&mut self, statement: &'a str, has_escapes: bool) -> Option<&'a str> {
        let Some(at) = find_values(statement) else {
            self.without_rows += 1;
            return None;
        };
        let (before, rows) = statement.split_at(at);
        let before = before.get(..before.len() - "values".len())?;
        let into = before.to_ascii_lowercase().find("into").map_or(0, |at| at + "into".len());
        let head = read_head(before.get(into..)?);
        let mut literals = Literals::new(rows, has_escapes);
        while let Some(row) = literals.row() {
            self.row(&head, row.into_iter());
        }
        if literals.is_broken() {
            self.malformed += 1;
            return None;
        }
        Some(literals.rest())
    }

    fn row(&mut self, head: &Head, values: impl Iterator<Item = Option<String>>) {
        self.seen += 1;
        if !self.tables.contains_key(&head.table) && self.tables.len() >= MOST_TABLES {
            self.left_out += 1;
            return;
        }
        if let Some(kept) = self.tables.get_mut(&head.table) {
            *kept += 1;
            if *kept > MOST_VALUES || self.columns.is_full() {
                return;
            }
        } else {
            self.tables.insert(head.table.clone(), 1);
        }
        self.kept += 1;
        for (index, value) in values.enumerate() {
            let value = value.as_deref().unwrap_or("").trim();
            let named = head.columns.get(index).map(String::as_str);
            let named = named.or_else(|| self.schemas.column(&head.table, index).filter(|_| head.columns.is_empty()));
            let name = match named {
                Some(name) => format!("{}.{name}", head.table),
                None => format!("{}.column_{}", head.table, index + 1),
            };
            self.columns.push_named(&name, value, Kind::of_text(value));
        }
    }
}

fn starts_with_word(line: &str, word: &str) -> bool {
    let line = line.trim_start();
    line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && line.get(word.len()..).is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

fn ends_with_stdin(line: &str) -> bool {
    line.trim_end().trim_end_matches(';').trim_end().to_ascii_lowercase().contains("from stdin")
}

/// Returns where the rows of an `INSERT` start: after `VALUES`, which must come before the statement ends.
fn find_values(statement: &str) -> Option<usize> {
    let head = statement.get(..statement.floor_char_boundary(LONGEST_HEAD))?;
    let head = head.get(..head.find([';', '\'']).unwrap_or(head.len()))?;
    let lower = head.to_ascii_lowercase();
    lower.find("values").map(|at| at + "values".len())
}

/// Reads `"public"."users" (id, "name")`.
fn read_head(text: &str) -> Head {
    let plain = |name: &str| -> String {
        name.trim().trim_matches(['"', '`', '[', ']', '\'']).trim().chars().take(LONGEST_NAME).collect()
    };
    let (table, rest) = text.split_once('(').unwrap_or((text, ""));
    let table = table.split_whitespace().next().unwrap_or_default();
    let table = table.rsplit('.').next().unwrap_or_default();
    let list = rest.split_once(')').map_or("", |(list, _)| list);
    let columns = list.split(',').map(plain).filter(|name| !name.is_empty()).collect();
    Head { table: plain(table), columns }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> TableSample {
        sample(&mut Cursor::new(text.as_bytes()), text.len() as u64).unwrap()
    }

    fn column<'a>(sample: &'a TableSample, name: &str) -> &'a [String] {
        sample.columns.iter().find(|column| column.name == name).map_or(&[], |column| column.values.as_slice())
    }

    #[test]
    fn rows_are_read_in_every_form_of_insert() {
        let sample = read(
            "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1, 'Ann; (a)', NULL);\ninsert into \"s\".\"users\" (\"id\", mail)\nvalues\n  (2, 'it''s'),\n  (3, now());\n",
        );
        assert_eq!(column(&sample, "users.column_2"), ["Ann; (a)"]);
        assert_eq!(column(&sample, "users.mail"), ["it's", "now()"]);
        assert_eq!((sample.rows_inspected, sample.rows_total), (3, Some(3)));
        assert!(sample.note.is_empty(), "{:?}", sample.note);
    }

    #[test]
    fn rows_without_names_take_those_of_the_table() {
        let sample = read(
            "CREATE TABLE people (\n  id int,\n  ssn varchar(11)\n);\nINSERT INTO people VALUES (1, '536-22-1847');\nINSERT INTO other VALUES (2);\n",
        );
        assert_eq!(column(&sample, "people.ssn"), ["536-22-1847"]);
        assert_eq!(column(&sample, "other.column_1"), ["2"]);
    }

    #[test]
    fn backslashes_escape_in_the_dialect_that_has_them() {
        let mysql = read("INSERT INTO `t` VALUES (1,'a\\'b, c'),(2,'d');\n");
        assert_eq!(column(&mysql, "t.column_2"), ["a'b, c", "d"]);
        let standard = read("INSERT INTO t VALUES (1,'C:\\'),(2,'d');\n");
        assert_eq!(column(&standard, "t.column_2"), ["C:\\", "d"]);
    }

    #[test]
    fn a_copy_block_ends_at_its_mark() {
        let sample = read("COPY public.u (id, mail) FROM stdin;\n1\ta@b.de\n2\t\\N\n\\.\nSELECT 1;\n");
        assert_eq!(column(&sample, "u.mail"), ["a@b.de"]);
        assert_eq!(sample.rows_total, Some(2));
    }

    #[test]
    fn a_statement_that_breaks_off_is_counted_and_the_next_is_read() {
        let sample = read("INSERT INTO t VALUES (1, x'\nINSERT INTO t VALUES (2);\n");
        assert!(sample.note.iter().any(|note| note.starts_with("1 statements")), "{:?}", sample.note);
        assert_eq!(column(&sample, "t.column_1"), ["2"]);
    }

    #[test]
    fn statements_that_hold_no_rows_tire_the_reader_in_bounds() {
        for line in ["INSERT INTO t VALUES (1, '\n", "INSERT INTO t\n"] {
            let sample = read(&line.repeat(200_000));
            assert_eq!(sample.rows_total, None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_sampled_without_panic(text in "(CREATE TABLE t|INSERT INTO t|COPY t FROM stdin|VALUES|\\(|\\)|'|,|;|\\\\|\n|\t|é|\\PC){0,60}") {
            read(&text);
        }
    }
}
