//! Lengths of files and functions, tests left out.
//!
//! Functions are found by indentation: rustfmt puts the closing brace of an item in the column of its first word.

use super::sources::is_own_source;
use super::{Report, TextFile};

/// A file with more lines than this fails.
const LONGEST_FILE: usize = 500;
/// A file with more lines than this is worth a look.
const LONG_FILE: usize = 350;
/// A function with more lines than this fails.
const LONGEST_FUNCTION: usize = 100;
/// A function with more lines than this is worth a look.
const LONG_FUNCTION: usize = 50;
/// Entries of each table.
const SHOWN: usize = 10;

/// Measures every Rust file under `crates/` and `xtask/`, outside tests.
pub(super) fn check(files: &[TextFile]) -> Report {
    let mut report = Report::default();
    let (mut lengths, mut functions) = (Vec::new(), Vec::new());
    for file in files.iter().filter(|file| is_own_source(&file.path) && !file.path.contains("/tests/")) {
        let lines = code_lines(&file.text);
        lengths.push((lines.len(), file.path.clone()));
        let found = functions_in(&lines).into_iter();
        functions.extend(found.map(|(name, line, length)| (length, format!("{}:{line} {name}", file.path))));
    }
    judge(&mut report, "files", lengths, LONG_FILE, LONGEST_FILE);
    judge(&mut report, "functions", functions, LONG_FUNCTION, LONGEST_FUNCTION);
    report
}

fn judge(report: &mut Report, what: &str, mut measured: Vec<(usize, String)>, long: usize, longest: usize) {
    measured.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    for (length, place) in &measured {
        match *length {
            length if length > longest => report.fault(format!("{place}: {length} lines, at most {longest}")),
            length if length > long => report.warn(format!("{place}: {length} lines, mostly under {long}")),
            _ => break,
        }
    }
    let rows = measured.iter().take(SHOWN).map(|(length, place)| format!("  {length:>5}  {place}"));
    report
        .tables
        .push(std::iter::once(format!("longest {what}, in lines:")).chain(rows).collect::<Vec<_>>().join("\n"));
}

/// The lines before the test module.
fn code_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| matches!(pair, ["#[cfg(test)]", next] if next.starts_with("mod ")));
    lines.into_iter().take(tests.unwrap_or(usize::MAX)).collect()
}

/// Every function with its line, from 1, and its length.
fn functions_in(lines: &[&str]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let rest = lines.iter().skip(start);
        let end = rest.enumerate().position(|(offset, line)| ends_function(line, indent, offset == 0));
        found.push((name.to_owned(), start + 1, end.map_or(lines.len() - start, |end| end + 1)));
    }
    found
}

fn ends_function(line: &str, indent: usize, is_first: bool) -> bool {
    let column = line.len() - line.trim_start().len();
    let text = line.trim();
    if is_first {
        return text.ends_with(';') || text.ends_with('}');
    }
    // `}` closes the body; `);` and `) -> T;` close a declaration without one.
    column == indent && (text == "}" || (text.starts_with(')') && text.ends_with(';')))
}

fn function_name(line: &str) -> Option<&str> {
    const QUALIFIERS: [&str; 6] = ["pub", "const", "async", "unsafe", "extern", "default"];
    let (before, after) = line.trim_start().split_once("fn ")?;
    let is_head = before.split_whitespace().all(|word| {
        let word = word.split('(').next().unwrap_or_default();
        QUALIFIERS.contains(&word) || word.starts_with('"') || word == "super)" || word == "crate)" || word == "in"
    });
    let name = after.split(['(', '<']).next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_head && is_name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured_from_head_to_closing_brace() {
        let text = "impl A {\n    pub(crate) const fn a(\n        x: u8,\n    ) -> u8 {\n        if x > 0 {\n        }\n        x\n    }\n\n    fn b() {}\n}\n\nasync fn c() {\n}\n";
        let found = functions_in(&code_lines(text));
        assert_eq!(found, [("a".to_owned(), 2, 7), ("b".to_owned(), 10, 1), ("c".to_owned(), 13, 2)]);
    }

    #[test]
    fn declarations_words_and_pointers_are_no_bodies() {
        let text = "trait A {\n    fn a(\n        &self,\n    ) -> u8;\n}\nstruct B {\n    run: fn(u8),\n}\n// the fn of a thing\n";
        assert_eq!(functions_in(&code_lines(text)), [("a".to_owned(), 2, 3)]);
    }

    #[test]
    fn tests_are_left_out() {
        assert_eq!(code_lines("a\n#[cfg(test)]\nmod tests {\n}\n"), ["a"]);
    }

    #[test]
    fn what_is_too_long_fails() {
        let body = "    let x = 1;\n".repeat(120);
        let file = TextFile { path: "crates/a/src/lib.rs".to_owned(), text: format!("//! A.\nfn a() {{\n{body}}}\n") };
        assert_eq!(check(&[file]).faults.len(), 1);
    }
}
