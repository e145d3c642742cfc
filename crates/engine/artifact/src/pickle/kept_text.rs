//! The texts of a pickle that may be names, each kept once.
//!
//! A text is a number from then on: comparing and storing it costs nothing, and it can be read again after the window
//! has moved on. Texts, bytes and steps of one look-up have bounds, so that no choice of texts makes it slow or large.

use std::sync::LazyLock;

use super::array_block::DESCRIPTION;
use super::weigh::LOOKED_UP;

/// Texts kept of one pickle.
const MAX_TEXTS: usize = 1 << 14;
/// Bytes kept of one pickle.
const MAX_BYTES: usize = 1024 * 1024;
/// Places looked at for one text.
const MAX_STEPS: usize = 64;
/// An odd number with an even mix of bits: the golden ratio in 64 bits.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a text means as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing by itself.
    Plain,
    /// Tells the size of a raw array block.
    Description,
    /// A method that an opcode looks up.
    LookedUp,
    /// The version of a library.
    Version,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    length: u16,
    meaning: Meaning,
}

/// The texts kept.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Open addressing: what is mixed of a text and its number plus one, 0 where there is none.
    slots: Vec<(u32, u32)>,
}

/// What every pickle starts with: the texts that mean something.
static KNOWN: LazyLock<Texts> = LazyLock::new(|| {
    let mut texts = Texts { bytes: Vec::new(), entries: Vec::new(), slots: vec![(0, 0); 64] };
    for text in DESCRIPTION.iter().chain(&LOOKED_UP) {
        texts.keep(text.as_bytes());
    }
    texts
});

impl Texts {
    pub(super) fn new() -> Self {
        KNOWN.clone()
    }

    /// Returns the number of a text, which is kept if it is new; nothing when a bound is reached.
    pub(super) fn keep(&mut self, text: &[u8]) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mixed = mix(text);
        let mut place = first_place(mixed) & mask;
        for _ in 0..MAX_STEPS {
            match self.slots.get(place).copied().unwrap_or((0, 0)) {
                (_, 0) => return self.add(text, mixed, place),
                (same, found) if same == mixed && self.get(found - 1) == text => return Some(found - 1),
                _ => place = (place + 1) & mask,
            }
        }
        None
    }

    /// Returns the bytes of a text.
    pub(super) fn get(&self, number: u32) -> &[u8] {
        let Some(entry) = self.entry(number) else { return &[] };
        let start = usize::try_from(entry.start).unwrap_or(usize::MAX);
        self.bytes.get(start..start.saturating_add(usize::from(entry.length))).unwrap_or_default()
    }

    /// Returns what a text means as a key.
    pub(super) fn meaning(&self, number: u32) -> Meaning {
        self.entry(number).map_or(Meaning::Plain, |entry| entry.meaning)
    }

    fn entry(&self, number: u32) -> Option<Entry> {
        self.entries.get(usize::try_from(number).ok()?).copied()
    }

    fn add(&mut self, text: &[u8], mixed: u32, place: usize) -> Option<u32> {
        if self.entries.len() >= MAX_TEXTS || self.bytes.len() + text.len() > MAX_BYTES {
            return None;
        }
        let number = u32::try_from(self.entries.len()).ok()?;
        let entry = Entry {
            start: u32::try_from(self.bytes.len()).ok()?,
            length: u16::try_from(text.len()).ok()?,
            meaning: meaning(text),
        };
        self.bytes.extend_from_slice(text);
        self.entries.push(entry);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = (mixed, number + 1);
        }
        if self.entries.len() * 3 > self.slots.len() {
            self.grow();
        }
        Some(number)
    }

    /// Doubles the places; a text that finds none within the steps is kept again when it comes again.
    fn grow(&mut self) {
        let mut slots = vec![(0_u32, 0_u32); self.slots.len() * 2];
        let mask = slots.len() - 1;
        for (mixed, number) in self.slots.iter().filter(|(_, number)| *number > 0) {
            let mut place = first_place(*mixed) & mask;
            for _ in 0..MAX_STEPS {
                if let Some(slot) = slots.get_mut(place).filter(|(_, taken)| *taken == 0) {
                    *slot = (*mixed, *number);
                    break;
                }
                place = (place + 1) & mask;
            }
        }
        self.slots = slots;
    }
}

fn meaning(text: &[u8]) -> Meaning {
    let is_one_of = |known: &[&str]| known.iter().any(|known| known.as_bytes() == text);
    if is_one_of(&DESCRIPTION) {
        Meaning::Description
    } else if is_one_of(&LOOKED_UP) {
        Meaning::LookedUp
    } else if text.ends_with(b"_version") && text.len() <= 40 {
        Meaning::Version
    } else {
        Meaning::Plain
    }
}

/// Mixes the bytes of a text into one number.
fn mix(text: &[u8]) -> u32 {
    let step = |mixed: u64, word: u64| {
        let mixed = (mixed ^ word).wrapping_mul(MULTIPLIER);
        mixed ^ mixed >> 32
    };
    let (words, rest) = text.as_chunks::<8>();
    let mixed = words.iter().fold(text.len() as u64, |mixed, word| step(mixed, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    // The upper half of a product depends on every bit below it.
    let [.., a, b, c, d] = step(mixed, u64::from_le_bytes(last)).wrapping_mul(MULTIPLIER).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

fn first_place(mixed: u32) -> usize {
    usize::try_from(mixed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number_and_others_another() {
        let mut texts = Texts::new();
        let numbers: Vec<_> =
            (0..5_000).map(|index: u32| texts.keep(format!("name_{index}").as_bytes()).unwrap()).collect();
        for (index, number) in numbers.iter().enumerate() {
            assert_eq!(texts.get(*number), format!("name_{index}").as_bytes());
            assert_eq!(texts.keep(format!("name_{index}").as_bytes()), Some(*number));
        }
    }

    #[test]
    fn keys_that_mean_something_are_known() {
        let mut texts = Texts::new();
        for (text, expected) in [
            ("shape", Meaning::Description),
            ("__setstate__", Meaning::LookedUp),
            ("_sklearn_version", Meaning::Version),
            ("weights", Meaning::Plain),
        ] {
            let number = texts.keep(text.as_bytes()).unwrap();
            assert_eq!(texts.meaning(number), expected, "{text}");
        }
    }

    #[test]
    fn texts_beyond_the_bound_are_not_kept() {
        let mut texts = Texts::new();
        let long = vec![b'x'; 512];
        let kept = (0_u32..20_000).filter(|index| {
            let text = [long.as_slice(), &index.to_le_bytes()].concat();
            texts.keep(&text).is_some()
        });
        assert!(kept.count() < MAX_BYTES / 512 + 1);
    }
}
