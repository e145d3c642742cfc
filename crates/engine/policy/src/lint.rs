//! Warns about Rego that regorus and OPA judge differently.
//!
//! `not f(input.x)` with `input.x` absent is false in OPA and true in regorus 0.14: a rule built on it would fail open.
//! The pack's own rules send every field, but a pack somebody else wrote may not, so the loader says so.

/// One place in a policy file that may not mean what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is doubtful and what to write instead.
    pub message: String,
}

/// Returns the doubtful places of one Rego file, in line order. One pass over the text.
pub fn lint(file: &str, text: &str) -> Vec<Warning> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| negates_call_on_input(line))
        .map(|(index, _)| Warning {
            file: file.to_owned(),
            line: index.saturating_add(1),
            message: "`not` before a call with an `input` reference holds when the field is absent: \
                      bind the field first (`value := object.get(…)`)"
                .to_owned(),
        })
        .collect()
}

/// Says whether the line holds `not name(… input.…`, comments aside.
fn negates_call_on_input(line: &str) -> bool {
    let code = line.split('#').next().unwrap_or_default();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once("not ") {
        let stands_alone = !before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        if stands_alone && is_call_on_input(after.trim_start()) {
            return true;
        }
        rest = after;
    }
    false
}

fn is_call_on_input(text: &str) -> bool {
    let Some((name, arguments)) = text.split_once('(') else { return false };
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "._".contains(letter));
    is_name && (arguments.contains("input.") || arguments.contains("input["))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negated_call_on_input_is_warned_of() {
        let warnings = lint("x.rego", "allow if {\n\tnot bad(input.x)\n}\n");
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings.first().map(|warning| warning.line), Some(2));
    }

    #[test]
    fn a_negated_value_comment_or_other_word_is_fine() {
        for line in ["not input.x", "not bad(x)", "# not bad(input.x)", "cannot bad(input.x)", "bad(input.x)"] {
            assert_eq!(lint("x.rego", line), [], "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_linted_without_panic(text: String) {
            lint("x.rego", &text);
        }
    }
}
