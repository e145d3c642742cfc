//! Text that shows as what it is: what stands in the log in clear for ever must not move a terminal's cursor or read
//! backwards. Source: CWE-150 (escape sequences), CVE-2021-42574 (bidirectional controls).

/// Says whether a character is not seen, or changes how others are: controls, bidirectional marks, zero width, tags.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Says whether a text shows nothing: no character of it is more than a space, a filler or a mark that needs a letter.
pub fn is_blank(text: &str) -> bool {
    let is_filler = |character: char| {
        matches!(character, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
            || matches!(character, '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}')
            || matches!(character, '\u{e0100}'..='\u{e01ef}')
    };
    text.chars().all(|character| character.is_whitespace() || is_hidden(character) || is_filler(character))
}

#[cfg(test)]
mod tests {
    use super::{is_blank, is_hidden};

    #[test]
    fn what_shows_nothing_is_blank_and_a_letter_is_enough() {
        for blank in ["", " ", "\t\n", "\u{a0}\u{3000}", "\u{2800}\u{3164}", "\u{200b}", " \u{fe0f}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", " Zoë ", "中", "🙂\u{fe0f}", "-", "é"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn letters_of_all_writings_are_seen_and_controls_are_not() {
        assert!("Zoë שלום 中文 🙂 é".chars().all(|character| !is_hidden(character)));
        assert!("\u{1b}\u{7}\n\u{9b}\u{202e}\u{2066}\u{200b}\u{feff}\u{7f}".chars().all(is_hidden));
    }
}
