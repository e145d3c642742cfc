//! Chat templates are Jinja programs that the inference server renders: which of them reach out of the sandbox.
//!
//! An honest template loops over messages and joins strings. What reaches for Python's object model, for the template
//! engine's own globals or builds attribute names from pieces has no such use.
//! Source: CVE-2024-34359 (llama-cpp-python), Jinja sandbox escapes.

/// Constructs that only an escape needs; matched after quotes, `+`, `~` and blanks between string pieces are removed.
const ESCAPES: [&str; 24] = [
    "__class__",
    "__globals__",
    "__subclasses__",
    "__import__",
    "__builtins__",
    "__mro__",
    "__base__",
    "__bases__",
    "__init__",
    "__getattribute__",
    "__getitem__",
    "__dict__",
    "__reduce__",
    "__code__",
    "_TemplateReference__context",
    "|attr(",
    "|attr\"",
    ".format_map(",
    "cycler.",
    "lipsum.",
    "joiner.",
    "namespace.__",
    "self._",
    "\\x5f\\x5f",
];
/// Calls that start a program wherever they stand in an expression.
const CALLS: [&str; 6] = [".popen(", "os.system(", "subprocess.", "eval(", "exec(", ".mro("];

/// Returns the constructs of a template that reach into Python.
pub(super) fn suspicious(template: &str) -> Vec<String> {
    let inside = expressions(template);
    let plain: String = inside.chars().filter(|character| !character.is_whitespace()).collect();
    let joined =
        plain.replace("'+'", "").replace("\"+\"", "").replace("'~'", "").replace("\"~\"", "").replace("''", "");
    let mut found: Vec<String> = ESCAPES
        .iter()
        .chain(&CALLS)
        .filter(|needle| plain.contains(*needle) || joined.contains(*needle))
        .map(|needle| (*needle).to_owned())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Returns the text inside `{{ }}` and `{% %}`: prose around them is printed, not run.
fn expressions(template: &str) -> String {
    let mut inside = String::new();
    let mut rest = template;
    while let Some(start) = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min() {
        let (_, after) = rest.split_at(start + 2);
        let end = [after.find("}}"), after.find("%}")].into_iter().flatten().min().unwrap_or(after.len());
        let (expression, tail) = after.split_at(end);
        inside.push_str(expression);
        inside.push('\n');
        rest = tail;
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_built_from_pieces_is_seen() {
        assert_eq!(suspicious("{{ x['__cla' + 'ss__'] }}"), ["__class__"]);
    }

    #[test]
    fn an_honest_template_is_left_alone() {
        let template =
            "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content }}{% endfor %} os.system(";
        assert!(suspicious(template).is_empty());
    }
}
