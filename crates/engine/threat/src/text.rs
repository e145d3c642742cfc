//! Text on a diagram: escaping, measuring, shortening.
//!
//! Names come from hostile files. Nothing of them reaches the output but escaped, printable characters.

/// Returns `text` safe inside XML content and attribute values; control characters become spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if is_unprintable(letter) => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Control characters, and the ones that turn writing direction or are no characters at all.
pub(crate) fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Returns the width of `text` in pixels at `size` pixels, rounded up; errs on the wide side.
pub(crate) fn width(text: &str, size: i32) -> i32 {
    let hundredths: i32 = text.chars().map(advance).fold(0, i32::saturating_add);
    hundredths.saturating_mul(size) / 100 + 1
}

/// Advance of a letter in hundredths of the font size, after common sans-serif fonts.
const fn advance(letter: char) -> i32 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 31,
        'f' | 't' | 'r' | ' ' | '/' | '(' | ')' | '[' | ']' | '-' | '·' => 40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '→' => 96,
        'A'..='Z' => 70,
        '\0'..='\u{7f}' => 62,
        '\u{80}'..='\u{24f}' => 66,
        _ => 105,
    }
}

/// Returns `text` shortened with an ellipsis to at most `room` pixels at `size`. A path keeps its end, which tells
/// files apart; other names keep their beginning.
pub(crate) fn shorten(text: &str, room: i32, size: i32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().take(400).collect();
    let is_path = letters.contains(&'/') && !letters.contains(&' ');
    let budget = room - width("…", size);
    let mut used = 0;
    let mut fits = |letter: &&char| {
        used += advance(**letter) * size;
        used / 100 < budget
    };
    let base = text.trim_end_matches('/').rsplit('/').next().filter(|base| is_path && !base.is_empty());
    if let Some(base) = base.map(|base| format!("…/{base}")).filter(|base| width(base, size) <= room) {
        return base;
    }
    if let Some(base) = base.filter(|base| width(base, size) <= room) {
        return base.to_owned();
    }
    if is_path {
        let mut kept: Vec<char> = letters.iter().rev().take_while(&mut fits).copied().collect();
        kept.push('…');
        kept.iter().rev().collect()
    } else {
        let mut kept: Vec<char> = letters.iter().take_while(&mut fits).copied().collect();
        kept.push('…');
        kept.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_name_stays_text() {
        assert_eq!(escape("<script>&\"'\u{202e}\u{7}"), "&lt;script&gt;&amp;&quot;&#39;  ");
    }

    #[test]
    fn a_path_keeps_its_end() {
        let short = shorten("models/production/intent_model.pkl", 125, 12);
        assert_eq!(short, "…/intent_model.pkl");
        let shorter = shorten("models/production/intent_model.pkl", 60, 12);
        assert!(shorter.starts_with('…') && shorter.ends_with("pkl") && width(&shorter, 12) <= 60, "{shorter}");
    }
}
