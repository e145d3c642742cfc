//! Text as a terminal may safely show it: nothing invisible, measured in columns, broken where a reader would break it.
//!
//! Invariant: what leaves [`visible`] moves no cursor, changes no colour and reads in the order it is stored, whatever
//! name somebody gave a file. Source: CWE-150 (escape sequences), CVE-2021-42574 (bidirectional controls).

use unicode_width::UnicodeWidthStr as _;

/// A word that is broken is not left with fewer columns than this on its first line.
const LEAST_PIECE: usize = 8;

/// Returns the text with every control and every invisible formatting character written out as `\u{…}`.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            hidden if hidden.is_control() || is_invisible(hidden) => shown.extend(hidden.escape_unicode()),
            plain => shown.push(plain),
        }
        shown
    })
}

/// Zero width, bidirectional, line separators, language tags: characters that make a reader see another text.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// Returns how many columns the text takes; wide characters take two.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// Cuts text to `room` columns, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let (kept, _) = split_at_column(text, room.saturating_sub(1));
    format!("{kept}…")
}

/// Shortens a path in its middle: the first folder says where, the end says what.
pub(crate) fn elide(path: &str, room: usize) -> String {
    if columns(path) <= room {
        return path.to_owned();
    }
    let first = path.split_inclusive('/').next().unwrap_or_default();
    let head = if columns(first) * 3 <= room { first } else { "" };
    let tails = path.match_indices('/').map(|(at, _)| path.get(at..).unwrap_or_default());
    let fitting = tails.map(|tail| format!("{head}…{tail}")).find(|short| columns(short) <= room);
    fitting.unwrap_or_else(|| last_columns(path, room))
}

fn last_columns(text: &str, room: usize) -> String {
    let starts = text.char_indices().map(|(at, _)| text.get(at..).unwrap_or_default());
    let tail = starts.skip(1).find(|tail| columns(tail) < room).unwrap_or_default();
    format!("…{tail}")
}

/// Breaks a word that no line can hold, behind a separator where there is one.
pub(crate) fn pieces(word: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while columns(rest) > room {
        let (fits, _) = split_at_column(rest, room);
        let behind = fits.rfind(['/', '-', '_', ',', '.', '=', '&', '?', ':', ';']).map_or(0, |at| at + 1);
        let at = if behind >= LEAST_PIECE { behind } else { fits.len() };
        let Some((piece, after)) = rest.split_at_checked(at.max(first_width(rest))) else { break };
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Bytes of the first character, so that every piece takes something.
fn first_width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// Splits where the first part takes at most `room` columns.
fn split_at_column(text: &str, room: usize) -> (&str, &str) {
    let mut used = 0;
    let mut buffer = [0; 4];
    for (at, character) in text.char_indices() {
        used += columns(character.encode_utf8(&mut buffer));
        if used > room {
            return text.split_at_checked(at).unwrap_or((text, ""));
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb\u{9b}1m"), "a\\u{1b}[2Jb\\u{9b}1m");
        assert_eq!(visible("safe\u{202e}lkp.exe"), "safe\\u{202e}lkp.exe");
        assert_eq!(visible("two\nlines\ttab"), "two lines tab");
        assert_eq!(visible("模型-é.pkl"), "模型-é.pkl");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("模型"), 4);
        assert_eq!(cut("模型模型", 5), "模型…");
    }

    #[test]
    fn a_long_path_keeps_its_first_folder_and_its_end() {
        assert_eq!(elide("tests/unit/agents/deep/compose.yml:4", 25), "tests/…/compose.yml:4");
        assert_eq!(elide("short.py:3", 20), "short.py:3");
        assert_eq!(columns(&elide(&"x".repeat(90), 20)), 20);
    }

    proptest::proptest! {
        #[test]
        fn breaking_a_word_loses_nothing_and_fits(word in "[a-z/模é_.]{0,80}", room in 4_usize..30) {
            let broken = pieces(&word, room);
            proptest::prop_assert_eq!(broken.concat(), word.as_str());
            proptest::prop_assert!(broken.iter().all(|piece| columns(piece) <= room));
        }

        #[test]
        fn nothing_visible_is_a_control_character(text in ".{0,60}", room in 4_usize..40) {
            let shown = visible(&text);
            proptest::prop_assert!(!shown.chars().any(|character| character.is_control() || is_invisible(character)));
            proptest::prop_assert!(columns(&cut(&shown, room)) <= room);
            proptest::prop_assert!(columns(&elide(&shown, room)) <= room);
        }
    }
}
