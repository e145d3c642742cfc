//! Rows of a list, one below the other: what identifies a row is never cut, the rest follows the width.

use super::words::{columns, pieces, visible};

/// Beside less than this the rest is hard to read, and starts on a line of its own.
const LEAST_ROOM: usize = 36;

/// How far lines that belong to a row stand in.
const INDENT: usize = 4;

/// A column is at most this wide; a longer cell pushes what follows to the right, in its own row alone.
const WIDEST_COLUMN: usize = 48;

/// Blanks between columns.
const GAP: usize = 2;

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// What identifies it, a column each: as wide as the longest of all rows up to a bound, never cut.
    pub fixed: Vec<String>,
    /// What is said about it: wrapped.
    pub rest: String,
}

/// Returns the rows as text. `width` is that of the terminal in columns; without one every row is one line, which is
/// what other programs read. No name in it can move the cursor.
pub fn listing(rows: &[Row], width: Option<usize>) -> String {
    let rows: Vec<Row> = rows.iter().map(shown).collect();
    let widths = rows.iter().fold(Vec::<usize>::new(), |mut widths, row| {
        widths.resize(widths.len().max(row.fixed.len()), 0);
        widths
            .iter_mut()
            .zip(&row.fixed)
            .for_each(|(width, cell)| *width = columns(cell).min(WIDEST_COLUMN).max(*width));
        widths
    });
    let taken = widths.iter().map(|width| width + GAP).sum();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.fixed.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(columns(cell)) + GAP));
        }
        let taken = columns(&line).max(taken);
        push_row(&mut text, &line, &row.rest, taken, width);
    }
    text
}

fn shown(row: &Row) -> Row {
    Row { fixed: row.fixed.iter().map(|cell| visible(cell)).collect(), rest: visible(&row.rest) }
}

fn push_row(text: &mut String, line: &str, rest: &str, taken: usize, width: Option<usize>) {
    let lines = match width {
        None => vec![format!("{line}{rest}")],
        Some(width) if width >= taken + LEAST_ROOM => {
            let mut lines = wrapped(rest, width - taken).into_iter();
            let first = format!("{line}{}", lines.next().unwrap_or_default());
            std::iter::once(first).chain(lines.map(|more| format!("{}{more}", " ".repeat(taken)))).collect()
        }
        Some(width) => {
            let below = wrapped(rest, width.saturating_sub(INDENT).max(LEAST_ROOM));
            cells(line, width)
                .into_iter()
                .chain(below.into_iter().map(|more| format!("{}{more}", " ".repeat(INDENT))))
                .collect()
        }
    };
    for line in lines {
        text.push_str(line.trim_end_matches(' '));
        text.push('\n');
    }
}

/// What identifies a row, on one line, or where that is wider than the terminal on one a cell: none is cut.
fn cells(line: &str, width: usize) -> Vec<String> {
    if columns(line.trim_end_matches(' ')) <= width {
        return vec![line.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for cell in line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()) {
        match lines.last_mut() {
            Some(last) if columns(last) + GAP + columns(cell) <= width => last.push_str(&format!("  {cell}")),
            Some(_) => lines.push(format!("{}{cell}", " ".repeat(GAP))),
            None => lines.push(cell.to_owned()),
        }
    }
    lines
}

/// Breaks at blanks, and words that no line holds behind a separator.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()).flat_map(|word| pieces(word, room)) {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |id: &str, rule: &str, rest: &str| Row { fixed: vec![id.into(), rule.into()], rest: rest.into() };
        vec![
            row("0123456789ab", "code.x", "app/main.py:3  one two three four five six seven eight nine ten eleven"),
            row("ba9876543210", "supply.dependency-unpinned", &format!("{}end", "deep/".repeat(40))),
            row("000000000000", "a.b", ""),
        ]
    }

    #[test]
    fn a_row_is_one_whole_line_where_no_terminal_is() {
        let text = listing(&rows(), None);
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains(&format!("{}end", "deep/".repeat(40))));
        assert!(text.starts_with("0123456789ab  code.x                      app/main.py:3  one"), "{text}");
    }

    #[test]
    fn a_terminal_is_not_overrun_and_nothing_that_identifies_a_row_is_cut() {
        for width in [40, 60, 80, 120, 200] {
            let text = listing(&rows(), Some(width));
            assert!(text.lines().all(|line| columns(line) <= width), "{width}\n{text}");
            for row in rows() {
                assert!(row.fixed.iter().all(|cell| text.contains(cell.as_str())), "{width}\n{text}");
            }
            let packed: String = text.split_whitespace().collect();
            assert!(packed.contains(&format!("{}end", "deep/".repeat(40))), "nothing is lost\n{text}");
        }
    }

    #[test]
    fn one_long_name_does_not_push_the_columns_of_the_others() {
        let row = |name: &str| Row { fixed: vec![name.to_owned()], rest: "place".to_owned() };
        let long = "x".repeat(300);
        let text = listing(&[row(&long), row("short")], Some(120));
        assert!(text.contains(&format!("{long}\n    place\n")), "{text}");
        assert!(text.lines().last().is_some_and(|line| columns(line) < 60), "{text}");
    }

    #[test]
    fn a_name_cannot_forge_a_row() {
        let row = Row { fixed: vec!["a\u{1b}[2J".to_owned()], rest: "x\n000000000000  forged".to_owned() };
        let text = listing(&[row], None);
        assert!(text.lines().count() == 1 && !text.contains('\u{1b}'), "{text}");
    }
}
