//! Reading `name = "value"` around a keyword, in the spellings of code and configuration.
//!
//! Understood: `=`, `:`, `:=`, `=>`, Python annotations (`name: str = "v"`), JSON keys, subscripts
//! (`environ["NAME"] = "v"`), `name:`/`value:` pairs of Kubernetes, defaults (`getenv("NAME", "v")`), XML elements, escaped quotes inside notebooks,
//! bare values in `.env`, YAML and shell, and parameters of an address (`?api_key=v&token=w`). Comparisons are not
//! assignments.

use crate::engine::Reach;
use crate::form::FileForm;
use crate::name::NAME_LIMIT;

/// Longest value read, in bytes.
const VALUE_LIMIT: usize = 512;
/// Longest way from a name to the `value` that belongs to it, in bytes.
const PAIR_LIMIT: usize = 80;
/// Longest type annotation skipped, in bytes.
const ANNOTATION_LIMIT: usize = 48;

/// A name and the literal assigned to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assignment<'a> {
    /// The name as written.
    pub(crate) name: &'a [u8],
    /// The literal without quotes.
    pub(crate) value: &'a [u8],
    /// Where the literal starts.
    pub(crate) offset: usize,
    /// The value is the second argument of a call: a default.
    pub(crate) is_argument: bool,
}

/// Reads the assignment whose name holds the keyword at `start..end`.
pub(crate) fn read(content: &[u8], start: usize, end: usize, form: FileForm) -> Option<Assignment<'_>> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before = content.get(start.saturating_sub(NAME_LIMIT)..start)?;
    let first = start - before.iter().rev().take_while(|byte| is_name(byte)).count();
    let after = content.get(end..content.len().min(end + NAME_LIMIT))?;
    let last = end + after.iter().take_while(|byte| is_name(byte) && **byte != b'.').count();
    let name = content.get(first..last)?;
    let opener = |distance: usize| first.checked_sub(distance).and_then(|at| content.get(at)).copied();

    // `NAME=value` is a shell's, wherever it is shown.
    let is_variable = form.reach == Reach::Everything && is_variable(name) && content.get(last) == Some(&b'=');
    let has_bare_values = form.has_bare_values || is_variable;
    let mut reader = Reader { content, at: last };
    if is_parameter(content.get(..first).unwrap_or_default()) {
        let (value, offset) = reader.parameter_value()?;
        // Addresses are full of words, so what is only chosen by a person is not believed here.
        return Some(Assignment { name, value, offset, is_argument: true });
    }
    let is_quoted_name = reader.skip_quote();
    let is_argument = is_quoted_name && (opener(2) == Some(b'(') || opener(3) == Some(b'('));
    reader.skip_if(b']');
    reader.skip_blanks();
    let is_name_value = reader.skip_to_value(content.get(..first).unwrap_or_default());
    let is_element = opener(1) == Some(b'<') && !is_quoted_name;
    let is_wide = form.reach == Reach::Everything;
    match reader.separator(is_argument, is_element, form.reach).or_else(|| reader.sql(name).filter(|_| is_wide))? {
        Separator::Colon if !is_name_value && !is_quoted_name && !has_bare_values => reader.skip_annotation(),
        Separator::Assign | Separator::Colon => {}
        Separator::Element => {
            let (value, offset) = reader.text_value()?;
            return Some(Assignment { name, value, offset, is_argument });
        }
    }
    reader.skip_blanks();
    if is_wide {
        reader.skip_bracket();
    }
    // `{user: a, password: v}` of YAML and configuration.
    let is_flow = is_wide && memchr::memchr(b'{', last_line(before)).is_some();
    let quoted = reader.quoted_value();
    let (value, offset) = quoted.or_else(|| has_bare_values.then(|| reader.bare_value(is_flow)).flatten())?;
    (!value.is_empty()).then_some(Assignment { name, value, offset, is_argument })
}

fn last_line(text: &[u8]) -> &[u8] {
    text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// `DB_PASSWORD`.
fn is_variable(name: &[u8]) -> bool {
    name.len() >= 4 && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// Cuts bytes off the end as long as they fit, at most a few: labels are short.
fn trim_end(text: &[u8], fits: fn(u8) -> bool) -> &[u8] {
    let excess = text.iter().rev().take(8).take_while(|byte| fits(**byte)).count();
    text.get(..text.len() - excess).unwrap_or_default()
}

/// Says whether what stands before a name makes it a parameter of an address.
fn is_parameter(before: &[u8]) -> bool {
    before.ends_with(b"?") || before.ends_with(b"&") || before.ends_with(b"&amp;")
}

enum Separator {
    Assign,
    Colon,
    Element,
}

struct Reader<'a> {
    content: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> u8 {
        self.content.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_if(&mut self, byte: u8) -> bool {
        let is_there = self.peek(0) == byte;
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_quote(&mut self) -> bool {
        let escape = usize::from(self.peek(0) == b'\\');
        let is_quote = matches!(self.peek(escape), b'"' | b'\'' | b'`');
        self.at += if is_quote { escape + 1 } else { 0 };
        is_quote
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// After the name in `name: NAME`, skips to the colon of the `value:` that follows, in YAML or JSON.
    fn skip_to_value(&mut self, before: &[u8]) -> bool {
        let label = trim_end(before, |byte| byte == b' ' || byte == b'"' || byte == b'\'');
        let Some(label) = label.strip_suffix(b":") else { return false };
        if !trim_end(label, |byte| byte == b'"' || byte == b'\'').ends_with(b"name") {
            return false;
        }
        let rest = self.content.get(self.at..self.content.len().min(self.at + PAIR_LIMIT)).unwrap_or_default();
        let is_gap = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\'');
        let gap = rest.iter().take_while(|byte| is_gap(byte)).count();
        let Some(tail) = rest.get(gap..).and_then(|tail| tail.strip_prefix(b"value")) else { return false };
        let quote = usize::from(matches!(tail.first(), Some(b'"' | b'\'')));
        self.at += gap + b"value".len() + quote;
        self.skip_blanks();
        true
    }

    fn separator(&mut self, is_argument: bool, is_element: bool, reach: Reach) -> Option<Separator> {
        let (length, separator) = match (self.peek(0), self.peek(1)) {
            // A value compared with stands in clear like one assigned.
            (b'=', b'=') if reach == Reach::Everything => (2 + usize::from(self.peek(2) == b'='), Separator::Assign),
            (b'=', b'=' | b'~') | (b':', b':') => return None,
            (b':', b'=') | (b'=', b'>') => (2, Separator::Assign),
            (b'=', _) => (1, Separator::Assign),
            (b':', _) => (1, Separator::Colon),
            (b',', _) if is_argument => (1, Separator::Assign),
            (b'>', _) if is_element => (1, Separator::Element),
            _ => return None,
        };
        self.at += length;
        Some(separator)
    }

    /// `PASSWORD 'v'` of SQL: nothing but blanks before a quote.
    fn sql(&self, name: &[u8]) -> Option<Separator> {
        let is_sql = name.eq_ignore_ascii_case(b"password") && self.peek(0) == b'\'' && self.at > 0;
        (is_sql && self.content.get(self.at - 1) == Some(&b' ')).then_some(Separator::Assign)
    }

    /// Skips into a list, to its first value.
    fn skip_bracket(&mut self) {
        let quote = usize::from(self.peek(1) == b'\\') + 1;
        if self.peek(0) == b'[' && matches!(self.peek(quote), b'"' | b'\'') {
            self.at += 1;
        }
    }

    /// Skips `str | None =` after a colon; stays put when no `=` follows.
    fn skip_annotation(&mut self) {
        let rest = self.content.get(self.at..self.content.len().min(self.at + ANNOTATION_LIMIT)).unwrap_or_default();
        let is_annotation = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.[], |?<>".contains(byte);
        let length = rest.iter().take_while(|byte| is_annotation(byte)).count();
        if length > 0 && rest.get(length) == Some(&b'=') && rest.get(length + 1) != Some(&b'=') {
            self.at += length + 1;
        }
    }

    fn quoted_value(&self) -> Option<(&'a [u8], usize)> {
        let prefix = usize::from(matches!(self.peek(0), b'b' | b'r' | b'u' | b'B' | b'R') && self.peek(1) != b'\\');
        let wrapper = b"SecretStr(";
        let is_wrapped = self.content.get(self.at..).is_some_and(|rest| rest.starts_with(wrapper));
        let at = self.at + if is_wrapped { wrapper.len() } else { prefix };
        let escape = usize::from(self.content.get(at) == Some(&b'\\'));
        let quote = *self.content.get(at + escape)?;
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return None;
        }
        let start = at + escape + 1;
        let rest = self.content.get(start..self.content.len().min(start + VALUE_LIMIT))?;
        let length = rest.iter().position(|byte| *byte == quote || *byte == b'\n')?;
        let value = rest.get(..length - escape.min(length))?;
        let tail = rest.get(length + 1..).unwrap_or_default();
        let next = tail.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        let is_whole = rest.get(length) == Some(&quote) && !matches!(next, Some(b'+' | b'%'));
        is_whole.then_some((value, start))
    }

    fn bare_value(&self, is_flow: bool) -> Option<(&'a [u8], usize)> {
        let rest = self.content.get(self.at..self.content.len().min(self.at + VALUE_LIMIT))?;
        let line = rest.get(..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()))?;
        let ends =
            |byte: &u8| matches!(byte, b' ' | b'\t' | b';' | b'"' | b'\'') || (is_flow && matches!(byte, b',' | b'}'));
        let length = line.iter().position(ends).unwrap_or(line.len());
        let tail = line.get(length..)?.trim_ascii();
        // Prose after a colon is no value; a comment or the next shell command may follow one.
        let is_whole = tail.is_empty()
            || matches!(tail.first(), Some(b'#' | b';' | b'\\' | b'&' | b'|'))
            || self.is_shell()
            || is_flow;
        let value = line.get(..length)?;
        (is_whole && !value.is_empty()).then_some((value, self.at))
    }

    /// `NAME=value command`: the value ends at the blank.
    fn is_shell(&self) -> bool {
        self.at > 0 && self.content.get(self.at - 1) == Some(&b'=')
    }

    /// `=value` up to where the parameter ends; a value that goes on with an expression or a template is none.
    fn parameter_value(&mut self) -> Option<(&'a [u8], usize)> {
        if !self.skip_if(b'=') {
            return None;
        }
        let rest = self.content.get(self.at..self.content.len().min(self.at + VALUE_LIMIT))?;
        let is_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%+/=!*:".contains(byte);
        let length = rest.iter().take_while(|byte| is_value(byte)).count();
        let value = rest.get(..length)?;
        let goes_on = matches!(rest.get(length), Some(b'{' | b'$' | b'<' | b'(' | b'['));
        (!value.is_empty() && !goes_on).then_some((value, self.at))
    }

    fn text_value(&self) -> Option<(&'a [u8], usize)> {
        let rest = self.content.get(self.at..self.content.len().min(self.at + VALUE_LIMIT))?;
        let value = rest.get(..memchr::memchr2(b'<', b'\n', rest)?)?;
        (!value.is_empty() && rest.get(value.len()) == Some(&b'<')).then_some((value, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, bare: bool) -> Option<&str> {
        let start = text.to_ascii_lowercase().find("password").unwrap();
        let path = if bare { "a.env" } else { "a.py" };
        let form = FileForm::of(path, b"", Reach::Product);
        let found = read(text.as_bytes(), start, start + 8, form)?;
        Some(std::str::from_utf8(found.value).unwrap())
    }

    #[test]
    fn every_spelling_of_an_assignment_is_read() {
        for text in [
            "db_password = \"v1\"",
            "\"password\": \"v1\"",
            "password: str = 'v1'",
            "Password := `v1`",
            ":password => 'v1'",
            "environ[\"PASSWORD\"] = 'v1'",
            "getenv(\"PASSWORD\", \"v1\")",
            "<password>v1</password>",
            "connect(password='v1')",
            "{\"name\": \"PASSWORD\", \"value\": \"v1\"}",
            r#"    "PASSWORD = \"v1\"\n","#,
            "password: Optional[str] = \"v1\"",
            "password = b'v1'",
        ] {
            assert_eq!(value(text, false), Some("v1"), "{text}");
        }
    }

    #[test]
    fn bare_values_are_read_where_they_exist() {
        assert_eq!(value("PASSWORD=v1", true), Some("v1"));
        assert_eq!(value("  password: v1 # c", true), Some("v1"));
        assert_eq!(value("- name: DB_PASSWORD\n  value: v1\n", true), Some("v1"));
        assert_eq!(value("- name: DB_PASSWORD\n  valueFrom:\n    x: y", true), None);
        assert_eq!(value("PGPASSWORD=v1 psql -h db", true), Some("v1"));
        assert_eq!(value("password: the one you chose", true), None);
        assert_eq!(value("PASSWORD=v1", false), None);
    }

    #[test]
    fn a_parameter_ends_where_the_next_begins_and_a_template_is_none() {
        assert_eq!(value("https://h/x?password=v1&a=b", false), Some("v1"));
        assert_eq!(value("HOOK=https://h/x?a=b&amp;password=v1", true), Some("v1"));
        assert_eq!(value("\"https://h/x?a=b&password=v1\"", false), Some("v1"));
        for text in ["h?password={password}", "h?password=$PW", "h?password=v1${x}", "h?password==v"] {
            assert_ne!(value(text, false), Some("v1"), "{text}");
        }
    }

    #[test]
    fn comparisons_and_expressions_are_no_assignments() {
        for text in
            ["password == \"v1\"", "password != 'v1'", "password = get('v1')", "password='v1' + x", "password = 'v1"]
        {
            assert_eq!(value(text, false), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_around_a_keyword_are_read_without_panic(bytes: Vec<u8>, start in 0_usize..64, length in 0_usize..8) {
            for (path, reach) in [("a.env", Reach::Product), ("a.py", Reach::Everything)] {
                let _ = read(&bytes, start, start + length, FileForm::of(path, b"", reach));
            }
        }
    }
}
