//! `syndic:ignore reason` beside a secret: accepted where it stands, if a reason is given.
//!
//! The mark counts on the line of the secret, or alone on the line before it.

/// What is looked for.
const MARK: &[u8] = b"syndic:ignore";
/// Longest line looked at on either side of a place, in bytes.
const REACH: usize = 4096;

/// What is said beside a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing.
    None,
    /// Accepted for a reason.
    Accepted,
    /// A mark without a reason accepts nothing.
    Unreasoned,
}

/// Reads the mark that stands beside the value at `start..end`.
pub(crate) fn beside(content: &[u8], start: usize, end: usize) -> Mark {
    let before = content.get(start.saturating_sub(REACH)..start).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let after = content.get(end..content.len().min(end.saturating_add(REACH))).unwrap_or_default();
    let rest = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let own = [before.get(line_start..).unwrap_or_default(), rest];
    let previous = before.get(..line_start.saturating_sub(1)).unwrap_or_default();
    let previous = previous.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let marks = own.iter().map(|text| read(text)).chain([read_alone(previous)]);
    let mut best = Mark::None;
    for mark in marks {
        match mark {
            Mark::Accepted => return Mark::Accepted,
            Mark::Unreasoned => best = Mark::Unreasoned,
            Mark::None => {}
        }
    }
    best
}

fn read(line: &[u8]) -> Mark {
    let Some(at) = line.windows(MARK.len()).position(|window| window == MARK) else { return Mark::None };
    let reason = line.get(at + MARK.len()..).unwrap_or_default();
    if reason.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() >= 3 {
        Mark::Accepted
    } else {
        Mark::Unreasoned
    }
}

/// A mark after code speaks of its own line only.
fn read_alone(line: &[u8]) -> Mark {
    let before = line.windows(MARK.len()).position(|window| window == MARK).and_then(|at| line.get(..at));
    match before {
        Some(before) if !before.iter().any(u8::is_ascii_alphanumeric) => read(line),
        _ => Mark::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(text: &str) -> Mark {
        let at = text.find("VALUE").unwrap();
        beside(text.as_bytes(), at, at + 5)
    }

    #[test]
    fn a_mark_with_a_reason_counts_on_its_line_and_alone_before_it() {
        assert_eq!(mark("a\nk = 'VALUE'  # syndic:ignore key of the emulator\n"), Mark::Accepted);
        assert_eq!(mark("# syndic:ignore key of the emulator\nk = 'VALUE'\n"), Mark::Accepted);
    }

    #[test]
    fn a_mark_without_reason_or_for_another_line_does_not() {
        assert_eq!(mark("k = 'VALUE'  # syndic:ignore\n"), Mark::Unreasoned);
        assert_eq!(mark("j = 1  # syndic:ignore other\nk = 'VALUE'\n"), Mark::None);
        assert_eq!(mark("k = 'VALUE'\n# syndic:ignore later line\n"), Mark::None);
        assert_eq!(mark("k = 'VALUE'"), Mark::None);
    }
}
