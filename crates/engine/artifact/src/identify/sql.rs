//! Rows written as SQL: what `mysqldump`, `pg_dump` and `sqlite3 .dump` write, and seed files like them.
//!
//! A query or a migration holds a statement or two; a dump holds rows. Only many rows make a text a dump.

/// Endings of files of SQL.
const ENDINGS: [&str; 5] = ["sql", "dump", "psql", "mysql", "bak"];
/// Rows that make a text a dump.
const FEWEST_ROWS: usize = 5;
/// Lines looked at.
const LINES_LOOKED_AT: usize = 20_000;

/// Says whether a file of this name may be a dump: only such files are read further than their first bytes.
pub(super) fn may_be_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| ENDINGS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Says whether `text`, the beginning of a file, holds rows.
pub(super) fn is_dump(text: &[u8]) -> bool {
    let (mut rows, mut is_inserting, mut is_copying) = (0_usize, false, false);
    for line in text.split(|byte| *byte == b'\n').take(LINES_LOOKED_AT) {
        let line = line.trim_ascii();
        if starts_with_words(line, "INSERT") || starts_with_words(line, "REPLACE INTO") {
            let is_values = has_word(line, b"VALUES");
            rows += usize::from(is_values);
            // `INSERT INTO t VALUES` with the rows on lines of their own.
            is_inserting = is_values || !line.ends_with(b";");
        } else if is_copying {
            is_copying = line != b"\\.";
            rows += usize::from(is_copying);
        } else if starts_with_words(line, "COPY ") && has_word(line, b"FROM STDIN") {
            is_copying = true;
        } else if is_inserting {
            rows += usize::from(line.starts_with(b"("));
            is_inserting = !line.ends_with(b";");
        }
        if rows >= FEWEST_ROWS {
            return true;
        }
    }
    // A dump may write all rows of a table on one line.
    text.windows(3).filter(|three| *three == b"),(").count() >= FEWEST_ROWS && rows > 0
}

fn starts_with_words(line: &[u8], words: &str) -> bool {
    line.get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words.as_bytes()))
}

fn has_word(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rows_make_a_dump_in_every_form() {
        let each = "INSERT INTO users VALUES ('Ann', 'ann@corp.io');\n".repeat(6);
        let below = format!("insert into users (a, b) values\n{}(9, 'z');\n", "  (1, 'x'),\n".repeat(6));
        let inline = format!("INSERT INTO `u` VALUES {}(9,'z');\n", "(1,'x'),".repeat(6));
        let copied = format!("COPY public.users (a, b) FROM stdin;\n{}\\.\n", "1\tx\n".repeat(6));
        for text in [each, below, inline, copied] {
            assert!(is_dump(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn only_files_of_sql_are_looked_at() {
        assert!(may_be_named("db/Dump.SQL") && !may_be_named("db/dump.py") && !may_be_named("sql"));
    }

    #[test]
    fn migrations_and_queries_are_none() {
        for text in [
            "CREATE TABLE a (b int);\nINSERT INTO v VALUES (1);\n",
            "INSERT INTO a SELECT * FROM b;\n",
            "SELECT f(a),(b),(c),(d),(e),(f),(g) FROM t;\n",
        ] {
            assert!(!is_dump(text.as_bytes()), "{text}");
        }
    }
}
