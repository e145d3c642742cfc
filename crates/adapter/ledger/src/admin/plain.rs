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

#[cfg(test)]
mod tests {
    use super::is_hidden;

    #[test]
    fn letters_of_all_writings_are_seen_and_controls_are_not() {
        assert!("Zoë שלום 中文 🙂 é".chars().all(|character| !is_hidden(character)));
        assert!("\u{1b}\u{7}\n\u{9b}\u{202e}\u{2066}\u{200b}\u{feff}\u{7f}".chars().all(is_hidden));
    }
}
