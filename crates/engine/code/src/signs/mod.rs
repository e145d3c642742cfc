//! What must stand in a Python text for a reader to find anything in it by itself.
//!
//! Parsing and following values costs a hundred times what looking for words costs, and most files that the [gate]
//! lets through are only on the way between others: they ask no model and serve nothing, they hand values on. Such a
//! file is put off until another one leads to it ([`crate::CodeEngine::join`]); nothing else can come of it.
//!
//! A sign is a word and what must stand around it. Signs are necessary, not sufficient: a file without any gives empty
//! facts, whatever readers look for, which tests hold against readers on real and made-up sources. Whoever teaches a
//! reader something new adds its sign here.
//!
//! [gate]: crate::gate

mod around;
mod imported;
mod literal;
mod prose;
mod strips;
mod texts;
mod words;

use std::collections::BTreeSet;

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, BuildError, MatchError};

use around::Around;
use prose::Prose;
use strips::{STRIPS, Strips};
use texts::Texts;
use words::Check;

/// What a scan came by.
struct Seen<'a> {
    prose: Prose<'a>,
    texts: Texts<'a>,
    /// Lists of words of which one must stand somewhere in the text.
    parts: BTreeSet<&'static [&'static str]>,
}

/// The scan for every word.
#[derive(Debug)]
pub(crate) struct Signs {
    words: DFA,
    checks: Vec<Check>,
}

impl Signs {
    /// Builds the scan.
    pub(crate) fn new() -> Result<Self, BuildError> {
        let (words, checks): (Vec<String>, Vec<Check>) = words::all().into_iter().unzip();
        // Every file that passes the gate goes through it, so that a table that takes longer to build pays.
        Ok(Self { words: DFA::new(words)?, checks })
    }

    /// Says whether a reader may find something in a text without looking at other files.
    pub(crate) fn stand_in(&self, path: &str, text: &str) -> bool {
        // Django names what it serves in files of this name alone. In doubt a file is read.
        path.ends_with("urls.py") || self.scan(path, text).unwrap_or(true)
    }

    /// Looks at every word, those inside others too. The library's own loop can be stopped and taken up again at any
    /// byte, which costs half of its time.
    fn scan(&self, path: &str, text: &str) -> Result<bool, MatchError> {
        let mut seen = Seen { prose: Prose::of(text.as_bytes()), texts: Texts::default(), parts: BTreeSet::new() };
        let strips = Strips::of(text.as_bytes(), self.words.max_pattern_len());
        let mut states = [self.words.start_state(Anchored::No)?; STRIPS];
        for (at, bytes) in strips.together() {
            for (state, byte) in states.iter_mut().zip(bytes) {
                *state = self.words.next_state(Anchored::No, *state, byte);
            }
            if states.iter().any(|state| self.words.is_special(*state)) {
                for (state, begin) in states.iter().zip(strips.begins) {
                    if self.is_told(*state, path, text, begin + at + 1, &mut seen) {
                        return Ok(true);
                    }
                }
            }
        }
        for (state, (at, rest)) in states.iter_mut().zip(strips.rests()) {
            for (byte, at) in rest.iter().zip(at..) {
                *state = self.words.next_state(Anchored::No, *state, *byte);
                if self.words.is_special(*state) && self.is_told(*state, path, text, at + 1, &mut seen) {
                    return Ok(true);
                }
            }
        }
        Ok(seen.parts.into_iter().any(|others| around::calls_one_of(text, others)))
    }

    /// Says whether a word that ends at `end`, where the scan came to `state`, is a sign.
    fn is_told<'a>(&self, state: StateID, path: &str, text: &'a str, end: usize, seen: &mut Seen<'a>) -> bool {
        let words = if self.words.is_match(state) { self.words.match_len(state) } else { 0 };
        (0..words).any(|index| {
            let word = self.words.match_pattern(state, index);
            let around = Around { text, start: end - self.words.pattern_len(word), end };
            self.checks.get(word.as_usize()).is_none_or(|check| is_sign(*check, path, around, seen))
        })
    }
}

/// Says whether a word is a sign. One that is a sign only beside others leaves them in `seen`.
fn is_sign<'a>(check: Check, path: &str, around: Around<'a>, seen: &mut Seen<'a>) -> bool {
    let beside = match check {
        Check::Statement if !around.is_on_database() => Some(words::DATABASES),
        Check::Address if !around.may_be_in_address() => return false,
        Check::Address => Some(words::SENDERS),
        Check::Part(position) => words::PARTS.get(position).map(|part| part.others),
        _ => None,
    };
    // Most words are no sign anyway, which is cheaper to see than whether they are prose.
    if let Some(others) = beside {
        if !seen.parts.contains(others) && !seen.prose.covers(around.start) {
            seen.parts.insert(others);
        }
        return false;
    }
    if !is_sign_alone(check, path, around, seen) {
        return false;
    }
    // These may stand in texts of the program: names of files, addresses, messages.
    let is_in_texts = matches!(check, Check::Plain | Check::Role | Check::Named);
    !if is_in_texts { seen.prose.covers(around.start) } else { seen.prose.covers_code(around.start) }
}

/// Says whether a word is a sign, whatever else the text holds, unless it is prose.
fn is_sign_alone<'a>(check: Check, path: &str, around: Around<'a>, seen: &mut Seen<'a>) -> bool {
    match check {
        Check::Plain | Check::Statement => true,
        Check::Call => around.is_called(),
        Check::Bare => around.is_called() && !around.is_method(),
        Check::Import => imported::tells(path, around),
        Check::Decorator => around.is_telling_decorator(),
        Check::Method => around.is_on_model(),
        Check::Shape => around.is_asked_with_messages(&mut seen.prose),
        Check::Named => around.is_text_bound(),
        Check::Told => around.is_told(seen),
        Check::Role => around.is_role(seen),
        Check::Turned(value) => around.is_turned(value),
        Check::Filed => around.is_given(),
        Check::Address | Check::Part(_) => false,
    }
}

#[cfg(test)]
mod tests;
