//! What a content is found by: its words, and pairs of words that are joined, as in `user-42` or `ada@example.org`.
//!
//! Text is folded first: small letters, `ς` as `σ`. A word is a run of letters, digits and combining marks. Of scripts
//! that set no spaces (Han, Kana, Thai and their like) every character is a word. Two words are joined when they touch
//! or exactly one of `- _ . @ : / + # ~ % & = '` stands between them; the pair is a term of its own, so that an
//! identifier is found whole without looking at everything that has its parts.
//! JSON hides text behind escapes: a content with a backslash is read as it is and again with escapes resolved.

use std::borrow::Cow;
use std::ops::Range;

/// How often escapes are resolved: JSON in a string of JSON in a string of JSON.
const MOST_READINGS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Letter,
    /// A word by itself.
    Alone,
    /// May join words.
    Joint,
    /// Parts words.
    Gap,
}

fn class(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
        '-' | '_' | '.' | '@' | ':' | '/' | '+' | '#' | '~' | '%' | '&' | '=' | '\'' => Class::Joint,
        ascii if ascii.is_ascii() => Class::Gap,
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' => Class::Letter,
        unspaced if is_unspaced(unspaced) => Class::Alone,
        other if other.is_alphanumeric() => Class::Letter,
        _ => Class::Gap,
    }
}

/// Letters of scripts that do not part words with spaces.
fn is_unspaced(character: char) -> bool {
    let in_block = matches!(character,
        '\u{e00}'..='\u{eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' // Kana
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{20000}'..='\u{3ffff}');
    in_block && character.is_alphanumeric()
}

/// Returns text as it is compared.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = |character: char| character.to_lowercase().map(|small| if small == 'ς' { 'σ' } else { small });
    text.chars().flat_map(folded).collect()
}

/// Returns the folded texts a content can be read as, as it stands first.
pub(super) fn readings(content: &[u8]) -> Vec<String> {
    let mut text: Cow<'_, str> = String::from_utf8_lossy(content);
    let mut readings = Vec::with_capacity(1);
    loop {
        readings.push(fold(&text));
        if readings.len() == MOST_READINGS || !text.contains('\\') {
            return readings;
        }
        text = Cow::Owned(resolve(&text));
    }
}

/// Resolves the escapes of JSON wherever they stand; what is none stays.
fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        resolved.push_str(before);
        let (character, used) = escaped(behind);
        resolved.push(character);
        rest = behind.get(used..).unwrap_or_default();
    }
    resolved.push_str(rest);
    resolved
}

/// The character an escape stands for, and how many bytes behind the backslash belong to it.
fn escaped(behind: &str) -> (char, usize) {
    match behind.as_bytes().first() {
        Some(b'n' | b'r' | b't' | b'b' | b'f') => (' ', 1),
        Some(plain @ (b'"' | b'\\' | b'/')) => (char::from(*plain), 1),
        Some(b'u') => unicode(behind).unwrap_or(('\\', 0)),
        _ => ('\\', 0),
    }
}

/// `uXXXX`, or the two halves of a character beyond the first plane.
fn unicode(behind: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let high = unit(behind)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, 5));
    }
    let low = unit(behind.get(5..)?.strip_prefix('\\')?)?;
    let is_pair = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    let code = is_pair.then(|| 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?;
    Some((char::from_u32(code)?, 11))
}

/// A word of a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// It is joined to the word before.
    pub(super) is_joined: bool,
    /// It is a character that is a word wherever it stands.
    pub(super) is_alone: bool,
}

/// The words of a folded text, in order.
pub(super) struct Words<'t> {
    text: &'t str,
    at: usize,
    is_first: bool,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, is_first: true }
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let (mut joints, mut gaps, mut start) = (0_usize, 0_usize, None);
        let from = self.at;
        for (offset, character) in self.text.get(from..)?.char_indices() {
            let at = from + offset;
            match (class(character), start) {
                (Class::Letter, None) => start = Some(at),
                (Class::Letter, Some(_)) => {}
                (Class::Alone, None) => {
                    return Some(self.word(at..at + character.len_utf8(), joints + gaps, gaps, true));
                }
                (_, Some(start)) => return Some(self.word(start..at, joints + gaps, gaps, false)),
                (Class::Joint, None) => joints += 1,
                (Class::Gap, None) => gaps += 1,
            }
        }
        let found = start.map(|start| self.word(start..self.text.len(), joints + gaps, gaps, false));
        self.at = self.text.len();
        found
    }
}

impl Words<'_> {
    fn word(&mut self, range: Range<usize>, between: usize, gaps: usize, is_alone: bool) -> Word {
        let is_joined = !self.is_first && gaps == 0 && between <= 1;
        (self.at, self.is_first) = (range.end, false);
        Word { range, is_joined, is_alone }
    }
}

/// Hands out every term of a folded text, in order, as often as it occurs; stops when `take` says false.
pub(super) fn terms(folded: &str, mut take: impl FnMut(&str) -> bool) {
    let mut before = 0;
    for word in Words::new(folded) {
        let mut is_wanted = take(folded.get(word.range.clone()).unwrap_or_default());
        if word.is_joined {
            is_wanted &= take(folded.get(before..word.range.end).unwrap_or_default());
        }
        if !is_wanted {
            return;
        }
        before = word.range.start;
    }
}

/// Says whether a part of a folded text begins and ends where words do.
pub(super) fn is_whole(folded: &str, part: &Range<usize>) -> bool {
    let is_letter = |character: Option<char>| character.is_some_and(|character| class(character) == Class::Letter);
    let (before, behind) = (folded.get(..part.start), folded.get(part.end..));
    let within = folded.get(part.clone()).unwrap_or_default();
    let is_cut_before = is_letter(before.and_then(|text| text.chars().next_back())) && is_letter(within.chars().next());
    let is_cut_behind = is_letter(behind.and_then(|text| text.chars().next())) && is_letter(within.chars().next_back());
    !is_cut_before && !is_cut_behind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        for reading in readings(text.as_bytes()) {
            terms(&reading, |term| {
                all.push(term.to_owned());
                true
            });
        }
        all
    }

    #[test]
    fn words_and_joined_pairs_are_terms() {
        assert_eq!(of("Hello, World!"), ["hello", "world"]);
        assert_eq!(of("user-42 said"), ["user", "42", "user-42", "said"]);
        assert_eq!(of("ada@example.org."), ["ada", "example", "ada@example", "org", "example.org"]);
        assert_eq!(of("gpt-4o--mini"), ["gpt", "4o", "gpt-4o", "mini"]);
        assert_eq!(of("Grüße ΟΔΟΣ e\u{301}t"), ["grüße", "οδοσ", "e\u{301}t"]);
        assert_eq!(of("東京x"), ["東", "京", "東京", "x", "京x"]);
        assert_eq!(of("-a_"), ["a"]);
        assert!(of(" .-\n…").is_empty());
    }

    #[test]
    fn escapes_hide_no_word() {
        assert_eq!(of(r"one\ntwo"), ["one", "ntwo", "one", "two"]);
        assert!(of(r"Gr\u00fc\u00DFe").contains(&"grüße".to_owned()));
        assert!(of(r"\ud83d\ude00x \ud83dy \u12").contains(&"x".to_owned()));
        assert!(of(r#"{"a":"{\"b\":\"one\\ntwo\"}"}"#).contains(&"two".to_owned()));
        assert!(of(r"C:\new\table").contains(&"new".to_owned()));
        assert_eq!(resolve(r"a\qb\"), r"a\qb\");
    }

    #[test]
    fn a_part_is_whole_where_no_word_is_cut() {
        let text = "user-42 東京";
        for (part, is_it) in [("user", true), ("ser", false), ("42", true), ("4", false), ("-4", false), ("京", true)]
        {
            let start = text.find(part).unwrap();
            assert_eq!(is_whole(text, &(start..start + part.len())), is_it, "{part}");
        }
    }
}
