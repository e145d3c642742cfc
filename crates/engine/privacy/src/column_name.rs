//! What a column's name says: `customerEmail`, `contact.phone_no`, `messages[].content` as plain lower-case words.

/// A column's name as words, for matching against the context words of rules.
#[derive(Debug, Clone)]
pub(crate) struct ColumnName {
    /// ` customer email `: words between single spaces, with one at each end.
    words: String,
}

impl ColumnName {
    /// Splits at case changes and at everything that is neither letter nor digit.
    pub(crate) fn new(name: &str) -> Self {
        let mut words = String::with_capacity(name.len() + 8);
        words.push(' ');
        let mut previous = ' ';
        for letter in name.chars() {
            let starts_word = letter.is_uppercase() && previous.is_lowercase();
            if (starts_word || !letter.is_alphanumeric()) && !words.ends_with(' ') {
                words.push(' ');
            }
            if letter.is_alphanumeric() {
                words.extend(letter.to_lowercase());
            }
            previous = letter;
        }
        if !words.ends_with(' ') {
            words.push(' ');
        }
        Self { words }
    }

    /// Says whether the name holds `phrase` as whole words, a plural s allowed.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        self.words.match_indices(phrase).any(|(start, _)| {
            let after = self.words.get(start + phrase.len()..).unwrap_or_default();
            self.words.get(..start).is_some_and(|before| before.ends_with(' '))
                && (after.starts_with(' ') || after.starts_with("s "))
        })
    }

    /// Returns the last word.
    pub(crate) fn last_word(&self) -> &str {
        self.words.trim().rsplit(' ').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_name_is_split_at_case_and_punctuation() {
        assert!(ColumnName::new("customerEmail").says("email"));
        assert!(ColumnName::new("user.phone_numbers[]").says("phone number"));
        assert!(!ColumnName::new("emailed_at").says("email"));
        assert_eq!(ColumnName::new("contact_name").last_word(), "name");
    }
}
