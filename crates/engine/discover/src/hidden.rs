//! Characters a person does not see but a model reads.
//!
//! Source: Unicode tag characters (U+E0000 block), variation selectors, zero-width characters, and the bidirectional
//! overrides of "Trojan Source" (CVE-2021-42574).

use crate::facts::Hidden;

/// So many invisible characters in a row carry a message; fewer are typography.
const LEAST_RUN: usize = 4;

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Tags,
    ZeroWidth,
    Variation,
    Bidi,
}

impl Form {
    const ALL: [Self; 4] = [Self::Tags, Self::ZeroWidth, Self::Variation, Self::Bidi];

    fn of(c: char) -> Option<Self> {
        match c {
            '\u{E0000}'..='\u{E007F}' => Some(Self::Tags),
            '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => Some(Self::ZeroWidth),
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => Some(Self::Variation),
            '\u{202D}' | '\u{202E}' => Some(Self::Bidi),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::ZeroWidth => "zero_width",
            Self::Variation => "variation_selectors",
            Self::Bidi => "bidi_override",
        }
    }
}

/// Returns what is hidden in a text: one entry a form.
pub(crate) fn find(text: &str) -> Vec<Hidden> {
    if text.is_ascii() {
        return Vec::new();
    }
    let mut found: Vec<(Form, usize, u32)> = Vec::new();
    let mut line = 1_u32;
    let mut run: Option<(Form, usize)> = None;
    let mut is_flag = false;
    for c in text.chars().chain(std::iter::once('\n')) {
        let form = Form::of(c);
        match (form, &mut run) {
            (Some(form), Some((open, count))) if form == *open => *count += 1,
            _ => {
                if let Some((form, count)) = run.take() {
                    note(&mut found, form, count, line, is_flag);
                }
                run = form.map(|form| (form, 1));
                // A black flag followed by tags is the flag of a region.
                if form.is_some() {
                    continue;
                }
            }
        }
        if form.is_none() {
            is_flag = c == '\u{1F3F4}';
            line += u32::from(c == '\n');
        }
    }
    let entry = |form: Form| {
        let (_, count, line) = found.iter().find(|(known, ..)| *known == form)?;
        Some(Hidden { form: form.name().to_owned(), count: *count, line: *line })
    };
    Form::ALL.into_iter().filter_map(entry).collect()
}

fn note(found: &mut Vec<(Form, usize, u32)>, form: Form, count: usize, line: u32, is_flag: bool) {
    let is_typography = match form {
        Form::Tags => is_flag,
        Form::Bidi => false,
        Form::ZeroWidth | Form::Variation => count < LEAST_RUN,
    };
    if is_typography {
        return;
    }
    match found.iter_mut().find(|(known, ..)| *known == form) {
        Some((_, total, _)) => *total += count,
        None => found.push((form, count, line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_in_tag_characters_is_seen_and_a_flag_is_not() {
        let hidden: String = "ignore all".chars().filter_map(|c| char::from_u32(0xE0000 + u32::from(c))).collect();
        let found = find(&format!("# Rules\nBe kind.{hidden}\n"));
        assert_eq!((found[0].form.as_str(), found[0].count, found[0].line), ("tags", 10, 2));
        let flag = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} x";
        assert!(find(flag).is_empty());
    }

    #[test]
    fn emoji_and_scripts_are_typography() {
        assert!(find("\u{FEFF}👩\u{200D}👩\u{200D}👧 ❤\u{FE0F} क्\u{200D}ष می\u{200C}خواهم").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched(text in "\\PC{0,100}") {
            let _ = find(&text);
        }
    }
}
