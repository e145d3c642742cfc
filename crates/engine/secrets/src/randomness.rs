//! Was this value made by a machine? Entropy, the letter pairs of words, and sequences.
//!
//! Words of a language use few of the 676 letter pairs and use them often; random letters use all. The table holds
//! the pairs that make up the bulk of English text and identifiers: about nine in ten pairs of a word are in it,
//! about three in ten of a random string.

/// Following letters that make a common pair with each first letter, `a` to `z`.
const COMMON_PAIRS: [&str; 26] = [
    "bcdfgilmnprstuvy",
    "aeiloruy",
    "aehikloqrtuy",
    "adeioruyms",
    "acdefgilmnpqrstuvwxy",
    "aefiloruts",
    "aehiloruns",
    "aeiorty",
    "abcdefgklmnoprstvzu",
    "aoue",
    "eins",
    "acdeiklopstuvy",
    "abeimopsuy",
    "acdefgikostuvy",
    "abcdfgiklmnoprstuvwy",
    "aehilorstu",
    "u",
    "acdegiklmnostuvyp",
    "acehiklmopqstuwy",
    "aehilorstuwy",
    "bcdegilmnprst",
    "aeio",
    "aehionrs",
    "cpteai",
    "elmpsto",
    "aeio",
];
/// Fewer letter pairs than this say nothing about words.
const LEAST_PAIRS: usize = 4;
/// Share of common pairs from which a text reads like words.
const WORD_SHARE: f64 = 0.7;

/// Share of common pairs from which a value of any length sounds like words: of five random letters one in thirty does.
const SOUND_SHARE: f64 = 0.78;

/// Returns the Shannon entropy of the bytes, in bits per byte.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len().max(1) as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|p| -p * p.log2()).sum()
}

/// Says whether the letters of the value run like those of words.
pub(crate) fn reads_like_words(value: &[u8]) -> bool {
    let (common, all) = letter_pairs(value);
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    all >= LEAST_PAIRS && letters * 2 > value.len() && common as f64 >= WORD_SHARE * all as f64
}

/// Says whether most of the letter pairs of a value are those of words, however short or mixed it is.
pub(crate) fn sounds_like_words(value: &[u8]) -> bool {
    let (common, all) = letter_pairs(value);
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    // Few pairs say little; digits among them say that a person mixed them.
    let is_mixed = digits >= 2 && digits * 4 >= value.len();
    all >= 2 && !is_mixed && common as f64 >= SOUND_SHARE * all as f64
}

/// Returns which share of the letter pairs of a value are those of words; nothing where there are no pairs.
pub(crate) fn word_share(value: &[u8]) -> Option<f64> {
    let (common, all) = letter_pairs(value);
    (all > 0).then(|| common as f64 / all as f64)
}

/// Counts the letter pairs that are common in words, and all.
fn letter_pairs(value: &[u8]) -> (usize, usize) {
    let (mut common, mut all) = (0_usize, 0_usize);
    for pair in value.windows(2) {
        let [first, second] = pair else { continue };
        // A change from small to capital starts a new word: the pair across it says nothing.
        let is_new_word = first.is_ascii_lowercase() && second.is_ascii_uppercase();
        if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() && !is_new_word {
            all += 1;
            common += usize::from(is_common(first.to_ascii_lowercase(), second.to_ascii_lowercase()));
        }
    }
    (common, all)
}

fn is_common(first: u8, second: u8) -> bool {
    COMMON_PAIRS.get(usize::from(first.wrapping_sub(b'a'))).is_some_and(|row| row.as_bytes().contains(&second))
}

/// Says whether the value is a run of one character, a short repetition or a sequence such as `abcdef123456`.
pub(crate) fn is_patterned(value: &[u8]) -> bool {
    let steps = value.len().saturating_sub(1).max(1);
    let ordered = value.windows(2).filter(|pair| is_ordered(pair)).count();
    let distinct = {
        let mut seen = [false; 256];
        value
            .iter()
            .filter(|byte| seen.get_mut(usize::from(**byte)).is_some_and(|slot| !std::mem::replace(slot, true)))
            .count()
    };
    let repeats =
        (1..=8.min(value.len() / 2)).any(|period| value.iter().zip(value.iter().skip(period)).all(|(a, b)| a == b));
    ordered * 2 > steps || distinct <= 3 || repeats
}

fn is_ordered(pair: &[u8]) -> bool {
    matches!(pair, [a, b] if a == b || b.wrapping_sub(*a) == 1 || a.wrapping_sub(*b) == 1)
}

/// Says whether the value has the look of a random token: long enough, mixed, no words, no pattern.
pub(crate) fn looks_random(value: &[u8]) -> bool {
    let count = |test: fn(&u8) -> bool| value.iter().filter(|byte| test(byte)).count();
    let digits = count(u8::is_ascii_digit);
    let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let is_hex = count(u8::is_ascii_hexdigit) == value.len();
    let least_entropy = if is_hex { 2.9 } else { 3.3 };
    let is_mixed = digits >= 2 && (upper + lower) >= 2 || (upper >= 4 && lower >= 4 && value.len() >= 20);
    value.len() >= 12 && is_mixed && entropy(value) >= least_entropy && !is_patterned(value) && !has_word_parts(value)
}

/// Says whether most of the value is words joined by separators, as in `my-service-account-2`.
fn has_word_parts(value: &[u8]) -> bool {
    let is_separator = |byte: &u8| !byte.is_ascii_alphanumeric();
    let wordy: usize = value.split(is_separator).filter(|part| is_word_part(part)).map(<[u8]>::len).sum();
    let separators = value.iter().filter(|byte| is_separator(byte)).count();
    (wordy + separators) * 10 >= value.len() * 6 && wordy > 0 || reads_like_words(value)
}

fn is_word_part(part: &[u8]) -> bool {
    let letters = part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    letters >= 3 && letters + 2 >= part.len() && (part.len() < 5 || reads_like_words(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_of_equally_many_kinds_is_the_logarithm_of_their_number() {
        assert!((entropy(b"abcdabcd") - 2.0).abs() < 1e-9);
        assert!(entropy(b"aaaa").abs() < 1e-9);
    }

    #[test]
    fn words_are_not_random() {
        for words in [
            "my-secret-value-2024",
            "access_token_secret",
            "ServiceAccountToken",
            "next-auth.session-token",
            "organization_api_key_id",
            "this-is-not-a-secret-1",
            "huggingface/transformers-v4",
        ] {
            assert!(!looks_random(words.as_bytes()), "{words}");
        }
    }

    #[test]
    fn random_tokens_are_random() {
        for token in ["8fK2mQ9xLz7RtV3bNw5Y", "9f3c1b7ae04d5826c1f09be7d4a35c68", "Zq8#vT2!mXp4Lw9k"] {
            assert!(looks_random(token.as_bytes()), "{token}");
        }
    }

    #[test]
    fn sequences_and_repetitions_are_patterned() {
        for pattern in ["abcdef1234567890", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabc", "0123456789abcdef"] {
            assert!(is_patterned(pattern.as_bytes()), "{pattern}");
        }
    }
}
