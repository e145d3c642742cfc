//! What stands around a word.
//!
//! Everything here reads a bounded number of bytes and, in doubt, takes the word for a sign.

use super::Seen;
use super::literal::{Literal, is_long_text, is_name, name_at, trim_start};
use super::prose::Prose;
use crate::read::vocabulary;

/// Bytes looked at to either side of a word.
const REACH: usize = 2_000;
/// Bytes after an option in which another option of the same call is looked for.
const NEAR: usize = 600;
/// Shortest text that is told to a model rather than a label, in bytes.
const LEAST_TOLD: usize = 12;
/// Words in the names of what holds an address, and of what sends to one.
const ADDRESSES: [&[u8]; 5] = [b"url", b"uri", b"endpoint", b"address", b"base"];
const SENDERS: [&[u8]; 4] = [b"requests", b"http", b"session", b"client"];

/// Methods that send to an address, and that other things have too.
const WITH_ADDRESS: [&str; 5] = ["get", "post", "put", "request", "stream"];

/// A word and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Says whether one of these names is called somewhere in a text, with what could be an address where it takes one.
pub(super) fn calls_one_of(text: &str, names: &[&str]) -> bool {
    names.iter().any(|name| {
        memchr::memmem::find_iter(text.as_bytes(), name).any(|start| {
            let around = Around { text, start, end: start + name.len() };
            around.is_called() && (!WITH_ADDRESS.contains(name) || around.is_given_address())
        })
    })
}

impl<'a> Around<'a> {
    fn before(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.start.saturating_sub(REACH)..self.start).unwrap_or_default()
    }

    fn after(&self) -> &'a [u8] {
        let end = self.text.len().min(self.end.saturating_add(REACH));
        self.text.as_bytes().get(self.end..end).unwrap_or_default()
    }

    /// What stands before on the same line.
    fn line_before(&self) -> &'a [u8] {
        let before = self.before();
        before.get(memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..).unwrap_or_default()
    }

    /// The name just before, if one stands there.
    fn name_before(&self) -> &'a [u8] {
        name_ending(self.before().trim_ascii_end())
    }

    /// Whether no letter follows, and none stands before a word that begins with one.
    fn is_word(&self) -> bool {
        let begins_with_letter = self.text.as_bytes().get(self.start).is_some_and(|byte| is_name(*byte));
        let is_open = |byte: Option<&u8>| byte.is_none_or(|byte| !is_name(*byte));
        is_open(self.after().first()) && (!begins_with_letter || is_open(self.before().last()))
    }

    /// Whether it is a whole word that is called rather than defined.
    pub(super) fn is_called(&self) -> bool {
        let after = self.after();
        let is_open = after.first() == Some(&b'(') || trim_start(after).first() == Some(&b'(');
        is_open && self.is_word() && !self.before().ends_with(b"def ") && !self.before().ends_with(b"class ")
    }

    /// Whether a dot stands before.
    pub(super) fn is_method(&self) -> bool {
        self.before().last() == Some(&b'.')
    }

    /// `self.my_llm.invoke(`: whether the variable before a method is called after a model.
    pub(super) fn is_on_model(&self) -> bool {
        // What a call returns is told by what is called, which is imported.
        self.before().trim_ascii_end().last() == Some(&b']')
            || vocabulary::is_called_after_model(&String::from_utf8_lossy(self.name_before()))
    }

    /// `cursor.execute(`: whether what a statement is given to is called after a database.
    pub(super) fn is_on_database(&self) -> bool {
        let Some(before) = self.before().strip_suffix(b".") else { return false };
        let before = before.trim_ascii_end();
        matches!(before.last(), Some(b')' | b']'))
            || vocabulary::is_called_after_database(&String::from_utf8_lossy(name_ending(before)))
    }

    /// `client.complete(model=m, messages=x)`: whether `messages` is an option of a method that could ask a model.
    pub(super) fn is_asked_with_messages(&self, prose: &mut Prose<'_>) -> bool {
        if !self.is_word() || self.option_value().is_none() {
            return false;
        }
        let beside = self.after().get(..NEAR).unwrap_or(self.after());
        match self.enclosing_call(prose) {
            Enclosing::Call { name, earlier } => {
                let is_beside_model = || [earlier, beside].iter().any(|part| contains(part, b"model"));
                vocabulary::is_shaped(&String::from_utf8_lossy(name)) && is_beside_model()
            }
            Enclosing::Nothing => false,
            Enclosing::Unknown => true,
        }
    }

    /// The call that a word is an option of. Brackets in comments and texts are none.
    fn enclosing_call(&self, prose: &mut Prose<'_>) -> Enclosing<'a> {
        let before = self.before();
        let code = prose.code(self.start - before.len()..self.start);
        let mut depth = 0_usize;
        for (at, byte) in code.iter().enumerate().rev() {
            match byte {
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' if depth > 0 => depth -= 1,
                b'(' => {
                    let (called, earlier) = before.split_at_checked(at).unwrap_or_default();
                    return Enclosing::Call { name: name_ending(called), earlier };
                }
                b'[' | b'{' => return Enclosing::Unknown,
                // A block begins: this is a statement of it.
                b'\n' if depth == 0 && code.get(..at).is_some_and(|line| line.trim_ascii_end().ends_with(b":")) => {
                    return Enclosing::Nothing;
                }
                _ => {}
            }
        }
        if before.len() < REACH { Enclosing::Nothing } else { Enclosing::Unknown }
    }

    /// What follows `=` behind the word, and not `==`.
    fn option_value(&self) -> Option<&'a [u8]> {
        trim_start(self.after()).strip_prefix(b"=").filter(|value| value.first() != Some(&b'='))
    }

    /// `verify=False`; of an option whose value is not told, anything but `False`.
    pub(super) fn is_turned(&self, value: &str) -> bool {
        let Some(set) = self.option_value().filter(|_| self.is_word()) else { return false };
        let set = trim_start(set);
        if value.is_empty() { !set.starts_with(b"False") } else { set.starts_with(value.as_bytes()) }
    }

    /// `SYSTEM_PROMPT: str = """…`: whether the name a word is in is assigned a text, long enough to be a prompt.
    pub(super) fn is_text_bound(&self) -> bool {
        let after = self.after();
        let rest = after.get(name_at(after).len()..).unwrap_or_default();
        let line = logical_line(rest);
        let line_before = self.line_before();
        let statement = line_before.rsplit(|byte| *byte == b';').next().unwrap_or_default();
        if statement.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'#' | b'{')) {
            return false;
        }
        let assigns = trim_start(line);
        let is_inside = assigns.starts_with(b":=");
        let is_annotated = assigns.first() == Some(&b':') && !is_inside;
        let mut values = memchr::memchr_iter(b'=', line).filter_map(|equals| rest.get(equals + 1..)).peekable();
        if values.peek().is_none() {
            // An annotation over several lines.
            return is_annotated && matches!(line.trim_ascii_end().last(), Some(b'[' | b'('));
        }
        let is_assigned =
            matches!(assigns, [b',' | b':', ..]) || assigns.first() == Some(&b'=') && !assigns.starts_with(b"==");
        if !is_assigned || is_left_open(statement) && !is_inside {
            return false;
        }
        // Of several names, any may be given the long one of several texts.
        let is_one_of_several = statement.contains(&b',') || assigns.first() == Some(&b',');
        is_one_of_several && line.iter().any(|byte| matches!(byte, b'"' | b'\'')) || values.any(is_long_text)
    }

    /// `system_prompt="…"`: whether an option tells the model something.
    pub(super) fn is_told(&self, seen: &mut Seen<'a>) -> bool {
        if self.before().last().is_some_and(|byte| is_name(*byte) || *byte == b'.') {
            return false;
        }
        let after = self.after();
        let ending = name_at(after);
        if !matches!(ending, b"" | b"_prompt" | b"_instruction") {
            return false;
        }
        let rest = trim_start(after.get(ending.len()..).unwrap_or_default());
        let Some(value) = rest.strip_prefix(b"=").filter(|value| value.first() != Some(&b'=')) else { return false };
        let is_known = match self.enclosing_call(&mut seen.prose) {
            // Only agents and some methods take instructions that are told to a model.
            Enclosing::Call { name, .. } if self.text.as_bytes().get(self.start) == Some(&b'i') => {
                contains(name, b"gent") || matches!(name, b"create" | b"stream" | b"parse")
            }
            Enclosing::Nothing => false,
            _ => true,
        };
        is_known && self.may_be_told(value, seen)
    }

    /// `{"role": "system", "content": …}`, `("system", …)`.
    pub(super) fn is_role(&self, seen: &mut Seen<'a>) -> bool {
        let before = self.before().trim_ascii_end();
        let after = trim_start(self.after());
        match before.last() {
            Some(b':') => {
                let key = before.get(..before.len() - 1).unwrap_or_default().trim_ascii_end();
                if !(key.ends_with(b"role\"") || key.ends_with(b"role'")) {
                    return false;
                }
                let next = trim_start(after.strip_prefix(b",").unwrap_or_default());
                let content = next.strip_prefix(b"\"content\"").or_else(|| next.strip_prefix(b"'content'"));
                content
                    .and_then(|rest| trim_start(rest).strip_prefix(b":"))
                    .is_none_or(|value| self.may_be_told(value, seen))
            }
            Some(b'(' | b'[') => after.strip_prefix(b",").is_some_and(|content| self.may_be_told(content, seen)),
            _ => false,
        }
    }

    /// Whether a value can be a text that is told to a model: a text of some length, or a name that stands for a text.
    fn may_be_told(&self, value: &'a [u8], seen: &mut Seen<'a>) -> bool {
        let value = trim_start(value);
        if let Some(found) = Literal::at(value) {
            return found.is_long || found.text.len() >= LEAST_TOLD || found.goes_on(true);
        }
        if !value.first().is_some_and(|byte| is_name(*byte)) {
            return matches!(value.first(), Some(b'(' | b'[' | b'\\'));
        }
        let end = value.iter().position(|byte| !is_name(*byte) && *byte != b'.').unwrap_or(value.len());
        let (path, rest) = value.split_at_checked(end).unwrap_or_default();
        match trim_start(rest).first() {
            Some(b',' | b')' | b']' | b'}' | b'\n') | None => {
                seen.texts.may_be_one(self.text.as_bytes(), name_ending(path))
            }
            // `SYSTEM + text`, `build(…)`: what is put together may be a text.
            _ => true,
        }
    }

    /// `@router.post(`, `@tool`: whether a decorator registers a function for requests, or offers it to a model.
    pub(super) fn is_telling_decorator(&self) -> bool {
        if !self.line_before().trim_ascii().is_empty() {
            return false;
        }
        let after = self.after();
        let end = after.iter().position(|byte| !is_name(*byte) && *byte != b'.').unwrap_or(after.len());
        let path = after.get(..end).unwrap_or_default();
        let is_call = after.get(end) == Some(&b'(');
        vocabulary::is_telling_decorator(&String::from_utf8_lossy(name_ending(path)), is_call)
    }

    /// `session.get(url)`: whether a method is given an address, or called on what sends to one.
    fn is_given_address(&self) -> bool {
        let value = trim_start(trim_start(self.after()).strip_prefix(b"(").unwrap_or_default());
        if let Some(found) = Literal::at(value) {
            return found.text.starts_with(b"http") || found.text.starts_with(b"{");
        }
        let before = self.before();
        let start = before.iter().rposition(|byte| !is_name(*byte) && *byte != b'.').map_or(0, |at| at + 1);
        let object = before.get(start..).unwrap_or_default().to_ascii_lowercase();
        let given = name_at(value).to_ascii_lowercase();
        ADDRESSES.iter().any(|word| contains(&given, word)) || SENDERS.iter().any(|word| contains(&object, word))
    }

    /// `f"{base}/chat/completions"`: whether nothing parts the word from the beginning of a text, or from a value.
    pub(super) fn may_be_in_address(&self) -> bool {
        vocabulary::is_unbroken(&String::from_utf8_lossy(self.line_before()))
    }

    /// `df.to_json("x.json")`: whether a method is given something that may be the name of a file.
    pub(super) fn is_given(&self) -> bool {
        let value = trim_start(self.after());
        let rest = trim_start(value.get(name_at(value).len()..).unwrap_or_default());
        let is_named = rest.first() == Some(&b'=') && rest.get(1) != Some(&b'=');
        value.first().is_some_and(|byte| !matches!(byte, b')' | b'*')) && !is_named
    }
}

/// What stands around an option.
enum Enclosing<'a> {
    /// A call of this name, and what stands before the option inside it.
    Call { name: &'a [u8], earlier: &'a [u8] },
    /// No bracket: it is no option.
    Nothing,
    /// A bracket of another kind, or none within reach.
    Unknown,
}

/// What stands up to the end of a line that the next one does not go on with.
fn logical_line(text: &[u8]) -> &[u8] {
    let ends = |end: &usize| text.get(..*end).is_none_or(|line| line.trim_ascii_end().last() != Some(&b'\\'));
    text.get(..memchr::memchr_iter(b'\n', text).find(ends).unwrap_or(text.len())).unwrap_or_default()
}

/// Says whether a bracket that was opened on a line is not closed on it.
fn is_left_open(line: &[u8]) -> bool {
    let depth = line.iter().fold(0_isize, |depth, byte| match byte {
        b'(' => depth + 1,
        b')' => depth - 1,
        _ => depth,
    });
    depth > 0
}

/// The name at the end of a text.
fn name_ending(text: &[u8]) -> &[u8] {
    text.get(text.iter().rposition(|byte| !is_name(*byte)).map_or(0, |at| at + 1)..).unwrap_or_default()
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
