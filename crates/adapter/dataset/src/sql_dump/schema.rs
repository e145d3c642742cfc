//! The columns that `CREATE TABLE` names: most dumps do not name them again with every row.

use std::collections::HashMap;

/// Longest statement that is read, in bytes.
const LONGEST: usize = 64 << 10;
/// Columns kept of one table, and tables kept of one dump.
const MOST_COLUMNS: usize = 2_000;
const MOST_TABLES: usize = 5_000;
/// Words that begin a constraint where a column could stand.
const CONSTRAINTS: [&str; 12] = [
    "constraint",
    "primary",
    "foreign",
    "unique",
    "check",
    "key",
    "index",
    "fulltext",
    "spatial",
    "exclude",
    "like",
    "period",
];

/// Columns by table, both in lower case without quotes; of two statements about one table the first counts.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    tables: HashMap<String, Vec<String>>,
}

impl Schemas {
    /// Reads a statement that begins with `CREATE`; one that makes no table is passed over.
    pub(super) fn read(&mut self, statement: &str) {
        let statement = statement.get(..statement.floor_char_boundary(LONGEST)).unwrap_or_default();
        let Some((head, body)) = statement.split_once('(') else { return };
        let words: Vec<&str> = head.split_whitespace().collect();
        let is_table = words.iter().take(4).any(|word| word.eq_ignore_ascii_case("table")) && !head.contains(';');
        let Some(name) = words.last().filter(|_| is_table && self.tables.len() < MOST_TABLES) else { return };
        let table = plain(name.rsplit('.').next().unwrap_or_default());
        self.tables.entry(table).or_insert_with(|| columns(body));
    }

    /// Returns the name of a table's column, counted from 0.
    pub(super) fn column(&self, table: &str, index: usize) -> Option<&str> {
        self.tables.get(&table.to_lowercase())?.get(index).map(String::as_str)
    }
}

fn plain(name: &str) -> String {
    name.trim_matches(['"', '`', '[', ']', '\'']).to_lowercase()
}

/// Returns the first word of every definition, up to the bracket that closes the list.
fn columns(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    for definition in definitions(body) {
        let definition = definition.trim_start();
        let quote = definition.chars().next().filter(|letter| matches!(letter, '"' | '`' | '['));
        let name = match quote {
            Some(open) => {
                let close = if open == '[' { ']' } else { open };
                definition.get(1..).and_then(|rest| rest.split(close).next()).unwrap_or_default()
            }
            None => definition.split(|letter: char| letter.is_whitespace() || letter == '(').next().unwrap_or_default(),
        };
        let is_constraint = quote.is_none() && CONSTRAINTS.iter().any(|word| name.eq_ignore_ascii_case(word));
        if !name.is_empty() && !is_constraint && found.len() < MOST_COLUMNS {
            found.push(plain(name));
        }
    }
    found
}

/// Splits at the commas that stand in no bracket and in no quotes; comments to the end of a line are left out.
fn definitions(body: &str) -> Vec<String> {
    let (mut found, mut current) = (Vec::new(), String::new());
    let (mut depth, mut quote) = (0_usize, None);
    let mut letters = body.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(letter),
            (None, '-') if letters.peek() == Some(&'-') => {
                letters.by_ref().find(|letter| *letter == '\n');
                continue;
            }
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => break,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                found.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(letter);
    }
    found.push(current);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(statement: &str, table: &str) -> Vec<String> {
        let mut schemas = Schemas::default();
        schemas.read(statement);
        (0..10).filter_map(|index| schemas.column(table, index).map(str::to_owned)).collect()
    }

    #[test]
    fn columns_are_read_in_the_forms_of_several_dialects() {
        let mysql = "CREATE TABLE `Users` (\n  `id` int NOT NULL,\n  `full name` varchar(40) COMMENT 'a, (b)',\n  \
                     `price` decimal(10,2),\n  PRIMARY KEY (`id`),\n  KEY `k` (`price`)\n) ENGINE=InnoDB;";
        assert_eq!(names(mysql, "users"), ["id", "full name", "price"]);
        let postgres = "CREATE TABLE IF NOT EXISTS public.people (\n id integer, -- the key, a number\n \"SSN\" text \
                        DEFAULT 'x,y',\n CONSTRAINT c CHECK (id > 0)\n);";
        assert_eq!(names(postgres, "People"), ["id", "ssn"]);
        assert_eq!(names("CREATE TABLE [t] ([a b] int, c text)", "t"), ["a b", "c"]);
    }

    #[test]
    fn what_makes_no_table_names_nothing() {
        for statement in ["CREATE INDEX i ON t (a)", "CREATE TABLE t; SELECT f(a)", "CREATE TABLE", "CREATE VIEW v"] {
            assert!(names(statement, "t").is_empty(), "{statement}");
        }
    }
}
