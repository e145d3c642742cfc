//! Word vectors: word2vec's binary form and fastText's models. Numbers and words, no code.
//!
//! Source: word2vec `word2vec.c` (a line `words dimensions`, then each word, a blank and its numbers), fastText
//! `fasttext.cc` (magic number, version) and `args.cc`.

use std::io;

use syndic_detect::ReadAt;

use crate::Format;
use crate::reader::Reader;

/// fastText's magic number.
const FASTTEXT_MAGIC: u32 = 793_712_314;
/// Versions of fastText's form there have been.
const FASTTEXT_VERSIONS: std::ops::RangeInclusive<u32> = 11..=12;
/// Most numbers a word has in either form.
const MAX_DIMENSIONS: u64 = 100_000;
/// Longest word.
const MAX_WORD_BYTES: u64 = 2_000;
/// Words walked.
const MAX_WORDS: u64 = 20_000_000;
/// Digits of the first line.
const MAX_DIGITS: usize = 12;
/// Bytes that fastText's arguments take: twelve numbers of four bytes and one of eight.
const FASTTEXT_ARGUMENTS: u64 = 56;

/// Returns which form of word vectors this is, if it is one.
pub(super) fn identify(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    if is_fasttext(head, source.len()) {
        return Ok(Some(Format::FastText));
    }
    if !head.first().is_some_and(u8::is_ascii_digit) {
        return Ok(None);
    }
    let mut reader = Reader::new(source);
    let is_word2vec = word2vec(&mut reader, 4).is_some() || word2vec(&mut reader, 2).is_some();
    reader.finish()?;
    Ok(is_word2vec.then_some(Format::Word2Vec))
}

fn is_fasttext(head: &[u8], length: u64) -> bool {
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    number(0) == Some(FASTTEXT_MAGIC)
        && number(4).is_some_and(|version| FASTTEXT_VERSIONS.contains(&version))
        && number(8).is_some_and(|dimensions| (1..=MAX_DIMENSIONS).contains(&u64::from(dimensions)))
        && length > 8 + FASTTEXT_ARGUMENTS
}

/// Walks all words to the end of the file; `number_bytes` is the size of one number.
fn word2vec(reader: &mut Reader<'_>, number_bytes: u64) -> Option<()> {
    reader.seek(0);
    let words = number(reader, b' ').filter(|words| (1..=MAX_WORDS).contains(words))?;
    let dimensions = number(reader, b'\n').filter(|dimensions| (1..=MAX_DIMENSIONS).contains(dimensions))?;
    for _ in 0..words {
        let mut length = 0;
        while reader.byte()? != b' ' {
            length += 1;
            if length > MAX_WORD_BYTES {
                return None;
            }
        }
        reader.skip(dimensions.checked_mul(number_bytes)?)?;
    }
    // The last line break may be missing, as may all of them.
    (reader.remaining() <= 1).then_some(())
}

fn number(reader: &mut Reader<'_>, end: u8) -> Option<u64> {
    let mut value = None;
    for _ in 0..MAX_DIGITS {
        match reader.byte()? {
            byte if byte == end => return value,
            digit if digit.is_ascii_digit() => value = Some(value.unwrap_or(0_u64) * 10 + u64::from(digit - b'0')),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Option<Format> {
        identify(bytes, &bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_file_of_words_and_numbers_is_known_only_if_all_of_it_is() {
        let with_breaks = [b"2 3\n".as_slice(), b"cat ", &[1; 12], b"\ndog ", &[2; 12], b"\n"].concat();
        let without = [b"2 3\n".as_slice(), b"cat ", &[1; 12], b"dog ", &[2; 12]].concat();
        assert_eq!(found(&with_breaks), Some(Format::Word2Vec));
        assert_eq!(found(&without), Some(Format::Word2Vec));
        assert_eq!(found(&without[..without.len() - 1]), None);
        assert_eq!(found(&[without.as_slice(), b"more"].concat()), None);
        assert_eq!(found(b"2 3\ncat"), None);
    }

    #[test]
    fn fasttext_says_so_in_its_first_bytes() {
        let mut model = [&FASTTEXT_MAGIC.to_le_bytes()[..], &12_u32.to_le_bytes(), &100_u32.to_le_bytes()].concat();
        assert_eq!(found(&model), None, "no arguments");
        model.resize(100, 0);
        assert_eq!(found(&model), Some(Format::FastText));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = found(&[b"2 1\n".as_slice(), &bytes].concat());
        }
    }
}
