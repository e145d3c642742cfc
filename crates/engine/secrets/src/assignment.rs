//! Reading `name = "value"` around a keyword, in the spellings of code and configuration.
//!
//! Understood: `=`, `:`, `:=`, `=>`, Python annotations (`name: str = "v"`), JSON keys, subscripts
//! (`environ["NAME"] = "v"`), `name:`/`value:` pairs of Kubernetes, defaults (`getenv("NAME", "v")`), calls
//! (`setPassword("v")`, `password = Some("v")`), XML elements, escaped quotes inside notebooks,
//! bare values in `.env`, YAML and shell, and parameters of an address (`?api_key=v&token=w`). Comparisons are not
//! assignments.

mod reader;

use crate::engine::Reach;
use crate::form::FileForm;
use crate::name::NAME_LIMIT;

use reader::{Reader, Separator};

/// A name and the literal assigned to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assignment<'a> {
    /// The name as written.
    pub(crate) name: &'a [u8],
    /// Where the name starts.
    pub(crate) start: usize,
    /// The literal without quotes.
    pub(crate) value: &'a [u8],
    /// Where the literal starts.
    pub(crate) offset: usize,
    /// The value is the second argument of a call: a default.
    pub(crate) is_argument: bool,
    /// Nothing but its place says that it is a literal: it stands without quotes where code does.
    pub(crate) is_guess: bool,
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
        return Some(Assignment { name, start: first, value, offset, is_argument: true, is_guess: false });
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
            return Some(Assignment { name, start: first, value, offset, is_argument, is_guess: false });
        }
    }
    reader.skip_blanks();
    if is_wide {
        reader.skip_bracket();
        reader.skip_wrapper();
    }
    // `{user: a, password: v}` of YAML and configuration, also within the code that writes it.
    let line = last_line(before);
    let is_flow = is_wide && memchr::memchr(b'{', line).is_some();
    let is_shown = is_wide && (is_flow || is_comment(line));
    let scheme = if is_wide && name.to_ascii_lowercase().ends_with(b"authorization") { reader.scheme() } else { 0 };
    let (value, offset, is_guess) = match reader.quoted_value() {
        Some((value, offset)) => (value.get(scheme..)?, offset + scheme, false),
        None if has_bare_values || is_shown => {
            reader.at += scheme;
            let (value, offset) = reader.bare_value(is_flow)?;
            (value, offset, !has_bare_values)
        }
        None => return None,
    };
    (!value.is_empty()).then_some(Assignment { name, start: first, value, offset, is_argument, is_guess })
}

/// Says whether a line of code begins as a comment.
fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    [b"//".as_slice(), b"#", b"* ", b"--"].iter().any(|mark| line.starts_with(mark))
}

fn last_line(text: &[u8]) -> &[u8] {
    text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// `DB_PASSWORD`.
fn is_variable(name: &[u8]) -> bool {
    name.len() >= 4 && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// Says whether what stands before a name makes it a parameter of an address.
fn is_parameter(before: &[u8]) -> bool {
    before.ends_with(b"?") || before.ends_with(b"&") || before.ends_with(b"&amp;")
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
