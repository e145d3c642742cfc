//! What the classifier sees of a value: each feature is hashed to one of the buckets that have a weight.
//!
//! The program and `specs/secrets/train.py` share this one extractor: the script is handed bucket numbers.

use super::model::BUCKETS;
use crate::form::FileForm;
use crate::judge::{is_chosen_password, is_unread, is_uuid};
use crate::name::words;
use crate::placeholder::{contains, is_known_default, is_placeholder};
use crate::randomness::{entropy, is_patterned, looks_random, reads_like_words, sounds_like_words, word_share};

/// Bytes before a name and after a value whose words count.
const AROUND: usize = 60;
/// Words taken from either side.
const AROUND_WORDS: usize = 5;
/// Longest value that is a feature as a whole, in bytes.
const WHOLE_VALUE: usize = 20;
/// Words of paths that say what a file is for.
const PATH_WORDS: [&str; 22] = [
    "test", "tests", "spec", "specs", "example", "examples", "sample", "samples", "doc", "docs", "demo", "mock",
    "fixture", "fixtures", "vendor", "conf", "config", "deploy", "docker", "template", "client", "server",
];

/// How a value was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Assigned to a name.
    Name,
    /// In an address.
    Address,
    /// By the expression of a rule.
    Form,
}

/// A value, its name and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sketch<'a> {
    pub(crate) path: &'a str,
    pub(crate) content: &'a [u8],
    pub(crate) form: FileForm,
    pub(crate) origin: Origin,
    /// The rule that would tell it.
    pub(crate) rule: &'a str,
    /// The name, the user of an address, or nothing.
    pub(crate) name: &'a [u8],
    /// What is judged: the value, or the password within it.
    pub(crate) value: &'a [u8],
    /// Where the name (or the value, if it has none) begins.
    pub(crate) start: usize,
    /// Where the value ends.
    pub(crate) end: usize,
    /// Whether the rules believe it without the classifier.
    pub(crate) is_believed: bool,
}

/// Buckets, each with the kind of feature as its first byte.
struct Buckets(Vec<u16>);

impl Buckets {
    fn add(&mut self, kind: u8, parts: &[&[u8]]) {
        // FNV-1a; parts are kept apart, so that "ab" + "c" is not "a" + "bc".
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut mix = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        mix(kind);
        for part in parts {
            part.iter().for_each(|byte| mix(byte.to_ascii_lowercase()));
            mix(0xff);
        }
        let folded = usize::try_from((hash ^ (hash >> 32)) & 0xffff).unwrap_or_default() & (BUCKETS - 1);
        self.0.extend(u16::try_from(folded));
    }
}

/// Returns the buckets of everything the classifier sees, each once.
pub(crate) fn features(sketch: &Sketch<'_>) -> Vec<u16> {
    let mut buckets = Buckets(Vec::with_capacity(160));
    let quality = quality(sketch);
    of_name(sketch, quality, &mut buckets);
    of_value(sketch, quality, &mut buckets);
    of_place(sketch, quality, &mut buckets);
    buckets.0.sort_unstable();
    buckets.0.dedup();
    buckets.0
}

/// What the tests of the judge say of the value, a bit each.
fn quality(sketch: &Sketch<'_>) -> u8 {
    let value = sketch.value;
    let tests = [
        is_placeholder(value),
        is_known_default(value),
        looks_random(value),
        sounds_like_words(value),
        reads_like_words(value),
        is_unread(value),
        is_chosen_password(value),
        is_patterned(value),
    ];
    tests.iter().fold(0, |bits, is_so| bits << 1 | u8::from(*is_so))
}

fn of_name(sketch: &Sketch<'_>, quality: u8, buckets: &mut Buckets) {
    let words = words(sketch.name.get(..sketch.name.len().min(80)).unwrap_or_default());
    let last = words.last().map_or(&b""[..], |word| word.as_bytes());
    for word in &words {
        buckets.add(b'w', &[word.as_bytes()]);
        for part in word.as_bytes().windows(4) {
            buckets.add(b'g', &[part]);
        }
    }
    for pair in words.windows(2) {
        if let [first, second] = pair {
            buckets.add(b'b', &[first.as_bytes(), second.as_bytes()]);
        }
    }
    buckets.add(b'l', &[last]);
    buckets.add(b'n', &[sketch.name]);
    buckets.add(b'L', &[last, &[quality]]);
    buckets.add(b'u', &[last, &[size(sketch.value.len())]]);
    buckets.add(b'h', &[last, &shape(sketch.value)]);
    let (name, value) = (sketch.name.to_ascii_lowercase(), sketch.value.to_ascii_lowercase());
    let shares = !name.is_empty() && (contains(&value, &name) || contains(&name, &value));
    buckets.add(b'z', &[&[u8::from(shares)]]);
    let holds_last = last.len() >= 3 && contains(&value, last);
    buckets.add(b'Z', &[&[u8::from(holds_last)]]);
}

fn of_value(sketch: &Sketch<'_>, quality: u8, buckets: &mut Buckets) {
    let value = sketch.value;
    let lower = value.to_ascii_lowercase();
    buckets.add(b's', &[&shape(value)]);
    buckets.add(b'k', &[&[kind_of(value)]]);
    buckets.add(b'j', &[&[kind_of(value), size(value.len())]]);
    buckets.add(b'i', &[&[size(value.len()), quality]]);
    buckets.add(b'm', &[&[quality]]);
    for bit in 0..8_u8 {
        buckets.add(b'M', &[&[bit, quality >> bit & 1]]);
    }
    if value.len() <= WHOLE_VALUE {
        buckets.add(b'v', &[&lower]);
    }
    for part in lower.windows(3) {
        buckets.add(b'3', &[part]);
    }
    for word in words(value).iter().filter(|word| word.len() >= 3) {
        buckets.add(b'W', &[word.as_bytes()]);
    }
    let share = tenths(word_share(value).unwrap_or(1.1));
    buckets.add(b'c', &[&[share, size(value.len())]]);
    buckets.add(b'C', &[&[share, kind_of(value)]]);
    buckets.add(b'e', &[&[tenths(entropy(value) / 4.0)]]);
    buckets.add(b'E', &[&[tenths(entropy(value) / 4.0), size(value.len())]]);
    buckets.add(b'y', &[&[longest_run(&lower, is_consonant), longest_run(&lower, is_vowel)]]);
    let vowels = lower.iter().filter(|byte| is_vowel(**byte)).count() as f64 / lower.len().max(1) as f64;
    buckets.add(b'Y', &[&[tenths(vowels), kind_of(value)]]);
}

fn of_place(sketch: &Sketch<'_>, quality: u8, buckets: &mut Buckets) {
    let form = sketch.form;
    let origin = [sketch.origin as u8, u8::from(sketch.is_believed)];
    let extension = sketch.path.rsplit_once('.').map_or("", |(_, extension)| extension).as_bytes();
    buckets.add(b'o', &[&origin]);
    buckets.add(b'r', &[sketch.rule.as_bytes(), &origin]);
    buckets.add(b'O', &[sketch.rule.as_bytes(), &origin, &[quality]]);
    buckets.add(b'x', &[extension]);
    buckets.add(b'X', &[extension, &[quality]]);
    let flags = [form.is_product, form.is_configuration, form.is_template, form.has_bare_values, form.is_generated];
    let flags = flags.iter().fold(0, |bits, is_so| bits << 1 | u8::from(*is_so));
    buckets.add(b'f', &[&[flags]]);
    buckets.add(b'F', &[&[flags, quality]]);
    for word in sketch.path.split(['/', '.', '-', '_']) {
        if PATH_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            buckets.add(b'p', &[word.as_bytes()]);
        }
    }
    let before = sketch.content.get(sketch.start.saturating_sub(AROUND)..sketch.start).unwrap_or_default();
    let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    for word in words(before).iter().rev().take(AROUND_WORDS) {
        buckets.add(b'q', &[word.as_bytes()]);
    }
    let sign = before.iter().rev().find(|byte| !byte.is_ascii_whitespace()).copied().unwrap_or(b' ');
    buckets.add(b'1', &[&[sign]]);
    let mark = before.trim_ascii_start().first().filter(|byte| !byte.is_ascii_alphanumeric()).copied().unwrap_or(b' ');
    buckets.add(b'2', &[&[mark]]);
    let between = sketch.content.get(sketch.start..sketch.end).unwrap_or_default();
    let between = between.get(sketch.name.len()..between.len().saturating_sub(sketch.value.len())).unwrap_or_default();
    buckets.add(b'4', &[between.get(..between.len().min(12)).unwrap_or_default()]);
    let after = sketch.content.get(sketch.end..).unwrap_or_default();
    let after = after.get(..after.len().min(AROUND)).unwrap_or_default();
    let after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    buckets.add(b'5', &[after.get(..after.len().min(2)).unwrap_or_default()]);
    for word in words(after).iter().take(AROUND_WORDS) {
        buckets.add(b'a', &[word.as_bytes()]);
    }
}

/// Lengths that tell alike.
fn size(length: usize) -> u8 {
    let size = match length {
        0..=20 => length,
        21..=64 => 20 + length / 4,
        _ => 40 + length.min(512) / 64,
    };
    u8::try_from(size).unwrap_or(u8::MAX)
}

fn tenths(share: f64) -> u8 {
    (0..=12_u8).rev().find(|step| share * 10.0 >= f64::from(*step)).unwrap_or(0)
}

/// The kinds of characters in their order, runs as one: `aB3-x` is `aA0-a`.
fn shape(value: &[u8]) -> Vec<u8> {
    let mut shape: Vec<u8> = value
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' => b'a',
            b'A'..=b'Z' => b'A',
            b'0'..=b'9' => b'0',
            0x80.. => b'u',
            other => *other,
        })
        .collect();
    shape.dedup();
    shape.truncate(8);
    shape
}

/// What alphabet the value is written in.
fn kind_of(value: &[u8]) -> u8 {
    let all = |test: fn(&u8) -> bool| value.iter().all(test);
    if is_uuid(value) {
        0
    } else if all(u8::is_ascii_digit) {
        1
    } else if all(u8::is_ascii_hexdigit) {
        2
    } else if all(u8::is_ascii_lowercase) {
        3
    } else if all(u8::is_ascii_uppercase) {
        4
    } else if all(u8::is_ascii_alphabetic) {
        5
    } else if all(u8::is_ascii_alphanumeric) {
        6
    } else if all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        7
    } else if all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')) {
        8
    } else if value.contains(&b' ') {
        9
    } else {
        10
    }
}

const fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

const fn is_consonant(byte: u8) -> bool {
    byte.is_ascii_lowercase() && !is_vowel(byte)
}

fn longest_run(lower: &[u8], belongs: fn(u8) -> bool) -> u8 {
    let longest = lower.split(|byte| !belongs(*byte)).map(<[u8]>::len).max().unwrap_or(0);
    u8::try_from(longest.min(6)).unwrap_or(6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reach;

    fn buckets(value: &str) -> Vec<u16> {
        let content = format!("password = '{value}'");
        features(&Sketch {
            path: "a.py",
            content: content.as_bytes(),
            form: FileForm::of("a.py", content.as_bytes(), Reach::Everything),
            origin: Origin::Name,
            rule: "secrets.assigned-password",
            name: b"password",
            value: value.as_bytes(),
            start: 0,
            end: content.len() - 1,
            is_believed: false,
        })
    }

    #[test]
    fn features_are_the_same_each_time_and_differ_between_values() {
        assert_eq!(buckets("Tz9kLw4Qm2"), buckets("Tz9kLw4Qm2"));
        assert_ne!(buckets("Tz9kLw4Qm2"), buckets("password"));
    }

    #[test]
    fn shapes_join_runs_and_sizes_grow() {
        assert_eq!(shape(b"abC12-x"), b"aA0-a");
        let sizes: Vec<u8> = [4, 20, 24, 40, 64, 65, 200, 9999].map(size).to_vec();
        assert!(sizes.is_sorted());
    }

    proptest::proptest! {
        #[test]
        fn any_value_has_features_within_the_buckets(value in ".{0,80}") {
            proptest::prop_assert!(buckets(&value).iter().all(|bucket| usize::from(*bucket) < BUCKETS));
        }
    }
}
