//! Links between pages: every relative link of a Markdown file leads to a file of the tree.

use std::path::Path;

use super::{Report, TextFile};

/// Checks every Markdown file.
pub(super) fn check(root: &Path, files: &[TextFile]) -> Report {
    let mut report = Report::default();
    let is_page = |file: &&TextFile| Path::new(&file.path).extension().is_some_and(|extension| extension == "md");
    for file in files.iter().filter(is_page) {
        let folder = Path::new(&file.path).parent().unwrap_or_else(|| Path::new(""));
        for (line, target) in relative_links(&file.text) {
            let found = match target.strip_prefix('/') {
                Some(from_root) => root.join(from_root),
                None => root.join(folder).join(target),
            };
            if !found.exists() {
                report.fault(format!("{}:{line}: the link to {target} leads nowhere", file.path));
            }
        }
    }
    report
}

/// Relative targets without their anchors, each with its line from 1; code is not looked at.
fn relative_links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            // An odd number of backticks before it: the link stands in code.
            let is_quoted =
                line.get(..at).is_some_and(|before| before.matches('`').count() % 2 == 1 && !before.ends_with('`'));
            let target = line.get(at + 2..).and_then(|rest| rest.split([')', ' ']).next()).unwrap_or_default();
            let target = target.trim_matches(['<', '>']).split('#').next().unwrap_or_default();
            let is_outside = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !is_outside && !is_quoted {
                found.push((number + 1, target));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_targets_outside_code_are_links() {
        let text =
            "[a](b.md#x) [c](https://d.example) [e](#f)\n```\n[g](h.md)\n```\n`[i](j.md)` ![k](l.svg \"title\")\n";
        assert_eq!(relative_links(text), [(1, "b.md"), (5, "l.svg")]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_a_fault() {
        let page = TextFile { path: "README.md".to_owned(), text: "[x](no/such/page.md)".to_owned() };
        assert_eq!(check(Path::new("."), &[page]).faults.len(), 1);
    }
}
