//! Reads the YAML documents of a manifest one by one, so that a broken one hides neither itself nor its neighbours.

use syndic_detect::document::{Document, DocumentError, MAX_DEPTH, parse_json, parse_yaml};

/// At most this many broken documents are named; more are counted.
const MAX_NAMED: usize = 20;

/// Returns the documents that can be read, and for each that cannot, its line and what is wrong there.
///
/// Where the whole text is broken it is cut at the document markers; each piece that is no YAML is blanked out and the
/// rest read again, so that nodes keep the lines of the file.
pub(crate) fn read(text: &str) -> (Vec<Document>, Vec<String>) {
    if let Some(line) = tab_before_first_line(text) {
        return (Vec::new(), vec![format!("line {line}: starts with a tab, which is no indentation in YAML")]);
    }
    let whole = match parse_yaml(text) {
        Ok(documents) => return (documents, Vec::new()),
        Err(error) => error,
    };
    if text.trim_start().starts_with('{')
        && let Ok(document) = parse_json(text)
    {
        return (vec![document], Vec::new());
    }
    let mut problems = Vec::new();
    let mut kept = String::with_capacity(text.len());
    let mut unnamed = 0_usize;
    for (before, piece) in pieces(text) {
        match parse_yaml(piece) {
            Ok(_) => kept.push_str(piece),
            Err(error) => {
                kept.extend(piece.bytes().filter(|byte| *byte == b'\n').map(char::from));
                if problems.len() < MAX_NAMED {
                    problems.push(shifted(&error, before));
                } else {
                    unnamed += 1;
                }
            }
        }
    }
    if unnamed > 0 {
        problems.push(format!("{unnamed} more documents are no YAML"));
    }
    match parse_yaml(&kept) {
        Ok(documents) if !problems.is_empty() => (documents, problems),
        // The pieces are sound and the whole is not, or the other way round: the whole is what a tool would read.
        _ => (Vec::new(), vec![whole.to_string()]),
    }
}

/// Returns the number of the first line with content if a tab stands before it and a block, not brackets, begins there.
///
/// The parser here passes over that tab; the tools that deploy the manifest refuse it. Source: YAML 1.2.2, section 6.1.
fn tab_before_first_line(text: &str) -> Option<u32> {
    let text = text.trim_start_matches('\u{feff}');
    let is_content = |line: &str| !line.trim_start().is_empty() && !line.trim_start().starts_with('#');
    let (number, line) = (1_u32..).zip(text.lines()).find(|(_, line)| is_content(line))?;
    let is_block = !line.trim_start().starts_with(['{', '[']);
    (line.trim_start_matches(' ').starts_with('\t') && is_block).then_some(number)
}

/// Says whether brackets or indentation nest deeper than a document may, so that it cannot be read.
///
/// A look at the bytes, without parsing: quotes and comments are passed over as far as one line tells.
pub(crate) fn nests_beyond(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut steps: Vec<usize> = Vec::new();
    for line in text.lines() {
        let content = line.trim_start_matches([' ', '-']);
        let indent = line.len() - content.len();
        if !content.is_empty() && !content.starts_with('#') {
            while steps.last().is_some_and(|last| *last >= indent) {
                steps.pop();
            }
            steps.push(indent);
        }
        let mut quote = None;
        for byte in content.bytes() {
            match (byte, quote) {
                (_, Some(open)) => quote = Some(open).filter(|open| *open != byte),
                (b'"' | b'\'', None) => quote = Some(byte),
                (b'#', None) => break,
                (b'[' | b'{', None) => depth += 1,
                (b']' | b'}', None) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return true;
            }
        }
        if steps.len() > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Cuts before every `---` that stands at the start of a line; each piece with the number of lines before it.
fn pieces(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    let (mut lines, mut lines_before) = (0_u32, 0_u32);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            found.push((lines_before, text.get(start..at).unwrap_or_default()));
            (start, lines_before) = (at, lines);
        }
        at += line.len();
        lines = lines.saturating_add(1);
    }
    found.push((lines_before, text.get(start..).unwrap_or_default()));
    found
}

fn shifted(error: &DocumentError, before: u32) -> String {
    let mut error = error.clone();
    match &mut error {
        DocumentError::Syntax { line, .. } | DocumentError::Bound { line, .. } => *line = line.saturating_add(before),
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_around_a_broken_one_keep_their_lines() {
        let (documents, problems) = read("a: 1\n---\nb: [\n---\nc:\n  d: 2\n");
        let lines: Vec<_> = documents
            .iter()
            .filter_map(|found| found.root().get("c"))
            .map(syndic_detect::document::Node::line)
            .collect();
        assert_eq!(lines, [6]);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_problem_names_the_line_of_the_file() {
        let (_, problems) = read("a: 1\n---\nb:\n\tc: 1\n");
        assert!(problems.iter().all(|problem| problem.starts_with("line 4:")), "{problems:?}");
    }

    #[test]
    fn indented_json_is_read_as_json() {
        let (documents, problems) = read("{\n\t\"a\": {\n\t\"b\": 1, // c\n\t}}\n");
        assert_eq!((documents.len(), problems.len()), (1, 0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_reported(text in "(---\n|a: |\\[|\\{|\t|\n|x|'|- ){0,40}") {
            let (documents, problems) = read(&text);
            proptest::prop_assert!(parse_yaml(&text).is_ok() || !documents.is_empty() || !problems.is_empty());
        }
    }
}
