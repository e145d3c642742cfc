//! Cheap gates: one pass over the bytes that picks the few places where an expression is worth trying.
//!
//! A digit cluster is a run of digits with at most [`DIGIT_GAP`] other bytes between neighbours; prose has one every
//! kilobyte or so. The window around it takes in the letters that may belong to the value (`DE89 …`, `…Z`).

use std::ops::Range;

/// Bytes between two digits of one value: `GB29 NWBK 6016` has six.
const DIGIT_GAP: usize = 6;
/// Bytes from one digit to the next in a tight and in a loose run.
const TIGHT_STEP: usize = 2;
const LOOSE_STEP: usize = 4;
/// Fewest digits any numeric pattern has.
pub(crate) const LEAST_DIGITS: usize = 6;
/// Bytes a value may have before its first and after its last digit: a fiscal code has six letters first.
const MARGIN: usize = 10;
/// A window is cut at this length, so that the work in it stays bounded; windows overlap by [`OVERLAP`].
const LONGEST_WINDOW: usize = 4096;
/// Longest value that may straddle two windows, in bytes.
const OVERLAP: usize = 64;
/// Bytes passed by at once where none of them opens a window.
const CHUNK: usize = 16;
/// Longest local part of an address (RFC 5321 §4.5.3.1.1).
const LOCAL_PART: usize = 64;
/// Longest domain name (RFC 1035 §2.3.4).
const DOMAIN: usize = 255;

/// The places of one text where patterns are tried.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// Around clusters of at least [`LEAST_DIGITS`] digits.
    pub(crate) digits: Vec<DigitWindow>,
    /// Around `@`.
    pub(crate) at: Vec<Range<usize>>,
}

/// A place around digits, with how many of them stand close enough together to belong to one number.
#[derive(Debug, Clone)]
pub(crate) struct DigitWindow {
    pub(crate) range: Range<usize>,
    /// Most digits with at most one other byte between neighbours: `4539 1488`.
    pub(crate) tight: usize,
    /// Most digits with at most three: `+1 (415)-(865)`.
    pub(crate) loose: usize,
}

/// How many digits a number of some kind has at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeastDigits {
    /// With at most one other byte between neighbours.
    Tight(usize),
    /// With at most three.
    Loose(usize),
}

impl LeastDigits {
    /// Says whether a number of the kind may stand in a window.
    pub(crate) const fn are_in(self, window: &DigitWindow) -> bool {
        match self {
            Self::Tight(least) => window.tight >= least,
            Self::Loose(least) => window.loose >= least,
        }
    }
}

impl Windows {
    /// Finds them in one pass.
    pub(crate) fn of(text: &str) -> Self {
        let mut windows = Self::default();
        let mut cluster: Option<Cluster> = None;
        for (number, chunk) in text.as_bytes().chunks(CHUNK).enumerate().filter(|(_, chunk)| holds_opener(chunk)) {
            for (place, byte) in chunk.iter().enumerate() {
                let index = number * CHUNK + place;
                if *byte == b'@' {
                    windows.open_at(text, index);
                } else if byte.is_ascii_digit() {
                    match &mut cluster {
                        Some(open) if index - open.last <= DIGIT_GAP + 1 => open.grow(index),
                        _ => windows.close(text, cluster.replace(Cluster::new(index))),
                    }
                }
            }
        }
        windows.close(text, cluster);
        windows
    }

    fn close(&mut self, text: &str, cluster: Option<Cluster>) {
        let Some(cluster) = cluster.filter(|cluster| cluster.count >= LEAST_DIGITS) else { return };
        let end = text.ceil_char_boundary((cluster.last + 1 + MARGIN).min(text.len()));
        let mut start = text.floor_char_boundary(cluster.first.saturating_sub(MARGIN));
        let mut open =
            |range| self.digits.push(DigitWindow { range, tight: cluster.tight.most, loose: cluster.loose.most });
        while end - start > LONGEST_WINDOW {
            let cut = text.floor_char_boundary(start + LONGEST_WINDOW);
            open(start..cut);
            start = text.floor_char_boundary(cut - OVERLAP);
        }
        open(start..end);
    }

    fn open_at(&mut self, text: &str, at: usize) {
        // A decorator or a mention has nothing before its `@`.
        let byte = |index: usize| text.as_bytes().get(index).copied().unwrap_or(b' ');
        let is_local =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'\'' | b'-');
        if at == 0 || !is_local(byte(at - 1)) || !byte(at + 1).is_ascii_alphanumeric() {
            return;
        }
        let start = text.floor_char_boundary(at.saturating_sub(LOCAL_PART));
        let end = text.ceil_char_boundary((at + DOMAIN).min(text.len()));
        // Addresses in a list share windows, so that a text full of `@` is still read once.
        match self.at.last_mut() {
            Some(last) if start <= last.end && end - last.start <= LONGEST_WINDOW => last.end = end,
            _ => self.at.push(start..end),
        }
    }
}

/// Says whether a digit or an `@` may stand in a chunk. All bytes are looked at, which is quicker than to stop at the first.
fn holds_opener(chunk: &[u8]) -> bool {
    let is_opener = |byte: &u8| byte.is_ascii_digit() || (*byte == b'@');
    chunk.first_chunk::<CHUNK>().is_none_or(|whole| whole.iter().fold(false, |found, byte| found | is_opener(byte)))
}

#[derive(Debug)]
struct Cluster {
    first: usize,
    last: usize,
    count: usize,
    tight: Run,
    loose: Run,
}

impl Cluster {
    const fn new(index: usize) -> Self {
        Self { first: index, last: index, count: 1, tight: Run::new(), loose: Run::new() }
    }

    fn grow(&mut self, index: usize) {
        let step = index - self.last;
        self.tight.grow(step <= TIGHT_STEP);
        self.loose.grow(step <= LOOSE_STEP);
        self.last = index;
        self.count += 1;
    }
}

/// Digits that are near enough to each other.
#[derive(Debug)]
struct Run {
    present: usize,
    most: usize,
}

impl Run {
    const fn new() -> Self {
        Self { present: 1, most: 1 }
    }

    fn grow(&mut self, is_near: bool) {
        self.present = if is_near { self.present + 1 } else { 1 };
        self.most = self.most.max(self.present);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_without_numbers_opens_no_window() {
        let windows = Windows::of("In 2024 we met 12 people and ate 3 cakes.");
        assert!(windows.digits.is_empty() && windows.at.is_empty());
    }

    #[test]
    fn a_long_run_of_digits_is_cut_into_overlapping_windows() {
        let windows = Windows::of(&"1".repeat(20_000));
        assert!(windows.digits.len() > 4);
        assert!(windows.digits.windows(2).all(|pair| pair[1].range.start < pair[0].range.end));
    }

    #[test]
    fn digits_count_together_as_far_as_they_are_near() {
        let runs = |text| Windows::of(text).digits.iter().map(|one| (one.tight, one.loose)).collect::<Vec<_>>();
        assert_eq!(runs("4539 1488 0343 6467"), [(16, 16)]);
        assert_eq!(runs("+1 (415)-(865) 2345"), [(4, 11)]);
        assert_eq!(runs("1234567, 12 and 34 and 5678"), [(7, 9)]);
    }
}
