//! The expressions of a Jinja template, read as tokens, with constant texts computed.
//!
//! Templates that break out of a sandbox spell names in pieces: `'__cl' ~ 'ass__'`, `'slabolg'|reverse`, a variable set
//! before. Texts joined, replaced, reversed, formatted or set are computed here, so that what is spelled is seen.
//! Source: Jinja 3 `lexer.py`, `filters.py`.

use std::collections::HashMap;

/// Tokens of one template; the longest honest ones have a few thousand.
const MAX_TOKENS: usize = 20_000;
/// Texts of one list computed.
const MAX_ITEMS: usize = 64;
/// Longest text computed.
const MAX_TEXT_BYTES: usize = 4_096;

/// Stands for what is left of a template that is not read to its end.
pub(super) const TOO_LONG: &str = "more expressions than any conversation needs";

/// A token of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    /// One character of punctuation, or a number's.
    Mark(char),
}

/// Returns the expressions of a template, one list of tokens each, constants computed.
pub(super) fn expressions(template: &str) -> Vec<Vec<Token>> {
    let mut variables = HashMap::new();
    let mut expressions = Vec::new();
    let mut rest = template;
    let mut left = MAX_TOKENS;
    while let Some(start) = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min() {
        let (_, after) = rest.split_at(start + 2);
        let (mut tokens, consumed) = lex(after, &mut left);
        substitute(&mut tokens, &variables);
        fold(&mut tokens);
        remember(&tokens, &mut variables);
        expressions.push(tokens);
        rest = after.get(consumed..).unwrap_or_default();
        if left == 0 {
            expressions.push(vec![Token::Text(TOO_LONG.to_owned())]);
            break;
        }
    }
    expressions
}

/// Reads tokens up to `}}` or `%}`; returns them and how many bytes that took.
fn lex(text: &str, left: &mut usize) -> (Vec<Token>, usize) {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("}}") || rest.starts_with("%}") || *left == 0 {
            break;
        }
        *left -= 1;
        let length = if first == '\'' || first == '"' {
            let (literal, length) = literal(rest, first);
            tokens.push(Token::Text(literal));
            length
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest.get(..length).unwrap_or_default().to_owned()));
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    (tokens, text.len() - rest.len())
}

/// Reads a quoted text with Python's escapes; returns it and its length in bytes.
fn literal(text: &str, quote: char) -> (String, usize) {
    let mut plain = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return (plain, at + 1);
        }
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        let digits = match letters.next() {
            Some((_, 'x')) => 2,
            Some((_, 'u')) => 4,
            Some((_, 'n')) => {
                plain.push('\n');
                continue;
            }
            Some((_, other)) => {
                plain.push(other);
                continue;
            }
            None => break,
        };
        let code: String = letters.by_ref().take(digits).map(|(_, digit)| digit).collect();
        plain.push(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
    }
    (plain, text.len())
}

/// Puts the texts of variables where their names stand.
fn substitute(tokens: &mut [Token], variables: &HashMap<String, String>) {
    let is_set = matches!(tokens.first(), Some(Token::Name(word)) if word == "set");
    let mut after_dot = false;
    for (index, token) in tokens.iter_mut().enumerate() {
        let is_target = after_dot || (is_set && index == 1);
        if let Token::Name(name) = &*token
            && !is_target
            && let Some(text) = variables.get(name)
        {
            *token = Token::Text(text.clone());
        }
        after_dot = matches!(token, Token::Mark('.' | '|'));
    }
}

/// Keeps `set name = 'text'`.
fn remember(tokens: &[Token], variables: &mut HashMap<String, String>) {
    let tokens: Vec<&Token> = tokens.iter().filter(|token| **token != Token::Mark('-')).collect();
    if let [Token::Name(set), Token::Name(name), Token::Mark('='), Token::Text(text)] = tokens.as_slice()
        && set == "set"
    {
        variables.insert(name.clone(), text.clone());
    }
}

/// Computes the constants; after a step it looks a few tokens back, where a bracket may have become one.
fn fold(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        // Brackets behind a name or another bracket are a call.
        let is_call = matches!(rest, [Token::Mark('('), Token::Text(_), Token::Mark(')'), ..])
            && matches!(before, Some(Token::Name(_) | Token::Mark(')' | ']')));
        match computed(rest).filter(|(text, _)| !is_call && text.len() <= MAX_TEXT_BYTES) {
            Some((text, length)) => {
                tokens.splice(at..at + length, [Token::Text(text)]);
                at = at.saturating_sub(2 * MAX_ITEMS);
            }
            None => at += 1,
        }
    }
}

/// Returns what the tokens at the start come to, and how many they are.
fn computed(tokens: &[Token]) -> Option<(String, usize)> {
    use Token::{Mark, Name, Text};
    match tokens {
        [Mark('('), Text(inner), Mark(')'), ..] => Some((inner.clone(), 3)),
        [Text(left), Mark('~' | '+'), Text(right), ..] => Some((format!("{left}{right}"), 3)),
        [Text(left), Text(right), ..] => Some((format!("{left}{right}"), 2)),
        [Text(text), Mark('['), Mark(':'), Mark(':'), Mark('-'), Mark('1'), Mark(']'), ..] => {
            Some((text.chars().rev().collect(), 7))
        }
        [Text(text), Mark('|' | '.'), Name(filter), rest @ ..] => {
            let (arguments, length) = arguments(rest);
            filtered(text, filter, &arguments).map(|text| (text, 3 + length))
        }
        [Mark('['), ..] => {
            let (items, length) = list(tokens.get(1..)?, ']')?;
            let [Mark('|'), Name(join), rest @ ..] = tokens.get(length + 1..)? else { return None };
            let (arguments, further) = arguments(rest);
            let glue = arguments.first().map_or("", String::as_str);
            (join == "join").then(|| (items.join(glue), length + 3 + further))
        }
        _ => None,
    }
}

/// Returns the constant arguments of a filter or a method in brackets, and how many tokens they take.
fn arguments(tokens: &[Token]) -> (Vec<String>, usize) {
    if tokens.first() != Some(&Token::Mark('(')) {
        return (Vec::new(), 0);
    }
    list(tokens.get(1..).unwrap_or_default(), ')').map_or((Vec::new(), 0), |(items, length)| (items, length + 1))
}

/// Reads texts with commas between them up to `end`; returns them and how many tokens they take with the end.
fn list(tokens: &[Token], end: char) -> Option<(Vec<String>, usize)> {
    let mut items = Vec::new();
    for (index, token) in tokens.iter().enumerate().take(2 * MAX_ITEMS) {
        match token {
            Token::Text(text) => items.push(text.clone()),
            Token::Mark(',') => {}
            Token::Mark(mark) if *mark == end => return Some((items, index + 1)),
            _ => return None,
        }
    }
    None
}

fn filtered(text: &str, filter: &str, arguments: &[String]) -> Option<String> {
    Some(match (filter, arguments) {
        ("reverse", _) => text.chars().rev().collect(),
        ("lower", _) => text.to_lowercase(),
        ("upper", _) => text.to_uppercase(),
        ("trim" | "strip" | "string" | "safe" | "list", _) => text.trim().to_owned(),
        ("replace", [from, to]) if !from.is_empty() => text.replace(from.as_str(), to),
        ("join", items) if !items.is_empty() => items.join(text),
        ("format", items) => items.iter().fold(text.to_owned(), |text, item| {
            if text.contains("%s") { text.replacen("%s", item, 1) } else { text.replacen("{}", item, 1) }
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(template: &str) -> Vec<String> {
        let of = |tokens: Vec<Token>| {
            tokens.into_iter().filter_map(|token| if let Token::Text(text) = token { Some(text) } else { None })
        };
        expressions(template).into_iter().flat_map(of).collect()
    }

    #[test]
    fn constants_are_computed_however_they_are_spelled() {
        for spelled in [
            "{{ '__gl' + 'obals__' }}",
            "{{ ('__gl' ~ 'obals__') }}",
            "{{ ['__gl', 'obals__']|join }}",
            "{{ '__slabolg__'|reverse }}",
            "{{ 'XXglobalsXX'|replace('X', '_') }}",
            "{{ '%sglobals%s'|format('__', '__') }}",
            "{{ '\\x5f\\x5fglobals__' }}",
            "{{ '__slabolg__'[::-1] }}",
        ] {
            assert_eq!(texts(spelled), ["__globals__"], "{spelled}");
        }
        assert_eq!(texts("{% set a = '__gl' %}{{ a ~ 'obals__' }}"), ["__gl", "__globals__"]);
    }

    #[test]
    fn hostile_templates_come_to_an_end() {
        for template in ["{{", "{{ '", "{{ '\\x", "{% set", &"{{".repeat(10_000), &"{{('a'~".repeat(2_000)] {
            expressions(template);
        }
    }
}
