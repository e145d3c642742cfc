//! Code of a Rust file that is compiled for tests only: items under `#[cfg(test)]`.
//!
//! One pass over the file that tells code from comments, strings and characters, so that neither a comment nor a text
//! can pass product code off as a test. An item whose end is not found covers nothing.

use memchr::memmem;

/// Attributes whose item exists in tests only; `any(test, …)` may exist elsewhere too.
const ATTRIBUTES: [&[u8]; 2] = [b"#[cfg(test)]", b"#[cfg(all(test,"];
/// Longest run of `#` before a raw string.
const MAX_HASHES: usize = 16;

/// Where one file holds code for tests.
#[derive(Debug, Default)]
pub(crate) struct TestCode {
    /// Start and end of each item, in order; items do not overlap.
    items: Vec<(usize, usize)>,
}

impl TestCode {
    /// Reads a file; only Rust keeps tests among the code.
    pub(crate) fn of(path: &str, content: &[u8]) -> Self {
        let is_rust = path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("rs"));
        if !is_rust || !ATTRIBUTES.iter().any(|attribute| memmem::find(content, attribute).is_some()) {
            return Self::default();
        }
        Self { items: items(content) }
    }

    /// Says whether the place at `at` is compiled for tests only.
    pub(crate) fn covers(&self, at: usize) -> bool {
        let index = self.items.partition_point(|(start, _)| *start <= at);
        index.checked_sub(1).and_then(|index| self.items.get(index)).is_some_and(|(_, end)| at < *end)
    }
}

fn items(content: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    // Start of the item looked at, and the depth its attribute stands at.
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some(byte) = content.get(at) {
        if let Some(end) = skipped(content, at) {
            at = end;
            continue;
        }
        let rest = content.get(at..).unwrap_or_default();
        if open.is_none() && ATTRIBUTES.iter().any(|attribute| rest.starts_with(attribute)) {
            open = Some((at, depth));
        }
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // What stands around it ended first: a field without a comma after it.
        open = open.filter(|(_, level)| depth >= *level);
        // An item ends with its block, or without one with a semicolon or comma.
        if let Some((start, _)) = open.filter(|(_, level)| depth == *level && matches!(byte, b'}' | b';' | b',')) {
            found.push((start, at + 1));
            open = None;
        }
        at += 1;
    }
    found
}

/// Where the comment, string or character that starts here ends; nothing for code.
fn skipped(content: &[u8], at: usize) -> Option<usize> {
    let rest = content.get(at..)?;
    match rest {
        [b'/', b'/', ..] => Some(memchr::memchr(b'\n', rest).map_or(content.len(), |end| at + end)),
        [b'/', b'*', ..] => Some(comment_end(content, at)),
        [b'"', ..] => Some(string_end(content, at + 1)),
        [b'r', b'"' | b'#', ..] if !is_name(content, at) => raw_end(content, at + 1),
        [b'\'', b'\\', ..] => Some(memchr::memchr(b'\'', rest.get(3..)?).map_or(content.len(), |end| at + end + 4)),
        [b'\'', _, b'\'', ..] => Some(at + 3),
        _ => None,
    }
}

/// Says whether the byte before belongs to a name: then an `r` here starts no raw string.
fn is_name(content: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| content.get(before));
    before.is_some_and(|byte| (byte.is_ascii_alphanumeric() && *byte != b'b' && *byte != b'c') || *byte == b'_')
}

fn comment_end(content: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(rest) = content.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    content.len()
}

fn string_end(content: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = content.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    content.len()
}

/// The end of `r#"…"#`; nothing for a raw name such as `r#type`.
fn raw_end(content: &[u8], start: usize) -> Option<usize> {
    let hashes = content.get(start..)?.iter().take(MAX_HASHES).take_while(|byte| **byte == b'#').count();
    let quote = start + hashes;
    if content.get(quote) != Some(&b'"') {
        return None;
    }
    let mut closing = vec![b'"'];
    closing.resize(hashes + 1, b'#');
    let end = memmem::find(content.get(quote + 1..)?, &closing);
    Some(end.map_or(content.len(), |end| quote + 1 + end + closing.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_test(text: &str) -> bool {
        TestCode::of("src/lib.rs", text.as_bytes()).covers(text.find("HERE").unwrap())
    }

    #[test]
    fn items_for_tests_are_covered_to_their_end() {
        for text in [
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { let x = \"}\"; }\n    const K: &str = \"HERE\";\n}\n",
            "#[cfg(test)]\nconst K: &str = \"HERE\";\n",
            "#[cfg(all(test, unix))]\nmod tests { const C: char = '}'; const K: &str = r#\"} HERE\"#; }",
            "#[cfg(test)]\n#[allow(dead_code)]\nmod tests { /* } */ fn f<'a>(x: &'a str) { g(\"HERE\") } }",
        ] {
            assert!(is_test(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_so_is_product_code() {
        for text in [
            "#[cfg(test)]\nmod tests { fn a() {} }\nconst K: &str = \"HERE\";\n",
            "#[cfg(test)]\nmod tests;\nconst K: &str = \"HERE\";\n",
            "// #[cfg(test)]\nmod m { const K: &str = \"HERE\"; }\n",
            "const A: &str = \"#[cfg(test)] {\";\nmod m { const K: &str = \"HERE\"; }\n",
            "/* #[cfg(test)] */ mod m { const K: &str = \"HERE\"; }\n",
            "#[cfg(any(test, feature = \"x\"))]\nmod m { const K: &str = \"HERE\"; }\n",
            "#[cfg(test)]\nmod tests { const K: &str = \"HERE\";\n",
            "struct A { #[cfg(test)] k: u8 }\nmod m { const K: &str = \"HERE\"; }\n",
            "let a = A { #[cfg(test)] k: 1, password: \"HERE\" };\n",
        ] {
            assert!(!is_test(text), "{text}");
        }
        assert!(!TestCode::of("a.py", b"#[cfg(test)]\nx = { 'HERE' }").covers(18));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(#\\[cfg\\(test\\)\\]|\\{|\\}|;|\"|'|\\\\|r#\"|/\\*|\\*/|//|\n|é|x){0,40}") {
            let found = TestCode::of("a.rs", text.as_bytes());
            for at in 0..text.len() {
                let _ = found.covers(at);
            }
        }
    }
}
