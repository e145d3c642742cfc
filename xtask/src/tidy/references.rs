//! References of rules and controls: every id that is cited is one whose name was looked up.
//!
//! `rules/catalogue/references.tsv` is the list of what was looked up: id and name, one a line. A typing error in an id
//! would send a reader to another technique or to none, and nothing else would notice.

use std::collections::BTreeMap;

use super::{Report, TextFile};

const LIST: &str = "rules/catalogue/references.tsv";
/// Beginnings of the ids that are checked; the digits of the two of OWASP are followed by a year.
const PREFIXES: [&str; 4] = ["AML.", "CWE-", "LLM", "A"];

/// Checks every rule and every policy against the list, and the list for rows that nobody cites.
pub(super) fn check(files: &[TextFile]) -> Report {
    let mut report = Report::default();
    let Some(list) = files.iter().find(|file| file.path == LIST) else {
        report.fault(format!("{LIST}: is missing"));
        return report;
    };
    let mut cited: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, line) in list.text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        match line.split_once('\t') {
            Some((id, name)) if !name.trim().is_empty() && cited.insert(id, 0).is_none() => {}
            _ => report.fault(format!("{LIST}:{}: is no id with a name, or stands twice", number + 1)),
        }
    }
    let citing = |path: &str| (path.starts_with("rules/") && path.ends_with(".yaml")) || path.starts_with("policies/");
    for file in files.iter().filter(|file| citing(&file.path)) {
        for (number, line) in file.text.lines().enumerate() {
            for id in ids(line) {
                match cited.get_mut(id) {
                    Some(count) => *count += 1,
                    None => report.fault(format!("{}:{}: {id} is not in {LIST}", file.path, number + 1)),
                }
            }
        }
    }
    for (id, _) in cited.iter().filter(|(_, count)| **count == 0) {
        report.fault(format!("{LIST}: nothing cites {id}"));
    }
    report
}

/// The ids in a line: words that begin as one, with a digit behind the prefix.
fn ids(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':');
    let words = line.split(move |letter: char| !is_part(letter)).map(|word| word.trim_end_matches(['.', ':', '-']));
    words.filter(|word| {
        PREFIXES.iter().any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| has_form(prefix, rest)))
    })
}

fn has_form(prefix: &str, rest: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match prefix {
        "AML." => {
            rest.starts_with(['T', 'M', 'A']) && is_number(rest.get(1..).unwrap_or_default().trim_start_matches('A'))
        }
        "CWE-" => is_number(rest),
        _ => rest.split_once(":20").is_some_and(|(number, year)| is_number(number) && is_number(year)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rule: &str) -> Vec<String> {
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let list = "# ids\nAML.T0051.000\tDirect\nCWE-94\tCode Injection\nLLM01:2025\tPrompt Injection\n";
        check(&[file(LIST, list), file("rules/code/a.yaml", rule)]).faults
    }

    #[test]
    fn an_id_that_nobody_looked_up_is_a_fault() {
        let good = "cwe: [CWE-94]\natlas: [AML.T0051.000]\nowasp: [\"LLM01:2025\"]\n";
        assert_eq!(faults(good), Vec::<String>::new());
        for wrong in ["AML.T0051.009", "CWE-9", "LLM01:2023", "A07:2021"] {
            assert_eq!(faults(&format!("{good}also: [{wrong}]\n")).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn a_row_that_nothing_cites_is_a_fault() {
        assert_eq!(faults("cwe: [CWE-94]\natlas: [AML.T0051.000]\n").len(), 1);
    }

    #[test]
    fn prose_holds_no_ids() {
        assert_eq!(ids("A CWE-less LLM, A4 paper at 10:2025, CWE-x and AML.Torch").count(), 0);
    }
}
