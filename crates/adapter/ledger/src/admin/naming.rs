//! Whether a text names a subject: what is recorded about an erasure is kept for ever, so who was erased would live on
//! in its reason.
//!
//! Text and name are compared as a reader would: without case, accents, full-width and look-alike letters, invisible
//! characters and whatever stands between words. A name is also looked for without its scheme (`system:`), without its
//! path and as the local part of an address, with its words in any order. It errs towards refusing: a case number is
//! always another way to say it.

use std::collections::HashSet;

/// Shorter parts of a name say too little to be looked for by themselves.
const LEAST_PART: usize = 3;
/// Names at least so long are also found inside longer words.
const LEAST_INSIDE: usize = 5;
/// Names at least so long are also found across words that end and begin elsewhere.
const LEAST_ACROSS: usize = 8;

/// Says whether `text` names `subject`, or what makes it up.
pub fn names(text: &str, subject: &str) -> bool {
    let words = words(text);
    let known: HashSet<&str> = words.iter().map(String::as_str).collect();
    parts(subject).iter().any(|part| is_named(&words, &known, part))
}

/// The whole name, and the parts of it that name just as well.
fn parts(subject: &str) -> Vec<Vec<String>> {
    let bare = subject.rsplit_once(':').map_or(subject, |(_, bare)| bare);
    let last = bare.rsplit_once('/').map_or(bare, |(_, last)| last);
    let local = last.split_once('@').map_or(last, |(local, _)| local);
    let mut parts: Vec<Vec<String>> = vec![words(subject)];
    for part in [bare, last, local].map(words) {
        if letters(&part) >= LEAST_PART && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn is_named(words: &[String], known: &HashSet<&str>, part: &[String]) -> bool {
    let joined = part.concat();
    let is_run = (0..words.len()).any(|start| is_run_of(words.get(start..).unwrap_or_default(), &joined));
    let is_inside = letters(part) >= LEAST_INSIDE && words.iter().any(|word| word.contains(&joined));
    let is_across = letters(part) >= LEAST_ACROSS && words.concat().contains(&joined);
    let telling: Vec<&String> = part.iter().filter(|word| word.chars().count() >= LEAST_PART).collect();
    let is_shuffled = telling.len() > 1 && telling.iter().all(|word| known.contains(word.as_str()));
    is_run || is_inside || is_across || is_shuffled
}

/// Says whether these words, put together from the first on, are just `joined`.
fn is_run_of(words: &[String], mut joined: &str) -> bool {
    for word in words {
        match joined.strip_prefix(word.as_str()) {
            Some("") => return true,
            Some(rest) => joined = rest,
            None => return false,
        }
    }
    false
}

fn letters(words: &[String]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

/// Cuts a text into words of letters and digits in their plainest form.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in text.chars().filter(|character| !is_mark(*character)) {
        for lower in unwidened(character).to_lowercase() {
            // Lower case may come with a mark of its own.
            if is_mark(lower) {
                continue;
            }
            let plain = plain(lower);
            match words.last_mut() {
                Some(word) if plain.is_alphanumeric() => word.push(plain),
                Some(word) if !word.is_empty() => words.push(String::new()),
                _ => {}
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A full-width form as its ordinary one.
fn unwidened(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        other => other,
    }
}

/// Combining marks, and what nobody sees.
fn is_mark(character: char) -> bool {
    super::plain::is_hidden(character) && !character.is_control()
        || matches!(character, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}')
}

/// A small letter without its accent, or the Latin one it looks like.
fn plain(letter: char) -> char {
    const FORMS: [(char, &str); 23] = [
        ('a', "àáâãäåāăąǎǻаα"),
        ('b', "ƀɓ"),
        ('c', "çćĉċčс"),
        ('d', "ďđð"),
        ('e', "èéêëēĕėęěеё"),
        ('g', "ĝğġģǧ"),
        ('h', "ĥħһ"),
        ('i', "ìíîïĩīĭįıǐіι"),
        ('j', "ĵј"),
        ('k', "ķǩк"),
        ('l', "ĺļľŀł"),
        ('n', "ñńņňŉǹ"),
        ('o', "òóôõöøōŏőǒоο"),
        ('p', "р"),
        ('q', "ԛ"),
        ('r', "ŕŗř"),
        ('s', "śŝşšșѕ"),
        ('t', "ţťŧț"),
        ('u', "ùúûüũūŭůűųǔυ"),
        ('v', "ѵν"),
        ('w', "ŵԝ"),
        ('x', "хχ"),
        ('y', "ýÿŷу"),
    ];
    let base = FORMS.iter().find(|(_, forms)| forms.contains(letter)).map(|(base, _)| *base);
    base.unwrap_or(match letter {
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for (subject, text) in [
            ("system:acme-support", "request about system:acme-support"),
            ("system:acme-support", "ACME_Support asked"),
            ("system:acme-support", "the acmesupport case"),
            ("system:acme-support", "support of Acme was closed"),
            ("ADA@example.org", "ada@example.org asked"),
            ("ada lovelace", "asked by Lovelace, Ada on Monday"),
            ("anna.lindqvist@example.org", "Anna Lindqvist's wish"),
            ("anna.lindqvist@example.org", "annalindqvist42 asked"),
            ("user:björn", "Bjorn asked"),
            ("user:bjorn", "bjo\u{308}rn asked"),
            ("anna", "\u{ff21}\u{ff4e}\u{ff4e}\u{ff41} asked"),
            ("anna", "an\u{200b}na asked"),
            ("anna", "\u{430}nn\u{430} asked, in Cyrillic letters"),
            ("anna", "a-n-n-a asked"),
            ("12", "patient 12"),
        ] {
            assert!(names(text, subject), "{subject}: {text}");
        }
    }

    #[test]
    fn other_words_name_nobody() {
        for (subject, text) in [
            ("ada", "the canada case"),
            ("ada", "request 7"),
            ("system:t", "the policy of 2026, part t"),
            ("system:acme-support", "support request 12, on another system"),
            ("anna.lindqvist@example.org", "request 12 of the example"),
            ("system:acme-support", ""),
            ("", "anything"),
        ] {
            assert!(!names(text, subject), "{subject}: {text}");
        }
    }
}
