//! From Go's expressions to those of the `regex` crate: what Go takes for a plain character and Rust for syntax.
//!
//! Outside of a class that is `{` where no count follows; inside of one `[` (Rust nests classes) and the doubled signs
//! of set operations. Source: the `regexp/syntax` package of Go; "Syntax" of the `regex` crate.

/// Translates an expression; one that is right in both languages stays as it is.
pub(super) fn translate(expression: &str) -> String {
    let mut text = String::with_capacity(expression.len() + 8);
    let mut rest = expression;
    let mut is_class = false;
    let mut is_class_start = false;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '\\' => escape_length(rest),
            '[' if is_class && rest.starts_with("[:") => rest.find(":]").map_or(1, |end| end + 2),
            _ => character.len_utf8(),
        };
        let (token, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let is_plain = match character {
            '{' => !is_class && !is_count(rest),
            '[' => is_class && token.len() == 1,
            '&' | '~' => is_class && tail.starts_with(character),
            _ => false,
        };
        if is_plain {
            text.push('\\');
        }
        text.push_str(token);
        match character {
            '[' if !is_class => (is_class, is_class_start) = (true, true),
            // A bracket that closes nothing yet is one of the class.
            ']' if is_class && !is_class_start => is_class = false,
            '^' if is_class_start && text.ends_with("[^") => {}
            _ => is_class_start = false,
        }
        rest = tail;
    }
    text
}

/// Bytes of the escape that a text begins with, braces of `\x{…}` and `\p{…}` included.
fn escape_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    let Some((at, escaped)) = characters.next() else { return text.len() };
    let end = at + escaped.len_utf8();
    let has_braces = matches!(escaped, 'x' | 'p' | 'P') && text.get(end..).is_some_and(|rest| rest.starts_with('{'));
    if has_braces { text.find('}').map_or(end, |close| close + 1) } else { end }
}

/// `{3}`, `{3,}` or `{3,5}`.
fn is_count(text: &str) -> bool {
    let Some((inner, _)) = text.get(1..).and_then(|rest| rest.split_once('}')) else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_braces_and_brackets_are_escaped() {
        for (go, rust) in [
            (r"(?:{|\{)x", r"(?:\{|\{)x"),
            (r"a{2,3}b{,3}", r"a{2,3}b\{,3}"),
            (r"[\w.[\]]", r"[\w.\[\]]"),
            (r"[^][{]", r"[^]\[{]"),
            (r"[[:alnum:]&&]", r"[[:alnum:]\&&]"),
            (r"\x{41}\pL{3}", r"\x{41}\pL{3}"),
            (r"\p{L}{2}", r"\p{L}{2}"),
        ] {
            assert_eq!(translate(go), rust);
            assert!(regex::bytes::Regex::new(&translate(go)).is_ok(), "{go}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_needs_no_translation_is_left_alone(text in "[a-z0-9()|.*+?^$-]{0,40}") {
            proptest::prop_assert_eq!(translate(&text), text);
        }

        #[test]
        fn any_text_is_translated_without_panic(text: String) {
            let _ = translate(&text);
        }
    }
}
