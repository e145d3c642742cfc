//! Source files: each opens with what it is, is named by what it holds, and skips nothing.

use super::floors::is_rust;
use super::{Report, TextFile};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "common", "helpers", "misc", "types", "manager"];

/// Checks every Rust file under `crates/` and `xtask/`.
pub(super) fn check(files: &[TextFile]) -> Report {
    let mut report = Report::default();
    for file in files.iter().filter(|file| is_own_source(&file.path)) {
        if !file.text.trim_start().starts_with("//!") {
            report.fault(format!("{}: does not open with `//!` and what it is", file.path));
        }
        let parts = file.path.trim_end_matches(".rs").split('/').skip(1);
        if let Some(name) = parts.into_iter().find(|part| EMPTY_NAMES.contains(part)) {
            report.fault(format!("{}: `{name}` says nothing about what is inside", file.path));
        }
        for (number, line) in file.text.lines().enumerate() {
            let code = line.trim_start();
            // Split, so that this file does not find itself.
            let skips = code.starts_with(concat!("#[", "ignore")) || code.starts_with(concat!("to", "do!("));
            if skips {
                report.fault(format!("{}:{}: skipped or unfinished: {code}", file.path, number + 1));
            }
        }
    }
    report
}

/// Says whether a file is Rust source of ours.
pub(super) fn is_own_source(path: &str) -> bool {
    is_rust(path) && (path.starts_with("crates/") || path.starts_with("xtask/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        check(&[TextFile { path: path.to_owned(), text: text.to_owned() }]).faults.len()
    }

    #[test]
    fn a_file_opens_with_what_it_is() {
        assert_eq!(faults("crates/a/src/lib.rs", "//! A.\nfn a() {}\n"), 0);
        assert_eq!(faults("crates/a/src/lib.rs", "fn a() {}\n"), 1);
        assert_eq!(faults("examples/a.rs", "fn a() {}\n"), 0);
    }

    #[test]
    fn empty_names_and_skipped_tests_are_refused() {
        assert_eq!(faults("crates/a/src/utils.rs", "//! A.\n"), 1);
        assert_eq!(faults("crates/a/src/utils/x.rs", "//! A.\n"), 1);
        assert_eq!(faults("crates/a/src/lib.rs", &format!("//! A.\n    {}]\n", concat!("#[", "ignore"))), 1);
    }
}
