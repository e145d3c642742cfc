//! Chat templates are Jinja programs that the inference server renders: which of them reach out of the sandbox.
//!
//! An honest template loops over messages and joins strings. What reaches for Python's object model, for the template
//! engine's own globals or builds attribute names from pieces has no such use.
//! Source: CVE-2024-34359 (llama-cpp-python), Jinja sandbox escapes.

use super::jinja::{self, Token};

/// Constructs that only an escape needs; looked for in the code, not in long texts that a template prints.
const ESCAPES: [&str; 5] = ["_TemplateReference__context", ".format_map(", ".mro(", "self._", "\\x5f\\x5f"];
/// Texts longer than this are printed, they name nothing.
const LONGEST_NAME: usize = 64;

/// Functions that the template engine and its hosts put into every template. Honest templates call them; only an escape
/// asks for their attributes.
const FUNCTIONS: [&str; 9] =
    ["cycler", "joiner", "lipsum", "namespace", "range", "dict", "raise_exception", "strftime_now", "self"];
/// Functions of Python that run what they are given.
const RUNNERS: [&str; 4] = ["eval", "exec", "__import__", "popen"];
/// Names that no message has and every escape ends in.
const ENDS: [&str; 4] = ["popen", "subprocess", "check_output", "import_module"];

/// Returns the constructs that show only once the constants of the template are computed.
fn computed(expressions: &[Vec<Token>]) -> Vec<String> {
    let mut found = Vec::new();
    for tokens in expressions {
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1);
            match token {
                Token::Text(text) if text == jinja::TOO_LONG => found.push(text.clone()),
                Token::Name(name) | Token::Text(name) if is_dunder(name) => found.push(name.clone()),
                Token::Text(text) if ENDS.contains(&text.as_str()) && next == Some(&Token::Mark(']')) => {
                    found.push(text.clone());
                }
                Token::Name(name) if RUNNERS.contains(&name.as_str()) && next == Some(&Token::Mark('(')) => {
                    found.push(format!("{name}("));
                }
                Token::Name(name) if is_module_use(name, tokens, at) => found.push(format!("{name}.")),
                Token::Name(filter) if filter == "attr" && is_hidden_attribute(tokens, at) => {
                    found.push("attr(".to_owned());
                }
                Token::Name(name) if FUNCTIONS.contains(&name.as_str()) => {
                    let is_own = at == 0 || tokens.get(at - 1) != Some(&Token::Mark('.'));
                    let asks = matches!(next, Some(Token::Mark('.' | '[')))
                        || (next == Some(&Token::Mark('|'))
                            && tokens.get(at + 2) == Some(&Token::Name("attr".to_owned())));
                    if is_own && asks {
                        found.push(format!("{name}."));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Says whether the filter `attr` at this token asks for a name that is not written out.
fn is_hidden_attribute(tokens: &[Token], at: usize) -> bool {
    let is_filter = at.checked_sub(1).and_then(|before| tokens.get(before)) == Some(&Token::Mark('|'));
    let is_plain = matches!(tokens.get(at + 1..at + 4), Some([Token::Mark('('), Token::Text(_), Token::Mark(')')]));
    is_filter && !is_plain
}

/// Says whether a text is one of Python's own attribute names.
fn is_dunder(text: &str) -> bool {
    let inner = text.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    inner.is_some_and(|inner| {
        !inner.is_empty() && inner.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    })
}

/// Says whether the name at this token is a module of Python whose function is called.
fn is_module_use(name: &str, tokens: &[Token], at: usize) -> bool {
    let Some([Token::Mark('.'), Token::Name(function), Token::Mark('(')]) = tokens.get(at + 1..at + 4) else {
        return name == "subprocess" && tokens.get(at + 1) == Some(&Token::Mark('.'));
    };
    name == "subprocess" || (name == "os" && matches!(function.as_str(), "system" | "popen" | "execv" | "spawnl"))
}

/// Returns the code of a template without blanks and without the long texts that it prints.
fn code(expressions: &[Vec<Token>]) -> String {
    let mut code = String::new();
    for tokens in expressions {
        for token in tokens {
            match token {
                Token::Name(name) => code.push_str(name),
                Token::Text(text) if text.len() <= LONGEST_NAME => code.push_str(text),
                Token::Text(_) => {}
                Token::Mark(mark) => code.push(*mark),
            }
        }
        code.push('\n');
    }
    code
}

/// Returns the constructs of a template that reach into Python.
pub(super) fn suspicious(template: &str) -> Vec<String> {
    let expressions = jinja::expressions(template);
    let code = code(&expressions);
    let escapes = ESCAPES.iter().filter(|needle| code.contains(*needle)).map(|needle| (*needle).to_owned());
    let mut found: Vec<String> = escapes.chain(computed(&expressions)).collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_built_from_pieces_is_seen() {
        assert_eq!(suspicious("{{ x['__cla' + 'ss__'] }}"), ["__class__"]);
    }

    #[test]
    fn a_name_computed_or_an_attribute_of_a_template_function_is_seen() {
        assert_eq!(suspicious("{{ x['__ssalc__'|reverse] }}"), ["__class__"]);
        assert_eq!(suspicious("{% set a = '__cla' %}{{ x[a ~ 'ss__'] }}"), ["__class__"]);
        assert!(!suspicious("{{ joiner[y] }}").is_empty());
        assert!(!suspicious("{{ m|attr(name) }}").is_empty());
        assert!(suspicious("{{ m|attr('content') }}").is_empty());
        assert!(
            suspicious("{% set ns = namespace(found=false) %}{{ ns.found }}{{ m['con' + 'tent']|trim }}").is_empty()
        );
    }

    #[test]
    fn words_that_a_template_prints_or_compares_are_no_escape() {
        for honest in [
            "{{ 'Write Python: class A:\\n    def __init__(self): pass; import os; os.system(x); eval(y) and so on, please.' }}",
            "{{ messages['system'] }}{{ config.name }}{{ retrieval(query) }}{{ tool.exec }}",
            "{% for os in systems %}{{ os.name }}{% endfor %}",
        ] {
            assert_eq!(suspicious(honest), Vec::<String>::new(), "{honest}");
        }
        for hostile in ["{{ os.system('id') }}", "{{ x.popen('id') }}", "{{ eval('1') }}", "{{ x['popen']('id') }}"] {
            assert!(!suspicious(hostile).is_empty(), "{hostile}");
        }
    }

    #[test]
    fn an_honest_template_is_left_alone() {
        let template =
            "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content }}{% endfor %} os.system(";
        assert!(suspicious(template).is_empty());
    }
}
